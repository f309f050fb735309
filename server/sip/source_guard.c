#include "sip/source_guard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/sip_uri.h"
#include "sip/source_buckets.h"
#include "sip/source_marks.h"

enum {
	/* Of an IPv6 host: whoever has one address of a /64 has them all. */
	BAN_IPV6_BITS = 64,
};

/* A source is told of once in that time, whatever it sends. */
static const int64_t told_for_us = INT64_C(600) * 1000000;

struct listener {
	char name[SOURCE_LISTENER_SIZE];
	unsigned number; /* in this snapshot's section */
};

struct source_guard {
	struct source_guard_config config;
	const struct snapshot *snapshot; /* of this batch; NULL: none yet */
	const struct snapshot_sources *sources;
	int64_t revision; /* that the listeners are numbered for */
	int64_t monotonic_us, wall_ms;
	bool is_open; /* every source is answered */
	/* When the last ban that a pattern has made is over. */
	int64_t last_ban_ends_us;
	struct listener listeners[SOURCE_GUARD_LISTENERS_MAX];
	struct source_buckets *buckets;
	struct source_marks bans;
	struct source_marks told;
};

int source_guard_new(const struct source_guard_config *config,
		     struct source_guard **ret_guard)
{
	struct source_guard *guard = calloc(1, sizeof(*guard));
	int err;

	if (!guard)
		return ENOMEM;
	guard->config = *config;
	guard->revision = -1;
	guard->is_open = true;
	err = source_buckets_new(&guard->buckets);
	if (err) {
		source_guard_free(guard);
		return err;
	}
	*ret_guard = guard;
	return 0;
}

void source_guard_free(struct source_guard *guard)
{
	if (!guard)
		return;
	source_buckets_free(guard->buckets);
	free(guard);
}

void source_guard_name_listener(struct source_guard *guard, uint32_t index,
				struct text listener)
{
	if (index >= SOURCE_GUARD_LISTENERS_MAX)
		return;
	(void)text_copy(listener, guard->listeners[index].name,
			sizeof(guard->listeners[index].name));
	guard->revision = -1;
}

struct text source_guard_listener(const struct source_guard *guard,
				  uint32_t index)
{
	return index < SOURCE_GUARD_LISTENERS_MAX
		       ? text_of(guard->listeners[index].name)
		       : TEXT("");
}

static void number_listeners(struct source_guard *guard)
{
	for (size_t i = 0; i < SOURCE_GUARD_LISTENERS_MAX; i++)
		guard->listeners[i].number =
			guard->listeners[i].name[0]
				? snapshot_sources_listener(
					  guard->sources,
					  text_of(guard->listeners[i].name))
				: SOURCE_ANY_LISTENER;
}

void source_guard_begin(struct source_guard *guard,
			const struct snapshot *snapshot, int64_t monotonic_us,
			int64_t wall_ms)
{
	guard->snapshot = snapshot;
	guard->monotonic_us = monotonic_us;
	guard->wall_ms = wall_ms;
	if (!snapshot)
		return;
	guard->sources = snapshot_sources(snapshot);
	if (snapshot_revision(snapshot) != guard->revision) {
		number_listeners(guard);
		guard->revision = snapshot_revision(snapshot);
	}
	guard->is_open = snapshot_sources_are_open(guard->sources) &&
			 monotonic_us >= guard->last_ban_ends_us;
}

/* --- what is said of a source --- */

static unsigned listener_number(const struct source_guard *guard,
				uint32_t listener)
{
	return listener < SOURCE_GUARD_LISTENERS_MAX
		       ? guard->listeners[listener].number
		       : (unsigned)SOURCE_ANY_LISTENER;
}

static enum source_verdict judge(const struct source_guard *guard,
				 const struct ip_address *address,
				 uint32_t listener)
{
	return snapshot_sources_judge(guard->sources,
				      listener_number(guard, listener), address,
				      guard->wall_ms);
}

/* A source's name in the tables: nobody outside can make two of them meet. */
static uint64_t hash_of(const struct source_guard *guard,
			const struct ip_address *address, unsigned bits)
{
	struct ip_network network = ip_address_prefix(address, bits);
	char key[sizeof(network.address.bytes) + 2];

	memcpy(key, network.address.bytes, sizeof(network.address.bytes));
	key[sizeof(network.address.bytes)] = (char)network.bits;
	key[sizeof(network.address.bytes) + 1] = network.address.is_ipv4;
	return hash_text(guard->config.secret,
			 (struct text){ key, sizeof(key) });
}

static uint64_t hash_of_host(const struct source_guard *guard,
			     const struct ip_address *address)
{
	return hash_of(guard, address,
		       address->is_ipv4 ? IPV4_BITS : BAN_IPV6_BITS);
}

static void count(struct source_guard *guard, enum sip_traffic_event event)
{
	sip_counter_add(&guard->config.counters->events[event], 1);
}

/* Once in a while for each; what of it is written is bounded once more. */
static void tell(struct source_guard *guard, const struct ip_address *address,
		 enum source_notice_kind kind)
{
	struct source_notice notice = { *address, kind };

	if (guard->config.notices &&
	    source_marks_put(&guard->told, hash_of_host(guard, address) + kind,
			     guard->monotonic_us + told_for_us,
			     guard->monotonic_us))
		source_notices_put(guard->config.notices, &notice);
}

static bool refuse(struct source_guard *guard, const struct ip_address *address,
		   enum sip_traffic_event event, enum source_notice_kind kind)
{
	count(guard, event);
	tell(guard, address, kind);
	return false;
}

