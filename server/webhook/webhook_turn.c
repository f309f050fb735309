#include "webhook/webhook_turn.h"

#include "db/webhook_calls.h"

void webhook_turn_init(struct webhook_turn *turn, struct store *store,
		       const struct webhook_rules *rules,
		       const struct move_reminders *reminders)
{
	turn->store = store;
	turn->rules = rules;
	turn->reminders = *reminders;
	pthread_mutex_init(&turn->done_lock, NULL);
	pthread_cond_init(&turn->done, NULL);
}

void webhook_turn_clear(struct webhook_turn *turn)
{
	while (turn->message_count > 0)
		webhook_message_clear(&turn->messages[--turn->message_count]);
	if (!turn->store)
		return;
	pthread_mutex_destroy(&turn->done_lock);
	pthread_cond_destroy(&turn->done);
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

static int run(struct changes *changes, struct store_job *job)
{
	struct webhook_turn *turn =
		(struct webhook_turn *)((char *)job -
					offsetof(struct webhook_turn, job));
	const struct actor actor = { .kind = "system",
				     .name = "webhooks",
				     .role = "admin" };
	int64_t edge_ms = INT64_MAX;
	int err;

	changes_set_actor(changes, &actor);
	turn->message_count = 0;
	turn->next_ms = INT64_MAX;
	err = note_results(changes, turn);
	if (!err)
		err = move_boundaries_pass(changes, &turn->reminders, &edge_ms);
	if (!err)
		err = look_around(changes, turn);
	/* Last: nothing can fail behind it. */
	if (!err && turn->takes)
		err = webhook_queue_take(changes, &turn->flights,
					 turn->messages, &turn->message_count,
					 &turn->next_ms);
	if (edge_ms < turn->next_ms)
		turn->next_ms = edge_ms;
	return err;
}

static void done(struct store_job *job, int err, int64_t revision)
{
	struct webhook_turn *turn =
		(struct webhook_turn *)((char *)job -
					offsetof(struct webhook_turn, job));

	(void)revision;
	pthread_mutex_lock(&turn->done_lock);
	turn->err = err;
	turn->is_done = true;
	pthread_cond_signal(&turn->done);
	pthread_mutex_unlock(&turn->done_lock);
}

int webhook_turn_run(struct webhook_turn *turn)
{
	turn->is_done = false;
	turn->job = (struct store_job){ .kind = STORE_CHANGE,
					.run = run,
					.done = done };
	store_submit(turn->store, &turn->job);
	pthread_mutex_lock(&turn->done_lock);
	while (!turn->is_done)
		pthread_cond_wait(&turn->done, &turn->done_lock);
	pthread_mutex_unlock(&turn->done_lock);
	/* Taken by a transaction that came to nothing: they are due still. */
	while (turn->err && turn->message_count > 0)
		webhook_message_clear(&turn->messages[--turn->message_count]);
	return turn->err;
}
