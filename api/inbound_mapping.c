#include "api/inbound_mapping_rule.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const mapped_member_names[] = { "action",	  "external_id",
					    "address",	  "user_name",
					    "user_email", "user_external_id",
					    "target",	  "starts_at",
					    "ends_at",	  "time_zone",
					    "permanent",  "diversion_reason",
					    "note",	  NULL };
const char *const mapped_action_names[] = { "upsert", "cancel", "ignore",
					    NULL };
const char *const mapping_step_names[] = { "taken",  "defaulted",  "not_met",
					   "absent", "superseded", "faulty",
					   NULL };

static const char *const type_names[] = { "text",	  "datetime",
					  "date",	  "date_end",
					  "unix_seconds", "unix_milliseconds",
					  "boolean",	  NULL };
static const char *const member_names[] = {
	"to",	"from",		  "concat",  "regex_extract", "lower", "map",
	"type", "time_zone_from", "default", "when",	      NULL
};
static const char *const condition_names[] = { "from", "equals", "exists",
					       NULL };

/* One object of the list while it is read. */
struct reading {
	struct inbound_mapping *mapping;
	struct mapping_rule *rule;
	const struct json_value *object;
	const char *pointer; /* of the object */
	struct faults *faults;
	bool is_out_of_memory;
};

static void fault(struct reading *reading, const char *name,
		  enum fault_code code, const char *detail)
{
	char pointer[FAULT_POINTER_SIZE * 2];

	snprintf(pointer, sizeof(pointer), "%s%s%s", reading->pointer,
		 name[0] ? "/" : "", name);
	faults_add(reading->faults, code, pointer, "%s", detail);
}

/* NULL: absent, or of another type, which was noted. */
static const struct json_value *member(struct reading *reading,
				       const char *name, enum json_type type)
{
	const struct json_value *value =
		json_value_member(reading->object, text_of(name));
	char detail[64];

	if (!value || json_value_type(value) == type)
		return value;
	snprintf(detail, sizeof(detail), "must be %s, not %s",
		 json_type_name(type), json_type_name(json_value_type(value)));
	fault(reading, name, FAULT_WRONG_TYPE, detail);
	return NULL;
}

/* names ends with NULL. False: it is none of them. */
static bool word_of(const char *const *names, struct text word,
		    unsigned *ret_number)
{
	for (unsigned i = 0; names[i]; i++)
		if (text_equals(text_of(names[i]), word)) {
			*ret_number = i;
			return true;
		}
	return false;
}

static void fault_word(struct reading *reading, const char *name,
		       const char *const *names)
{
	char known[256], detail[FAULT_DETAIL_SIZE];
	size_t count = 0;

	while (names[count])
		count++;
	text_join(names, count, known, sizeof(known));
	snprintf(detail, sizeof(detail), "must be one of %s", known);
	fault(reading, name, FAULT_BAD_FORMAT, detail);
}

static void refuse_unknown(struct reading *reading, const char *const *names)
{
	unsigned number;

	for (size_t i = 0; i < json_value_count(reading->object); i++) {
		struct text name =
			json_value_name(json_value_child(reading->object, i));
		char shown[64];

		if (word_of(names, name, &number))
			continue;
		text_copy(name, shown, sizeof(shown));
		fault(reading, shown, FAULT_UNKNOWN_MEMBER,
		      "is not a member that is known here");
	}
}

static bool read_pointer(struct reading *reading, const char *name,
			 struct text *ret_pointer)
{
	const struct json_value *value =
		member(reading, name, JSON_TYPE_STRING);

	if (!value)
		return false;
	*ret_pointer = json_value_string(value);
	if (!json_pointer_is_valid(*ret_pointer) ||
	    ret_pointer->len >= FAULT_POINTER_SIZE)
		fault(reading, name, FAULT_BAD_FORMAT,
		      "must be a JSON pointer (RFC 6901), such as "
		      "\"/event/id\"");
	return true;
}

/* --- where the text comes from
 * ------------------------------------------------- */

