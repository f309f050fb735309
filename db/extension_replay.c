#include "db/extension_replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/ip_network.h"
#include "base/sip_host.h"
#include "base/sip_uri.h"

enum {
	SLOTS = 2 * REPLAY_GROUPS_MAX,
	NETWORK_BITS_IPV4 = 24,
	NETWORK_BITS_IPV6 = 56,
	TAGS_MAX = LOG_TEXT_MAX / 2,
};

struct groups {
	struct replay_group *list; /* owned; REPLAY_GROUPS_MAX of them */
	size_t count;
	uint16_t slots[SLOTS]; /* 1 + index; 0: free */
	uint64_t others;
};

struct extension_replay {
	const struct extension_policy *policy;
	struct hash_key key;
	struct replay_counts counts;
	struct groups groups[REPLAY_DIMENSIONS];
};

int extension_replay_new(const struct extension_policy *policy,
			 struct extension_replay **ret_replay)
{
	struct extension_replay *replay = calloc(1, sizeof(*replay));

	if (!replay)
		return ENOMEM;
	replay->policy = policy;
	hash_key_init(&replay->key);
	for (size_t i = 0; i < REPLAY_DIMENSIONS; i++) {
		replay->groups[i].list = calloc(
			REPLAY_GROUPS_MAX, sizeof(*replay->groups[i].list));
		if (!replay->groups[i].list) {
			extension_replay_free(replay);
			return ENOMEM;
		}
	}
	*ret_replay = replay;
	return 0;
}

void extension_replay_free(struct extension_replay *replay)
{
	if (!replay)
		return;
	for (size_t i = 0; i < REPLAY_DIMENSIONS; i++)
		free(replay->groups[i].list);
	free(replay);
}

/* --- groups -------------------------------------------------------------- */

/* NULL: there is no room for another one. */
static struct replay_group *group_of(struct extension_replay *replay,
				     struct groups *groups, struct text name)
{
	size_t at = (size_t)hash_text(&replay->key, name) % SLOTS;
	struct replay_group *group;

	/* Half of the slots are free: one always comes. */
	for (; groups->slots[at]; at = (at + 1) % SLOTS) {
		group = &groups->list[groups->slots[at] - 1];
		if (text_equals(text_of(group->name), name))
			return group;
	}
	if (groups->count == REPLAY_GROUPS_MAX)
		return NULL;
	group = &groups->list[groups->count++];
	groups->slots[at] = (uint16_t)groups->count;
	text_copy(name, group->name, sizeof(group->name));
	return group;
}

static void count_in(struct extension_replay *replay,
		     enum replay_dimension dimension, struct text name,
		     enum replay_change change, int64_t id)
{
	struct groups *groups = &replay->groups[dimension];
	struct replay_group *group;

	if (name.len > LOG_TEXT_MAX)
		name.len = LOG_TEXT_MAX;
	group = group_of(replay, groups, name);
	if (!group) {
		groups->others++;
		return;
	}
	if (!group->example_id)
		group->example_id = id;
	group->counts[change]++;
}

/* --- one record ---------------------------------------------------------- */

/* The next of the words that blanks and commas part. */
static bool next_word(struct text *rest, struct text *ret_word)
{
	size_t len = 0;

	while (rest->len > 0 && (*rest->ptr == ' ' || *rest->ptr == ',')) {
		rest->ptr++;
		rest->len--;
	}
	while (len < rest->len && rest->ptr[len] != ' ' &&
	       rest->ptr[len] != ',')
		len++;
	*ret_word = (struct text){ rest->ptr, len };
	rest->ptr += len;
	rest->len -= len;
	return len > 0;
}

/* "require:100rel" */
static bool split_asked(struct text word, enum extension_header *ret_header,
			struct text *ret_tag)
{
	const char *colon = memchr(word.ptr, ':', word.len);
	struct text name;

	if (!colon)
		return false;
	name = (struct text){ word.ptr, (size_t)(colon - word.ptr) };
	*ret_tag = (struct text){ colon + 1, word.len - name.len - 1 };
	return extension_header_from_text(name, ret_header) == 0 &&
	       *ret_header != EXTENSION_BOTH;
}

/* As call.c has it: the canonical host; a tel: URI has none. */
static struct text domain_of(const struct redirect_log_entry *entry,
			     char *buffer, size_t size)
{
	struct writer writer = writer_over(buffer, size);
	struct sip_uri uri;

	if (sip_uri_parse(text_of(entry->request_uri), &uri) ||
	    uri.scheme == SIP_SCHEME_TEL ||
	    sip_host_canonical(uri.host, &writer) ||
	    !writer_is_complete(&writer))
		return (struct text){ 0 };
	return writer_text(&writer);
}

struct judgement {
	struct text refused[TAGS_MAX]; /* views into the record */
	size_t count;
};

static void judge(const struct extension_replay *replay,
		  const struct redirect_log_entry *entry,
		  struct judgement *judgement)
{
	char buffer[SIP_CANONICAL_SIZE];
	struct text domain = domain_of(entry, buffer, sizeof(buffer));
	struct text rest = text_of(entry->tags_asked), word, tag;
	enum extension_header header;

