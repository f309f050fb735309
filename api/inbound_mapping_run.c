#include "api/inbound_mapping_rule.h"

#include <stdio.h>
#include <string.h>

#include "api/zoned_time.h"
#include "db/time_zone.h"

/* One rule on its way. */
struct run {
	const struct json_value *payload;
	const struct mapping_rule *rule;
	struct mapped_event *event;
	struct faults *faults;
	char text[MAPPING_VALUE_SIZE];
};

static void fault(struct run *run, enum fault_code code, const char *detail)
{
	char pointer[FAULT_POINTER_SIZE];

	snprintf(pointer, sizeof(pointer), "/%s",
		 mapped_member_names[run->rule->to]);
	faults_add(run->faults, code, pointer, "%s", detail);
}

/* --- conditions
 * ------------------------------------------------------------------- */

static bool equals(const struct json_value *a, const struct json_value *b)
{
	if (json_value_type(a) != json_value_type(b))
		return false;
	switch (json_value_type(a)) {
	case JSON_TYPE_STRING:
		return text_equals(json_value_string(a), json_value_string(b));
	case JSON_TYPE_NUMBER:
		return !(json_value_number(a) < json_value_number(b)) &&
		       !(json_value_number(a) > json_value_number(b));
	case JSON_TYPE_BOOL:
		return json_value_bool(a) == json_value_bool(b);
	case JSON_TYPE_NULL:
		return true;
	case JSON_TYPE_ARRAY:
	case JSON_TYPE_OBJECT:
		break;
	}
	return false;
}

static bool holds(const struct mapping_condition *condition,
		  const struct json_value *payload)
{
	const struct json_value *value =
		json_value_at(payload, condition->from);

	if (condition->asks_exists)
		return (value && json_value_type(value) != JSON_TYPE_NULL) ==
		       condition->exists;
	return value && equals(value, condition->equals);
}

static bool all_hold(const struct mapping_rule *rule,
		     const struct json_value *payload)
{
	for (size_t i = 0; i < rule->condition_count; i++)
		if (!holds(&rule->conditions[i], payload))
			return false;
	return true;
}

/* --- the text
 * ------------------------------------------------------------------------ */

/* Something that is there, and no text: worth a fault. */
static enum mapping_step take_value(struct run *run,
				    const struct json_value *value)
{
	if (!value || json_value_type(value) == JSON_TYPE_NULL)
		return MAPPING_ABSENT;
	if (json_value_text(value, run->text, sizeof(run->text)))
		return MAPPING_TAKEN;
	fault(run, FAULT_WRONG_TYPE,
	      json_value_type(value) == JSON_TYPE_STRING
		      ? "is longer than 511 bytes in the payload"
		      : "is an object or an array in the payload");
	return MAPPING_FAULTY;
}

static enum mapping_step join(struct run *run)
{
	const struct mapping_rule *rule = run->rule;
	char joined[MAPPING_VALUE_SIZE];
	struct writer writer = writer_over(joined, sizeof(joined) - 1);

	for (size_t i = 0; i < rule->part_count; i++) {
		const struct mapping_part *part = &rule->parts[i];
		enum mapping_step step;

		if (part->is_literal) {
			writer_put(&writer, part->literal);
			continue;
		}
		step = take_value(run, json_value_at(run->payload, part->from));
		if (step != MAPPING_TAKEN)
			return step;
		writer_put(&writer, text_of(run->text));
	}
	if (!writer_is_complete(&writer)) {
		fault(run, FAULT_TOO_LONG, "is longer than 511 bytes");
		return MAPPING_FAULTY;
	}
	text_copy(writer_text(&writer), run->text, sizeof(run->text));
	return MAPPING_TAKEN;
}

/* `map`: the value under the text, or under "*"; null is no value. */
static enum mapping_step look_up(struct run *run)
{
	const struct json_value *map = run->rule->map;
	const struct json_value *value =
		json_value_member(map, text_of(run->text));

	if (!value)
		value = json_value_member(map, TEXT("*"));
	return value ? take_value(run, value) : MAPPING_TAKEN;
}

static enum mapping_step transform(struct run *run)
{
	const struct mapping_rule *rule = run->rule;
	struct text found;

	if (rule->pattern) {
		char part[MAPPING_VALUE_SIZE];

		if (!pattern_find(rule->pattern, text_of(run->text), &found))
			return MAPPING_ABSENT;
		text_copy(found, part, sizeof(part));
		text_copy(text_of(part), run->text, sizeof(run->text));
	}
	for (char *c = run->text; rule->lower && *c; c++)
		*c = ascii_lower(*c);
	if (rule->map)
		return look_up(run);
	/* An empty field is how many systems say "none". */
	return run->text[0] ? MAPPING_TAKEN : MAPPING_ABSENT;
}

