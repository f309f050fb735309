#include "db/store_state.h"

#include "base/clock.h"
#include "db/audit_words.h"
#include "db/migrations.h"
#include "db/restore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char database_name[] = "sipmoved.db";
static const char log_name[] = "sipmoved.db-wal";

enum {
	/* A tenth of a second. */
	CHECKED_AT_ONCE_BYTES = 64 << 20,
};

/*
 * Before the first read: EXCLUSIVE first, so that the write-ahead log's index
 * is kept in memory and no second process can come in between. Checkpoints are
 * ours (store_checkpoint()): SQLite's own would hide their errors.
 */
static const char settings[] = "PRAGMA locking_mode = EXCLUSIVE;"
			       "PRAGMA journal_mode = WAL;"
			       "PRAGMA synchronous = FULL;"
			       "PRAGMA foreign_keys = ON;"
			       "PRAGMA trusted_schema = OFF;"
			       "PRAGMA cell_size_check = ON;"
			       "PRAGMA temp_store = MEMORY;"
			       "PRAGMA mmap_size = 0;"
			       "PRAGMA cache_size = -32768;" /* KiB */
			       "PRAGMA journal_size_limit = 67108864;"
			       "PRAGMA wal_autocheckpoint = 0;";

static const char damaged[] =
	"the database is damaged; put a backup back: sipmoved restore FILE";

static int count_wal_pages(void *arg, sqlite3 *handle, const char *schema,
			   int pages)
{
	struct store *store = arg;

	(void)handle;
	(void)schema;
	store->wal_pages = pages;
	return SQLITE_OK;
}

static int check_is_sound(struct database *database, const char **why)
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(database, "PRAGMA quick_check(1)",
				     &statement);

	if (!err)
		err = statement_step(statement, &row);
	if (!err &&
	    (!row || !text_equals(statement_text(statement, 0), TEXT("ok"))))
		err = EBADMSG;
	if (err) {
		*why = damaged;
		return err;
	}
	return statement_finish(statement);
}

int store_open_database(struct store *store, bool is_suspect, const char **why)
{
	char path[DATA_DIR_PATH_SIZE];
	int err;

	data_dir_file(&store->dir, database_name, path);
	err = database_open(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
			    &store->database);
	if (err) {
		*why = "the database cannot be opened";
		return err;
	}
	store->changes.database = store->database;
	err = database_execute(store->database, settings);
	if (!err)
		err = audit_words_open(store->database);
	if (err) {
		*why = err == EBADMSG ? damaged
		       : err == EBUSY ? "another program has the database open"
				      : "the database cannot be read";
		return err;
	}
	sqlite3_wal_hook(database_handle(store->database), count_wal_pages,
			 store);
	return is_suspect ? check_is_sound(store->database, why) : 0;
}

int store_stored_revision(struct store *store, int64_t *ret_revision)
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(store->database,
				     "SELECT revision FROM meta WHERE one = 1",
				     &statement);

	if (!err)
		err = statement_step(statement, &row);
	if (err)
		return err;
	if (!row)
		return EBADMSG;
	*ret_revision = sqlite3_column_int64(statement, 0);
	return statement_finish(statement);
}

/* A fresh database: the first revision, with the policy's default preset. */
static int write_first_rows(struct store *store)
{
	struct changes *changes = &store->changes;
	struct faults faults = { 0 };
	char epoch[OBJECT_ID_SIZE];
	sqlite3_stmt *statement;
	int err = database_statement(
		store->database,
		"INSERT INTO meta (one, revision, preset, policy_revision, "
		"epoch) VALUES (1, 1, '', 1, ?1)",
		&statement);

	if (err)
		return err;
	changes_begin(changes, clock_wall_ms());
	object_id_new("epo", changes->now_ms, epoch);
	statement_bind_string(statement, 1, epoch);
	err = statement_run(statement);
	if (!err)
		err = extension_policy_replace(changes, "standard", NULL, 0, 0,
					       &faults);
	faults_clear(&faults);
	return err;
}

/* In one transaction: a start that was broken off here begins again. */
static int ensure_first_rows(struct store *store)
{
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(store->database, "SELECT 1 FROM meta",
				     &statement);

	if (!err)
		err = statement_step(statement, &row);
	if (err)
		return err;
	sqlite3_reset(statement);
	if (row)
		return 0;
	err = database_execute(store->database, "BEGIN IMMEDIATE");
	if (!err)
		err = write_first_rows(store);
	if (!err)
		err = database_execute(store->database, "COMMIT");
	if (err)
		(void)!database_execute(store->database, "ROLLBACK");
	return err;
}

static int publish_first(struct store *store)
{
	struct snapshot_builder *builder = NULL;
	int64_t revision;
	int err = store_stored_revision(store, &revision);

	if (!err)
		err = snapshot_builder_begin(NULL, &builder);
	if (!err)
		err = snapshot_load_all(store->database, builder,
					clock_wall_ms());
	if (err) {
		snapshot_builder_discard(builder);
		return err;
	}
	publisher_publish(store->publisher,
			  snapshot_builder_finish(builder, revision));
	changes_clear(&store->changes);
	store->changes.last_revision = revision;
	store->published_revision = revision;
	atomic_store(&store->revision, revision);
	atomic_store(&store->is_up, !store->is_suspect);
	return 0;
}

