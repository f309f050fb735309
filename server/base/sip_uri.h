/*
 * sip_uri.h - SIP, SIPS and tel URIs (RFC 3261 19.1, RFC 3966): parsing without
 * copying, comparison, and the canonical form that addresses are kept under.
 *
 * In base because targets are checked where they are written (db/, api/) and
 * Request-URIs where they arrive (server/sip/), by this one reader.
 * Pure functions: no allocation, linear in the input. Any thread.
 */
#ifndef SIPMOVED_BASE_SIP_URI_H
#define SIPMOVED_BASE_SIP_URI_H

#include "base/text.h"

enum sip_scheme {
	SIP_SCHEME_SIP,
	SIP_SCHEME_SIPS,
	SIP_SCHEME_TEL,
	SIP_SCHEME_OTHER, /* only scheme_text is set, and opaque */
};

enum sip_host_kind {
	SIP_HOST_NAME,
	SIP_HOST_IPV4,
	SIP_HOST_IPV6, /* host without its brackets */
};

enum {
	SIP_URI_MAX = 1024, /* bytes of a Request-URI that is looked at */
	/* A canonical address or host with its NUL; longer ones match nothing.
	 */
	SIP_CANONICAL_SIZE = 512,
};

/* Views into the parsed text. Nothing is unescaped. */
struct sip_uri {
	enum sip_scheme scheme;
	struct text scheme_text;
	struct text opaque;   /* SIP_SCHEME_OTHER: what follows the colon */
	struct text user;     /* as sent, escapes and all; tel: the number */
	struct text password; /* without the colon */
	struct text host;     /* tel: empty */
	struct text params;   /* after the first ';', without it */
	struct text headers;  /* after '?', without it */
	enum sip_host_kind host_kind;
	uint16_t port; /* 0: none */
	bool has_user; /* an '@' was there */
	bool has_password;
	bool has_headers; /* a '?' was there, even with nothing behind it */
};

/*
 * The whole text must be one URI: no angle brackets, no white space.
 * Errors: EBADMSG not a URI, or a sip:, sips: or tel: one that breaks the
 * grammar (bad escape, bad host, port over 65535, empty host).
 * An unknown scheme is no error: SIP_SCHEME_OTHER.
 */
int sip_uri_parse(struct text text, struct sip_uri *ret_uri)
	__attribute__((warn_unused_result));

/* RFC 3261 19.1.4, RFC 3966 4; URIs of an unknown scheme are equal by bytes. */
bool sip_uri_equals(const struct sip_uri *a, const struct sip_uri *b);

/* The parameter's value ("" for one without '='); false if it is not there. */
bool sip_uri_param(const struct sip_uri *uri, struct text name,
		   struct text *ret_value);

/*
 * What an address is kept and looked up under (design 4.3):
 *   sip:user@host   user unescaped once and escaped again in one way; host in
 *                   lower case without trailing dot; no port, no parameters,
 *                   no password. A user that is a global number loses its
 *                   visual separators. sips: gives the same text as sip:.
 *   tel:+15550100   a global number without visual separators, for a tel: URI
 *                   with a global number.
 * Errors: EBADMSG no user part or an unknown scheme, or a local number;
 * EMSGSIZE longer than SIP_CANONICAL_SIZE - 1.
 */
int sip_uri_canonical(const struct sip_uri *uri, struct writer *writer)
	__attribute__((warn_unused_result));
/* What of that stands between ':' and '@' (sip:, sips:), or behind the ':'
 * (tel:). */
int sip_uri_canonical_user(const struct sip_uri *uri, struct writer *writer)
	__attribute__((warn_unused_result));
/*
 * The global number that a sip: URI's user part stands for, as "tel:+15550100":
 * the user parses as RFC 3966 global-number-digits ('+' first, separators
 * allowed, its ;parameters left out). EBADMSG if it does not.
 */
int sip_uri_canonical_number(const struct sip_uri *uri, struct writer *writer)
	__attribute__((warn_unused_result));
/*
 * The address of a domain that ignores the case of user parts: ASCII letters
 * before the '@' in lower case, those of %xx escapes too. A tel: address stays
 * as it is. canonical: from sip_uri_canonical().
 */
void sip_address_ignore_case(char *canonical, size_t len);
/* A host alone, as a domain is kept: lower case, no trailing dot, no brackets'
 * variety (an IPv6 address in RFC 5952 form within brackets). EBADMSG if it is
 * not a host. */
int sip_host_canonical(struct text host, struct writer *writer)
	__attribute__((warn_unused_result));

#endif
