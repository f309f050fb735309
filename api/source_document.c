#include "api/source_document.h"

#include "api/document_member.h"
#include "api/peer_profile_document.h"
#include "api/target_document.h"
#include "base/timestamp.h"

static const char *const read_only[] = { "id", "created_at", "updated_at",
					 "revision", NULL };

/* --- members --- */

static void read_number(struct json_object *object, const char *name,
			int64_t default_value, int64_t *value)
{
	int64_t number;
	enum json_presence presence =
		json_integer(object, name, 0, SOURCE_LIMIT_MAX, &number);

	if (presence == JSON_PRESENT)
		*value = number;
	else if (presence == JSON_NULL)
		*value = default_value;
}

static void end(struct json_object *object)
{
	members_read_only(object, read_only);
	json_object_end(object);
}

static void open_object(struct json_writer *writer,
			const struct source_object *object)
{
	json_open_object(writer, NULL);
	json_put_string(writer, "id", text_of(object->id));
}

static void close_object(struct json_writer *writer,
			 const struct source_object *object)
{
	json_put_time_ms(writer, "created_at", object->created_at_ms);
	json_put_time_ms(writer, "updated_at", object->updated_at_ms);
	json_put_i64_string(writer, "revision", object->revision);
	json_close_object(writer);
}

/* --- rules --- */

static void read_rule(struct json_object *object, bool is_new, int64_t now_ms,
		      void *value)
{
	static const struct word_member action = { "action",
						   source_action_names, false };
	struct source_rule *rule = value;
	unsigned word = rule->action;

	(void)now_ms;
	if (is_new)
		rule->enabled = true;
	member_required_text(object, "network", is_new, rule->network,
			     sizeof(rule->network));
	member_text(object, "listener", rule->listener, sizeof(rule->listener));
	member_word(object, &action, is_new, &word);
	rule->action = (enum source_action)word;
	member_bool(object, "enabled", true, &rule->enabled);
	member_text(object, "note", rule->note, sizeof(rule->note));
	end(object);
}

static void write_rule(struct json_writer *writer, const void *value)
{
	const struct source_rule *rule = value;

	open_object(writer, &rule->object);
	json_put_string(writer, "network", text_of(rule->network));
	json_put_string_or_null(writer, "listener", text_of(rule->listener));
	json_put_string(writer, "action",
			text_of(source_action_names[rule->action]));
	json_put_bool(writer, "enabled", rule->enabled);
	json_put_string(writer, "note", text_of(rule->note));
	close_object(writer, &rule->object);
}

/* --- bans --- */

/* A ban without an end has to be asked for: by null. */
static void read_end(struct json_object *object, int64_t now_ms,
		     int64_t *ret_expires_at_ms)
{
	struct text text;
	int64_t seconds;
	enum json_presence until =
		json_string(object, "expires_at", TIMESTAMP_SIZE + 8, &text);
	enum json_presence after = json_integer(object, "expires_in_seconds", 1,
						INT64_C(10) * 366 * 86400,
						&seconds);

	*ret_expires_at_ms = SOURCE_BAN_FOREVER;
	if (until == JSON_PRESENT &&
	    timestamp_parse(text, ret_expires_at_ms, NULL)) {
		*ret_expires_at_ms = SOURCE_BAN_FOREVER;
		json_fault(object, "expires_at", FAULT_BAD_TIME,
			   "must be a time with its offset, such as "
			   "2026-12-01T09:00:00Z");
	}
	if (after == JSON_PRESENT)
		*ret_expires_at_ms = now_ms + seconds * 1000;
	if (after == JSON_PRESENT && until != JSON_ABSENT)
		json_fault(object, "expires_in_seconds",
			   FAULT_CONFLICTS_WITH_OTHER_MEMBER,
			   "cannot stand beside expires_at");
	if (until == JSON_ABSENT &&
	    (after == JSON_ABSENT || after == JSON_NULL))
		json_fault(object, "expires_at", FAULT_MISSING_MEMBER,
			   "give expires_at, or expires_in_seconds; null is "
			   "for a ban without an end");
}

static void read_ban(struct json_object *object, bool is_new, int64_t now_ms,
		     void *value)
{
	struct source_ban *ban = value;

	member_required_text(object, "network", is_new, ban->network,
			     sizeof(ban->network));
	read_end(object, now_ms, &ban->expires_at_ms);
	member_text(object, "reason", ban->reason, sizeof(ban->reason));
	json_read_only(object, "created_by");
	end(object);
}

static void write_ban(struct json_writer *writer, const void *value)
{
	const struct source_ban *ban = value;

	open_object(writer, &ban->object);
	json_put_string(writer, "network", text_of(ban->network));
	if (ban->expires_at_ms == SOURCE_BAN_FOREVER)
		json_put_null(writer, "expires_at");
	else
		json_put_time_ms(writer, "expires_at", ban->expires_at_ms);
	json_put_string(writer, "reason", text_of(ban->reason));
	json_put_string(writer, "created_by", text_of(ban->created_by));
	close_object(writer, &ban->object);
}