static void read_part(struct reading *reading, size_t index,
		      const struct json_value *value)
{
	struct mapping_part *part =
		&reading->rule->parts[reading->rule->part_count++];
	const struct json_value *from;
	char name[32];

	snprintf(name, sizeof(name), "concat/%zu", index);
	part->is_literal = json_value_type(value) == JSON_TYPE_STRING;
	if (part->is_literal) {
		part->literal = json_value_string(value);
		return;
	}
	from = json_value_member(value, TEXT("from"));
	if (!from || json_value_type(from) != JSON_TYPE_STRING ||
	    json_value_count(value) != 1 ||
	    !json_pointer_is_valid(json_value_string(from)))
		fault(reading, name, FAULT_BAD_FORMAT,
		      "must be a text, or {\"from\": \"/a/pointer\"}");
	else
		part->from = json_value_string(from);
}

static void read_concat(struct reading *reading)
{
	const struct json_value *list =
		member(reading, "concat", JSON_TYPE_ARRAY);
	size_t count = list ? json_value_count(list) : 0;

	if (!list)
		return;
	if (count == 0 || count > MAPPING_PARTS_MAX) {
		fault(reading, "concat", FAULT_TOO_MANY,
		      "must have 1 to 8 parts");
		return;
	}
	for (size_t i = 0; i < count; i++)
		read_part(reading, i, json_value_child(list, i));
}

static void read_pattern(struct reading *reading)
{
	const struct json_value *value =
		member(reading, "regex_extract", JSON_TYPE_STRING);
	struct mapping_rule *rule = reading->rule;
	const char *why;

	if (!value)
		return;
	rule->pattern = malloc(sizeof(*rule->pattern));
	if (!rule->pattern) {
		reading->is_out_of_memory = true;
		return;
	}
	why = pattern_compile(json_value_string(value), rule->pattern);
	if (why)
		fault(reading, "regex_extract", FAULT_BAD_FORMAT, why);
}

static void read_map(struct reading *reading)
{
	const struct json_value *map = member(reading, "map", JSON_TYPE_OBJECT);
	char text[MAPPING_VALUE_SIZE];

	for (size_t i = 0; map && i < json_value_count(map); i++) {
		const struct json_value *value = json_value_child(map, i);

		if (json_value_type(value) == JSON_TYPE_NULL ||
		    json_value_text(value, text, sizeof(text)))
			continue;
		fault(reading, "map", FAULT_WRONG_TYPE,
		      "must have texts, numbers, booleans or null for values");
		break;
	}
	reading->rule->map = map;
}

/* --- when it holds
 * --------------------------------------------------------------- */

static void read_condition(struct reading *outer, size_t index,
			   const struct json_value *object)
{
	struct mapping_condition *condition =
		&outer->rule->conditions[outer->rule->condition_count++];
	char pointer[FAULT_POINTER_SIZE];
	struct reading reading = *outer;
	const struct json_value *exists;

	snprintf(pointer, sizeof(pointer), "%.100s/when/%zu", outer->pointer,
		 index);
	reading.pointer = pointer;
	reading.object = object;
	if (json_value_type(object) != JSON_TYPE_OBJECT) {
		fault(&reading, "", FAULT_WRONG_TYPE, "must be an object");
		return;
	}
	if (!read_pointer(&reading, "from", &condition->from))
		fault(&reading, "from", FAULT_MISSING_MEMBER, "is required");
	condition->equals = json_value_member(object, TEXT("equals"));
	exists = member(&reading, "exists", JSON_TYPE_BOOL);
	condition->asks_exists = exists != NULL;
	condition->exists = exists && json_value_bool(exists);
	if ((condition->equals != NULL) == condition->asks_exists)
		fault(&reading, "", FAULT_CONFLICTS_WITH_OTHER_MEMBER,
		      "must have either `equals` or `exists`");
	if (condition->equals &&
	    json_value_type(condition->equals) >= JSON_TYPE_ARRAY)
		fault(&reading, "equals", FAULT_WRONG_TYPE,
		      "must be a text, a number, a boolean or null");
	refuse_unknown(&reading, condition_names);
}

