/*
 * answer_style.h - how a redirect is put into words: what a domain chooses for
 * all its callers, and a peer profile for callers that need it otherwise. A
 * plain value.
 */
#ifndef SIPMOVED_DB_ANSWER_STYLE_H
#define SIPMOVED_DB_ANSWER_STYLE_H

#include <stdbool.h>
#include <stdint.h>

#include "db/fault.h"

enum {
	ANSWER_TEMPLATE_MAX = 255,
};

enum contact_expires {
	CONTACT_EXPIRES_OFF, /* good once, not cached: RFC 3261 21.3.3 */
	CONTACT_EXPIRES_NEXT_CHANGE, /* whole seconds until the move changes */
};

struct answer_style {
	uint16_t status; /* 0: 302, or 301 for a permanent move; 300; 302 */
	uint8_t contacts_max; /* 1..8; 0 is 8 */
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

/* Contacts that one answer may have, of a style whose contacts_max is right. */
static inline uint8_t answer_style_contacts(const struct answer_style *style)
{
	return style->contacts_max ? style->contacts_max : 8;
}

bool answer_style_equals(const struct answer_style *a,
			 const struct answer_style *b);

/* "off", "next_change"; NULL at the end. */
extern const char *const contact_expires_names[];
const char *contact_expires_name(enum contact_expires expires);
/* False: no such name. */
bool contact_expires_of_name(struct text name, enum contact_expires *ret);

/* Adds faults below a JSON pointer, as in "/answer_style/status". */
void answer_style_validate(const struct answer_style *style,
			   const char *pointer, struct faults *faults);

/*
 * NULL if a template, filled in from sample, gives a URI that may stand in a
 * Contact; else a plain sentence.
 */
const char *contact_template_why_bad(struct text template, struct text sample);

#endif
