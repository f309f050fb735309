#include "db/redirect_log_top.h"
#include "base/call_reason.h"
#include "db/redirect_log_source.h"
#include "db/redirect_log_tally.h"

#include <string.h>

/* ?3 is about the server itself, which is no call. */
#define IN_RANGE " FROM redirect WHERE id >= ?1 AND id < ?2 AND reason <> ?3"

static struct text first_line(struct text text)
{
	const char *end = text.len > 0 ? memchr(text.ptr, '\n', text.len)
				       : NULL;

	if (end)
		text.len = (size_t)(end - text.ptr);
	return text;
}

/* Which column, and what of it counts; NULL: all. */
static const struct {
	const char *sql;
	struct text (*part)(struct text text);
} subjects[LOG_TOPS] = {
	[LOG_TOP_ADDRESS] = { "SELECT address" IN_RANGE, NULL },
	[LOG_TOP_SOURCE] = { "SELECT source" IN_RANGE, log_source_host },
	[LOG_TOP_USER_AGENT] = { "SELECT user_agent" IN_RANGE, NULL },
	[LOG_TOP_TARGET] = { "SELECT targets" IN_RANGE, first_line },
};

struct counting {
	const struct log_walk *walk;
	struct redirect_log_top *top;
	struct log_tally *tally; /* owned */
};

static int visit(void *arg, struct log_reader *reader)
{
	struct counting *counting = arg;
	struct text (*part)(struct text text) =
		subjects[counting->top->of].part;
	sqlite3_stmt *statement;
	int err = log_reader_ask(reader, subjects[counting->top->of].sql,
				 &statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, counting->walk->first_id);
	sqlite3_bind_int64(statement, 2, counting->walk->end_id);
	sqlite3_bind_int(statement, 3, CALL_SERVER_ASKED);
	while (!err) {
		struct log_tally_row *row;
		struct text text;
		bool is_row;

		err = log_reader_step(reader, statement, &is_row);
		if (err || !is_row)
			break;
		counting->top->calls++;
		text = statement_text(statement, 0);
		if (part)
			text = part(text);
		if (text.len > 0)
			err = log_tally_add(counting->tally, text, &row);
	}
	return err;
}

static uint64_t weight(const struct log_tally_row *row)
{
	return row->weight;
}

static void fill(struct redirect_log_top *top, struct log_tally *tally)
{
	const struct log_tally_row *rows[LOG_TOP_MAX];
	size_t limit = top->limit < LOG_TOP_MAX ? top->limit : LOG_TOP_MAX;

	top->count = log_tally_top(tally, weight, rows, limit);
	for (size_t i = 0; i < top->count; i++) {
		text_copy((struct text){ rows[i]->text, rows[i]->len },
			  top->rows[i].text, sizeof(top->rows[i].text));
		top->rows[i].calls = rows[i]->weight;
	}
	top->is_exact = log_tally_is_exact(tally);
}

int log_top_run(const struct log_walk *base, struct redirect_log_top *top)
{
	struct log_walk walk = *base;
	struct counting counting = { .walk = &walk, .top = top };
	int err = log_tally_new(&counting.tally);

	if (err)
		return err;
	top->count = 0;
	top->calls = 0;
	walk.first_id = log_id_at(top->from_ms);
	walk.end_id = log_id_at(top->until_ms);
	walk.visit = visit;
	walk.arg = &counting;
	err = log_walk_run(&walk);
	if (!err)
		fill(top, counting.tally);
	log_tally_free(counting.tally);
	return err;
}
