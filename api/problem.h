/*
 * problem.h - errors as application/problem+json (RFC 9457): type, title,
 * status, detail, instance, code, errors[]. No SQL, path or version in them.
 */
#ifndef SIPMOVED_API_PROBLEM_H
#define SIPMOVED_API_PROBLEM_H

#include "api/http_exchange.h"

enum problem_code {
	PROBLEM_BAD_REQUEST,		/* 400 MALFORMED_REQUEST */
	PROBLEM_MALFORMED_JSON,		/* 400 */
	PROBLEM_BAD_PARAMETER,		/* 400 */
	PROBLEM_CURSOR_MISMATCH,	/* 400 */
	PROBLEM_UNAUTHENTICATED,	/* 401 */
	PROBLEM_FORBIDDEN,		/* 403 */
	PROBLEM_FOREIGN_ORIGIN,		/* 403 */
	PROBLEM_BAD_CREDENTIALS,	/* 401 at log-in */
	PROBLEM_NOT_FOUND,		/* 404 */
	PROBLEM_METHOD_NOT_ALLOWED,	/* 405 */
	PROBLEM_NOT_ACCEPTABLE,		/* 406 */
	PROBLEM_MOVE_OVERLAPS,		/* 409 with conflicting_ids */
	PROBLEM_MOVE_LOOPS,		/* 409 with cycle */
	PROBLEM_ALREADY_EXISTS,		/* 409 with conflicting_ids */
	PROBLEM_ADDRESSES_COLLIDE,	/* 409 with conflicting_ids */
	PROBLEM_TOO_MANY_ADDRESSES,	/* 409 */
	PROBLEM_NOT_EMPTY,		/* 409 */
	PROBLEM_LAST_ADMIN,		/* 409 */
	PROBLEM_CALENDAR_DISABLED,	/* 409 */
	PROBLEM_MOVE_CANCELLED,		/* 409 */
	PROBLEM_PRECONDITION_FAILED,	/* 412 */
	PROBLEM_TOO_LARGE,		/* 413 */
	PROBLEM_UNSUPPORTED_MEDIA_TYPE, /* 415 */
	PROBLEM_INVALID,		/* 422 with errors[] */
	PROBLEM_PRECONDITION_REQUIRED,	/* 428 */
	PROBLEM_TOO_MANY_REQUESTS,	/* 429 with Retry-After */
	PROBLEM_INTERNAL,		/* 500 */
	PROBLEM_UNAVAILABLE,		/* 503 with Retry-After */
	PROBLEM_STORAGE_FULL,		/* 507 */
	PROBLEM_MISDIRECTED,		/* 421 the Host is not ours */
	PROBLEM_NOT_IMPLEMENTED,	/* 501 method or transfer coding */
	PROBLEM_IDEMPOTENCY_KEY_IN_USE, /* 409 with Retry-After */
	PROBLEM_IDEMPOTENCY_KEY_REUSED, /* 422 */
	PROBLEM_QUOTA_EXCEEDED,		/* 429 with violated-policies */
	PROBLEM_HISTORY_LOST,		/* 410 */
	PROBLEM_IMPORT_REFUSED,		/* 422 with counts and errors[] */
	PROBLEM_BAD_SIGNATURE,		/* 401 of a webhook */
	PROBLEM_STALE_EVENT,		/* 401 */
	PROBLEM_EVENT_ID_REUSED,	/* 409 */
	PROBLEM_EVENT_NOT_VERIFIED,	/* 409 */
	PROBLEM_EVENT_REFUSED,		/* 422 with errors[] */
	PROBLEM_CODES,
};

/* detail: a sentence for a person; exchange->faults become errors[]. */
void problem_answer(struct exchange *exchange, enum problem_code code,
		    const char *detail_format, ...)
	__attribute__((format(printf, 3, 4)));
/* 422 if a fault is in the body, 400 if all are parameters. */
void problem_answer_faults(struct exchange *exchange);
/* What a store job's errno means: ENOENT 404, ESTALE 412, ENOSPC 507, EIO and
 * ECANCELED 503, EINVAL the faults, else 500. */
void problem_answer_errno(struct exchange *exchange, int err);
/* 409 from what move_create() and move_update() found. */
void problem_answer_conflict(struct exchange *exchange,
			     const struct move_conflict *conflict);
/* 409 naming the addresses that differ in case alone. */
void problem_answer_collision(struct exchange *exchange,
			      const struct domain_conflict *conflict);
/* 429 naming the limit; Retry-After was set. */
void problem_answer_quota(struct exchange *exchange, const char *policy,
			  uint64_t per_minute);
/* With members of the caller's own behind the common ones. */
void problem_answer_members(struct exchange *exchange, enum problem_code code,
			    const char *detail,
			    void (*put)(struct json_writer *writer, void *arg),
			    void *arg);
/* 409 ALREADY_EXISTS naming the object that is in the way. */
void problem_answer_exists(struct exchange *exchange, const char *other_id);

#endif
