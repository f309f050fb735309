/*
 * The file: table redirect, one row a record, in the order of its ids; table
 * repeated, for the few records that something was repeated of; table minute;
 * table segment, one row with the key of the hashes.
 */
#include "db/redirect_log_segment.h"
#include "db/redirect_log_minutes.h"
#include "db/redirect_log_row.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	CHECKPOINT_PAGES = 2048, /* 16 MiB of WAL */
	BUSY_MS = 1000,		 /* a reader that repairs the WAL's index */
};

struct log_segment {
	struct database *database;  /* owned */
	sqlite3_stmt *insert;	    /* the database's */
	sqlite3_stmt *mark_acked;   /* the database's */
	sqlite3_stmt *note_repeats; /* the database's */
	struct hash_key key;
	bool in_transaction;
	int wal_pages;	      /* after the last commit */
	int checkpoint_pages; /* as many at the last checkpoint */
	size_t records;
	size_t uncommitted;
	int64_t first_id, last_id;
	struct log_minutes minutes; /* not in the table yet */
	struct log_row_scratch scratch;
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

static const char *const tables_sql =
	"CREATE TABLE segment (hash_key BLOB NOT NULL) STRICT;"
	"CREATE TABLE minute ("
	" minute INTEGER NOT NULL,"
	" status INTEGER NOT NULL,"
	" reason INTEGER NOT NULL,"
	" calls INTEGER NOT NULL,"
	" PRIMARY KEY (minute, status, reason)"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE repeated ("
	" id INTEGER PRIMARY KEY,"
	" requests INTEGER NOT NULL,"
	" answers INTEGER NOT NULL"
	") STRICT;"
	"PRAGMA user_version = 3;";

static const char *const mark_acked_sql =
	"UPDATE redirect SET ack_seen = 1 WHERE id = ?1";

static const char *const note_repeats_sql =
	"INSERT INTO repeated"
	" SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM redirect WHERE id = ?1)"
	" ON CONFLICT DO UPDATE SET requests = excluded.requests,"
	" answers = excluded.answers";

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
	int err = database_statement(segment->database, log_row_insert_sql,
				     &segment->insert);

	if (!err)
		err = database_statement(segment->database, mark_acked_sql,
					 &segment->mark_acked);
	return err ? err
		   : database_statement(segment->database, note_repeats_sql,
					&segment->note_repeats);
}

static int make_schema(struct log_segment *segment)
{
	sqlite3_stmt *statement;
	int err = database_execute(segment->database, "BEGIN IMMEDIATE");

	if (!err)
		err = database_execute(segment->database, log_row_table_sql);
	if (!err)
		err = database_execute(segment->database, tables_sql);
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

int log_segment_identify(struct database *database, struct hash_key *ret_key,
			 unsigned *ret_version)
{
	sqlite3_stmt *statement;
	int version = 0;
	bool is_ours = false, row = false;
	int err =
		database_statement(database, "PRAGMA user_version", &statement);

	if (!err)
		err = statement_step(statement, &row);
	if (err)
		return err;
	if (row)
		version = sqlite3_column_int(statement, 0);
	sqlite3_reset(statement);
	is_ours = version >= LOG_SEGMENT_VERSION_OLDEST &&
		  version <= LOG_SEGMENT_VERSION;
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
	*ret_version = (unsigned)version;
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
	unsigned version = 0;
	int err = segment_open(path, &segment);

	if (!err)
		err = log_segment_identify(segment->database, &segment->key,
					   &version);
	if (!err && version != LOG_SEGMENT_VERSION)
		err = EBADMSG;
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

int log_segment_insert(struct log_segment *segment,
		       const struct redirect_log_record *record, bool ack_seen)
{
	int err = begin(segment);

	if (err)
		return err;
	log_row_bind(segment->insert, &segment->scratch, &segment->key, record,
		     ack_seen);
	err = statement_run(segment->insert);
	if (err)
		return err;
	err = log_minutes_add(&segment->minutes, segment->database, record);
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

/* note's first parameter is the id. */
static int add_note(struct log_segment *segment, sqlite3_stmt *note, int64_t id,
		    bool *ret_found)
{
	int err;

	*ret_found = false;
	if (id < segment->first_id || id > segment->last_id)
		return 0;
	err = begin(segment);
	if (err)
		return err;
	sqlite3_bind_int64(note, 1, id);
	err = statement_run(note);
	if (err)
		return err;
	*ret_found = sqlite3_changes(database_handle(segment->database)) > 0;
	return 0;
}

int log_segment_mark_acked(struct log_segment *segment, int64_t id,
			   bool *ret_found)
{
	return add_note(segment, segment->mark_acked, id, ret_found);
}

int log_segment_note_repeats(struct log_segment *segment, int64_t id,
			     struct redirect_log_repeats repeats,
			     bool *ret_found)
{
	sqlite3_bind_int(segment->note_repeats, 2, repeats.requests);
	sqlite3_bind_int(segment->note_repeats, 3, repeats.answers);
	return add_note(segment, segment->note_repeats, id, ret_found);
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
	err = log_minutes_store(&segment->minutes, segment->database);
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
	segment->minutes.count = 0;
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
