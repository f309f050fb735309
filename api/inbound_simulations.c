#include "api/resources.h"

#include <errno.h>
#include <stdlib.h>

#include "api/inbound_effect.h"
#include "api/move_document.h"
#include "api/object_request.h"
#include "api/problem.h"

/* A payload to try. Its own mapping, or else the source's. */
struct simulation {
	struct object_request common;
	const struct json_value *payload;
	struct inbound_mapping *mapping; /* owned; NULL: the source's */
	struct inbound_source source;
	struct inbound_effect effect;
	bool is_done;
};

static void simulation_free(void *state)
{
	struct simulation *simulation = state;

	inbound_mapping_free(simulation->mapping);
	inbound_effect_clear(&simulation->effect);
	object_request_clear(&simulation->common);
	free(simulation);
}

/* --- the answer
 * ------------------------------------------------------------------------------
 */

static void put_steps(struct json_writer *writer,
		      const struct mapped_event *mapped)
{
	json_open_array(writer, "steps");
	for (size_t i = 0; i < mapped->step_count; i++) {
		const struct mapped_step *step = &mapped->steps[i];

		json_open_object(writer, NULL);
		json_put_integer(writer, "rule", (int64_t)i);
		json_put_string(writer, "to",
				text_of(mapped_member_names[step->to]));
		json_put_string(writer, "outcome",
				text_of(mapping_step_names[step->step]));
		json_put_string_or_null(writer, "value", text_of(step->value));
		json_close_object(writer);
	}
	json_close_array(writer);
}

/* As the move would be, with what `now` and the domain make of it. */
static void put_move(struct json_writer *writer,
		     const struct inbound_effect *effect, int64_t now_ms)
{
	struct zoned_clock clock = { 0 };
	struct json_writer move = { 0 };
	char *json;
	size_t len;

	if (!effect->has_stored) {
		json_put_null(writer, "move");
		return;
	}
	move_document_write(&move, &effect->stored, &clock, now_ms);
	zoned_clock_clear(&clock);
	if (json_writer_finish(&move, &json, &len)) {
		writer->failed = true;
		return;
	}
	json_put_json(writer, "move", (struct text){ json, len });
	free(json);
}

static void answer(struct exchange *exchange)
{
	struct simulation *simulation = exchange->state;
	struct inbound_effect *effect = &simulation->effect;
	bool is_refused = inbound_effect_is_refused(effect);
	struct json_writer writer = { 0 };
	const char *outcome = "applied";

	if (!simulation->is_done) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	if (effect->mapped.action == MAPPED_IGNORE)
		outcome = "ignored";
	if (is_refused)
		outcome = "refused";
	json_open_object(&writer, NULL);
	json_put_string(&writer, "outcome", text_of(outcome));
	json_put_string(&writer, "action",
			text_of(mapped_action_names[effect->mapped.action]));
	json_put_string(
		&writer, "change",
		text_of(is_refused ? "none" : inbound_effect_change(effect)));
	put_steps(&writer, &effect->mapped);
	put_move(&writer, effect,
		 effect->stored.updated_at_ms > exchange->now_ms
			 ? effect->stored.updated_at_ms
			 : exchange->now_ms);
	inbound_effect_put_errors(&writer, effect);
	json_close_object(&writer);
	exchange_answer_json(exchange, 200, &writer, 0, NULL);
}

/* --- the trial
 * ----------------------------------------------------------------------------------
 */

static int map_by_source(struct simulation *simulation)
{
	struct json_document *rules = NULL;
	struct faults faults = { 0 };
	char detail[FAULT_DETAIL_SIZE];
	int err = json_document_parse(text_of(simulation->source.mapping),
				      &rules, detail);

	if (!err)
		err = inbound_mapping_compile(json_document_root(rules),
					      "/mapping", &faults,
					      &simulation->mapping);
	/* It was sound when it was written. */
	if (!err)
		err = simulation->mapping
			      ? inbound_effect_map(&simulation->effect,
						   simulation->mapping,
						   simulation->payload)
			      : EINVAL;
	inbound_mapping_free(simulation->mapping);
	simulation->mapping = NULL;
	faults_clear(&faults);
	json_document_free(rules);
	return err;
}

/* As the source would do it; then everything is undone. */
static int run(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct simulation *simulation = exchange->state;
	int err = inbound_source_get(changes, text_of(exchange->path_id),
				     &simulation->source);

	if (!err)
		err = simulation->mapping
			      ? inbound_effect_map(&simulation->effect,
						   simulation->mapping,
						   simulation->payload)
			      : map_by_source(simulation);
	if (err)
		return err;
	changes_set_actor(changes,
			  &(struct actor){ .kind = "source",
					   .name = simulation->source.name,
					   .role = "service" });
	err = inbound_effect_apply(&simulation->effect, changes,
				   simulation->source.on_conflict);
	simulation->is_done = err == 0;
	return err ? err : ECANCELED;
}

/* --- what is asked
 * ----------------------------------------------------------------------------
 */

/* The payload may have more members than documents of ours. False: a problem
 * was answered. */
static bool parse(struct exchange *exchange, struct simulation *simulation)
{
	struct object_request *common = &simulation->common;
	char detail[FAULT_DETAIL_SIZE];
	int err = json_payload_parse(exchange->body, &common->document, detail);

	if (err == EBADMSG)
		problem_answer(exchange, PROBLEM_MALFORMED_JSON, "%s", detail);
	else if (err)
		problem_answer_errno(exchange, err);
	else if (!json_document_object(common->document, &exchange->faults,
				       &common->body))
		problem_answer_faults(exchange);
	else
		return true;
	return false;
}

static int read_members(struct exchange *exchange,
			struct simulation *simulation)
{
	struct json_object *body = &simulation->common.body;
	struct json_array array;
	int err = 0;

	simulation->payload = json_any(body, "payload");
	if (!simulation->payload)
		json_missing(body, "payload");
	if (json_array(body, "mapping", MAPPING_RULES_MAX, &array) ==
	    JSON_PRESENT)
		err = inbound_mapping_compile(array.value, "/mapping",
					      &exchange->faults,
					      &simulation->mapping);
	json_object_end(body);
	return err;
}

void inbound_simulations_create(struct exchange *exchange)
{
	struct simulation *simulation =
		object_request_read(exchange, sizeof(*simulation));
	int err;

	if (!simulation)
		return;
	exchange->state_free = simulation_free;
	if (!parse(exchange, simulation))
		return;
	err = read_members(exchange, simulation);
	query_end(exchange);
	if (err)
		problem_answer_errno(exchange, err);
	else if (faults_any(&exchange->faults))
		problem_answer_faults(exchange);
	else
		exchange_run_job(exchange, STORE_CHANGE, run, answer);
}
