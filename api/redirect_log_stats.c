#include "api/resources.h"

#include <errno.h>
#include <stdlib.h>

#include "api/problem.h"
#include "api/redirect_log_answer.h"
#include "api/redirect_log_filter.h"
#include "base/call_reason.h"

enum {
	MS_PER_MINUTE = 60000,
	MS_PER_HOUR = 3600000,
	MS_PER_DAY = 86400000,
	TOP_DEFAULT = 10,
	WORD_SIZE = 8, /* of a status */
};

/* Which of the two a query is follows from its group. */
struct log_figures {
	struct redirect_log_stats stats;
	struct redirect_log_top top;
	const char *bucket_name;
	const char *group_name; /* NULL: none */
};

static void figures_free(void *state)
{
	struct log_figures *figures = state;

	if (!figures)
		return;
	free(figures->stats.calls);
	free(figures->top.rows);
	free(figures);
}

/* --- words of the query --------------------------------------------------- */

static const struct bucket {
	const char *name;
	int64_t ms;
} buckets[] = {
	{ "minute", MS_PER_MINUTE },
	{ "5m", 5 * MS_PER_MINUTE },
	{ "hour", MS_PER_HOUR },
	{ "day", MS_PER_DAY },
};

static const struct group {
	const char *name;
	enum redirect_log_query_kind kind;
	unsigned value; /* enum redirect_log_group or redirect_log_top_of */
} groups[] = {
	{ "status", LOG_QUERY_STATS, LOG_GROUP_STATUS },
	{ "reason", LOG_QUERY_STATS, LOG_GROUP_REASON },
	{ "address", LOG_QUERY_TOP, LOG_TOP_ADDRESS },
	{ "source", LOG_QUERY_TOP, LOG_TOP_SOURCE },
	{ "user_agent", LOG_QUERY_TOP, LOG_TOP_USER_AGENT },
	{ "target", LOG_QUERY_TOP, LOG_TOP_TARGET },
};

enum {
	BUCKETS = sizeof(buckets) / sizeof(*buckets),
	GROUPS = sizeof(groups) / sizeof(*groups),
	BUCKET_HOUR = 2,
};

/* NULL: not given, or a fault was noted. */
static const struct bucket *read_bucket(struct exchange *exchange)
{
	struct text text;

	if (!query_text(exchange, "bucket", &text))
		return NULL;
	for (size_t i = 0; i < BUCKETS; i++)
		if (text_equals(text, text_of(buckets[i].name)))
			return &buckets[i];
	faults_add_parameter(&exchange->faults, FAULT_BAD_FORMAT, "bucket",
			     "must be minute, 5m, hour or day");
	return NULL;
}

static const struct group *read_group(struct exchange *exchange)
{
	struct text text;

	if (!query_text(exchange, "group_by", &text))
		return NULL;
	for (size_t i = 0; i < GROUPS; i++)
		if (text_equals(text, text_of(groups[i].name)))
			return &groups[i];
	faults_add_parameter(&exchange->faults, FAULT_BAD_FORMAT, "group_by",
			     "must be status, reason, address, source, "
			     "user_agent or target");
	return NULL;
}

/* --- counts over time ----------------------------------------------------- */

static const char *value_name(enum redirect_log_group group, uint16_t value,
			      char word[WORD_SIZE])
{
	struct writer writer = writer_over(word, WORD_SIZE - 1);
	const char *reason = call_reason_name(value);

	if (group == LOG_GROUP_REASON)
		return reason ? reason : "unknown";
	writer_u64(&writer, value);
	word[writer.len] = '\0';
	return word;
}

static void write_bucket(struct json_writer *writer,
			 const struct redirect_log_stats *stats, size_t bucket)
{
	const uint64_t *calls = &stats->calls[bucket * LOG_STATS_VALUES_MAX];
	char word[WORD_SIZE];
	uint64_t all = 0;

	json_open_object(writer, NULL);
	json_put_time_ms(writer, "starts_at",
			 stats->from_ms + (int64_t)bucket * stats->bucket_ms);
	for (size_t i = 0; i < stats->value_count; i++)
		all += calls[i];
	json_put_integer(writer, "calls", (int64_t)all);
	if (stats->group != LOG_GROUP_NONE) {
		json_open_object(writer, "counts");
		for (size_t i = 0; i < stats->value_count; i++)
			if (calls[i] > 0)
				json_put_integer(writer,
						 value_name(stats->group,
							    stats->values[i],
							    word),
						 (int64_t)calls[i]);
		json_close_object(writer);
	}
	json_close_object(writer);
}

static void write_head(struct json_writer *writer,
		       const struct log_figures *figures, int64_t from_ms,
		       int64_t until_ms)
{
	json_open_object(writer, NULL);
	json_put_time_ms(writer, "from", from_ms);
	json_put_time_ms(writer, "until", until_ms);
	json_put_string_or_null(
		writer, "group_by",
		text_of(figures->group_name ? figures->group_name : ""));
}

