/*
 * sip_host.h - the host of a SIP URI or of a Via: what is one, and when two
 * are the same (RFC 3261 25.1, RFC 5118, RFC 5952).
 *
 * An IPv6 address is passed without its brackets. Pure, linear, any thread.
 */
#ifndef SIPMOVED_BASE_SIP_HOST_H
#define SIPMOVED_BASE_SIP_HOST_H

#include "base/sip_uri.h"

enum {
	SIP_HOST_MAX = 255, /* bytes of a name; longer ones are no hosts */
};

/*
 * A name or an IPv4 address. '_' is let through, because names of private
 * networks have it; a last label of digits alone must be IPv4's.
 */
int sip_host_parse(struct text host, enum sip_host_kind *ret_kind)
	__attribute__((warn_unused_result));
/* Leading zeros are decimal: 1*3DIGIT a part, at most 255. */
bool sip_host_ipv4(struct text host, uint8_t ret_address[4]);
/* ":::" counts as "::" (RFC 5118 4.10). No zone. */
bool sip_host_ipv6(struct text host, uint8_t ret_address[16]);
/* The digits of a port at `at`, 1 to 65535: what follows them. NULL: there is
 * none; 0 is in the grammar, but nothing can be there. */
const char *sip_host_read_port(const char *at, const char *end,
			       uint16_t *ret_port);
/* Names without case and trailing dot, addresses by value. */
bool sip_host_equals(const struct sip_uri *a, const struct sip_uri *b);

#endif