/* --- before parsing --- */

static bool is_banned_by_pattern(const struct source_guard *guard,
				 const struct ip_address *address)
{
	return guard->monotonic_us < guard->last_ban_ends_us &&
	       source_marks_has(&guard->bans, hash_of_host(guard, address),
				guard->monotonic_us);
}

static bool has_token(struct source_guard *guard,
		      const struct ip_address *address)
{
	const struct source_limit *limit =
		snapshot_sources_limit(guard->sources);
	int64_t bits = address->is_ipv4 ? limit->ipv4_prefix_bits
					: limit->ipv6_prefix_bits;

	if (!limit->enabled ||
	    (!limit->limit_private && ip_address_is_private(address)))
		return true;
	switch (source_buckets_take(guard->buckets,
				    hash_of(guard, address, (unsigned)bits),
				    limit, guard->monotonic_us)) {
	case SOURCE_TAKE_TOKEN:
		return true;
	case SOURCE_TAKE_SLIP:
		count(guard, SIP_TRAFFIC_SLIPPED);
		return true;
	case SOURCE_TAKE_NONE:
		break;
	}
	return refuse(guard, address, SIP_TRAFFIC_LIMITED,
		      SOURCE_NOTICE_LIMITED);
}

/* True: a rule wants it. ret_is_kept_out: a rule or a ban does not. */
static bool is_allowed(struct source_guard *guard,
		       const struct ip_address *address, uint32_t listener,
		       bool *ret_is_kept_out)
{
	enum source_verdict verdict = judge(guard, address, listener);

	*ret_is_kept_out = false;
	if (verdict == SOURCE_IS_ALLOWED)
		return true;
	if (verdict == SOURCE_IS_DENIED)
		*ret_is_kept_out = !refuse(guard, address, SIP_TRAFFIC_DENIED,
					   SOURCE_NOTICE_DENIED);
	else if (verdict == SOURCE_IS_BANNED ||
		 is_banned_by_pattern(guard, address))
		*ret_is_kept_out = !refuse(guard, address, SIP_TRAFFIC_BANNED,
					   SOURCE_NOTICE_BANNED);
	return false;
}

bool source_guard_admits(struct source_guard *guard,
			 const struct sockaddr *source, uint32_t listener)
{
	struct ip_address address;
	bool is_kept_out;

	if (guard->is_open || !guard->snapshot)
		return true;
	address = ip_address_of(source);
	if (is_allowed(guard, &address, listener, &is_kept_out))
		return true;
	return !is_kept_out && has_token(guard, &address);
}

bool source_guard_welcomes(struct source_guard *guard,
			   const struct sockaddr *source, uint32_t listener)
{
	struct ip_address address;
	bool is_kept_out;

	if (guard->is_open || !guard->snapshot)
		return true;
	address = ip_address_of(source);
	return is_allowed(guard, &address, listener, &is_kept_out) ||
	       !is_kept_out;
}

/* --- after parsing --- */

/* A user at an address that is no domain of ours: what is walked by scanners,
 * and never dialled by anybody. */
static bool goes_by_address(const struct source_guard *guard,
			    const struct sip_request *request)
{
	char canonical[SIP_CANONICAL_SIZE];
	struct writer writer = writer_over(canonical, sizeof(canonical));

	return snapshot_sources_limit(guard->sources)->drop_unserved_ip_uris &&
	       request->uri_is_valid && request->uri.has_user &&
	       request->uri.host_kind != SIP_HOST_NAME &&
	       !sip_host_canonical(request->uri.host, &writer) &&
	       !snapshot_domain(guard->snapshot, writer_text(&writer));
}

static const struct snapshot_pattern *find_pattern(
	const struct source_guard *guard, const struct sip_request *request)
{
	const struct snapshot_pattern *pattern = NULL;

	if (!snapshot_sources_have_patterns(guard->sources))
		return NULL;
	pattern = snapshot_sources_match(guard->sources, SCANNER_USER_AGENT,
					 request->user_agent);
	if (!pattern)
		pattern = snapshot_sources_match(guard->sources, SCANNER_FROM,
						 request->from);
	return pattern;
}

static void ban(struct source_guard *guard, const struct ip_address *address,
		int64_t seconds)
{
	int64_t until_us = guard->monotonic_us + seconds * 1000000;

	if (source_marks_put(&guard->bans, hash_of_host(guard, address),
			     until_us, guard->monotonic_us))
		count(guard, SIP_TRAFFIC_PATTERN_BANS);
	if (guard->last_ban_ends_us < until_us)
		guard->last_ban_ends_us = until_us;
	guard->is_open = false;
}

bool source_guard_is_scanner(struct source_guard *guard,
			     const struct sip_request *request,
			     const struct sockaddr *source, uint32_t listener)
{
	const struct snapshot_pattern *pattern;
	struct ip_address address;

	if (!guard->snapshot)
		return false;
	pattern = find_pattern(guard, request);
	if (!pattern && !goes_by_address(guard, request))
		return false;
	address = ip_address_of(source);
	if (judge(guard, &address, listener) == SOURCE_IS_ALLOWED)
		return false;
	if (pattern && pattern->ban_seconds > 0)
		ban(guard, &address, pattern->ban_seconds);
	(void)refuse(guard, &address, SIP_TRAFFIC_SCANNER,
		     SOURCE_NOTICE_SCANNER);
	return true;
}
