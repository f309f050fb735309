#include "sip/redirect.h"

#include <string.h>

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
	bool is_dirty = uri.len == 0;

	for (size_t i = 0; i < uri.len; i++) {
		unsigned char c = (unsigned char)uri.ptr[i];

		is_dirty |= (c <= ' ') | (c >= 0x7f) | (c == '<') | (c == '>') |
			    (c == '"');
	}
	return !is_dirty;
}

static struct text without_dot(struct text host)
{
	if (host.len > 1 && host.ptr[host.len - 1] == '.')
		host.len--;
	return host;
}

/*
 * Most targets are at another host than the Request-URI, and that is seen
 * without parsing them. An IPv6 address has many spellings: always looked at.
 */
static bool may_equal(struct text target, const struct sip_uri *request_uri)
{
	const char *at = memchr(target.ptr, '@', target.len);
	struct text host;

	if (!at || request_uri->scheme == SIP_SCHEME_TEL ||
	    request_uri->host_kind != SIP_HOST_NAME)
		return true;
	host.ptr = at + 1;
	host.len = target.len - (size_t)(host.ptr - target.ptr);
	return text_starts_with_nocase(host, without_dot(request_uri->host));
}

static enum unfit judge(const struct snapshot_target *target,
			const struct sip_uri *request_uri, bool is_only,
			struct found *found)
{
	struct sip_uri *uri = &found->uris[found->count];

	if (!is_clean(target->uri))
		return UNFIT_TEXT;
	/* RFC 5630 5.4 */
	if (request_uri->scheme == SIP_SCHEME_SIPS &&
	    !text_starts_with_nocase(target->uri, TEXT("sips:")))
		return UNFIT_SCHEME;
	if (is_only && !may_equal(target->uri, request_uri))
		return FIT;
	if (sip_uri_parse(target->uri, uri))
		return UNFIT_TEXT;
	if (sip_uri_equals(uri, request_uri))
		return UNFIT_EQUAL;
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
		enum unfit unfit = judge(&move->targets[i], request_uri,
					 move->target_count == 1, &found);

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
