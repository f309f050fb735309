/*
 * One pass in the order of time. A redirected call is remembered by a hash of
 * its caller, source host and address; when another of the same hash comes
 * within a minute, the first one was not followed. What is remembered is a
 * table of fixed size without chains: under a flood a call may be forgotten,
 * and a source then looks a little better than it is.
 */
#include "db/redirect_log_unfollowed.h"
#include "db/redirect_log_source.h"
#include "db/redirect_log_tally.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	AGAIN_MS = 60000,
	ACK_WAIT_MS = 32000, /* RFC 3261's timer H */
	REMEMBERED = 1 << 17,
	KEY_SIZE = 3 * (LOG_TEXT_MAX + 1),
};

/* The counts of a tally's row. */
enum {
	REDIRECTED,
	CALLED_AGAIN,
	UNACKNOWLEDGED,
	UNFOLLOWED,
};

struct remembered {
	uint64_t hash; /* 0: none */
	int64_t id;
	struct log_tally_place source;
	bool is_counted; /* as unfollowed, for want of an ACK */
};

struct looking {
	const struct log_walk *walk;
	struct redirect_log_unfollowed *result;
	struct log_tally *tally;       /* owned; by source and user agent */
	struct remembered *remembered; /* owned */
	struct hash_key key;
};

static const char *const calls_sql =
	"SELECT id, status, ack_seen, address, from_header, source, user_agent"
	" FROM redirect WHERE id >= ?1 AND id < ?2 AND method = 'INVITE'"
	" ORDER BY id";

static int64_t ms_of(int64_t id)
{
	return id >> LOG_ID_MS_SHIFT;
}

static void put_part(struct writer *key, struct text part)
{
	size_t room = key->size - key->len - 1;

	if (part.len > LOG_TEXT_MAX || part.len > room)
		part.len = room < LOG_TEXT_MAX ? room : LOG_TEXT_MAX;
	writer_put(key, part);
	writer_byte(key, '\n');
}

static void count_unfollowed(struct looking *looking, struct log_tally_row *row,
			     int64_t id)
{
	row->counts[UNFOLLOWED]++;
	row->last_at_ms = ms_of(id);
	if (row->example_count < LOG_EXAMPLES_MAX)
		row->examples[row->example_count++] = id;
	looking->result->unfollowed++;
}

/* The call before, of the same caller to the same address. */
static void look_back(struct looking *looking, struct remembered *before,
		      uint64_t hash, int64_t id)
{
	struct log_tally_row *row;

	/* Behind it, in a segment that a clock set back made overlap: no. */
	if (before->hash != hash || id < before->id ||
	    ms_of(id) - ms_of(before->id) > AGAIN_MS)
		return;
	before->hash = 0;
	row = log_tally_at(looking->tally, before->source);
	if (!row)
		return;
	row->counts[CALLED_AGAIN]++;
	if (!before->is_counted)
		count_unfollowed(looking, row, before->id);
}

static int count_redirected(struct looking *looking, sqlite3_stmt *call,
			    struct remembered *place, uint64_t hash)
{
	char buffer[KEY_SIZE];
	struct writer key = writer_over(buffer, sizeof(buffer));
	int64_t id = sqlite3_column_int64(call, 0);
	bool is_acked = sqlite3_column_int(call, 2) != 0;
	struct log_tally_row *row;
	int err;

	put_part(&key, log_source_host(statement_text(call, 5)));
	put_part(&key, statement_text(call, 6));
	err = log_tally_add(looking->tally, writer_text(&key), &row);
	if (err)
		return err;
	looking->result->redirected++;
	row->counts[REDIRECTED]++;
	*place = (struct remembered){
		.hash = hash,
		.id = id,
		.source = log_tally_place(looking->tally, row),
		.is_counted = !is_acked && ms_of(id) + ACK_WAIT_MS <=
						   looking->result->now_ms,
	};
	if (place->is_counted) {
		row->counts[UNACKNOWLEDGED]++;
		count_unfollowed(looking, row, id);
	}
	return 0;
}

