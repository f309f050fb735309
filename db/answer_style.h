/*
 * answer_style.h - how a redirect is put into words: what a domain chooses for
 * all its callers, and a peer profile for callers that need it otherwise. A
 * plain value.
 */
#ifndef SIPMOVED_DB_ANSWER_STYLE_H
#define SIPMOVED_DB_ANSWER_STYLE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	ANSWER_TEMPLATE_MAX = 255,
};

enum contact_expires {
	CONTACT_EXPIRES_OFF, /* good once, not cached: RFC 3261 21.3.3 */
	CONTACT_EXPIRES_NEXT_CHANGE, /* whole seconds until the move changes */
};

struct answer_style {
	uint16_t status; /* 0: 302, or 301 for a permanent move; 300; 302 */
	uint8_t contacts_max; /* 1..8 */
	bool is_one_header;   /* all Contacts in one line, else a line each */
	enum contact_expires expires;
	bool has_diversion;    /* RFC 5806, INVITE only */
	bool has_history_info; /* RFC 7044, if the request supports it */
	bool has_cause;	       /* ;cause= in the Contact's URI, RFC 4458 */
	/*
	 * What a target becomes: "" as it is stored; else a URI with {user},
	 * {host}, {port} (":5060" or nothing) and {params} (";..." or nothing)
	 * of the target: "sip:{user}@gw.example.net;transport=tcp". A result
	 * that is not sendable is left out.
	 */
	char contact_template[ANSWER_TEMPLATE_MAX + 1];
};

/* What is sent without a wish: 302 or 301, 8 contacts, a line each. */
#define ANSWER_STYLE_DEFAULT ((struct answer_style){ .contacts_max = 8 })

#endif
