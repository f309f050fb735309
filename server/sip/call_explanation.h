/*
 * call_explanation.h - from a decision to why it was made, for people who
 * search the log. Pure; looks again at what the steps looked at, and only where
 * the status alone does not tell.
 */
#ifndef SIPMOVED_SIP_CALL_EXPLANATION_H
#define SIPMOVED_SIP_CALL_EXPLANATION_H

#include "sip/call.h"

struct call_explanation {
	enum call_reason reason;
	/* The one that comes next, for CALL_MOVE_NOT_STARTED; else NULL. */
	const struct snapshot_move *next_move;
};

struct call_explanation call_explain(const struct snapshot *snapshot,
				     const struct call_decision *decision,
				     int64_t now_ms);

#endif
