/*
 * redirect_words.h - what is found out once of a redirect that is told in
 * Diversion, History-Info and ;cause= (RFC 5806, RFC 7044, RFC 4458), however
 * often the answer is written until it fits. No allocation.
 */
#ifndef SIPMOVED_SIP_REDIRECT_WORDS_H
#define SIPMOVED_SIP_REDIRECT_WORDS_H

#include "sip/called_uri.h"
#include "sip/history_info.h"
#include "sip/redirect.h"

struct redirect_words {
	struct called_uri called; /* with Diversion, or has_history */
	struct history_info history;
	bool has_history;
	bool hides_history; /* the caller asks for it */
	bool takes_cause[MOVE_TARGETS_MAX];
	bool is_same_user[MOVE_TARGETS_MAX]; /* with has_history */
};

/* What they are found in. */
struct redirect_subject {
	const struct sip_request *request;
	const struct answer_style *style;
	struct text own_host; /* or empty */
	struct text address;  /* canonical, as its domain keeps it */
	bool ignores_user_case;
};

/* redirect: with the Contacts of a 3xx. */
void redirect_words_find(struct redirect_words *words,
			 const struct redirect_subject *subject,
			 struct redirect_decision *redirect);

#endif