static void stats_done(struct exchange *exchange)
{
	const struct log_figures *figures = exchange->state;
	const struct redirect_log_stats *stats = &figures->stats;
	struct json_writer writer = { 0 };
	uint64_t all = 0;

	if (exchange->err) {
		redirect_log_answer_error(exchange);
		return;
	}
	for (size_t i = 0; i < stats->bucket_count * LOG_STATS_VALUES_MAX; i++)
		all += stats->calls[i];
	write_head(&writer, figures, stats->from_ms, stats->until_ms);
	json_put_string(&writer, "bucket", text_of(figures->bucket_name));
	json_put_integer(&writer, "calls", (int64_t)all);
	json_open_array(&writer, "items");
	for (size_t i = 0; i < stats->bucket_count; i++)
		write_bucket(&writer, stats, i);
	json_close_array(&writer);
	json_close_object(&writer);
	exchange_answer_json(exchange, 200, &writer, 0, NULL);
}

/* Whole buckets; the answer says which window that is. */
static void read_stats(struct exchange *exchange, struct log_figures *figures,
		       const struct bucket *bucket, const struct group *group)
{
	struct redirect_log_stats *stats = &figures->stats;
	int64_t from_ms, until_ms;

	if (!bucket)
		bucket = &buckets[BUCKET_HOUR];
	redirect_log_window_read(exchange, &from_ms, &until_ms);
	figures->bucket_name = bucket->name;
	stats->bucket_ms = bucket->ms;
	stats->group = group ? (enum redirect_log_group)group->value
			     : LOG_GROUP_NONE;
	if (from_ms < 0 || until_ms <= from_ms)
		return;
	stats->from_ms = from_ms - from_ms % bucket->ms;
	stats->until_ms = until_ms + bucket->ms - 1;
	stats->until_ms -= stats->until_ms % bucket->ms;
	stats->bucket_count =
		(size_t)((stats->until_ms - stats->from_ms) / bucket->ms);
	if (stats->bucket_count > LOG_STATS_BUCKETS_MAX)
		faults_add_parameter(
			&exchange->faults, FAULT_OUT_OF_RANGE, "bucket",
			"is too short for that window: there would "
			"be %zu, and %d are the most",
			stats->bucket_count, LOG_STATS_BUCKETS_MAX);
}

/* --- what comes most often ------------------------------------------------ */

static void top_done(struct exchange *exchange)
{
	const struct log_figures *figures = exchange->state;
	const struct redirect_log_top *top = &figures->top;
	struct json_writer writer = { 0 };

	if (exchange->err) {
		redirect_log_answer_error(exchange);
		return;
	}
	write_head(&writer, figures, top->from_ms, top->until_ms);
	json_put_integer(&writer, "calls", (int64_t)top->calls);
	json_put_bool(&writer, "exact", top->is_exact);
	json_open_array(&writer, "items");
	for (size_t i = 0; i < top->count; i++) {
		json_open_object(&writer, NULL);
		json_put_string(&writer, figures->group_name,
				text_of(top->rows[i].text));
		json_put_integer(&writer, "calls", (int64_t)top->rows[i].calls);
		json_close_object(&writer);
	}
	json_close_array(&writer);
	json_close_object(&writer);
	exchange_answer_json(exchange, 200, &writer, 0, NULL);
}

static void read_top(struct exchange *exchange, struct log_figures *figures,
		     const struct bucket *bucket, const struct group *group)
{
	struct redirect_log_top *top = &figures->top;
	int64_t limit = TOP_DEFAULT;

	redirect_log_window_read(exchange, &top->from_ms, &top->until_ms);
	query_integer(exchange, "limit", 1, LOG_TOP_MAX, &limit);
	top->limit = (size_t)limit;
	top->of = (enum redirect_log_top_of)group->value;
	if (bucket)
		faults_add_parameter(
			&exchange->faults, FAULT_CONFLICTS_WITH_OTHER_MEMBER,
			"bucket", "goes with group_by=status or reason alone");
}

/* --- the route ------------------------------------------------------------ */

static bool make_room(struct exchange *exchange, struct log_figures *figures)
{
	if (exchange->log_query.kind == LOG_QUERY_STATS) {
		figures->stats.calls =
			calloc(figures->stats.bucket_count,
			       LOG_STATS_VALUES_MAX * sizeof(uint64_t));
		exchange->log_query.stats = &figures->stats;
		return figures->stats.calls != NULL;
	}
	figures->top.rows =
		calloc(figures->top.limit, sizeof(*figures->top.rows));
	exchange->log_query.top = &figures->top;
	return figures->top.rows != NULL;
}

void redirect_logs_stats(struct exchange *exchange)
{
	struct log_figures *figures = calloc(1, sizeof(*figures));
	const struct bucket *bucket;
	const struct group *group;
	bool is_top;

	exchange->state = figures;
	exchange->state_free = figures_free;
	if (!figures) {
		problem_answer_errno(exchange, ENOMEM);
		return;
	}
	bucket = read_bucket(exchange);
	group = read_group(exchange);
	is_top = group && group->kind == LOG_QUERY_TOP;
	figures->group_name = group ? group->name : NULL;
	if (is_top)
		read_top(exchange, figures, bucket, group);
	else
		read_stats(exchange, figures, bucket, group);
	query_end(exchange);
	if (faults_any(&exchange->faults)) {
		problem_answer_faults(exchange);
		return;
	}
	exchange->log_query =
		(struct redirect_log_query){ .kind = is_top ? LOG_QUERY_TOP
							    : LOG_QUERY_STATS };
	if (make_room(exchange, figures))
		exchange_run_log_query(exchange,
				       is_top ? top_done : stats_done);
	else
		problem_answer_errno(exchange, ENOMEM);
}
