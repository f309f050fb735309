#include "db/backups.h"

#include "base/clock.h"
#include "db/backups_state.h"
#include "db/changes_state.h"
#include "db/store_copy.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
	NICENESS = 10,
	ROUND_MS = 60000,  /* between two looks at the schedule */
	SYNC_MS = 100,	   /* between two syncs of a growing copy */
	RETRY_MS = 600000, /* after a scheduled one failed */
	FIRST_AFTER_MS = 600000,
	MS_PER_HOUR = 3600000,
	CHECK_EVERY_MS = 7 * 24 * MS_PER_HOUR,
};

/* --- waiting ---------------------------------------------------------------
 */

/* With the lock held. */
static void wait_ms(struct backups *backups, int64_t timeout_ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += timeout_ms / 1000;
	until.tv_nsec += timeout_ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	(void)pthread_cond_timedwait(&backups->wake, &backups->list_lock,
				     &until);
}

/* Something that the store does for us, and that is waited for. */
struct errand {
	struct backups *backups;
	struct store_copy copy;
	struct store_job job;
	const struct backup *backup;
	int backup_err; /* 0: it was made */
	bool is_done;	/* guarded by list_lock */
	int err;
};

static void errand_done(struct errand *errand, int err)
{
	struct backups *backups = errand->backups;

	pthread_mutex_lock(&backups->list_lock);
	errand->err = err;
	errand->is_done = true;
	pthread_cond_broadcast(&backups->wake);
	pthread_mutex_unlock(&backups->list_lock);
}

static void copy_done(struct store_copy *copy, int err)
{
	errand_done(
		(struct errand *)((char *)copy - offsetof(struct errand, copy)),
		err);
}

static void audit_done(struct store_job *job, int err, int64_t revision)
{
	(void)revision;
	errand_done(
		(struct errand *)((char *)job - offsetof(struct errand, job)),
		err);
}

/*
 * What is written is synced piece by piece: hundreds of megabytes at once would
 * hold up the store's own syncs, on the same disk, for seconds.
 */
static int copy_online(struct backups *backups, const char *path, int fd)
{
	struct errand errand = { .backups = backups,
				 .copy = { .path = path, .done = copy_done } };

	store_copy_submit(backups->store, &errand.copy);
	pthread_mutex_lock(&backups->list_lock);
	while (!errand.is_done) {
		wait_ms(backups, SYNC_MS);
		if (atomic_load(&backups->is_stopping))
			atomic_store(&errand.copy.is_cancelled, true);
		if (errand.is_done)
			break;
		pthread_mutex_unlock(&backups->list_lock);
		(void)!fdatasync(fd); /* the last fsync tells */
		pthread_mutex_lock(&backups->list_lock);
	}
	pthread_mutex_unlock(&backups->list_lock);
	return errand.err;
}

static int copy_database(struct backups *backups, const char *path, int fd)
{
	if (!backups->is_started)
		return store_copy_offline(backups->store, path);
	return copy_online(backups, path, fd);
}

/* --- the audit --------------------------------------------------------------
 */

static int run_audit(struct changes *changes, struct store_job *job)
{
	const struct errand *errand =
		(struct errand *)((char *)job - offsetof(struct errand, job));
	const struct actor actor = { .kind = "system",
				     .name = "schedule",
				     .role = "admin" };

	changes_set_actor(changes, &actor);
	return backup_tell(changes, errand->backup, errand->backup_err);
}

/* A backup without its row is a backup all the same. */
static void audit(struct backups *backups, const struct backup *backup,
		  int backup_err)
{
	struct errand errand = { .backups = backups,
				 .backup = backup,
				 .backup_err = backup_err,
				 .job = { .kind = STORE_CHANGE,
					  .run = run_audit,
					  .done = audit_done } };

	store_submit(backups->store, &errand.job);
	pthread_mutex_lock(&backups->list_lock);
	while (!errand.is_done)
		wait_ms(backups, ROUND_MS);
	pthread_mutex_unlock(&backups->list_lock);
}

/* The schedule's, but the `keep` newest of them. */
static void remove_old(struct backups *backups)
{
	char id[OBJECT_ID_SIZE];
	unsigned kept;

	do {
		kept = 0;
		id[0] = '\0';
		pthread_mutex_lock(&backups->list_lock);
		for (size_t i = 0; i < backups->count; i++)
			if (backups->list[i].is_scheduled &&
			    ++kept > backups->keep)
				text_copy(text_of(backups->list[i].id), id,
					  sizeof(id));
		pthread_mutex_unlock(&backups->list_lock);
	} while (id[0] && !backups_remove(backups, id));
}

/* --- making one -------------------------------------------------------------
 */

