/*
 * The file: table redirect, one row a record, in the order of its ids; table
 * minute, how many calls got which status in each minute, for charts; table
 * segment, one row with the key of the hashes. Address and Call-ID are looked
 * up by keyed 64-bit hashes: integer indexes are small and cheap to build
 * whatever callers put into those texts, and the key keeps them from making
 * collisions on purpose.
 */
#include "db/redirect_log_segment.h"
#include "db/redirect_log_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	MINUTES_KEPT = 32,	 /* counts of a transaction before they are put
				    into the table */
	CHECKPOINT_PAGES = 2048, /* 16 MiB of WAL */
	US_PER_MINUTE = 60000000,
	BUSY_MS = 1000, /* a reader that repairs the WAL's index */
};

struct minute_count {
	int64_t minute; /* since 1970, of the record's receipt */
	uint16_t status;
	uint32_t count;
};

struct log_segment {
	struct database *database; /* owned */
	sqlite3_stmt *insert;	   /* the database's */
	sqlite3_stmt *mark_acked;  /* the database's */
	struct hash_key key;
	bool in_transaction;
	int wal_pages;	      /* after the last commit */
	int checkpoint_pages; /* as many at the last checkpoint */
	size_t records;
	size_t uncommitted;
	int64_t first_id, last_id;
	struct minute_count minutes[MINUTES_KEPT];
	size_t minute_count;
	/* Clean copies of one record's texts; few ever need it. */
	char scratch[8192];
};

static const char *const connection_sql =
	"PRAGMA page_size = 8192;"
	"PRAGMA journal_mode = WAL;"
	"PRAGMA synchronous = NORMAL;"
	"PRAGMA secure_delete = OFF;"
	"PRAGMA cache_size = -8192;"
	"PRAGMA temp_store = MEMORY;"
	"PRAGMA journal_size_limit = 33554432;"
	"PRAGMA trusted_schema = OFF;"
	"PRAGMA cell_size_check = ON;";

/* request_uri NULL: the same as the address. */
static const char *const schema_sql =
	"BEGIN IMMEDIATE;"
	"CREATE TABLE segment (hash_key BLOB NOT NULL) STRICT;"
	"CREATE TABLE redirect ("
	" id INTEGER PRIMARY KEY,"
	" received_at_us INTEGER NOT NULL,"
	" status INTEGER NOT NULL,"
	" transport INTEGER NOT NULL,"
	" handling_us INTEGER NOT NULL,"
	" ack_seen INTEGER NOT NULL,"
	" address_hash INTEGER,"
	" call_id_hash INTEGER,"
	" move_revision INTEGER NOT NULL,"
	" revision INTEGER NOT NULL,"
	" method TEXT NOT NULL,"
	" request_uri TEXT,"
	" address TEXT NOT NULL,"
	" from_header TEXT NOT NULL,"
	" call_id TEXT NOT NULL,"
	" source TEXT NOT NULL,"
	" user_agent TEXT NOT NULL,"
	" targets TEXT NOT NULL,"
	" move_id TEXT NOT NULL,"
	" tags_asked TEXT NOT NULL,"
	" tags_refused TEXT NOT NULL"
	") STRICT;"
	"CREATE TABLE minute ("
	" minute INTEGER NOT NULL,"
	" status INTEGER NOT NULL,"
	" calls INTEGER NOT NULL,"
	" PRIMARY KEY (minute, status)"
	") STRICT, WITHOUT ROWID;"
	"PRAGMA user_version = 1;";

static const char *const insert_sql =
	"INSERT INTO redirect VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10,"
	" ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)";

static const char *const mark_acked_sql =
	"UPDATE redirect SET ack_seen = 1 WHERE id = ?1";

static const char *const count_minute_sql =
	"INSERT INTO minute VALUES (?1, ?2, ?3)"
	" ON CONFLICT DO UPDATE SET calls = calls + excluded.calls";