/* --- times
 * -----------------------------------------------------------------------------
 */

/* "2026-12-24", and what may stand behind it, as that day's midnight or the
 * next one's. */
static bool write_midnight(struct run *run)
{
	char dated[MAPPING_VALUE_SIZE + 16];
	int64_t time_ms;
	bool has_offset;
	struct civil_time day;

	snprintf(dated, sizeof(dated), "%.10sT00:00:00", run->text);
	if (timestamp_parse(text_of(dated), &time_ms, &has_offset)) {
		fault(run, FAULT_BAD_TIME, "must be a date like 2026-12-24");
		return false;
	}
	if (run->rule->type == MAPPING_DATE_END)
		time_ms += 86400000;
	day = civil_from_ms(time_ms);
	snprintf(run->text, sizeof(run->text), "%04d-%02d-%02dT00:00:00",
		 day.year, day.month, day.day);
	return true;
}

static bool write_unix_time(struct run *run)
{
	uint64_t number;
	int64_t factor = run->rule->type == MAPPING_UNIX_SECONDS ? 1000 : 1;

	if (text_to_u64(text_of(run->text), &number) ||
	    number > INT64_C(4102444800000) / (uint64_t)factor) {
		fault(run, FAULT_BAD_TIME,
		      "must be a number of seconds or milliseconds since 1970");
		return false;
	}
	timestamp_format((int64_t)number * factor, run->text);
	return true;
}

/* A local time in the zone that the payload names for it alone. */
static bool write_zoned(struct run *run)
{
	const struct json_value *named =
		json_value_at(run->payload, run->rule->time_zone_from);
	enum mapped_member to = run->rule->to;
	char name[MAPPING_VALUE_SIZE], pointer[FAULT_POINTER_SIZE];
	struct time_zone *zone = NULL;
	int64_t time_ms;
	bool is_fine;

	if (!named || !json_value_text(named, name, sizeof(name)))
		return true; /* read in the zone of the move */
	if (time_zone_open(text_of(name), &zone)) {
		fault(run, FAULT_UNKNOWN_TIME_ZONE,
		      "has a time zone beside it that this system does not "
		      "know; IANA names look like \"Asia/Jakarta\"");
		return false;
	}
	snprintf(pointer, sizeof(pointer), "/%s", mapped_member_names[to]);
	is_fine = zoned_time_read(text_of(run->text), zone,
				  to == MAPPED_ENDS_AT ? ZONED_TIME_END
						       : ZONED_TIME_START,
				  pointer, &time_ms, run->faults);
	time_zone_close(zone);
	if (!is_fine)
		return false;
	timestamp_format(time_ms, run->text);
	/* It is what people meant: unless the mapping says otherwise. */
	if (!run->event->has[MAPPED_TIME_ZONE]) {
		run->event->has[MAPPED_TIME_ZONE] = true;
		text_copy(text_of(name), run->event->texts[MAPPED_TIME_ZONE],
			  MAPPING_VALUE_SIZE);
	}
	return true;
}

static bool convert(struct run *run)
{
	enum mapping_type type = run->rule->type;
	bool is_fine = true;

	if (type == MAPPING_BOOLEAN && strcmp(run->text, "true") != 0 &&
	    strcmp(run->text, "false") != 0) {
		fault(run, FAULT_BAD_FORMAT, "must be true or false");
		return false;
	}
	if (type == MAPPING_DATE || type == MAPPING_DATE_END)
		is_fine = write_midnight(run);
	if (type == MAPPING_UNIX_SECONDS || type == MAPPING_UNIX_MILLISECONDS)
		is_fine = write_unix_time(run);
	return is_fine && run->rule->has_zone ? write_zoned(run) : is_fine;
}

/* --- one rule
 * -----------------------------------------------------------------------------
 */

static enum mapping_step make_text(struct run *run)
{
	const struct mapping_rule *rule = run->rule;
	enum mapping_step step = MAPPING_ABSENT;

	if (rule->has_from)
		step = take_value(run, json_value_at(run->payload, rule->from));
	else if (rule->part_count > 0)
		step = join(run);
	if (step == MAPPING_TAKEN)
		step = transform(run);
	if (step == MAPPING_ABSENT && rule->otherwise &&
	    json_value_text(rule->otherwise, run->text, sizeof(run->text)))
		step = MAPPING_DEFAULTED;
	if ((step == MAPPING_TAKEN || step == MAPPING_DEFAULTED) &&
	    !convert(run))
		step = MAPPING_FAULTY;
	return step;
}

static bool is_list(const struct run *run)
{
	const struct json_value *value =
		run->rule->has_from
			? json_value_at(run->payload, run->rule->from)
			: NULL;

	return value && run->rule->to == MAPPED_TARGET &&
	       json_value_type(value) == JSON_TYPE_ARRAY;
}

