/*
 * domain_settings.h - what a domain chooses for the answers to its calls. A
 * plain value; all zeros is what a domain has that chose nothing.
 */
#ifndef SIPMOVED_DB_DOMAIN_SETTINGS_H
#define SIPMOVED_DB_DOMAIN_SETTINGS_H

#include "db/answer_style.h"
#include "db/fault.h"

enum {
	RETRY_AFTER_SECONDS_MAX = 86400,
	UNAVAILABLE_PHRASE_MAX = 60,
};

/* Retry-After in a 480, RFC 3261 20.33. */
enum retry_after {
	RETRY_AFTER_OFF,
	RETRY_AFTER_NEXT_START, /* until the next move begins: tells it */
	RETRY_AFTER_FIXED,
};

struct domain_settings {
	/* Addresses are kept, and looked up, with a user part in lower case. */
	bool ignores_user_case;
	/* Unknown, and known without a move: both 480, alike in every byte. */
	bool refuses_uniformly;
	bool rejects_anonymous; /* 433, RFC 5079 */
	/* Instead of 480 and 404: 302 to the template, filled in from the
	 * Request-URI. */
	bool redirects_otherwise;
	/* REGISTER gets 302 to the target instead of 405. */
	bool redirects_register;
	enum retry_after retry_after;
	uint32_t retry_after_s; /* of RETRY_AFTER_FIXED */
	/* The words of a 480, RFC 3261 21.4.18; "": the usual ones. */
	char unavailable_phrase[UNAVAILABLE_PHRASE_MAX + 1];
	char otherwise_template[ANSWER_TEMPLATE_MAX + 1]; /* or "" */
	char register_target[ANSWER_TEMPLATE_MAX + 1];	  /* or "" */
	struct answer_style style;
};

/* "off", "next_start", "fixed"; NULL at the end. */
extern const char *const retry_after_names[];
const char *retry_after_name(enum retry_after retry_after);
/* False: no such name. */
bool retry_after_of_name(struct text name, enum retry_after *ret);

/* May it stand in a status line: RFC 3261 25.1, ASCII alone; not empty. */
bool reason_phrase_is_sendable(struct text phrase);

/* Are these the settings of a domain that chose nothing? */
bool domain_settings_are_default(const struct domain_settings *settings);

/* domain: its canonical name. */
void domain_settings_validate(const struct domain_settings *settings,
			      struct text domain, struct faults *faults);

#endif
