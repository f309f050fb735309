/*
 * hook_signature.h - is a webhook from who it says? Each product's way of
 * signing, compared in constant time. Pure functions; nothing here waits.
 */
#ifndef SIPMOVED_API_HOOK_SIGNATURE_H
#define SIPMOVED_API_HOOK_SIGNATURE_H

#include "api/http_guard.h"
#include "db/inbound_source.h"

enum hook_verdict {
	HOOK_GENUINE,
	HOOK_UNSIGNED, /* a field that has to be there is missing or malformed
			*/
	HOOK_FORGED,   /* the signature, or the token, is not right */
	HOOK_STALE,    /* it is right, and of another time */
};

/* *ret_why: a static sentence, with what to look at; never the secret. */
enum hook_verdict hook_signature_check(const struct inbound_source *source,
				       const struct http_head *head,
				       struct text body, int64_t now_ms,
				       const char **ret_why);

/* What a source of this kind keeps for a secret. EINVAL: it is none; *ret_why
 * says what it has to be. */
int hook_secret_store(unsigned kind, struct text secret,
		      char stored[INBOUND_SECRET_MAX + 1], const char **ret_why)
	__attribute__((warn_unused_result));
/* One as the kind has them, to hand out once. */
void hook_secret_make(unsigned kind, char secret[INBOUND_SECRET_MAX + 1]);

/* What tells this event from others, by a field of the head: of the source's,
 * or the kind's own. "": by none. */
void hook_key_of_head(const struct inbound_source *source,
		      const struct http_head *head, char *key, size_t size);
/* Where in the body, if the head does not tell; empty: nowhere. */
struct text hook_key_pointer(const struct inbound_source *source);

#endif