static int look_at(struct looking *looking, sqlite3_stmt *call)
{
	char buffer[KEY_SIZE];
	struct writer key = writer_over(buffer, sizeof(buffer));
	int status = sqlite3_column_int(call, 1);
	struct remembered *place;
	uint64_t hash;

	put_part(&key, statement_text(call, 3));
	put_part(&key, log_caller_of(statement_text(call, 4)));
	put_part(&key, log_source_host(statement_text(call, 5)));
	hash = hash_text(&looking->key, writer_text(&key)) | 1;
	place = &looking->remembered[(hash >> 1) & (REMEMBERED - 1)];
	look_back(looking, place, hash, sqlite3_column_int64(call, 0));
	if (status < 300 || status > 399)
		return 0;
	return count_redirected(looking, call, place, hash);
}

static int visit(void *arg, struct log_reader *reader)
{
	struct looking *looking = arg;
	sqlite3_stmt *statement;
	bool row;
	int err = log_reader_ask(reader, calls_sql, &statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, looking->walk->first_id);
	sqlite3_bind_int64(statement, 2, looking->walk->end_id);
	while (!err) {
		err = log_reader_step(reader, statement, &row);
		if (err || !row)
			break;
		err = look_at(looking, statement);
	}
	return err;
}

static uint64_t unfollowed_of(const struct log_tally_row *row)
{
	return row->counts[UNFOLLOWED];
}

static void fill_row(struct redirect_log_unfollowed_row *filled,
		     const struct log_tally_row *row)
{
	const char *end = memchr(row->text, '\n', row->len);
	size_t host = end ? (size_t)(end - row->text) : row->len;
	/* Between the two ends of line. */
	size_t rest = row->len > host + 2 ? row->len - host - 2 : 0;

	*filled = (struct redirect_log_unfollowed_row){
		.redirected = row->counts[REDIRECTED],
		.called_again = row->counts[CALLED_AGAIN],
		.unacknowledged = row->counts[UNACKNOWLEDGED],
		.unfollowed = row->counts[UNFOLLOWED],
		.last_at_ms = row->last_at_ms,
		.example_count = row->example_count,
	};
	text_copy((struct text){ row->text, host }, filled->source,
		  sizeof(filled->source));
	text_copy((struct text){ row->text + host + 1, rest },
		  filled->user_agent, sizeof(filled->user_agent));
	memcpy(filled->examples, row->examples, sizeof(filled->examples));
}

static void fill(struct looking *looking)
{
	const struct log_tally_row *rows[LOG_UNFOLLOWED_MAX];
	struct redirect_log_unfollowed *result = looking->result;

	result->count = log_tally_top(looking->tally, unfollowed_of, rows,
				      result->limit < LOG_UNFOLLOWED_MAX
					      ? result->limit
					      : LOG_UNFOLLOWED_MAX);
	for (size_t i = 0; i < result->count; i++)
		fill_row(&result->rows[i], rows[i]);
	result->is_exact = log_tally_is_exact(looking->tally);
}

int log_unfollowed_run(const struct log_walk *base,
		       struct redirect_log_unfollowed *result)
{
	struct log_walk walk = *base;
	struct looking looking = { .walk = &walk, .result = result };
	int err = log_tally_new(&looking.tally);

	if (err)
		return err;
	hash_key_init(&looking.key);
	looking.remembered = calloc(REMEMBERED, sizeof(*looking.remembered));
	if (!looking.remembered) {
		err = ENOMEM;
		goto out;
	}
	result->count = 0;
	result->redirected = result->unfollowed = 0;
	walk.first_id = log_id_at(result->from_ms);
	walk.end_id = log_id_at(result->until_ms);
	walk.oldest_first = true;
	walk.visit = visit;
	walk.arg = &looking;
	err = log_walk_run(&walk);
	if (!err)
		fill(&looking);
out:
	free(looking.remembered);
	log_tally_free(looking.tally);
	return err;
}
