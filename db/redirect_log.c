#include "db/redirect_log.h"
#include "base/clock.h"
#include "db/redirect_log_folder.h"
#include "db/redirect_log_indexer.h"
#include "db/redirect_log_query.h"
#include "db/redirect_log_reader.h"
#include "db/redirect_log_tail.h"
#include "db/redirect_log_writer.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
	SEGMENT_RECORDS = 1000000,
	RETENTION_DAYS = 30,
	RING_SIZE_BYTES = 8 << 20,
	RING_SIZE_MIN = 16 << 10, /* twice the largest record */
	MIN_FREE_BYTES = 64 << 20,
	MS_PER_DAY = 86400000,
	SEGMENT_OPEN_US = 5000000,
};

struct redirect_log {
	struct log_folder *folder;   /* owned, as are the four threads */
	struct log_tails *tails;     /* holds a reference */
	struct log_indexer *indexer; /* "log-index" */
	struct log_writer *writer;   /* "log" */
	struct log_querier *querier; /* "log-query" */
	struct log_querier *figures; /* "log-figures" */
	int64_t opened_at_ms;
};

/* What ids a segment of an earlier run holds. */
static void read_range(struct log_folder *folder,
		       const struct log_segment_info *segment)
{
	static const atomic_bool never = false;
	const struct log_reader_limits limits = {
		.deadline_us = clock_monotonic_us() + SEGMENT_OPEN_US,
		.is_stopping = &never,
	};
	struct log_reader *reader = NULL;
	char path[LOG_PATH_SIZE];
	int64_t first_id, last_id;
	int err;

	log_folder_path(folder, &segment->name, path);
	err = log_reader_open(path, &limits, &reader);
	if (!err)
		err = log_reader_range(reader, &first_id, &last_id);
	log_reader_close(reader);
	if (err == EBADMSG)
		log_folder_set_state(folder, &segment->name,
				     LOG_SEGMENT_BROKEN);
	else if (err)
		/* Not known now: every query has to look for itself. */
		log_folder_set_range(folder, &segment->name, 0, INT64_MAX);
	else
		log_folder_set_range(folder, &segment->name, first_id, last_id);
}

/* The last one of today is left to the writer, if nobody finished it. */
static int take_stock(struct log_folder *folder)
{
	struct log_segment_info *segments;
	struct log_segment_name newest = { 0, 0 }, name = { 0, 0 };
	size_t count;
	int err = log_folder_list(folder, &segments, &count);

	if (err)
		return err;
	for (size_t i = 0; i < count; i++)
		read_range(folder, &segments[i]);
	free(segments);
	while (log_folder_next(folder, LOG_SEGMENT_WAITING, &name))
		newest = name;
	if (newest.day == clock_wall_ms() / MS_PER_DAY)
		log_folder_set_state(folder, &newest, LOG_SEGMENT_OPEN);
	return 0;
}

static int make_threads(struct redirect_log *log,
			const struct redirect_log_config *config)
{
	struct log_writer_config writer = {
		.folder = log->folder,
		.segment_records = config->segment_records,
		.ring_size_bytes = config->ring_size_bytes,
		.min_free_bytes = config->min_free_bytes,
	};
	int err = log_indexer_new(log->folder, config->retention_days,
				  &log->indexer);

	if (err)
		return err;
	writer.indexer = log->indexer;
	writer.tails = log->tails;
	err = log_writer_new(&writer, &log->writer);
	if (err)
		return err;
	err = log_querier_new(log->folder, log->writer, &log->querier);
	return err ? err
		   : log_querier_new(log->folder, log->writer, &log->figures);
}

int redirect_log_open(const struct redirect_log_config *config,
		      struct redirect_log **ret_log)
{
	struct redirect_log_config filled = *config;
	struct redirect_log *log;
	int err;

	if (!filled.segment_records)
		filled.segment_records = SEGMENT_RECORDS;
	if (!filled.retention_days)
		filled.retention_days = RETENTION_DAYS;
	if (!filled.ring_size_bytes)
		filled.ring_size_bytes = RING_SIZE_BYTES;
	if (!filled.min_free_bytes)
		filled.min_free_bytes = MIN_FREE_BYTES;
	if (filled.ring_size_bytes < RING_SIZE_MIN)
		return EINVAL;
	log = calloc(1, sizeof(*log));
	if (!log)
		return ENOMEM;
	log->opened_at_ms = clock_wall_ms();
	err = log_folder_open(filled.data_dir, &log->folder);
	if (err)
		goto out;
	err = log_tails_new(&log->tails);
	if (!err)
		err = make_threads(log, &filled);
	if (err)
		goto out;
	log_indexer_expire(log->indexer);
	err = take_stock(log->folder);
	if (err)
		goto out;
	*ret_log = log;
	log = NULL; /* the caller's now */
out:
	redirect_log_close(log);
	return err;
}

int redirect_log_add_ring(struct redirect_log *log,
			  struct redirect_log_ring **ret_ring)
{
	return log_writer_add_ring(log->writer, ret_ring);
}

int redirect_log_start(struct redirect_log *log)
{
	int err = log_indexer_start(log->indexer);

	if (!err)
		err = log_writer_start(log->writer);
	if (!err)
		err = log_querier_start(log->querier, "log-query");
	if (!err)
		err = log_querier_start(log->figures, "log-figures");
	if (err)
		redirect_log_stop(log);
	return err;
}

void redirect_log_stop(struct redirect_log *log)
{
	/* Queries ask the writer to flush, which wakes the indexer. */
	log_querier_stop(log->figures);
	log_querier_stop(log->querier);
	log_writer_stop(log->writer);
	log_indexer_stop(log->indexer);
}

void redirect_log_close(struct redirect_log *log)
{
	if (!log)
		return;
	log_querier_free(log->figures);
	log_querier_free(log->querier);
	log_writer_free(log->writer);
	log_indexer_free(log->indexer);
	log_tails_unref(log->tails);
	log_folder_close(log->folder);
	free(log);
}

void redirect_log_submit(struct redirect_log *log,
			 struct redirect_log_query *query)
{
	log_querier_submit(query->kind == LOG_QUERY_RECORDS ? log->querier
							    : log->figures,
			   query);
}

int redirect_log_tail_open(struct redirect_log *log,
			   const struct redirect_log_tail_config *config,
			   struct redirect_log_tail **ret_tail)
{
	return log_tails_add(log->tails, config, ret_tail);
}

struct redirect_log_health redirect_log_health(const struct redirect_log *log)
{
	struct log_writer_counts counts = log_writer_counts(log->writer);
	int64_t oldest_ms = log_folder_first_id(log->folder) >> 20;

	return (struct redirect_log_health){
		.is_up = counts.is_up,
		.written = counts.written,
		.dropped = counts.dropped,
		.acks = counts.acks,
		.used_bytes = counts.used_bytes,
		.broken = log_folder_broken(log->folder),
		.onlookers = log_tails_count(log->tails),
		.begins_ms = oldest_ms < log->opened_at_ms ? oldest_ms
							   : log->opened_at_ms,
	};
}
