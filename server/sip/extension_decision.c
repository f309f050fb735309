#include "sip/extension_decision.h"

#include <string.h>

#include "sip/sip_token.h"

enum {
	SLOTS = 2 * EXTENSION_TAGS_MAX,
};

/* Tags seen so far, by a cheap sum: most comparisons end at one integer, and
 * tags that come again and again are not looked for among all. */
struct seen {
	uint32_t sums[EXTENSION_TAGS_MAX];
	uint8_t slots[SLOTS]; /* by sum: 1 + index; 0: free */
	/* Of every tag that came, repeated ones included. */
	size_t bytes, mentions;
};

/* FNV-1a over lower case. It need not resist anybody: at most 32 tags are kept
 * and 1,024 octets read. */
static uint32_t tag_sum(struct text tag)
{
	uint32_t sum = 2166136261u;

	for (size_t i = 0; i < tag.len; i++)
		sum = (sum ^ (unsigned char)ascii_lower(tag.ptr[i])) *
		      16777619u;
	return sum;
}

/* Where the tag is, or belongs: at most half of the slots are taken. */
static uint8_t *slot_of(const struct extension_decision *decision,
			struct seen *seen, uint32_t sum, struct text tag)
{
	for (size_t at = sum % SLOTS;; at = (at + 1) % SLOTS) {
		size_t index = seen->slots[at];

		if (index == 0 ||
		    (seen->sums[index - 1] == sum &&
		     sip_tokens_equal(decision->tags[index - 1].tag, tag)))
			return &seen->slots[at];
	}
}

/* False: there are too many of them. */
static bool collect(struct extension_decision *decision, struct seen *seen,
		    struct text tag, bool is_proxy)
{
	uint32_t sum;
	struct extension_tag *known;
	uint8_t *slot;

	seen->bytes += tag.len;
	if (seen->bytes > EXTENSION_TAG_BYTES_MAX ||
	    seen->mentions++ == EXTENSION_MENTIONS_MAX)
		return false;
	sum = tag_sum(tag);
	slot = slot_of(decision, seen, sum, tag);
	if (*slot == 0) {
		if (decision->tag_count == EXTENSION_TAGS_MAX)
			return false;
		seen->sums[decision->tag_count++] = sum;
		*slot = (uint8_t)decision->tag_count;
		decision->tags[*slot - 1] = (struct extension_tag){
			.tag = tag,
			.header = is_proxy ? EXTENSION_PROXY_REQUIRE
					   : EXTENSION_REQUIRE
		};
	}
	known = &decision->tags[*slot - 1];
	known->in_require |= !is_proxy;
	known->in_proxy_require |= is_proxy;
	return true;
}

static void refuse(struct extension_decision *decision, struct text reason)
{
	decision->status = 400;
	decision->reason = reason;
	decision->tag_count = 0;
}

/* False: the request is refused as malformed. */
static bool collect_all(struct extension_decision *decision,
			const struct sip_request *request)
{
	struct seen seen;

	memset(&seen.slots, 0, sizeof(seen.slots));
	seen.bytes = seen.mentions = 0;
	for (size_t i = 0; i < request->require_count; i++) {
		bool is_proxy = request->require_is_proxy[i];
		struct text rest = request->requires[i], tag;
		int found;

		while ((found = sip_token_list_next(&rest, &tag)) > 0) {
			if (collect(decision, &seen, tag, is_proxy))
				continue;
			refuse(decision, TEXT("Too Many Option Tags"));
			return false;
		}
		if (found == 0)
			continue;
		refuse(decision, is_proxy ? TEXT("Malformed Proxy-Require")
					  : TEXT("Malformed Require"));
		return false;
	}
	return true;
}

/* A tag in both headers is judged in both; the one that rejects counts. */
static void judge(const struct extension_policy *policy, struct text method,
		  struct text domain, struct extension_tag *tag)
{
	struct extension_verdict proxy_verdict;

	if (tag->in_require)
		tag->verdict = extension_policy_resolve(
			policy, EXTENSION_REQUIRE, tag->tag, method, domain);
	if (!tag->in_proxy_require ||
	    (tag->in_require && tag->verdict.action == EXTENSION_REJECT))
		return;
	proxy_verdict = extension_policy_resolve(
		policy, EXTENSION_PROXY_REQUIRE, tag->tag, method, domain);
	if (!tag->in_require || proxy_verdict.action == EXTENSION_REJECT)
		tag->verdict = proxy_verdict;
}

void extension_decide(const struct extension_policy *policy,
		      const struct sip_request *request, struct text domain,
		      struct extension_decision *ret_decision)
{
	ret_decision->status = 0;
	ret_decision->reason = (struct text){ 0 };
	ret_decision->tag_count = 0;
	ret_decision->rejected_count = 0;
	/* RFC 3261 8.2.2.3: neither can be sent again without the tag. */
	if (request->require_count == 0 || request->method == SIP_ACK ||
	    request->method == SIP_CANCEL)
		return;
	if (!collect_all(ret_decision, request))
		return;

	for (size_t i = 0; i < ret_decision->tag_count; i++) {
		struct extension_tag *tag = &ret_decision->tags[i];

		judge(policy, request->method_text, domain, tag);
		if (tag->verdict.action == EXTENSION_REJECT)
			ret_decision->rejected_count++;
	}
	if (ret_decision->rejected_count > 0) {
		ret_decision->status = 420;
		ret_decision->reason = TEXT("Bad Extension");
	}
}
