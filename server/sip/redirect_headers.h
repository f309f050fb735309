/*
 * redirect_headers.h - what a 3xx says of where the call goes: Contact,
 * Diversion, History-Info (RFC 3261 20.10, RFC 5806, RFC 7044, RFC 4458), in
 * the domain's or the peer's style. No allocation.
 */
#ifndef SIPMOVED_SIP_REDIRECT_HEADERS_H
#define SIPMOVED_SIP_REDIRECT_HEADERS_H

#include "sip/call.h"

/* What may be left out where the answer has little room (18.1.1), in the order
 * in which it goes; then Contacts, the last one first. */
enum redirect_part {
	REDIRECT_DIVERSION = 1,
	REDIRECT_HISTORY_INFO = 2, /* and what Contacts say of it */
};

/* Bytes of what was written, and may go. */
struct redirect_sizes {
	size_t diversion;
	size_t history_info;
	size_t contacts[MOVE_TARGETS_MAX]; /* without their history_info */
};

/* decision: with status 3xx. */
void redirect_headers_write(struct writer *writer,
			    const struct sip_request *request,
			    const struct call_decision *decision,
			    struct redirect_sizes *ret_sizes);

#endif
