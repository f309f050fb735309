#include "sip/call_explanation.h"

static enum call_reason why_unknown(const struct snapshot *snapshot,
				    const struct call_decision *decision)
{
	struct text domain = { decision->domain, decision->domain_len };

	if (decision->redirect.address)
		return CALL_NO_FIT_TARGET;
	/* A tel: URI has no domain that could be unknown. */
	return domain.len > 0 && !snapshot_domain(snapshot, domain)
		       ? CALL_DOMAIN_UNKNOWN
		       : CALL_ADDRESS_UNKNOWN;
}

static struct call_explanation why_unavailable(
	const struct snapshot_address *address, int64_t now_ms)
{
	/* Where the domain refuses all alike. */
	if (!address)
		return (struct call_explanation){ CALL_ADDRESS_UNKNOWN, NULL };
	if (snapshot_active_move(address, now_ms))
		return (struct call_explanation){ CALL_NO_FIT_TARGET, NULL };
	for (uint32_t i = 0; i < address->move_count; i++)
		if (address->moves[i].starts_at_ms > now_ms)
			return (struct call_explanation){ CALL_MOVE_NOT_STARTED,
							  &address->moves[i] };
	return (struct call_explanation){ CALL_NO_MOVE, NULL };
}

struct call_explanation call_explain(const struct snapshot *snapshot,
				     const struct call_decision *decision,
				     int64_t now_ms)
{
	static const struct {
		uint16_t status;
		enum call_reason reason;
	} plain[] = {
		{ 200, CALL_SERVER_ASKED },    { 300, CALL_MOVED },
		{ 301, CALL_MOVED },	       { 302, CALL_MOVED },
		{ 401, CALL_UNAUTHENTICATED }, { 433, CALL_ANONYMOUS },
		{ 400, CALL_MALFORMED },       { 405, CALL_METHOD_NOT_ALLOWED },
		{ 414, CALL_MALFORMED },       { 416, CALL_SCHEME_UNSUPPORTED },
		{ 420, CALL_TAG_REFUSED },     { 481, CALL_NO_DIALOG },
		{ 482, CALL_MERGED },	       { 501, CALL_MALFORMED },
		{ 503, CALL_SERVER_ASKED },    { 505, CALL_MALFORMED },
		{ 513, CALL_MALFORMED },
	};
	enum call_reason reason = CALL_REASON_UNKNOWN;

	if (decision->status == 480 && decision->redirect.withheld_count > 0)
		return (struct call_explanation){ CALL_TARGETS_NOT_ALLOWED,
						  NULL };
	if (decision->status == 480)
		return why_unavailable(decision->redirect.address, now_ms);
	if (decision->status == 404)
		reason = why_unknown(snapshot, decision);
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (plain[i].status == decision->status)
			reason = plain[i].reason;
	if (reason == CALL_MOVED && !decision->redirect.move)
		reason = CALL_OTHERWISE;
	return (struct call_explanation){ reason, NULL };
}
