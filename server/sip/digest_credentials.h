/*
 * digest_credentials.h - reads the value of an Authorization line (RFC 3261
 * 20.7, 25.1; RFC 7616 3.4; RFC 8760).
 *
 * Zero copy: views into the value. Linear in it, whatever it holds. Any thread.
 */
#ifndef SIPMOVED_SIP_DIGEST_CREDENTIALS_H
#define SIPMOVED_SIP_DIGEST_CREDENTIALS_H

#include "base/digest_hash.h"

/* Quoted ones without their quotes, nothing unescaped: that is what is hashed.
 */
struct digest_credentials {
	struct text username, realm, nonce, uri, response;
	enum digest_algorithm algorithm; /* none named: MD5 */
	/* RFC 2069's form has none of these three: has_qop is false then. */
	bool has_qop;
	struct text nc; /* 8 hexadecimal digits */
	struct text cnonce;
	uint32_t nonce_count; /* nc as a number */
};

/*
 * ENOTSUP: another scheme, another algorithm (the -sess ones too) or another
 * qop than auth, which nobody here asked for: as good as no credentials.
 * EBADMSG: it breaks the grammar, names a parameter twice, or lacks one.
 */
int digest_credentials_read(struct text value,
			    struct digest_credentials *ret_credentials)
	__attribute__((warn_unused_result));

#endif