/* In place of the automatic checkpoint, which SQLite hangs on the same hook. */
static int note_wal_pages(void *argument, sqlite3 *handle, const char *name,
			  int pages)
{
	struct log_segment *segment = argument;

	(void)handle;
	(void)name;
	segment->wal_pages = pages;
	return SQLITE_OK;
}

static int segment_open(const char *path, struct log_segment **ret_segment)
{
	struct log_segment *segment = calloc(1, sizeof(*segment));
	int err;

	if (!segment)
		return ENOMEM;
	segment->first_id = 1;
	err = database_open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
			    &segment->database);
	if (err)
		goto out;
	sqlite3_busy_timeout(database_handle(segment->database), BUSY_MS);
	err = database_execute(segment->database, connection_sql);
	if (err)
		goto out;
	sqlite3_wal_hook(database_handle(segment->database), note_wal_pages,
			 segment);
	*ret_segment = segment;
	segment = NULL; /* the caller's now */
out:
	log_segment_close(segment);
	return err;
}

static int prepare(struct log_segment *segment)
{
	int err = database_statement(segment->database, insert_sql,
				     &segment->insert);

	return err ? err
		   : database_statement(segment->database, mark_acked_sql,
					&segment->mark_acked);
}

static int make_schema(struct log_segment *segment)
{
	sqlite3_stmt *statement;
	int err = database_execute(segment->database, schema_sql);

	if (err)
		return err;
	hash_key_init(&segment->key);
	err = database_statement(segment->database,
				 "INSERT INTO segment VALUES (?1)", &statement);
	if (err)
		return err;
	sqlite3_bind_blob(statement, 1, segment->key.bytes,
			  sizeof(segment->key.bytes), SQLITE_TRANSIENT);
	err = statement_run(statement);
	return err ? err : database_execute(segment->database, "COMMIT");
}

int log_segment_create(const char *path, struct log_segment **ret_segment)
{
	struct log_segment *segment = NULL;
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	int err;

	if (fd < 0)
		return errno;
	/* Before any lock is on the file: this would drop it. */
	close(fd);
	err = segment_open(path, &segment);
	if (err)
		goto out;
	err = make_schema(segment);
	if (err)
		goto out;
	err = prepare(segment);
	if (err)
		goto out;
	*ret_segment = segment;
	segment = NULL; /* the caller's now */
out:
	log_segment_close(segment);
	return err;
}

int log_segment_identify(struct database *database, struct hash_key *ret_key)
{
	sqlite3_stmt *statement;
	bool is_ours = false, row = false;
	int err =
		database_statement(database, "PRAGMA user_version", &statement);

	if (!err)
		err = statement_step(statement, &row);
	if (err)
		return err;
	is_ours = row &&
		  sqlite3_column_int(statement, 0) == LOG_SEGMENT_VERSION;
	sqlite3_reset(statement);
	if (!is_ours ||
	    database_statement(database, "SELECT hash_key FROM segment",
			       &statement))
		return EBADMSG;
	err = statement_step(statement, &row);
	if (err)
		return err;
	is_ours = row && sqlite3_column_bytes(statement, 0) ==
				 (int)sizeof(ret_key->bytes);
	if (is_ours)
		memcpy(ret_key->bytes, sqlite3_column_blob(statement, 0),
		       sizeof(ret_key->bytes));
	sqlite3_reset(statement);
	return is_ours ? 0 : EBADMSG;
}

/* The counts say how many records there are without reading them all. */
static int read_extent(struct log_segment *segment)
{
	sqlite3_stmt *statement;
	bool row = false;
	int err = database_statement(
		segment->database,
		"SELECT (SELECT coalesce(sum(calls), 0) FROM minute),"
		" coalesce((SELECT min(id) FROM redirect), 1),"
		" coalesce((SELECT max(id) FROM redirect), 0)",
		&statement);

	if (!err)
		err = statement_step(statement, &row);
	if (err || !row)
		return EBADMSG;
	segment->records = (size_t)sqlite3_column_int64(statement, 0);
	segment->first_id = sqlite3_column_int64(statement, 1);
	segment->last_id = sqlite3_column_int64(statement, 2);
	sqlite3_reset(statement);
	return 0;
}

