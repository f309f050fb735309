#include "db/source_policy.h"

#include <errno.h>
#include <string.h>

#include "base/utf8.h"
#include "db/value_check.h"

const struct source_limit source_limit_default = {
	.enabled = true,
	.rate = 500,
	.burst = 2000,
	.slip = 10,
	.ipv4_prefix_bits = 24,
	.ipv6_prefix_bits = 56,
};

const char *const source_action_names[] = { "allow", "deny", NULL };
const char *const scanner_header_names[] = { "user_agent", "from", NULL };
const char *const scanner_match_names[] = { "contains", "prefix", NULL };
const char *const scanner_action_names[] = { "drop", "ban", NULL };

void source_network_check(char network[SOURCE_NETWORK_SIZE],
			  struct faults *faults)
{
	char canonical[IP_NETWORK_SIZE];
	struct writer writer = writer_over(canonical, sizeof(canonical));
	struct ip_network parsed;
	int err = ip_network_parse(text_of(network), &parsed);

	if (err == EBADMSG) {
		faults_add(faults, FAULT_BAD_FORMAT, "/network",
			   "must be a network such as 192.0.2.0/24 or "
			   "2001:db8::/32, or one address");
		return;
	}
	ip_network_write(&parsed, &writer);
	if (err)
		/* Too wide a ban is worse than none: it is not guessed. */
		faults_add(faults, FAULT_BAD_FORMAT, "/network",
			   "has bits behind its prefix. Did you mean %.*s?",
			   TEXT_ARG(writer_text(&writer)));
	else
		text_copy(writer_text(&writer), network, SOURCE_NETWORK_SIZE);
}

/* "192.0.2.1:5060" or "[2001:db8::1]:5060". */
static int write_endpoint(struct text text, struct writer *writer)
{
	const char *colon = text.len > 0 ? memrchr(text.ptr, ':', text.len)
					 : NULL;
	struct ip_address address;
	struct text host = text;
	bool has_brackets;
	uint64_t port;

	if (!colon)
		return EBADMSG;
	host.len = (size_t)(colon - text.ptr);
	if (text_to_u64((struct text){ colon + 1, text.len - host.len - 1 },
			&port) ||
	    port < 1 || port > UINT16_MAX)
		return EBADMSG;
	has_brackets = host.len > 2 && host.ptr[0] == '[' &&
		       host.ptr[host.len - 1] == ']';
	if (has_brackets)
		host = (struct text){ host.ptr + 1, host.len - 2 };
	if (ip_address_parse(host, &address) || address.is_ipv4 == has_brackets)
		return EBADMSG;
	writer_put(writer, has_brackets ? TEXT("[") : TEXT(""));
	ip_address_write(&address, writer);
	writer_put(writer, has_brackets ? TEXT("]:") : TEXT(":"));
	writer_u64(writer, port);
	return 0;
}

int source_listener_canonical(struct text text, struct writer *writer)
{
	static const struct text transports[] = { { "udp:", 4 },
						  { "tcp:", 4 },
						  { "tls:", 4 } };

	for (size_t i = 0; i < sizeof(transports) / sizeof(transports[0]); i++)
		if (text_starts_with_nocase(text, transports[i])) {
			writer_put(writer, transports[i]);
			return write_endpoint(
				(struct text){ text.ptr + transports[i].len,
					       text.len - transports[i].len },
				writer);
		}
	return EBADMSG;
}

void source_listener_check(char listener[SOURCE_LISTENER_SIZE],
			   struct faults *faults)
{
	char canonical[SOURCE_LISTENER_SIZE];
	struct writer writer = writer_over(canonical, sizeof(canonical) - 1);

	if (!listener[0])
		return;
	if (source_listener_canonical(text_of(listener), &writer) ||
	    !writer_is_complete(&writer))
		faults_add(faults, FAULT_BAD_FORMAT, "/listener",
			   "must be null for any, or a listen address such as "
			   "udp:192.0.2.1:5060");
	else
		text_copy(writer_text(&writer), listener, SOURCE_LISTENER_SIZE);
}

static void check_range(int64_t value, int64_t minimum, int64_t maximum,
			const char *pointer, struct faults *faults)
{
	if (value < minimum || value > maximum)
		faults_add(faults, FAULT_OUT_OF_RANGE, pointer,
			   "must be from %lld to %lld", (long long)minimum,
			   (long long)maximum);
}

void source_rule_validate(struct source_rule *rule, struct faults *faults)
{
	source_network_check(rule->network, faults);
	source_listener_check(rule->listener, faults);
	value_check_note(rule->note, SOURCE_NOTE_MAX, "/note", faults);
}

void source_ban_validate(struct source_ban *ban, int64_t now_ms,
			 struct faults *faults)
{
	source_network_check(ban->network, faults);
	value_check_note(ban->reason, SOURCE_NOTE_MAX, "/reason", faults);
	if (ban->expires_at_ms <= now_ms)
		faults_add(faults, FAULT_BAD_TIME, "/expires_at",
			   "must be in the future");
}

void scanner_pattern_validate(struct scanner_pattern *pattern,
			      struct faults *faults)
{
	struct text text = text_of(pattern->text);

	if (text.len == 0 || !utf8_is_printable(text))
		faults_add(faults, FAULT_BAD_FORMAT, "/text",
			   "must be printable text of 1 to %d bytes",
			   SCANNER_TEXT_MAX);
	if (pattern->action == SCANNER_DROP)
		pattern->ban_seconds = 0;
	else
		check_range(pattern->ban_seconds, 1, SCANNER_BAN_SECONDS_MAX,
			    "/ban_seconds", faults);
	value_check_note(pattern->note, SOURCE_NOTE_MAX, "/note", faults);
}

void source_limit_validate(const struct source_limit *limit,
			   struct faults *faults)
{
	check_range(limit->rate, 1, SOURCE_LIMIT_MAX, "/rate", faults);
	check_range(limit->burst, 1, SOURCE_LIMIT_MAX, "/burst", faults);
	check_range(limit->slip, 0, SOURCE_SLIP_MAX, "/slip", faults);
	check_range(limit->ipv4_prefix_bits, 1, IPV4_BITS, "/ipv4_prefix_bits",
		    faults);
	check_range(limit->ipv6_prefix_bits, 1, IPV6_BITS, "/ipv6_prefix_bits",
		    faults);
}