static void read_when(struct reading *reading)
{
	const struct json_value *list =
		member(reading, "when", JSON_TYPE_ARRAY);
	size_t count = list ? json_value_count(list) : 0;

	if (count > MAPPING_CONDITIONS_MAX) {
		fault(reading, "when", FAULT_TOO_MANY,
		      "must have at most 8 conditions");
		return;
	}
	for (size_t i = 0; i < count; i++)
		read_condition(reading, i, json_value_child(list, i));
}

/* --- a rule
 * ------------------------------------------------------------------------ */

static void read_to(struct reading *reading)
{
	const struct json_value *value =
		member(reading, "to", JSON_TYPE_STRING);
	unsigned number = 0;

	if (!json_value_member(reading->object, TEXT("to")))
		fault(reading, "to", FAULT_MISSING_MEMBER, "is required");
	else if (value && !word_of(mapped_member_names,
				   json_value_string(value), &number))
		fault_word(reading, "to", mapped_member_names);
	reading->rule->to = (enum mapped_member)number;
}

static bool is_time(enum mapped_member to)
{
	return to == MAPPED_STARTS_AT || to == MAPPED_ENDS_AT;
}

static void read_type(struct reading *reading)
{
	const struct json_value *value =
		member(reading, "type", JSON_TYPE_STRING);
	struct mapping_rule *rule = reading->rule;
	unsigned number = MAPPING_TEXT;
	bool fits;

	if (is_time(rule->to))
		number = MAPPING_DATETIME;
	if (rule->to == MAPPED_PERMANENT)
		number = MAPPING_BOOLEAN;
	if (value && !word_of(type_names, json_value_string(value), &number)) {
		fault_word(reading, "type", type_names);
		return;
	}
	rule->type = (enum mapping_type)number;
	fits = is_time(rule->to)
		       ? rule->type >= MAPPING_DATETIME &&
				 rule->type <= MAPPING_UNIX_MILLISECONDS
	       : rule->to == MAPPED_PERMANENT ? rule->type == MAPPING_BOOLEAN
					      : rule->type == MAPPING_TEXT;
	if (!fits)
		fault(reading, "type", FAULT_CONFLICTS_WITH_OTHER_MEMBER,
		      "does not fit `to`: times are datetime, date, date_end, "
		      "unix_seconds or unix_milliseconds, permanent is "
		      "boolean, the others are text");
}

static void read_default(struct reading *reading)
{
	const struct json_value *value =
		json_value_member(reading->object, TEXT("default"));
	char text[MAPPING_VALUE_SIZE];
	unsigned number;

	if (!value || json_value_type(value) == JSON_TYPE_NULL)
		return;
	reading->rule->otherwise = value;
	if (!json_value_text(value, text, sizeof(text)))
		fault(reading, "default", FAULT_WRONG_TYPE,
		      "must be a text of at most 511 bytes, a number or a "
		      "boolean");
	else if (reading->rule->to == MAPPED_ACTION &&
		 !word_of(mapped_action_names, text_of(text), &number))
		fault_word(reading, "default", mapped_action_names);
}

static void check_sources(struct reading *reading)
{
	const struct mapping_rule *rule = reading->rule;
	bool has_text = rule->has_from || rule->part_count > 0;

	if (rule->has_from && rule->part_count > 0)
		fault(reading, "concat", FAULT_CONFLICTS_WITH_OTHER_MEMBER,
		      "cannot be given together with `from`");
	if (!has_text && !rule->otherwise &&
	    !json_value_member(reading->object, TEXT("concat")))
		fault(reading, "from", FAULT_MISSING_MEMBER,
		      "is required, or `concat`, or `default`");
	if (rule->has_zone && rule->type != MAPPING_DATETIME &&
	    rule->type != MAPPING_DATE && rule->type != MAPPING_DATE_END)
		fault(reading, "time_zone_from",
		      FAULT_CONFLICTS_WITH_OTHER_MEMBER,
		      "is for the types datetime, date and date_end");
}

