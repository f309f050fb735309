/*
 * tls_context.h - certificates, keys and rules as they were when the files were
 * read: what new TLS connections are made from.
 *
 * Immutable once made and shared by all workers; a reload makes another one.
 * Whoever uses it holds a reference; connections keep theirs to their end. Any
 * thread.
 */
#ifndef SIPMOVED_SIP_TLS_CONTEXT_H
#define SIPMOVED_SIP_TLS_CONTEXT_H

#include "sip/tls_settings.h"

enum {
	TLS_WHY_SIZE = 1400, /* a path and what is wrong with it */
};

struct ssl_st;
struct tls_context;

/*
 * Reads every file: all are good, or nothing is made. Errors: EINVAL, and why
 * names the file and what is wrong; ENOMEM.
 */
int tls_context_new(const struct tls_settings *settings,
		    struct tls_context **ret_context, char why[TLS_WHY_SIZE])
	__attribute__((warn_unused_result));
/*
 * The same certificates and rules, with new keys for tickets: whoever gets to
 * know the old ones reads no session that is set up from now on (RFC 9325 3.4).
 * No file is read. ENOMEM
 */
int tls_context_renew(const struct tls_context *context,
		      struct tls_context **ret_context)
	__attribute__((warn_unused_result));
struct tls_context *tls_context_ref(struct tls_context *context);
void tls_context_unref(struct tls_context *context); /* takes NULL */

/* Of the default one and those of sni_dir. */
size_t tls_context_certificate_count(const struct tls_context *context);
/* When the first of them ends: Unix milliseconds. */
int64_t tls_context_expires_at_ms(const struct tls_context *context);

/* The server's side of a connection; the caller holds the context as long. */
int tls_context_connection(struct tls_context *context, int fd,
			   struct ssl_st **ret_ssl)
	__attribute__((warn_unused_result));

#endif
