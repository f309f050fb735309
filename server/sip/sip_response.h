/*
 * sip_response.h - writes an answer (RFC 3261 8.2.6, 18.2, 20; RFC 3581).
 * No allocation: into the caller's buffer.
 */
#ifndef SIPMOVED_SIP_RESPONSE_H
#define SIPMOVED_SIP_RESPONSE_H

#include "sip/call.h"

enum {
	SIP_TO_TAG_SIZE = 17, /* 16 hexadecimal digits and the NUL */
	SIP_RESPONSE_MAX = 65535,
};

/* Where the request really came from. */
struct sip_source {
	struct text host; /* numeric, IPv6 without brackets */
	uint16_t port;
	/* Bytes of an answer that it should get, RFC 3261 18.1.1; 0: any. */
	size_t answer_max;
	/* Above it a 401 has fewer challenges, and a 200 says less of what is
	 * served; 0: any. */
	size_t bare_max;
};

/*
 * All Vias in order, the top one with received and rport put right; From, To
 * (with to_tag unless it has a tag), Call-ID, CSeq, Timestamp untouched as
 * received; then what the status asks for (Contact, Unsupported, Allow, Accept
 * ...), Server, Content-Length. Returns its length; 0 if size is too small.
 *
 * Above source->answer_max, or size, parts are left out, until it fits or none
 * is left that may: Diversion, History-Info, Server, then Contacts from the
 * last one on. The decision keeps what went: a second call, for less, goes on
 * from there. Above source->bare_max
 * so are challenges, the strongest first, until one is left, and what a 200
 * says of what is served.
 */
size_t sip_response_write(const struct sip_request *request,
			  const struct sip_source *source,
			  const struct call_settings *settings,
			  struct call_decision *decision, struct text to_tag,
			  char *buffer, size_t size);

/* Has the answer a part that may be left out? */
bool sip_response_has_spare(const struct call_settings *settings,
			    const struct call_decision *decision);

/* RFC 3261 18.1.1: what a UDP answer to this request should not exceed. */
size_t sip_response_max_udp(const struct sip_request *request);

/* Of a UDP answer (RFC 3581 4, RFC 3261 18.2.2): the source's own port if the
 * client asked with rport, else sent-by's, else 5060. maddr is ignored. */
uint16_t sip_response_port(const struct sip_request *request,
			   const struct sip_source *source);

/* The standard phrase of a status, "Moved Temporarily"; never NULL. */
struct text sip_reason_phrase(uint16_t status);

#endif
