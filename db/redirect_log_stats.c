#include "db/redirect_log_stats.h"
#include "base/call_reason.h"

enum {
	MS_PER_MINUTE = 60000,
	/* A wall clock that was set back leaves records with ids of a time
	 * later than that of their receipt. */
	SLACK_MS = 3600000,
	REASONS_SINCE = 3, /* version of a segment that counts them */
};

/* What is counted: ?3 is about the server itself, which is no call. */
#define COUNTED                                                          \
	" FROM minute WHERE minute >= ?1 AND minute < ?2 AND reason <> " \
	"?3 GROUP BY "
/* Of a segment that kept no count of reasons: its records are read. */
#define COUNTED_OF_OLD                                         \
	", count(*) FROM redirect"                             \
	" WHERE received_at_us >= ?1 * 60000000"               \
	" AND received_at_us < ?2 * 60000000 AND reason <> ?3" \
	" GROUP BY 1, 2"

/* Each gives (minute, value, calls). */
static const struct {
	const char *sql, *of_old;
} sums[] = {
	[LOG_GROUP_NONE] = { "SELECT minute, 0, sum(calls)" COUNTED "minute",
			     "SELECT received_at_us / 60000000, "
			     "0" COUNTED_OF_OLD },
	[LOG_GROUP_STATUS] = { "SELECT minute, status, sum(calls)" COUNTED
			       "minute, status",
			       "SELECT received_at_us / 60000000, "
			       "status" COUNTED_OF_OLD },
	[LOG_GROUP_REASON] = { "SELECT minute, reason, sum(calls)" COUNTED
			       "minute, reason",
			       "SELECT received_at_us / 60000000, "
			       "reason" COUNTED_OF_OLD },
};

/* LOG_STATS_VALUES_MAX: there is no room for another one. */
static size_t place_of(struct redirect_log_stats *stats, int64_t value)
{
	for (size_t i = 0; i < stats->value_count; i++)
		if (stats->values[i] == value)
			return i;
	if (stats->value_count == LOG_STATS_VALUES_MAX || value < 0 ||
	    value > UINT16_MAX)
		return LOG_STATS_VALUES_MAX;
	stats->values[stats->value_count] = (uint16_t)value;
	return stats->value_count++;
}

/* The file may hold anything. */
static void add(struct redirect_log_stats *stats, sqlite3_stmt *row)
{
	int64_t minute = sqlite3_column_int64(row, 0);
	size_t place = place_of(stats, sqlite3_column_int64(row, 1));
	int64_t calls = sqlite3_column_int64(row, 2);
	size_t bucket = (size_t)((minute * MS_PER_MINUTE - stats->from_ms) /
				 stats->bucket_ms);

	if (bucket < stats->bucket_count && place < LOG_STATS_VALUES_MAX &&
	    calls > 0)
		stats->calls[bucket * LOG_STATS_VALUES_MAX + place] +=
			(uint64_t)calls;
}

static int visit(void *arg, struct log_reader *reader)
{
	struct redirect_log_stats *stats = arg;
	bool is_old = log_reader_version(reader) < REASONS_SINCE;
	sqlite3_stmt *statement;
	bool row = false;
	int err = log_reader_ask(reader,
				 is_old ? sums[stats->group].of_old
					: sums[stats->group].sql,
				 &statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, stats->from_ms / MS_PER_MINUTE);
	sqlite3_bind_int64(statement, 2, stats->until_ms / MS_PER_MINUTE);
	sqlite3_bind_int(statement, 3, CALL_SERVER_ASKED);
	for (;;) {
		err = log_reader_step(reader, statement, &row);
		if (err || !row)
			return err;
		add(stats, statement);
	}
}

int log_stats_run(const struct log_walk *base, struct redirect_log_stats *stats)
{
	struct log_walk walk = *base;
	stats->value_count = 0;
	walk.first_id = log_id_at(stats->from_ms - SLACK_MS);
	walk.end_id = log_id_at(stats->until_ms + SLACK_MS);
	walk.oldest_first = true;
	walk.visit = visit;
	walk.arg = stats;
	return log_walk_run(&walk);
}
