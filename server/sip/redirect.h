/*
 * redirect.h - where a call to an address goes now: RFC 3261 8.3, 21.3.3,
 * 21.4.18. Pure: no socket, clock, log or allocation.
 */
#ifndef SIPMOVED_SIP_REDIRECT_H
#define SIPMOVED_SIP_REDIRECT_H

#include "db/snapshot.h"
#include "db/target_screen.h"

enum {
	/* Room for every Contact that a template makes. */
	REDIRECT_TEXTS_SIZE = MOVE_TARGETS_MAX * (MOVE_URI_MAX + 1),
};

struct redirect_contact {
	struct text uri; /* in the snapshot, or in the decision's texts */
	uint16_t q_permille;
	bool is_parsed;
	struct sip_uri parts; /* of uri; if is_parsed */
};

/* A target that the rules of today do not let a call be sent to. */
struct redirect_withheld {
	struct text uri;		/* in the snapshot */
	const struct target_term *term; /* NULL: the policy's default */
};

/* What is asked: one call. */
struct redirect_question {
	const struct sip_uri *uri; /* the Request-URI */
	/* Its address, sip_uri_canonical(), as its domain keeps it; and its
	 * global number, tried second, or empty. */
	struct text canonical, number;
	bool ignores_user_case; /* the domain does */
	const struct answer_style *style;
	int64_t now_ms;
};

struct redirect_decision {
	uint16_t status; /* 302, 301 (permanent), 300, 404, 480 */
	const struct snapshot_address *address; /* NULL: unknown */
	const struct snapshot_move *move;	/* NULL unless it answers */
	/* Those fit for this request, best first; none unless it is a 3xx. */
	struct redirect_contact contacts[MOVE_TARGETS_MAX];
	uint8_t contact_count;
	/* status 480 because a sips: call has no sips: target: RFC 5630 5.4
	 * wants the caller told so by a Warning. */
	bool is_sips_refused;
	/* The move in force, if a target of it was withheld; and which. */
	const struct snapshot_move *withheld_from;
	struct redirect_withheld withheld[MOVE_TARGETS_MAX];
	uint8_t withheld_count;
	uint32_t expires_s; /* of the Contacts, RFC 3261 20.10; 0: not said */
	char texts[REDIRECT_TEXTS_SIZE];
	size_t texts_len;
};

/* What it is made of, found out when somebody first asks; NULL: nothing that is
 * a URI. */
const struct sip_uri *redirect_contact_parts(struct redirect_contact *contact);

/* Nothing found, nothing decided; not zeroed as a whole. */
void redirect_clear(struct redirect_decision *decision);

/*
 * Contacts equal to the Request-URI are left out; if none is left the status is
 * 404. A sips: call gets sips: Contacts only; none of them: 480. So it is if
 * target rules withhold what is left.
 */
void redirect_decide(const struct snapshot *snapshot,
		     const struct redirect_question *question,
		     struct redirect_decision *ret_decision);

/*
 * After a decision of 404 or 480: the call goes to the template's URI, filled
 * in from the Request-URI, with 302. False, and nothing changed, if that must
 * not be sent: it leads back to the same address, or loses a sips: call's
 * protection.
 */
bool redirect_otherwise(const struct redirect_question *question,
			struct text template,
			struct redirect_decision *decision);

/* Seconds until the address's next move begins, rounded up; 0: there is none.
 * address may be NULL. */
uint32_t redirect_next_start_s(const struct snapshot_address *address,
			       int64_t now_ms);

#endif
