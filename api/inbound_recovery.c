#include "api/inbound_recovery.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>

#include "api/inbound_result.h"
#include "db/inbound_sources.h"

struct recovery {
	struct store_job job; /* first: a job is cast back */
	struct inbound_event event;
	struct inbound_source source;
	struct inbound_effect effect;
	unsigned char body_sha256[crypto_hash_sha256_BYTES];
};

static void be_source(struct changes *changes,
		      const struct inbound_source *source)
{
	changes_set_actor(changes, &(struct actor){ .kind = "source",
						    .name = source->name,
						    .role = "service" });
}

static struct text body_of(const struct inbound_event *event)
{
	return (struct text){ event->body ? event->body : "",
			      event->body_bytes };
}

static int apply(struct changes *changes, struct recovery *recovery)
{
	struct inbound_event *event = &recovery->event;
	struct inbound_effect *effect = &recovery->effect;
	int err = inbound_effect_read(effect, text_of(recovery->source.mapping),
				      body_of(event));

	if (!err)
		err = inbound_effect_apply(effect, changes,
					   recovery->source.on_conflict);
	if (!err)
		err = inbound_result_settle(event, effect);
	if (!err && event->outcome != INBOUND_REFUSED)
		err = inbound_receipt_add(changes, event,
					  recovery->body_sha256);
	return err;
}

/* A person is told what came of a command; no receipt is kept for longer; and
 * what is older never goes over what is newer. */
static int must_give_up(struct changes *changes,
			const struct recovery *recovery, bool *ret_must)
{
	const struct inbound_event *event = &recovery->event;

	*ret_must = recovery->source.kind == INBOUND_SLACK_COMMAND ||
		    event->received_at_ms <
			    changes_now_ms(changes) - INBOUND_RECEIPT_MS;
	return *ret_must ? 0
			 : inbound_event_is_overtaken(changes, event, ret_must);
}

static int settle(struct changes *changes, struct recovery *recovery)
{
	struct inbound_event *event = &recovery->event;
	struct text body = body_of(event);
	bool gives_up;
	int err = must_give_up(changes, recovery, &gives_up);

	if (err)
		return err;
	crypto_hash_sha256(recovery->body_sha256,
			   (const unsigned char *)body.ptr, body.len);
	if (gives_up) {
		event->outcome = INBOUND_REFUSED;
		inbound_result_refuse(event, PROBLEM_UNAVAILABLE,
				      "The server was stopped before this was "
				      "done. Nothing was changed.");
		return 0;
	}
	err = inbound_receipt_find(changes, event->source_row_id, event->key,
				   recovery->body_sha256, event->result);
	if (err == ENOENT)
		return apply(changes, recovery);
	if (err == EEXIST) {
		event->outcome = INBOUND_REFUSED;
		inbound_result_refuse(
			event, PROBLEM_EVENT_ID_REUSED,
			"An event with this id, and another body, "
			"was taken before. Nothing was changed.");
		return 0;
	}
	event->outcome = INBOUND_DUPLICATE;
	event->status = 200;
	return err;
}

/* ENOENT: there is none left. */
static int run(struct changes *changes, struct store_job *job)
{
	struct recovery *recovery = (struct recovery *)job;
	struct inbound_event *event = &recovery->event;
	int err = inbound_event_next_received(changes, event);

	if (!err)
		err = inbound_source_get(changes, text_of(event->source_id),
					 &recovery->source);
	if (err)
		return err;
	be_source(changes, &recovery->source);
	err = settle(changes, recovery);
	return err ? err : inbound_event_settle(changes, event);
}

int inbound_recovery_run(struct store *store)
{
	struct recovery *recovery = malloc(sizeof(*recovery));
	int err = recovery ? 0 : ENOMEM;

	while (!err) {
		*recovery = (struct recovery){ .job = { .kind = STORE_CHANGE,
							.run = run } };
		err = store_run_offline(store, &recovery->job);
		inbound_event_clear(&recovery->event);
		inbound_effect_clear(&recovery->effect);
	}
	free(recovery);
	return err == ENOENT ? 0 : err;
}
