#include "sip/redirect.h"

/* What a target was left out for; none: it is fit. */
enum unfit {
	FIT,
	UNFIT_EQUAL,  /* to the Request-URI, or to a better target */
	UNFIT_SCHEME, /* a sips: call must not lose its protection */
	UNFIT_TEXT,   /* could not stand in a Contact */
};

/* Targets found fit so far, parsed, to tell doubles by RFC 3261 19.1.4. */
struct found {
	struct sip_uri uris[MOVE_TARGETS_MAX];
	size_t count;
};

/*
 * The snapshot holds nothing else; but one byte wrong here would be a header of
 * somebody else's making in every answer, so it is looked at again.
 */
static bool is_clean(struct text uri)
{
	for (size_t i = 0; i < uri.len; i++) {
		unsigned char c = (unsigned char)uri.ptr[i];

		if (c <= ' ' || c >= 0x7f || c == '<' || c == '>' || c == '"')
			return false;
	}
	return uri.len > 0;
}

static enum unfit judge(const struct snapshot_target *target,
			const struct sip_uri *request_uri, struct found *found)
{
	struct sip_uri *uri = &found->uris[found->count];

	if (!is_clean(target->uri) || sip_uri_parse(target->uri, uri))
		return UNFIT_TEXT;
	if (sip_uri_equals(uri, request_uri))
		return UNFIT_EQUAL;
	/* RFC 5630 5.4 */
	if (request_uri->scheme == SIP_SCHEME_SIPS &&
	    uri->scheme != SIP_SCHEME_SIPS)
		return UNFIT_SCHEME;
	for (size_t i = 0; i < found->count; i++)
		if (sip_uri_equals(uri, &found->uris[i]))
			return UNFIT_EQUAL;
	found->count++;
	return FIT;
}

static void choose_targets(struct redirect_decision *decision,
			   const struct snapshot_move *move,
			   const struct sip_uri *request_uri)
{
	struct found found; /* filled as far as its count says */
	bool seen[UNFIT_TEXT + 1] = { false };

	found.count = 0;
	for (uint8_t i = 0; i < move->target_count && i < MOVE_TARGETS_MAX;
	     i++) {
		enum unfit unfit =
			judge(&move->targets[i], request_uri, &found);

		seen[unfit] = true;
		if (unfit == FIT)
			decision->targets[decision->target_count++] = i;
	}
	if (decision->target_count > 0) {
		decision->move = move;
		decision->status = move->permanent ? 301 : 302;
		return;
	}
	/*
	 * Reached at the very URI it was asked at: nobody is there (8.3). With
	 * a target that is merely not for this call: not now.
	 */
	decision->is_sips_refused = seen[UNFIT_SCHEME];
	decision->status = seen[UNFIT_EQUAL] && !seen[UNFIT_SCHEME] ? 404 : 480;
}

struct redirect_decision redirect_decide(const struct snapshot *snapshot,
					 const struct sip_uri *uri,
					 struct text canonical,
					 struct text number, int64_t now_ms)
{
	struct redirect_decision decision = { .status = 404 };
	const struct snapshot_move *move;

	if (canonical.len > 0)
		decision.address = snapshot_address(snapshot, canonical);
	if (!decision.address && number.len > 0)
		decision.address = snapshot_address(snapshot, number);
	if (!decision.address)
		return decision;

	/* RFC 3261 21.4.18: known, and nowhere to send the call now. */
	decision.status = 480;
	move = snapshot_active_move(decision.address, now_ms);
	if (move)
		choose_targets(&decision, move, uri);
	return decision;
}
