#include "db/redirect_log_reader.h"
#include "base/clock.h"
#include "db/ownership.h"
#include "db/redirect_log_segment.h"
#include "db/redirect_log_text.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	BUSY_MS = 1000,	     /* while the indexer takes a segment over */
	STEPS_A_LOOK = 4000, /* of SQLite's machine between looks at the clock
			      */
	SQL_SIZE = 2048,
	STATUSES_MAX = sizeof(((struct redirect_log_filter *)0)->statuses) /
		       sizeof(uint16_t),
	MOVE_ID_PARAMETER = 8 + STATUSES_MAX,
	OWNED_PARAMETER, /* and up: hash and text of each */
};

struct log_reader {
	struct database *database; /* owned */
	sqlite3_stmt *select;	   /* owned */
	struct hash_key key;
	struct log_reader_limits limits;
	int gave_up; /* ETIMEDOUT, ECANCELED */
};

static const char *const connection_sql = "PRAGMA query_only = ON;"
					  "PRAGMA wal_autocheckpoint = 0;"
					  "PRAGMA temp_store = MEMORY;"
					  "PRAGMA trusted_schema = OFF;"
					  "PRAGMA cell_size_check = ON;";

/* Columns as log_reader_entry() reads them. */
static const char *const select_sql =
	"SELECT id, received_at_us, status, transport, handling_us, ack_seen,"
	" method, coalesce(request_uri, address), address, from_header,"
	" call_id, source, user_agent, targets, move_id, move_revision,"
	" revision, tags_asked, tags_refused, reason"
	" FROM redirect WHERE id >= ?1 AND id < ?2";

static int look_at_limits(void *argument)
{
	struct log_reader *reader = argument;

	if (atomic_load(reader->limits.is_stopping))
		reader->gave_up = ECANCELED;
	else if (clock_monotonic_us() >= reader->limits.deadline_us)
		reader->gave_up = ETIMEDOUT;
	return reader->gave_up;
}

/* SQLITE_ERROR at a segment is a schema that is not ours. */
static int reader_errno(const struct log_reader *reader, int err)
{
	if (err == 0)
		return 0;
	if (reader->gave_up)
		return reader->gave_up;
	if (sqlite3_errcode(database_handle(reader->database)) == SQLITE_ERROR)
		return EBADMSG;
	return err;
}

int log_reader_open(const char *path, const struct log_reader_limits *limits,
		    struct log_reader **ret_reader)
{
	struct log_reader *reader = calloc(1, sizeof(*reader));
	int err;