	judgement->count = 0;
	while (next_word(&rest, &word))
		if (judgement->count < TAGS_MAX &&
		    split_asked(word, &header, &tag) &&
		    extension_policy_resolve(replay->policy, header, tag,
					     text_of(entry->method), domain)
				    .action == EXTENSION_REJECT)
			judgement->refused[judgement->count++] = tag;
}

static void count_tags(struct extension_replay *replay, const struct text *tags,
		       size_t count, enum replay_change change, int64_t id)
{
	char lower[LOG_TEXT_MAX];

	for (size_t i = 0; i < count; i++) {
		bool again = false;

		for (size_t j = 0; j < i; j++)
			again |= text_equals_nocase(tags[i], tags[j]);
		for (size_t j = 0; j < tags[i].len; j++)
			lower[j] = ascii_lower(tags[i].ptr[j]);
		if (!again)
			count_in(replay, REPLAY_TAG,
				 (struct text){ lower, tags[i].len }, change,
				 id);
	}
}

/* "foo=rul_..." of those that were refused. */
static size_t read_refused(const struct redirect_log_entry *entry,
			   struct text tags[TAGS_MAX])
{
	struct text rest = text_of(entry->tags_refused), word;
	size_t count = 0;

	while (count < TAGS_MAX && next_word(&rest, &word)) {
		const char *mark = memchr(word.ptr, '=', word.len);

		if (mark)
			word.len = (size_t)(mark - word.ptr);
		if (word.len <= LOG_TEXT_MAX)
			tags[count++] = word;
	}
	return count;
}

static void count_network(struct extension_replay *replay,
			  const struct redirect_log_entry *entry,
			  enum replay_change change)
{
	char buffer[IP_NETWORK_SIZE];
	struct writer writer = writer_over(buffer, sizeof(buffer));
	struct text host = text_of(entry->source);
	const char *colon = memrchr(host.ptr, ':', host.len);
	struct ip_address address;
	struct ip_network network;

	if (colon)
		host.len = (size_t)(colon - host.ptr);
	if (host.len > 2 && host.ptr[0] == '[')
		host = (struct text){ host.ptr + 1, host.len - 2 };
	if (ip_address_parse(host, &address))
		return;
	network = ip_address_prefix(&address, address.is_ipv4
						      ? NETWORK_BITS_IPV4
						      : NETWORK_BITS_IPV6);
	ip_network_write(&network, &writer);
	count_in(replay, REPLAY_NETWORK, writer_text(&writer), change,
		 entry->id);
}

static void note(struct extension_replay *replay,
		 const struct redirect_log_entry *entry,
		 enum replay_change change, const struct text *tags,
		 size_t tag_count)
{
	struct replay_counts *counts = &replay->counts;

	counts->changes[change]++;
	if (counts->example_counts[change] < REPLAY_EXAMPLES_MAX)
		counts->examples[change][counts->example_counts[change]++] =
			entry->id;
	count_in(replay, REPLAY_USER_AGENT, text_of(entry->user_agent), change,
		 entry->id);
	count_tags(replay, tags, tag_count, change, entry->id);
	count_network(replay, entry, change);
}

void extension_replay_add(struct extension_replay *replay,
			  const struct redirect_log_entry *entry)
{
	struct text was_refused[TAGS_MAX];
	struct judgement judgement;
	int64_t at_ms = entry->received_at_us / 1000;

	replay->counts.looked_at++;
	if (replay->counts.oldest_ms == 0 || at_ms < replay->counts.oldest_ms)
		replay->counts.oldest_ms = at_ms;
	if (entry->tags_asked[0] == '\0')
		return;
	replay->counts.with_tags++;
	judge(replay, entry, &judgement);
	if (entry->status != 420 && judgement.count > 0)
		note(replay, entry, REPLAY_WOULD_REFUSE, judgement.refused,
		     judgement.count);
	else if (entry->status == 420 && judgement.count == 0)
		note(replay, entry, REPLAY_WOULD_PASS, was_refused,
		     read_refused(entry, was_refused));
}

/* --- figures ------------------------------------------------------------- */

const struct replay_counts *extension_replay_counts(
	const struct extension_replay *replay)
{
	return &replay->counts;
}

static uint64_t all_of(const struct replay_group *group)
{
	return group->counts[REPLAY_WOULD_REFUSE] +
	       group->counts[REPLAY_WOULD_PASS];
}

static int largest_first(const void *left, const void *right)
{
	const struct replay_group *a = left, *b = right;
	uint64_t first = all_of(a), second = all_of(b);

	if (first != second)
		return first < second ? 1 : -1;
	return strcmp(a->name, b->name);
}

const struct replay_group *extension_replay_top(struct extension_replay *replay,
						enum replay_dimension dimension,
						size_t limit, size_t *ret_count,
						uint64_t *ret_others)
{
	struct groups *groups = &replay->groups[dimension];

	if (groups->count > 1)
		qsort(groups->list, groups->count, sizeof(*groups->list),
		      largest_first);
	*ret_count = groups->count < limit ? groups->count : limit;
	*ret_others = groups->others;
	for (size_t i = *ret_count; i < groups->count; i++)
		*ret_others += all_of(&groups->list[i]);
	return groups->list;
}