/* --- patterns --- */

static void read_pattern(struct json_object *object, bool is_new,
			 int64_t now_ms, void *value)
{
	static const struct word_member header = { "header",
						   scanner_header_names, true };
	static const struct word_member match = { "match", scanner_match_names,
						  true };
	static const struct word_member action = { "action",
						   scanner_action_names, true };
	struct scanner_pattern *pattern = value;
	unsigned words[] = { pattern->header, pattern->match, pattern->action };

	(void)now_ms;
	if (is_new)
		pattern->enabled = true;
	member_word(object, &header, is_new, &words[0]);
	member_word(object, &match, is_new, &words[1]);
	member_word(object, &action, is_new, &words[2]);
	pattern->header = (enum scanner_header)words[0];
	pattern->match = (enum scanner_match)words[1];
	pattern->action = (enum scanner_action)words[2];
	member_required_text(object, "text", is_new, pattern->text,
			     sizeof(pattern->text));
	read_number(object, "ban_seconds", 0, &pattern->ban_seconds);
	member_bool(object, "enabled", true, &pattern->enabled);
	member_text(object, "note", pattern->note, sizeof(pattern->note));
	end(object);
}

static void write_pattern(struct json_writer *writer, const void *value)
{
	const struct scanner_pattern *pattern = value;

	open_object(writer, &pattern->object);
	json_put_string(writer, "header",
			text_of(scanner_header_names[pattern->header]));
	json_put_string(writer, "match",
			text_of(scanner_match_names[pattern->match]));
	json_put_string(writer, "text", text_of(pattern->text));
	json_put_string(writer, "action",
			text_of(scanner_action_names[pattern->action]));
	if (pattern->action == SCANNER_BAN)
		json_put_integer(writer, "ban_seconds", pattern->ban_seconds);
	else
		json_put_null(writer, "ban_seconds");
	json_put_bool(writer, "enabled", pattern->enabled);
	json_put_string(writer, "note", text_of(pattern->note));
	close_object(writer, &pattern->object);
}

const struct source_document *source_document(enum source_kind kind)
{
	static const struct source_document documents[] = {
		[SOURCE_RULES] = { read_rule, write_rule },
		[SOURCE_BANS] = { read_ban, write_ban },
		[SCANNER_PATTERNS] = { read_pattern, write_pattern },
		[PEER_PROFILES] = { peer_profile_document_read,
				    peer_profile_document_write },
		[TARGET_RULES] = { target_rule_document_read,
				   target_rule_document_write },
	};

	return &documents[kind];
}

/* --- the limit --- */

void source_limit_document_read(struct json_object *object, bool is_new,
				struct source_limit *limit)
{
	const struct source_limit *normal = &source_limit_default;

	if (is_new)
		*limit = *normal;
	member_bool(object, "enabled", normal->enabled, &limit->enabled);
	read_number(object, "rate", normal->rate, &limit->rate);
	read_number(object, "burst", normal->burst, &limit->burst);
	read_number(object, "slip", normal->slip, &limit->slip);
	read_number(object, "ipv4_prefix_bits", normal->ipv4_prefix_bits,
		    &limit->ipv4_prefix_bits);
	read_number(object, "ipv6_prefix_bits", normal->ipv6_prefix_bits,
		    &limit->ipv6_prefix_bits);
	member_bool(object, "limit_private", normal->limit_private,
		    &limit->limit_private);
	member_bool(object, "drop_unserved_ip_uris",
		    normal->drop_unserved_ip_uris,
		    &limit->drop_unserved_ip_uris);
	json_read_only(object, "updated_at");
	json_read_only(object, "revision");
	json_object_end(object);
}

void source_limit_document_write(struct json_writer *writer,
				 const struct source_limit *limit)
{
	json_open_object(writer, NULL);
	json_put_bool(writer, "enabled", limit->enabled);
	json_put_integer(writer, "rate", limit->rate);
	json_put_integer(writer, "burst", limit->burst);
	json_put_integer(writer, "slip", limit->slip);
	json_put_integer(writer, "ipv4_prefix_bits", limit->ipv4_prefix_bits);
	json_put_integer(writer, "ipv6_prefix_bits", limit->ipv6_prefix_bits);
	json_put_bool(writer, "limit_private", limit->limit_private);
	json_put_bool(writer, "drop_unserved_ip_uris",
		      limit->drop_unserved_ip_uris);
	if (limit->updated_at_ms)
		json_put_time_ms(writer, "updated_at", limit->updated_at_ms);
	else
		json_put_null(writer, "updated_at");
	json_put_i64_string(writer, "revision", limit->revision);
	json_close_object(writer);
}