	if (!reader)
		return ENOMEM;
	reader->limits = *limits;
	err = database_open(path, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
			    &reader->database);
	if (err) {
		/* Retention may have been here. */
		err = access(path, F_OK) ? ENOENT : err;
		goto out;
	}
	sqlite3_busy_timeout(database_handle(reader->database), BUSY_MS);
	sqlite3_db_config(database_handle(reader->database),
			  SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_progress_handler(database_handle(reader->database),
				 STEPS_A_LOOK, look_at_limits, reader);
	err = database_execute(reader->database, connection_sql);
	if (!err)
		err = log_segment_identify(reader->database, &reader->key);
	if (err) {
		err = reader_errno(reader, err);
		goto out;
	}
	*ret_reader = reader;
	reader = NULL; /* the caller's now */
out:
	log_reader_close(reader);
	return err;
}

void log_reader_close(struct log_reader *reader)
{
	if (!reader)
		return;
	sqlite3_finalize(reader->select);
	database_close(reader->database);
	free(reader);
}

int log_reader_range(struct log_reader *reader, int64_t *ret_first_id,
		     int64_t *ret_last_id)
{
	sqlite3_stmt *statement;
	bool row = false;
	int err = database_statement(
		reader->database,
		"SELECT coalesce((SELECT min(id) FROM redirect), 1),"
		" coalesce((SELECT max(id) FROM redirect), 0)",
		&statement);

	if (!err)
		err = statement_step(statement, &row);
	if (err || !row)
		return reader_errno(reader, err ? err : EBADMSG);
	*ret_first_id = sqlite3_column_int64(statement, 0);
	*ret_last_id = sqlite3_column_int64(statement, 1);
	sqlite3_reset(statement);
	return 0;
}

/* The condition of the partial index, said so that SQLite can use it. */
static bool is_rare(const struct redirect_log_filter *filter)
{
	for (size_t i = 0; i < filter->status_count; i++)
		if (filter->statuses[i] == 302 || filter->statuses[i] == 404)
			return false;
	return filter->status_count > 0;
}

/* By the hashes, which have an index, and by the texts. */
static void put_owned(struct writer *sql, size_t count)
{
	for (unsigned part = 0; part < 2; part++) {
		writer_put(sql, part == 0 ? TEXT(" AND address_hash IN (")
					  : TEXT(" AND address IN ("));
		for (size_t i = 0; i < count; i++) {
			writer_put(sql, i == 0 ? TEXT("?") : TEXT(",?"));
			writer_u64(sql, OWNED_PARAMETER + 2 * i + part);
		}
		writer_put(sql, TEXT(")"));
	}
}

static void put_sql(struct writer *sql,
		    const struct redirect_log_filter *filter)
{
	writer_put(sql, text_of(select_sql));
	if (filter->address[0])
		writer_put(sql,
			   TEXT(" AND address_hash = ?4 AND address = ?5"));
	if (filter->call_id[0])
		writer_put(sql,
			   TEXT(" AND call_id_hash = ?6 AND call_id = ?7"));
	for (size_t i = 0; i < filter->status_count; i++) {
		writer_put(sql,
			   i == 0 ? TEXT(" AND status IN (?") : TEXT(",?"));
		writer_u64(sql, 8 + i);
	}
	if (filter->status_count > 0)
		writer_put(sql, TEXT(")"));
	if (is_rare(filter))
		writer_put(sql, TEXT(" AND status NOT IN (302, 404)"));
	if (filter->move_id[0]) {
		writer_put(sql, TEXT(" AND move_id = ?"));
		writer_u64(sql, MOVE_ID_PARAMETER);
	}
	if (filter->owned)
		put_owned(sql, filter->owned->count);
	writer_put(sql, TEXT(" ORDER BY id DESC LIMIT ?3"));
}

static void bind_hashed(const struct log_reader *reader, int index,
			const char *string)
{
	struct text text = text_of(string);

	if (text.len == 0)
		return;
	sqlite3_bind_int64(reader->select, index,
			   (int64_t)hash_text(&reader->key, text));
	statement_bind_text(reader->select, index + 1, text);
}

int log_reader_select(struct log_reader *reader,
		      const struct redirect_log_filter *filter,
		      int64_t first_id, int64_t end_id, size_t limit)
{
	char buffer[SQL_SIZE];
	struct writer sql = writer_over(buffer, sizeof(buffer));
	int err;

	if (filter->status_count > STATUSES_MAX)
		return EINVAL;
	put_sql(&sql, filter);
	if (!writer_is_complete(&sql))
		return EMSGSIZE;
	sqlite3_finalize(reader->select);
	reader->select = NULL;
	err = database_errno(
		sqlite3_prepare_v2(database_handle(reader->database), buffer,
				   (int)sql.len, &reader->select, NULL));
	if (err)
		return reader_errno(reader, err);
	sqlite3_bind_int64(reader->select, 1, first_id);
	sqlite3_bind_int64(reader->select, 2, end_id);
	sqlite3_bind_int64(reader->select, 3, (int64_t)limit);
	bind_hashed(reader, 4, filter->address);
	bind_hashed(reader, 6, filter->call_id);
	if (filter->move_id[0])
		statement_bind_string(reader->select, MOVE_ID_PARAMETER,
				      filter->move_id);
	for (size_t i = 0; filter->owned && i < filter->owned->count; i++)
		bind_hashed(reader, (int)(OWNED_PARAMETER + 2 * i),
			    filter->owned->uris[i]);
	for (size_t i = 0; i < filter->status_count; i++)
		sqlite3_bind_int(reader->select, (int)(8 + i),
				 filter->statuses[i]);
	return 0;
}

int log_reader_next(struct log_reader *reader, int64_t *ret_id)
{
	bool row = false;
	int err = statement_step(reader->select, &row);

	if (err)
		return reader_errno(reader, err);
	*ret_id = row ? sqlite3_column_int64(reader->select, 0) : 0;
	return 0;
}

/* The file may hold anything: out of range becomes 0. */
static int64_t column_up_to(sqlite3_stmt *statement, int column, int64_t max)
{
	int64_t value = sqlite3_column_int64(statement, column);

	return value >= 0 && value <= max ? value : 0;
}

void log_reader_entry(struct log_reader *reader,
		      struct redirect_log_entry *entry)
{
	sqlite3_stmt *row = reader->select;
	const struct {
		int column;
		char *buffer;
		size_t size;
	} texts[] = {
		{ 6, entry->method, sizeof(entry->method) },
		{ 7, entry->request_uri, sizeof(entry->request_uri) },
		{ 8, entry->address, sizeof(entry->address) },
		{ 9, entry->from, sizeof(entry->from) },
		{ 10, entry->call_id, sizeof(entry->call_id) },
		{ 11, entry->source, sizeof(entry->source) },
		{ 12, entry->user_agent, sizeof(entry->user_agent) },
		{ 13, entry->targets, sizeof(entry->targets) },
		{ 14, entry->move_id, sizeof(entry->move_id) },
		{ 17, entry->tags_asked, sizeof(entry->tags_asked) },
		{ 18, entry->tags_refused, sizeof(entry->tags_refused) },
	};

	entry->id = sqlite3_column_int64(row, 0);
	entry->received_at_us = sqlite3_column_int64(row, 1);
	entry->status = (uint16_t)column_up_to(row, 2, UINT16_MAX);
	entry->transport = (enum log_transport)column_up_to(row, 3, LOG_TLS);
	entry->handling_us = (uint32_t)column_up_to(row, 4, UINT32_MAX);
	entry->ack_seen = sqlite3_column_int64(row, 5) != 0;
	entry->reason = (uint8_t)column_up_to(row, 19, UINT8_MAX);
	entry->move_revision = sqlite3_column_int64(row, 15);
	entry->revision = sqlite3_column_int64(row, 16);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		log_text_copy(statement_text(row, texts[i].column),
			      texts[i].buffer, texts[i].size);
}