static int make(struct backups *backups, struct backup *backup, bool is_kept)
{
	const struct backup_folder *folder = &backups->folder;
	char path[DATA_DIR_PATH_SIZE];
	int fd = -1, err;

	backup->created_at_ms = clock_wall_ms();
	object_id_new("bak", backup->created_at_ms, backup->id);
	text_copy(text_of(backups->program_version), backup->program_version,
		  sizeof(backup->program_version));
	backup_folder_file(folder, backup->id, ".partial", path);
	err = backup_folder_begin(folder, backup->id,
				  store_size_bytes(backups->store), &fd);
	if (err)
		return err;
	err = copy_database(backups, path, fd);
	if (!err && is_kept)
		err = backup_folder_finish(folder, fd, &backups->is_stopping,
					   backup);
	else if (!err)
		err = backup_examine(path, &backups->is_stopping, backup);
	close(fd);
	if (err || !is_kept)
		backup_folder_discard(folder, backup->id);
	return err;
}

static void note(struct backups *backups, int err, bool is_kept)
{
	struct backups_health *health = &backups->health;

	pthread_mutex_lock(&backups->list_lock);
	if (err && err != ECANCELED) {
		health->failures++;
		health->last_err = err;
	}
	if (!err && is_kept)
		health->made++;
	if (!err || err == EBADMSG) {
		health->is_sound = !err;
		health->checked_at_ms = clock_wall_ms();
	}
	pthread_mutex_unlock(&backups->list_lock);
}

static int make_and_note(struct backups *backups, struct backup *backup,
			 bool is_kept)
{
	int err = make(backups, backup, is_kept);

	note(backups, err, is_kept);
	if (err && err != ECANCELED && backups->is_started)
		audit(backups, backup, err);
	if (!err && is_kept)
		err = backups_read_list(backups);
	return err;
}

static void make_scheduled(struct backups *backups)
{
	struct backup backup = { .is_scheduled = true };

	text_copy(TEXT("schedule"), backup.created_by,
		  sizeof(backup.created_by));
	if (make_and_note(backups, &backup, true)) {
		backups->retry_at_ms = clock_wall_ms() + RETRY_MS;
		return;
	}
	audit(backups, &backup, 0);
	remove_old(backups);
}

static void check(struct backups *backups)
{
	struct backup backup = { .is_scheduled = true };

	if (make_and_note(backups, &backup, false))
		backups->retry_at_ms = clock_wall_ms() + RETRY_MS;
}

/* --- the thread -------------------------------------------------------------
 */

int64_t backup_due_at_ms(int64_t newest_at_ms, int64_t started_at_ms,
			 unsigned every_hours)
{
	if (!newest_at_ms)
		return started_at_ms + FIRST_AFTER_MS;
	return newest_at_ms + (int64_t)every_hours * MS_PER_HOUR;
}

/* With the lock held. */
static bool is_backup_due(struct backups *backups, int64_t now_ms)
{
	return backups->every_hours > 0 && now_ms >= backups->retry_at_ms &&
	       now_ms >= backup_due_at_ms(backups->health.newest_at_ms,
					  backups->started_at_ms,
					  backups->every_hours);
}

static bool is_check_due(struct backups *backups, int64_t now_ms)
{
	int64_t last_ms = backups->health.checked_at_ms;

	if (last_ms < backups->health.newest_at_ms)
		last_ms = backups->health.newest_at_ms;
	if (last_ms < backups->started_at_ms - CHECK_EVERY_MS)
		last_ms = backups->started_at_ms - CHECK_EVERY_MS +
			  FIRST_AFTER_MS;
	return now_ms >= backups->retry_at_ms &&
	       now_ms >= last_ms + CHECK_EVERY_MS;
}

enum work {
	WORK_NONE,
	WORK_REQUEST,
	WORK_SCHEDULE,
	WORK_CHECK,
};

/* With the lock held. */
static enum work choose(struct backups *backups)
{
	int64_t now_ms = clock_wall_ms();

	if (atomic_load(&backups->is_stopping))
		return WORK_NONE;
	if (backups->first)
		return WORK_REQUEST;
	if (is_backup_due(backups, now_ms))
		return WORK_SCHEDULE;
	return is_check_due(backups, now_ms) ? WORK_CHECK : WORK_NONE;
}

/* Waits a round for something to do. */
static enum work take(struct backups *backups,
		      struct backup_request **ret_request)
{
	struct backup_request *request;
	enum work work;

	pthread_mutex_lock(&backups->list_lock);
	work = choose(backups);
	if (work == WORK_NONE && !atomic_load(&backups->is_stopping)) {
		wait_ms(backups, ROUND_MS);
		work = choose(backups);
	}
	request = backups->first;
	if (work == WORK_REQUEST) {
		backups->first = request->next;
		if (!backups->first)
			backups->last = &backups->first;
		*ret_request = request;
	}
	pthread_mutex_unlock(&backups->list_lock);
	return work;
}

