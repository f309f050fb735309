/*
 * call_reason.h - why a request got the answer it got, in one word: what the
 * redirect log keeps and a simulation says. The numbers are on disk: a new one
 * goes to the end.
 */
#ifndef SIPMOVED_BASE_CALL_REASON_H
#define SIPMOVED_BASE_CALL_REASON_H

enum call_reason {
	CALL_REASON_UNKNOWN, /* told as null */
	CALL_MOVED,
	CALL_DOMAIN_UNKNOWN,
	CALL_ADDRESS_UNKNOWN,
	CALL_NO_MOVE,	       /* none in force, none to come */
	CALL_MOVE_NOT_STARTED, /* the next one is named */
	CALL_NO_FIT_TARGET,    /* a move is in force, not for this call */
	CALL_TAG_REFUSED,
	CALL_MALFORMED,
	CALL_NO_DIALOG,
	CALL_METHOD_NOT_ALLOWED,
	CALL_SCHEME_UNSUPPORTED,
	CALL_MERGED,
	CALL_SERVER_ASKED, /* OPTIONS about the server itself */
	CALL_CANCEL,
	CALL_SERVER_ERROR,
	CALL_UNAUTHENTICATED,
	CALL_ANONYMOUS,
	CALL_OTHERWISE,		  /* to the domain's home, or its registrar */
	CALL_TARGETS_NOT_ALLOWED, /* a move is in force, rules withhold it */
	CALL_REASONS,
};

/* "move_not_started"; NULL for what is no reason, or unknown. */
const char *call_reason_name(unsigned reason);

#endif
