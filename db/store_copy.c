#include "db/store_copy.h"

#include "db/store_state.h"

#include <errno.h>
#include <sys/stat.h>

enum {
	/* 1 MiB: about a millisecond. */
	STEP_PAGES = 256,
};

/* Of a file that is thrown away if anything fails: no journal, no syncs. Who
 * asked for the copy syncs it, in a thread that may wait. */
static const char target_settings[] = "PRAGMA locking_mode = EXCLUSIVE;"
				      "PRAGMA journal_mode = OFF;"
				      "PRAGMA synchronous = OFF;"
				      "PRAGMA cache_size = -2048;"; /* KiB */

static int begin(struct store *store, struct store_copy *copy)
{
	int err;

	if (!store->database)
		return EIO;
	err = database_open(copy->path,
			    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
			    &copy->target);
	if (!err)
		err = database_execute(copy->target, target_settings);
	if (err)
		return err;
	copy->backup =
		sqlite3_backup_init(database_handle(copy->target), "main",
				    database_handle(store->database), "main");
	if (copy->backup)
		return 0;
	err = database_errno(sqlite3_errcode(database_handle(copy->target)));
	return err ? err : EIO;
}

/* EAGAIN: there is more to do. */
static int step(struct store_copy *copy)
{
	int result;

	if (atomic_load(&copy->is_cancelled))
		return ECANCELED;
	result = sqlite3_backup_step(copy->backup, STEP_PAGES);
	if (result == SQLITE_DONE)
		return 0;
	return result == SQLITE_OK ? EAGAIN : database_errno(result);
}

static int finish(struct store_copy *copy, int err)
{
	int result = sqlite3_backup_finish(copy->backup); /* takes NULL */

	copy->backup = NULL;
	database_close(copy->target);
	copy->target = NULL;
	return err ? err : database_errno(result);
}

void store_copy_abandon(struct store *store, int err)
{
	struct store_copy *copy = store->copy;

	store->copy = NULL;
	if (copy)
		copy->done(copy, finish(copy, err));
}

static struct store_copy *take_wanted(struct store *store)
{
	struct store_copy *copy;

	pthread_mutex_lock(&store->queue_lock);
	copy = store->wanted_copy;
	store->wanted_copy = NULL;
	pthread_mutex_unlock(&store->queue_lock);
	return copy;
}

void store_copy_advance(struct store *store)
{
	int err = EAGAIN;

	if (!store->copy) {
		store->copy = take_wanted(store);
		if (!store->copy)
			return;
		err = begin(store, store->copy);
		if (!err)
			return; /* what was queued comes first */
	}
	if (err == EAGAIN)
		err = step(store->copy);
	if (err != EAGAIN)
		store_copy_abandon(store, err);
}

void store_copy_submit(struct store *store, struct store_copy *copy)
{
	bool is_stopping;

	pthread_mutex_lock(&store->queue_lock);
	is_stopping = store->is_stopping;
	if (!is_stopping)
		store->wanted_copy = copy;
	pthread_mutex_unlock(&store->queue_lock);
	if (is_stopping)
		copy->done(copy, ECANCELED);
	else
		wake_signal(&store->wake);
}

int store_copy_offline(struct store *store, const char *path)
{
	struct store_copy copy = { .path = path };
	int err = begin(store, &copy);

	while (!err)
		if ((err = step(&copy)) == EAGAIN)
			err = 0;
		else
			break;
	return finish(&copy, err);
}

int64_t store_size_bytes(const struct store *store)
{
	static const char *const names[] = { "sipmoved.db", "sipmoved.db-wal" };
	struct stat status;
	int64_t bytes = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (fstatat(store->dir.fd, names[i], &status, 0) == 0)
			bytes += status.st_size;
	return bytes;
}