static off_t file_size(const struct data_dir *dir, const char *name)
{
	struct stat status;

	return fstatat(dir->fd, name, &status, 0) == 0 ? status.st_size : 0;
}

/* SQLite would drop the log of a database that is not there, and we would begin
 * with no moves as if that were right. */
static int check_is_not_gone(const struct data_dir *dir, const char **why)
{
	if (faccessat(dir->fd, RESTORE_MARK, F_OK, 0) == 0) {
		*why = "a restore was broken off here; run it again: sipmoved "
		       "restore FILE";
		return EBADMSG;
	}
	if (file_size(dir, database_name) > 0 || file_size(dir, log_name) == 0)
		return 0;
	*why = "sipmoved.db is gone, but its sipmoved.db-wal is there; restore "
	       "a backup, or remove that file as well to begin anew";
	return EBADMSG;
}

/* Is it to be checked before anything else, or by the store's thread? */
static bool is_checked_at_once(struct store *store, bool checks_later)
{
	if (!store->dir.was_unclean)
		return false;
	store->is_suspect = checks_later &&
			    store_size_bytes(store) > CHECKED_AT_ONCE_BYTES;
	return !store->is_suspect;
}

void store_look_closely(struct store *store)
{
	const char *why;
	int err;

	if (!store->is_suspect)
		return;
	err = check_is_sound(store->database, &why);
	if (err == EBADMSG)
		atomic_store(&store->is_damaged, true);
	/* Else it could not be found out: it is opened again, and checked. */
	store->is_broken = err && err != EBADMSG;
	store->is_suspect = false;
	atomic_store(&store->is_up, !err);
}

static int open_files(struct store *store, const struct store_config *config,
		      const char **why)
{
	int err = data_dir_open(&store->dir, config->data_dir, why);

	if (err)
		return err;
	err = data_dir_mark_open(&store->dir);
	if (err == ENOSPC) {
		data_dir_drop_ballast(&store->dir);
		err = data_dir_mark_open(&store->dir);
	}
	*why = "the data folder cannot be written to";
	if (err)
		return err;
	err = check_is_not_gone(&store->dir, why);
	if (!err) /* with our permissions; SQLite's own files follow it */
		err = data_dir_make_file(&store->dir, database_name);
	if (err)
		return err;
	err = store_open_database(
		store, is_checked_at_once(store, config->checks_later), why);
	if (err)
		return err;
	*why = "the database cannot be migrated";
	err = migrations_apply(store->database, &store->dir, migrations,
			       migrations_count, why);
	/* The names of new files are on the disk before anything is acked. */
	return err ? err : data_dir_sync(&store->dir);
}

static int open_all(struct store *store, const struct store_config *config,
		    const char **why)
{
	int err = open_files(store, config, why);

	if (err)
		return err;
	*why = "the database cannot be loaded";
	err = publisher_new(&store->wake, &store->publisher);
	if (!err)
		err = ensure_first_rows(store);
	if (!err)
		err = publish_first(store);
	if (err)
		return err;
	store->changes.allow_local_targets = config->allow_local_targets;
	store->changes.documents = config->documents;
	store->changes.public_origin = config->public_origin;
	data_dir_take_ballast(&store->dir);
	store->changes.is_low_on_disk = data_dir_is_low(&store->dir);
	atomic_store(&store->has_room, !store->changes.is_low_on_disk);
	atomic_store(&store->disk_free_bytes, data_dir_free_bytes(&store->dir));
	store->is_opened = true;
	*why = NULL;
	return 0;
}

int store_open(const struct store_config *config, struct store **ret_store,
	       const char **why)
{
	struct store *store = calloc(1, sizeof(*store));
	const char *reason = "out of memory";
	int err = store ? 0 : ENOMEM;

	if (!err) {
		store->wake.fd = -1;
		pthread_mutex_init(&store->queue_lock, NULL);
		err = wake_init(&store->wake);
	}
	if (!err)
		err = open_all(store, config, &reason);
	if (why)
		*why = reason;
	if (err) {
		store_close(store);
		return err;
	}
	*ret_store = store;
	return 0;
}

void store_close(struct store *store)
{
	bool is_clean;

	if (!store)
		return;
	store_stop(store);
	/* A refused start has changed nothing: it leaves the mark as it was. */
	is_clean = store->is_opened
			   ? store->database && !store->is_broken &&
				     !store->is_suspect &&
				     !store_refuses_changes(store)
			   : store->dir.path[0] && !store->dir.was_unclean;
	if (is_clean && store->is_opened)
		(void)!database_execute(store->database,
					"PRAGMA analysis_limit = 400;"
					"PRAGMA optimize");
	database_close(store->database);
	if (is_clean)
		(void)!data_dir_mark_closed(&store->dir);
	data_dir_close(&store->dir);
	publisher_free(store->publisher);
	changes_clear(&store->changes);
	pthread_mutex_destroy(&store->queue_lock);
	wake_clear(&store->wake);
	free(store);
}
