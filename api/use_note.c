#include "api/use_note.h"

#include <stdlib.h>

#include "api/api.h"

struct use_note {
	struct store_job job; /* first: a job is cast back */
	use_note_fn note;
	char id[OBJECT_ID_SIZE];
	int64_t used_at_ms;
};

static int run_note(struct changes *changes, struct store_job *job)
{
	const struct use_note *note = (const struct use_note *)job;

	return note->note(changes, note->id, note->used_at_ms);
}

static void note_done(struct store_job *job, int err, int64_t revision)
{
	(void)err;
	(void)revision;
	free(job);
}

void use_note_save(struct exchange *exchange, use_note_fn note, const char *id)
{
	struct use_note *made = calloc(1, sizeof(*made));

	if (!made)
		return;
	made->job = (struct store_job){ .kind = STORE_CHANGE,
					.run = run_note,
					.done = note_done };
	made->note = note;
	text_copy(text_of(id), made->id, sizeof(made->id));
	made->used_at_ms = exchange->now_ms;
	store_submit(exchange_config(exchange)->store, &made->job);
}
