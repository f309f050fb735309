#include "api/resources.h"

#include <errno.h>
#include <stdlib.h>

#include "api/log_id.h"
#include "api/problem.h"
#include "api/redirect_log_answer.h"
#include "api/redirect_log_filter.h"

enum {
	LIMIT_DEFAULT = 50,
	PERMILLE = 1000,
};

static void unfollowed_free(void *state)
{
	struct redirect_log_unfollowed *unfollowed = state;

	if (!unfollowed)
		return;
	free(unfollowed->rows);
	free(unfollowed);
}

static void write_row(struct json_writer *writer,
		      const struct redirect_log_unfollowed_row *row)
{
	char id[LOG_ID_SIZE];

	json_open_object(writer, NULL);
	json_put_string(writer, "source", text_of(row->source));
	json_put_string_or_null(writer, "user_agent", text_of(row->user_agent));
	json_put_integer(writer, "redirected", (int64_t)row->redirected);
	json_put_integer(writer, "unfollowed", (int64_t)row->unfollowed);
	json_put_integer(writer, "called_again", (int64_t)row->called_again);
	json_put_integer(writer, "unacknowledged",
			 (int64_t)row->unacknowledged);
	json_put_permille(
		writer, "share",
		(unsigned)(row->unfollowed * PERMILLE / row->redirected));
	json_put_time_ms(writer, "last_at", row->last_at_ms);
	json_open_array(writer, "example_ids");
	for (size_t i = 0; i < row->example_count; i++) {
		log_id_format(row->examples[i], id);
		json_put_string(writer, NULL, text_of(id));
	}
	json_close_array(writer);
	json_close_object(writer);
}

static void unfollowed_done(struct exchange *exchange)
{
	const struct redirect_log_unfollowed *unfollowed = exchange->state;
	struct json_writer writer = { 0 };

	if (exchange->err) {
		redirect_log_answer_error(exchange);
		return;
	}
	json_open_object(&writer, NULL);
	json_put_time_ms(&writer, "from", unfollowed->from_ms);
	json_put_time_ms(&writer, "until", unfollowed->until_ms);
	json_put_integer(&writer, "redirected",
			 (int64_t)unfollowed->redirected);
	json_put_integer(&writer, "unfollowed",
			 (int64_t)unfollowed->unfollowed);
	json_put_bool(&writer, "exact", unfollowed->is_exact);
	json_open_array(&writer, "items");
	for (size_t i = 0; i < unfollowed->count; i++)
		write_row(&writer, &unfollowed->rows[i]);
	json_close_array(&writer);
	json_close_object(&writer);
	exchange_answer_json(exchange, 200, &writer, 0, NULL);
}

void redirect_logs_unfollowed(struct exchange *exchange)
{
	struct redirect_log_unfollowed *unfollowed =
		calloc(1, sizeof(*unfollowed));
	int64_t limit = LIMIT_DEFAULT;

	exchange->state = unfollowed;
	exchange->state_free = unfollowed_free;
	if (!unfollowed) {
		problem_answer_errno(exchange, ENOMEM);
		return;
	}
	redirect_log_window_read(exchange, &unfollowed->from_ms,
				 &unfollowed->until_ms);
	query_integer(exchange, "limit", 1, LOG_UNFOLLOWED_MAX, &limit);
	query_end(exchange);
	if (faults_any(&exchange->faults)) {
		problem_answer_faults(exchange);
		return;
	}
	unfollowed->now_ms = exchange->now_ms;
	unfollowed->limit = (size_t)limit;
	unfollowed->rows = calloc(unfollowed->limit, sizeof(*unfollowed->rows));
	exchange->log_query =
		(struct redirect_log_query){ .kind = LOG_QUERY_UNFOLLOWED,
					     .unfollowed = unfollowed };
	if (unfollowed->rows)
		exchange_run_log_query(exchange, unfollowed_done);
	else
		problem_answer_errno(exchange, ENOMEM);
}
