#include "webhook/webhook_log_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"

enum {
	/* Records come in the order of their ids but for so long. */
	SETTLE_MS = 2000,
	LOG_ID_BITS = 20,
	WAIT_STEP_NS = 5000000,
	ASK_AGAIN_MS = 60000, /* after the log failed */
	STEP_MS = 5,
};

int webhook_log_reader_init(struct webhook_log_reader *reader)
{
	reader->entries = calloc(WEBHOOK_LOG_PAGE, sizeof(*reader->entries));
	atomic_init(&reader->is_under_way, false);
	atomic_init(&reader->has_ended, false);
	return reader->entries ? 0 : ENOMEM;
}

void webhook_log_reader_clear(struct webhook_log_reader *reader)
{
	const struct timespec step = { .tv_nsec = WAIT_STEP_NS };

	while (atomic_load(&reader->is_under_way))
		nanosleep(&step, NULL);
	free(reader->entries);
	reader->entries = NULL;
}

/* A query thread. */
static void looked(struct redirect_log_query *query, int err)
{
	struct webhook_log_reader *reader =
		(struct webhook_log_reader *)((char *)query -
					      offsetof(
						      struct webhook_log_reader,
						      query));

	reader->err = err;
	atomic_store(&reader->has_ended, true);
	reader->wake(reader->arg);
	/* The reader may be gone behind this. */
	atomic_store(&reader->is_under_way, false);
}

static void submit(struct webhook_log_reader *reader,
		   const struct redirect_log_filter *filter)
{
	reader->has_page = true;
	atomic_store(&reader->has_ended, false);
	reader->query = (struct redirect_log_query){
		.filter = *filter,
		.entries = reader->entries,
		.done = looked,
	};
	atomic_store(&reader->is_under_way, true);
	redirect_log_submit(reader->log, &reader->query);
}

int64_t webhook_log_reader_look(struct webhook_log_reader *reader,
				int64_t after_id, int64_t now_ms)
{
	int64_t until_ms = now_ms - SETTLE_MS;

	if (reader->has_page)
		return INT64_MAX;
	if (now_ms < reader->next_at_ms)
		return reader->next_at_ms;
	reader->next_at_ms = now_ms + reader->every_ms;
	/* The query before may not be quite out of its last function yet. */
	if (after_id >> LOG_ID_BITS >= until_ms ||
	    atomic_load(&reader->is_under_way))
		return reader->next_at_ms;
	reader->until_id = (until_ms << LOG_ID_BITS) - 1;
	submit(reader,
	       &(struct redirect_log_filter){ .oldest_first = true,
					      .after_id = after_id,
					      .until_ms = until_ms,
					      .limit = WEBHOOK_LOG_PAGE });
	return INT64_MAX;
}

int64_t webhook_log_reader_ask(struct webhook_log_reader *reader,
			       const struct move_use *use, int64_t now_ms)
{
	struct redirect_log_filter filter = {
		.terms = { { LOG_COLUMN_MOVE_ID, LOG_MATCH_EXACT, TEXT("") } },
		.term_count = 1,
		.from_ms = use->starts_at_ms,
		.until_ms = use->ends_at_ms + SETTLE_MS,
		.limit = 1,
	};

	if (reader->has_page)
		return INT64_MAX;
	if (now_ms < reader->next_at_ms)
		return reader->next_at_ms;
	if (atomic_load(&reader->is_under_way))
		return now_ms + STEP_MS;
	reader->next_at_ms = now_ms + ASK_AGAIN_MS;
	reader->use = *use;
	text_copy(text_of(use->address), filter.address,
		  sizeof(filter.address));
	filter.terms[0].text = text_of(reader->use.id);
	submit(reader, &filter);
	return INT64_MAX;
}

bool webhook_log_reader_has_page(struct webhook_log_reader *reader)
{
	if (!reader->has_page || !atomic_load(&reader->has_ended))
		return false;
	if (reader->err) { /* tried again later */
		reader->has_page = false;
		return false;
	}
	/* There is more: the next look is behind the last of these. */
	if (reader->query.more && reader->query.count > 0)
		reader->until_id = reader->entries[reader->query.count - 1].id;
	return true;
}

void webhook_log_reader_take(struct webhook_log_reader *reader)
{
	if (reader->query.more || reader->use.id[0])
		reader->next_at_ms = 0;
	reader->has_page = false;
}