/* Each element of a list is a target, by the same rule. */
static enum mapping_step take_targets(struct run *run)
{
	const struct json_value *list =
		json_value_at(run->payload, run->rule->from);
	size_t count = json_value_count(list);
	enum mapping_step step = MAPPING_ABSENT;

	if (count > MOVE_TARGETS_MAX) {
		fault(run, FAULT_TOO_MANY, "must be at most 8 targets");
		return MAPPING_FAULTY;
	}
	for (size_t i = 0; i < count; i++) {
		enum mapping_step one =
			take_value(run, json_value_child(list, i));

		if (one == MAPPING_TAKEN)
			one = transform(run);
		if (one == MAPPING_FAULTY)
			return one;
		if (one != MAPPING_TAKEN)
			continue;
		text_copy(text_of(run->text),
			  run->event->targets[run->event->target_count++],
			  MAPPING_VALUE_SIZE);
		step = MAPPING_TAKEN;
	}
	return step;
}

static enum mapping_step take(struct run *run)
{
	struct mapped_event *event = run->event;
	enum mapped_member to = run->rule->to;
	enum mapping_step step;

	if (is_list(run))
		return take_targets(run);
	step = make_text(run);
	if (step != MAPPING_TAKEN && step != MAPPING_DEFAULTED)
		return step;
	if (to == MAPPED_TARGET)
		text_copy(text_of(run->text),
			  event->targets[event->target_count++],
			  MAPPING_VALUE_SIZE);
	text_copy(text_of(run->text), event->texts[to], MAPPING_VALUE_SIZE);
	return step;
}

static void run_rule(struct run *run, struct mapped_step *ret_step)
{
	struct mapped_event *event = run->event;
	enum mapped_member to = run->rule->to;
	enum mapping_step step;

	ret_step->to = to;
	ret_step->value[0] = '\0';
	run->text[0] = '\0';
	if (event->has[to])
		step = MAPPING_SUPERSEDED;
	else if (!all_hold(run->rule, run->payload))
		step = MAPPING_NOT_MET;
	else
		step = take(run);
	ret_step->step = step;
	if (step == MAPPING_TAKEN || step == MAPPING_DEFAULTED) {
		event->has[to] = true;
		text_copy(text_of(run->text), ret_step->value,
			  sizeof(ret_step->value));
	}
}

static void settle_action(struct mapped_event *event, struct faults *faults)
{
	const char *word = event->texts[MAPPED_ACTION];

	event->action = MAPPED_UPSERT;
	if (!event->has[MAPPED_ACTION])
		return;
	for (unsigned i = 0; mapped_action_names[i]; i++)
		if (!strcmp(mapped_action_names[i], word)) {
			event->action = (enum mapped_action)i;
			return;
		}
	faults_add(faults, FAULT_BAD_FORMAT, "/action",
		   "must be upsert, cancel or ignore");
}

void inbound_mapping_run(const struct inbound_mapping *mapping,
			 const struct json_value *payload,
			 struct mapped_event *ret_event, struct faults *faults)
{
	struct run run = { .payload = payload,
			   .event = ret_event,
			   .faults = faults };

	memset(ret_event, 0, sizeof(*ret_event));
	/* A time zone is there for the times that come before it. */
	for (int is_zone = 1; is_zone >= 0; is_zone--)
		for (size_t i = 0; i < mapping->count; i++) {
			run.rule = &mapping->rules[i];
			if ((run.rule->to == MAPPED_TIME_ZONE) == is_zone)
				run_rule(&run, &ret_event->steps[i]);
		}
	ret_event->step_count = mapping->count;
	settle_action(ret_event, faults);
}

/* --- the move
 * --------------------------------------------------------------------------------
 */

void mapped_event_write_move(const struct mapped_event *event,
			     struct json_writer *writer)
{
	static const enum mapped_member texts[] = {
		MAPPED_ADDRESS,	    MAPPED_STARTS_AT,	     MAPPED_ENDS_AT,
		MAPPED_TIME_ZONE,   MAPPED_DIVERSION_REASON, MAPPED_NOTE,
		MAPPED_EXTERNAL_ID,
	};

	json_open_object(writer, NULL);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (event->has[texts[i]])
			json_put_string(writer, mapped_member_names[texts[i]],
					text_of(event->texts[texts[i]]));
	if (event->target_count > 0) {
		json_open_array(writer, "targets");
		for (size_t i = 0; i < event->target_count; i++) {
			json_open_object(writer, NULL);
			json_put_string(writer, "uri",
					text_of(event->targets[i]));
			json_close_object(writer);
		}
		json_close_array(writer);
	}
	if (event->has[MAPPED_PERMANENT])
		json_put_bool(writer, "permanent",
			      !strcmp(event->texts[MAPPED_PERMANENT], "true"));
	json_close_object(writer);
}