int log_segment_reopen(const char *path, struct log_segment **ret_segment)
{
	struct log_segment *segment = NULL;
	int err = segment_open(path, &segment);

	if (!err)
		err = log_segment_identify(segment->database, &segment->key);
	if (!err)
		err = read_extent(segment);
	if (!err)
		err = prepare(segment);
	if (err)
		goto out;
	*ret_segment = segment;
	segment = NULL; /* the caller's now */
out:
	log_segment_close(segment);
	return err;
}

void log_segment_close(struct log_segment *segment)
{
	if (!segment)
		return;
	database_close(segment->database);
	free(segment);
}

static int begin(struct log_segment *segment)
{
	sqlite3_stmt *statement;
	int err;

	if (segment->in_transaction)
		return 0;
	err = database_statement(segment->database, "BEGIN IMMEDIATE",
				 &statement);
	if (!err)
		err = statement_run(statement);
	segment->in_transaction = !err;
	return err;
}

static int store_minutes(struct log_segment *segment)
{
	sqlite3_stmt *statement;
	int err = 0;

	for (size_t i = 0; i < segment->minute_count && !err; i++) {
		const struct minute_count *kept = &segment->minutes[i];

		err = database_statement(segment->database, count_minute_sql,
					 &statement);
		if (err)
			break;
		sqlite3_bind_int64(statement, 1, kept->minute);
		sqlite3_bind_int(statement, 2, kept->status);
		sqlite3_bind_int64(statement, 3, kept->count);
		err = statement_run(statement);
	}
	segment->minute_count = 0;
	return err;
}

static int count_minute(struct log_segment *segment,
			const struct redirect_log_record *record)
{
	int64_t minute = record->received_at_us / US_PER_MINUTE;
	int err;

	for (size_t i = 0; i < segment->minute_count; i++)
		if (segment->minutes[i].minute == minute &&
		    segment->minutes[i].status == record->status) {
			segment->minutes[i].count++;
			return 0;
		}
	if (segment->minute_count == MINUTES_KEPT) {
		err = store_minutes(segment);
		if (err)
			return err;
	}
	segment->minutes[segment->minute_count++] =
		(struct minute_count){ minute, record->status, 1 };
	return 0;
}

/*
 * Static binding: the text is the ring's until its release, or the scratch's
 * until the next record.
 */
static struct text bind_clean(struct log_segment *segment, int index,
			      struct text text, size_t *used)
{
	if (text.len == 0) {
		text = TEXT("");
	} else if (!log_text_is_clean(text)) {
		char *place = segment->scratch + *used;
		size_t room = sizeof(segment->scratch) - *used;

		/* What the replacements add does not make it longer. */
		text.len = log_text_clean(text, place,
					  text.len < room ? text.len : room);
		text.ptr = place;
		*used += text.len;
	}
	sqlite3_bind_text64(segment->insert, index, text.ptr, text.len,
			    SQLITE_STATIC, SQLITE_UTF8);
	return text;
}

static void bind_hash(struct log_segment *segment, int index, struct text text)
{
	if (text.len > 0)
		sqlite3_bind_int64(segment->insert, index,
				   (int64_t)hash_text(&segment->key, text));
	else
		sqlite3_bind_null(segment->insert, index);
}

static void bind_texts(struct log_segment *segment,
		       const struct redirect_log_record *record)
{
	struct text address, call_id;
	size_t used = 0;

	bind_clean(segment, 11, record->method, &used);
	if (text_equals(record->request_uri, record->address))
		sqlite3_bind_null(segment->insert, 12);
	else
		bind_clean(segment, 12, record->request_uri, &used);
	address = bind_clean(segment, 13, record->address, &used);
	bind_clean(segment, 14, record->from, &used);
	call_id = bind_clean(segment, 15, record->call_id, &used);
	bind_clean(segment, 16, record->source, &used);
	bind_clean(segment, 17, record->user_agent, &used);
	bind_clean(segment, 18, record->targets, &used);
	bind_clean(segment, 19, record->move_id, &used);
	bind_clean(segment, 20, record->tags_asked, &used);
	bind_clean(segment, 21, record->tags_refused, &used);
	bind_hash(segment, 7, address);
	bind_hash(segment, 8, call_id);
}

