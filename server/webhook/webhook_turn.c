#include "webhook/webhook_turn.h"

#include "db/node_health.h"
#include "db/store_wait.h"
#include "db/webhook_calls.h"

void webhook_turn_init(struct webhook_turn *turn, struct store *store,
		       const struct webhook_rules *rules,
		       const struct move_reminders *reminders)
{
	turn->store = store;
	turn->rules = rules;
	turn->reminders = *reminders;
}

void webhook_turn_clear(struct webhook_turn *turn)
{
	while (turn->message_count > 0)
		webhook_message_clear(&turn->messages[--turn->message_count]);
}

static int note_results(struct changes *changes, struct webhook_turn *turn)
{
	int err = 0;

	for (size_t i = 0; !err && i < turn->result_count; i++)
		err = webhook_queue_note(changes, &turn->results[i],
					 turn->rules, &turn->outcomes[i]);
	return err;
}

static int look_around(struct changes *changes, struct webhook_turn *turn)
{
	int err = 0;

	if (turn->calls)
		err = webhook_calls_write(changes, turn->calls,
					  turn->call_count,
					  turn->calls_until_id);
	if (!err)
		err = webhook_calls_position(changes, &turn->calls_after_id);
	if (!err && turn->sweeps)
		err = webhook_queue_sweep(changes, turn->rules,
					  &turn->has_more_to_sweep);
	if (!err && turn->measures)
		err = webhook_queue_measure(changes, &turn->backlog);
	return err;
}

static int look_at_uses(struct changes *changes, struct webhook_turn *turn,
			int64_t *ret_next_ms)
{
	int err = 0;

	if (turn->asked)
		err = move_use_note(changes, turn->asked, turn->was_used);
	return err ? err
		   : move_use_next(changes, turn->log_begins_ms, &turn->use,
				   ret_next_ms);
}

static int run(struct changes *changes, void *arg)
{
	struct webhook_turn *turn = arg;
	const struct actor actor = { .kind = "system",
				     .name = "webhooks",
				     .role = "admin" };
	int64_t edge_ms = INT64_MAX, use_ms = INT64_MAX;
	int err;

	changes_set_actor(changes, &actor);
	turn->message_count = 0;
	turn->next_ms = INT64_MAX;
	err = note_results(changes, turn);
	if (!err)
		err = move_boundaries_pass(changes, &turn->reminders, &edge_ms);
	if (!err)
		err = look_at_uses(changes, turn, &use_ms);
	if (!err)
		err = node_health_note(changes, turn->failing);
	if (!err)
		err = look_around(changes, turn);
	/* Last: nothing can fail behind it. */
	if (!err && turn->takes)
		err = webhook_queue_take(changes, &turn->flights,
					 turn->messages, &turn->message_count,
					 &turn->next_ms);
	if (use_ms < edge_ms)
		edge_ms = use_ms;
	if (edge_ms < turn->next_ms)
		turn->next_ms = edge_ms;
	return err;
}

int webhook_turn_run(struct webhook_turn *turn)
{
	int err = store_wait(turn->store, STORE_CHANGE, run, turn);

	/* Taken by a transaction that came to nothing: they are due still. */
	while (err && turn->message_count > 0)
		webhook_message_clear(&turn->messages[--turn->message_count]);
	return err;
}
