#include "db/redirect_log_reader.h"
#include "base/clock.h"
#include "db/redirect_log_filter.h"
#include "db/redirect_log_segment.h"
#include "db/redirect_log_text.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	BUSY_MS = 1000,	     /* while the indexer takes a segment over */
	STEPS_A_LOOK = 4000, /* of SQLite's machine between looks at the clock
			      */
	SQL_SIZE = 16384,
};

struct log_reader {
	struct database *database; /* owned */
	sqlite3_stmt *select;	   /* owned */
	struct hash_key key;
	unsigned version; /* of the segment */
	struct log_reader_limits limits;
	int gave_up; /* ETIMEDOUT, ECANCELED */
};

static const char *const connection_sql = "PRAGMA query_only = ON;"
					  "PRAGMA wal_autocheckpoint = 0;"
					  "PRAGMA temp_store = MEMORY;"
					  "PRAGMA trusted_schema = OFF;"
					  "PRAGMA cell_size_check = ON;";

enum column {
	ID,
	RECEIVED_AT,
	STATUS,
	REASON,
	TRANSPORT,
	HANDLING,
	ACK_SEEN,
	MOVE_REVISION,
	REVISION,
	METHOD,
	REQUEST_URI,
	ADDRESS,
	FROM,
	CALL_ID,
	SOURCE,
	USER_AGENT,
	TARGETS,
	MOVE_ID,
	TAGS_ASKED,
	TAGS_REFUSED,
	PROFILE,
	REPEATED_REQUESTS,
	REPEATED_ANSWERS,
	COLUMNS,
};

#define REPEATED(name) \
	"(SELECT " name " FROM repeated WHERE repeated.id = redirect.id)"

/* What is not in segments of versions before `since` is 0 or '' there. */
static const struct {
	const char *sql;
	unsigned since;
} columns[COLUMNS] = {
	[ID] = { "id", 0 },
	[RECEIVED_AT] = { "received_at_us", 0 },
	[STATUS] = { "status", 0 },
	[REASON] = { "reason", 0 },
	[TRANSPORT] = { "transport", 0 },
	[HANDLING] = { "handling_us", 0 },
	[ACK_SEEN] = { "ack_seen", 0 },
	[MOVE_REVISION] = { "move_revision", 0 },
	[REVISION] = { "revision", 0 },
	[METHOD] = { "method", 0 },
	[REQUEST_URI] = { "coalesce(request_uri, address)", 0 },
	[ADDRESS] = { "address", 0 },
	[FROM] = { "from_header", 0 },
	[CALL_ID] = { "call_id", 0 },
	[SOURCE] = { "source", 0 },
	[USER_AGENT] = { "user_agent", 0 },
	[TARGETS] = { "targets", 0 },
	[MOVE_ID] = { "move_id", 0 },
	[TAGS_ASKED] = { "tags_asked", 0 },
	[TAGS_REFUSED] = { "tags_refused", 0 },
	[PROFILE] = { "profile", 3 },
	[REPEATED_REQUESTS] = { REPEATED("requests"), 3 },
	[REPEATED_ANSWERS] = { REPEATED("answers"), 3 },
};

/* The texts of an entry. */
#define ENTRY_TEXT(column, member)                                       \
	{                                                                \
		column, offsetof(struct redirect_log_entry, member),     \
			sizeof(((struct redirect_log_entry *)0)->member) \
	}
static const struct {
	enum column column;
	size_t offset, size;
} entry_texts[] = {
	ENTRY_TEXT(METHOD, method),
	ENTRY_TEXT(REQUEST_URI, request_uri),
	ENTRY_TEXT(ADDRESS, address),
	ENTRY_TEXT(FROM, from),
	ENTRY_TEXT(CALL_ID, call_id),
	ENTRY_TEXT(SOURCE, source),
	ENTRY_TEXT(USER_AGENT, user_agent),
	ENTRY_TEXT(TARGETS, targets),
	ENTRY_TEXT(MOVE_ID, move_id),
	ENTRY_TEXT(TAGS_ASKED, tags_asked),
	ENTRY_TEXT(TAGS_REFUSED, tags_refused),
	ENTRY_TEXT(PROFILE, profile),
};

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
		err = log_segment_identify(reader->database, &reader->key,
					   &reader->version);
	if (!err)
		err = log_filter_prepare(reader->database);
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

static void put_sql(const struct log_reader *reader,
		    const struct redirect_log_filter *filter, uint16_t status,
		    struct writer *sql)
{
	for (size_t i = 0; i < COLUMNS; i++) {
		bool is_there = reader->version >= columns[i].since;

		writer_put(sql, i == 0 ? TEXT("SELECT ") : TEXT(", "));
		writer_put(sql, text_of(is_there ? columns[i].sql : "NULL"));
	}
	writer_put(sql, TEXT(" FROM redirect"));
	log_filter_write(filter, status, sql);
}

int log_reader_select(struct log_reader *reader,
		      const struct redirect_log_filter *filter, uint16_t status,
		      const struct log_filter_range *range)
{
	char buffer[SQL_SIZE];
	struct writer sql = writer_over(buffer, sizeof(buffer));
	int err;

	if (filter->term_count > LOG_TERMS_MAX)
		return EINVAL;
	put_sql(reader, filter, status, &sql);
	if (!writer_is_complete(&sql))
		return EMSGSIZE;
	sqlite3_finalize(reader->select);
	reader->select = NULL;
	err = database_errno(
		sqlite3_prepare_v2(database_handle(reader->database), buffer,
				   (int)sql.len, &reader->select, NULL));
	if (err)
		return reader_errno(reader, err);
	log_filter_bind(reader->select, filter, status, range, &reader->key);
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

	entry->id = sqlite3_column_int64(row, ID);
	entry->received_at_us = sqlite3_column_int64(row, RECEIVED_AT);
	entry->status = (uint16_t)column_up_to(row, STATUS, UINT16_MAX);
	entry->reason = (uint8_t)column_up_to(row, REASON, UINT8_MAX);
	entry->transport =
		(enum log_transport)column_up_to(row, TRANSPORT, LOG_TLS);
	entry->handling_us = (uint32_t)column_up_to(row, HANDLING, UINT32_MAX);
	entry->ack_seen = sqlite3_column_int64(row, ACK_SEEN) != 0;
	entry->move_revision = sqlite3_column_int64(row, MOVE_REVISION);
	entry->revision = sqlite3_column_int64(row, REVISION);
	entry->repeats.requests =
		(uint16_t)column_up_to(row, REPEATED_REQUESTS, UINT16_MAX);
	entry->repeats.answers =
		(uint16_t)column_up_to(row, REPEATED_ANSWERS, UINT16_MAX);
	for (size_t i = 0; i < sizeof(entry_texts) / sizeof(*entry_texts); i++)
		log_text_copy(statement_text(row, (int)entry_texts[i].column),
			      (char *)entry + entry_texts[i].offset,
			      entry_texts[i].size);
}

/* --- other questions ------------------------------------------------------ */

unsigned log_reader_version(const struct log_reader *reader)
{
	return reader->version;
}

int log_reader_ask(struct log_reader *reader, const char *sql,
		   sqlite3_stmt **ret_statement)
{
	return reader_errno(reader, database_statement(reader->database, sql,
						       ret_statement));
}

int log_reader_step(struct log_reader *reader, sqlite3_stmt *statement,
		    bool *ret_row)
{
	*ret_row = false;
	return reader_errno(reader, statement_step(statement, ret_row));
}