int log_segment_insert(struct log_segment *segment,
		       const struct redirect_log_record *record, bool ack_seen)
{
	sqlite3_stmt *insert = segment->insert;
	int err = begin(segment);

	if (err)
		return err;
	sqlite3_bind_int64(insert, 1, record->id);
	sqlite3_bind_int64(insert, 2, record->received_at_us);
	sqlite3_bind_int(insert, 3, record->status);
	sqlite3_bind_int(insert, 4, (int)record->transport);
	sqlite3_bind_int64(insert, 5, record->handling_us);
	sqlite3_bind_int(insert, 6, ack_seen);
	sqlite3_bind_int64(insert, 9, record->move_revision);
	sqlite3_bind_int64(insert, 10, record->revision);
	bind_texts(segment, record);
	err = statement_run(insert);
	if (err)
		return err;
	err = count_minute(segment, record);
	if (err)
		return err;
	if (segment->first_id > segment->last_id)
		segment->first_id = segment->last_id = record->id;
	if (record->id < segment->first_id)
		segment->first_id = record->id;
	if (record->id > segment->last_id)
		segment->last_id = record->id;
	segment->records++;
	segment->uncommitted++;
	return 0;
}

int log_segment_mark_acked(struct log_segment *segment, int64_t id,
			   bool *ret_found)
{
	int err;

	*ret_found = false;
	if (id < segment->first_id || id > segment->last_id)
		return 0;
	err = begin(segment);
	if (err)
		return err;
	sqlite3_bind_int64(segment->mark_acked, 1, id);
	err = statement_run(segment->mark_acked);
	if (err)
		return err;
	*ret_found = sqlite3_changes(database_handle(segment->database)) > 0;
	return 0;
}

static int checkpoint(struct log_segment *segment)
{
	int err;

	/* It began anew, as nobody was reading it. */
	if (segment->wal_pages < segment->checkpoint_pages)
		segment->checkpoint_pages = 0;
	if (segment->wal_pages - segment->checkpoint_pages < CHECKPOINT_PAGES)
		return 0;
	segment->checkpoint_pages = segment->wal_pages;
	err = database_errno(sqlite3_wal_checkpoint_v2(
		database_handle(segment->database), NULL,
		SQLITE_CHECKPOINT_PASSIVE, NULL, NULL));
	/* The records are safe in the WAL, and a later one tries again. */
	return err == ENOSPC || err == EBUSY ? 0 : err;
}

int log_segment_commit(struct log_segment *segment)
{
	sqlite3_stmt *statement;
	int err;

	if (!segment->in_transaction)
		return 0;
	err = store_minutes(segment);
	if (!err)
		err = database_statement(segment->database, "COMMIT",
					 &statement);
	if (!err)
		err = statement_run(statement);
	if (err)
		return err;
	segment->in_transaction = false;
	segment->uncommitted = 0;
	return checkpoint(segment);
}

size_t log_segment_rollback(struct log_segment *segment)
{
	size_t lost = segment->uncommitted;

	/* It may have rolled back by itself; then this fails, and may. */
	if (segment->in_transaction)
		(void)!database_execute(segment->database, "ROLLBACK");
	segment->in_transaction = false;
	/* The range may now be too wide, which only costs a look. */
	segment->records -= lost;
	segment->uncommitted = 0;
	segment->minute_count = 0;
	return lost;
}

size_t log_segment_records(const struct log_segment *segment)
{
	return segment->records;
}

size_t log_segment_uncommitted(const struct log_segment *segment)
{
	return segment->uncommitted;
}

void log_segment_range(const struct log_segment *segment, int64_t *ret_first_id,
		       int64_t *ret_last_id)
{
	*ret_first_id = segment->first_id;
	*ret_last_id = segment->last_id;
}