static void read_rule(struct reading *reading)
{
	struct mapping_rule *rule = reading->rule;
	const struct json_value *lower;

	if (json_value_type(reading->object) != JSON_TYPE_OBJECT) {
		fault(reading, "", FAULT_WRONG_TYPE,
		      "must be an object: {\"to\": ..., \"from\": ...}");
		return;
	}
	read_to(reading);
	rule->has_from = read_pointer(reading, "from", &rule->from);
	rule->has_zone =
		read_pointer(reading, "time_zone_from", &rule->time_zone_from);
	read_concat(reading);
	read_pattern(reading);
	lower = member(reading, "lower", JSON_TYPE_BOOL);
	rule->lower = lower && json_value_bool(lower);
	read_map(reading);
	read_type(reading);
	read_default(reading);
	read_when(reading);
	check_sources(reading);
	refuse_unknown(reading, member_names);
}

/* --- the whole
 * ------------------------------------------------------------------------ */

static bool gives(const struct inbound_mapping *mapping, enum mapped_member to)
{
	for (size_t i = 0; i < mapping->count; i++)
		if (mapping->rules[i].to == to)
			return true;
	return false;
}

/* Without these no event could ever make a move. */
static void check_whole(const struct inbound_mapping *mapping,
			const char *pointer, struct faults *faults)
{
	if (!gives(mapping, MAPPED_EXTERNAL_ID))
		faults_add(faults, FAULT_MISSING_MEMBER, pointer,
			   "must have a rule for external_id: by it the same "
			   "move is found again");
	if (!gives(mapping, MAPPED_TARGET))
		faults_add(faults, FAULT_MISSING_MEMBER, pointer,
			   "must have a rule for target");
	if (!gives(mapping, MAPPED_ADDRESS) &&
	    !gives(mapping, MAPPED_USER_NAME) &&
	    !gives(mapping, MAPPED_USER_EMAIL) &&
	    !gives(mapping, MAPPED_USER_EXTERNAL_ID))
		faults_add(faults, FAULT_MISSING_MEMBER, pointer,
			   "must have a rule for address, user_name, "
			   "user_email or user_external_id");
}

static bool read_rules(struct inbound_mapping *mapping,
		       const struct json_value *rules, const char *pointer,
		       struct faults *faults)
{
	char at[FAULT_POINTER_SIZE];
	struct reading reading = { .mapping = mapping,
				   .pointer = at,
				   .faults = faults };

	mapping->count = json_value_count(rules);
	for (size_t i = 0; i < mapping->count; i++) {
		snprintf(at, sizeof(at), "%.64s/%zu", pointer, i);
		reading.rule = &mapping->rules[i];
		reading.object = json_value_child(rules, i);
		read_rule(&reading);
	}
	return !reading.is_out_of_memory;
}

int inbound_mapping_compile(const struct json_value *rules, const char *pointer,
			    struct faults *faults,
			    struct inbound_mapping **ret_mapping)
{
	size_t faults_before = faults->count + faults->dropped;
	struct inbound_mapping *mapping;
	int err = 0;

	*ret_mapping = NULL;
	if (json_value_type(rules) != JSON_TYPE_ARRAY ||
	    json_value_count(rules) > MAPPING_RULES_MAX) {
		faults_add(faults, FAULT_WRONG_TYPE, pointer,
			   "must be a list of at most %d rules",
			   MAPPING_RULES_MAX);
		return 0;
	}
	mapping = calloc(1, sizeof(*mapping));
	if (!mapping)
		return ENOMEM;
	if (!read_rules(mapping, rules, pointer, faults))
		err = ENOMEM;
	check_whole(mapping, pointer, faults);
	if (!err && faults->count + faults->dropped == faults_before) {
		*ret_mapping = mapping;
		mapping = NULL;
	}
	inbound_mapping_free(mapping);
	return err;
}

void inbound_mapping_free(struct inbound_mapping *mapping)
{
	for (size_t i = 0; mapping && i < MAPPING_RULES_MAX; i++)
		free(mapping->rules[i].pattern);
	free(mapping);
}

size_t inbound_mapping_count(const struct inbound_mapping *mapping)
{
	return mapping->count;
}
