/*
 * redirect_headers.h - what a 3xx says of where the call goes: Contact,
 * Diversion, History-Info (RFC 3261 20.10, RFC 5806, RFC 7044, RFC 4458), in
 * the domain's or the peer's style. No allocation.
 */
#ifndef SIPMOVED_SIP_REDIRECT_HEADERS_H
#define SIPMOVED_SIP_REDIRECT_HEADERS_H

#include "sip/call.h"
#include "sip/history_info.h"

/* What may be left out where the answer has little room (18.1.1), in the order
 * in which it goes; then Contacts, the last one first. */
enum redirect_part {
	REDIRECT_DIVERSION = 1,
	REDIRECT_HISTORY_INFO = 2, /* and what Contacts say of it */
};

/* What is found out once of a redirect, however often it is written until it
 * fits. */
struct redirect_words {
	struct history_info history;
	bool has_history;
	bool is_uri_plain;  /* called_uri.h */
	bool hides_history; /* the caller asks for it */
	bool takes_cause[MOVE_TARGETS_MAX];
	bool is_same_user[MOVE_TARGETS_MAX]; /* with has_history */
};

/* decision: with status 3xx. */
void redirect_words_find(struct redirect_words *words,
			 const struct sip_request *request,
			 const struct call_settings *settings,
			 const struct call_decision *decision);
void redirect_headers_write(struct writer *writer,
			    const struct sip_request *request,
			    const struct redirect_words *words,
			    const struct call_decision *decision,
			    unsigned left_out);

#endif