static void serve(struct backups *backups, struct backup_request *request)
{
	request->done(request, make_and_note(backups, &request->backup, true));
}

static void *run(void *arg)
{
	struct backups *backups = arg;
	struct backup_request *request = NULL;

	/* Of this thread alone; calls and changes come first. */
	(void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICENESS);
	while (!atomic_load(&backups->is_stopping)) {
		switch (take(backups, &request)) {
		case WORK_REQUEST:
			serve(backups, request);
			break;
		case WORK_SCHEDULE:
			make_scheduled(backups);
			break;
		case WORK_CHECK:
			check(backups);
			break;
		case WORK_NONE: /* files may have come and gone by hand */
			(void)!backups_read_list(backups);
			break;
		}
	}
	return NULL;
}

void backups_submit(struct backups *backups, struct backup_request *request)
{
	bool is_stopping;

	request->next = NULL;
	pthread_mutex_lock(&backups->list_lock);
	is_stopping = atomic_load(&backups->is_stopping);
	if (!is_stopping) {
		*backups->last = request;
		backups->last = &request->next;
		pthread_cond_broadcast(&backups->wake);
	}
	pthread_mutex_unlock(&backups->list_lock);
	if (is_stopping)
		request->done(request, ECANCELED);
}

struct backups_health backups_health(struct backups *backups)
{
	struct backups_health health;

	pthread_mutex_lock(&backups->list_lock);
	health = backups->health;
	pthread_mutex_unlock(&backups->list_lock);
	return health;
}

const char *backups_path(const struct backups *backups)
{
	return backups->folder.path;
}

/* --- life ------------------------------------------------------------------
 */

static void init(struct backups *backups, const struct backups_config *config)
{
	pthread_condattr_t attributes;

	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&backups->wake, &attributes);
	pthread_condattr_destroy(&attributes);
	pthread_mutex_init(&backups->list_lock, NULL);
	pthread_mutex_init(&backups->folder_lock, NULL);
	backups->folder.fd = -1;
	backups->last = &backups->first;
	backups->store = config->store;
	backups->every_hours = config->every_hours;
	backups->keep = config->keep > 0 ? config->keep : 1;
	backups->started_at_ms = clock_wall_ms();
	backups->health.is_sound = true;
	text_copy(text_of(config->program_version), backups->program_version,
		  sizeof(backups->program_version));
}

int backups_open(const struct backups_config *config,
		 struct backups **ret_backups)
{
	struct backups *backups = calloc(1, sizeof(*backups));
	int err;

	if (!backups)
		return ENOMEM;
	init(backups, config);
	err = backup_folder_open(&backups->folder, config->data_dir,
				 config->dir);
	if (!err)
		err = backups_read_list(backups);
	if (err) {
		backups_close(backups);
		return err;
	}
	*ret_backups = backups;
	return 0;
}

int backups_start(struct backups *backups)
{
	int err;

	/* Here, not in open: a folder that the command line names may hold
	 * what is somebody's else. */
	backup_folder_tidy(&backups->folder);
	/* Read by the thread. */
	backups->is_started = true;
	err = pthread_create(&backups->thread, NULL, run, backups);
	if (err)
		backups->is_started = false;
	else
		(void)pthread_setname_np(backups->thread, "backup");
	return err;
}

void backups_stop(struct backups *backups)
{
	struct backup_request *waiting, *next;

	if (!backups)
		return;
	pthread_mutex_lock(&backups->list_lock);
	atomic_store(&backups->is_stopping, true);
	waiting = backups->first;
	backups->first = NULL;
	backups->last = &backups->first;
	pthread_cond_broadcast(&backups->wake);
	pthread_mutex_unlock(&backups->list_lock);
	if (backups->is_started)
		pthread_join(backups->thread, NULL);
	backups->is_started = false;
	for (; waiting; waiting = next) {
		next = waiting->next;
		waiting->done(waiting, ECANCELED);
	}
}

void backups_close(struct backups *backups)
{
	if (!backups)
		return;
	backups_stop(backups);
	backup_folder_close(&backups->folder);
	free(backups->list);
	pthread_cond_destroy(&backups->wake);
	pthread_mutex_destroy(&backups->list_lock);
	pthread_mutex_destroy(&backups->folder_lock);
	free(backups);
}

int backups_make_offline(const struct backups_config *config,
			 struct backup *backup)
{
	struct backups *backups;
	int err = backups_open(config, &backups);

	if (err)
		return err;
	err = make_and_note(backups, backup, true);
	backups_close(backups);
	return err;
}
