#include "db/redirect_log_folder.h"
#include "base/timestamp.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
	MS_PER_DAY = 86400000,
	NUMBER_MAX = 999999,
	DATE_BYTES = 10, /* "2026-12-01" */
};

struct log_folder {
	char *directory; /* owned */
	_Atomic size_t broken;

	pthread_mutex_t segments_lock;
	struct log_segment_info *segments; /* owned; by name */
	size_t count;
	size_t capacity;
};

static int name_compare(const struct log_segment_name *a,
			const struct log_segment_name *b)
{
	if (a->day != b->day)
		return a->day < b->day ? -1 : 1;
	return a->number < b->number ? -1 : a->number > b->number;
}

static int compare_names(const void *a, const void *b)
{
	const struct log_segment_info *first = a, *second = b;

	return name_compare(&first->name, &second->name);
}

static int compare_newest_first(const void *a, const void *b)
{
	const struct log_segment_info *first = a, *second = b;

	if (first->last_id != second->last_id)
		return first->last_id > second->last_id ? -1 : 1;
	return name_compare(&second->name, &first->name);
}

void log_folder_path(const struct log_folder *folder,
		     const struct log_segment_name *name,
		     char path[LOG_PATH_SIZE])
{
	struct civil_time date = civil_from_ms(name->day * MS_PER_DAY);

	/* log_folder_open() has seen to it that this fits. */
	(void)snprintf(path, LOG_PATH_SIZE, "%s/%04d-%02d-%02d.%03u.db",
		       folder->directory, date.year, date.month, date.day,
		       name->number);
}

/* Exactly what log_folder_path() writes, and nothing else. */
static bool name_parse(const struct log_folder *folder, const char *file,
		       struct log_segment_name *ret_name)
{
	struct log_segment_name name;
	struct text text = text_of(file);
	char path[LOG_PATH_SIZE];
	uint64_t year, month, day, number;

	if (text.len < DATE_BYTES + sizeof(".001.db") - 1 || file[4] != '-' ||
	    file[7] != '-' || file[DATE_BYTES] != '.' ||
	    text_to_u64((struct text){ file, 4 }, &year) ||
	    text_to_u64((struct text){ file + 5, 2 }, &month) ||
	    text_to_u64((struct text){ file + 8, 2 }, &day) ||
	    text_to_u64((struct text){ file + DATE_BYTES + 1,
				       text.len - DATE_BYTES - 4 },
			&number) ||
	    month < 1 || month > 12 || day < 1 || day > 31 ||
	    number > NUMBER_MAX)
		return false;
	name.day = civil_days((int)year, (int)month, (int)day);
	name.number = (unsigned)number;
	log_folder_path(folder, &name, path);
	if (strcmp(path + strlen(folder->directory) + 1, file) != 0)
		return false;
	*ret_name = name;
	return true;
}

static int append(struct log_folder *folder,
		  const struct log_segment_info *info)
{
	if (folder->count == folder->capacity) {
		size_t capacity = folder->capacity * 2 + 16;
		struct log_segment_info *segments = reallocarray(
			folder->segments, capacity, sizeof(*segments));

		if (!segments)
			return ENOMEM;
		folder->segments = segments;
		folder->capacity = capacity;
	}
	folder->segments[folder->count++] = *info;
	return 0;
}

static int scan(struct log_folder *folder)
{
	DIR *directory = opendir(folder->directory);
	const struct dirent *file;
	int err = 0;

	if (!directory)
		return errno;
	/* Nobody else reads this stream. */
	while (!err && (file = readdir(directory)) != NULL) {
		struct log_segment_info info = { .first_id = 1 };
		struct stat status;

		if (!name_parse(folder, file->d_name, &info.name) ||
		    fstatat(dirfd(directory), file->d_name, &status,
			    AT_SYMLINK_NOFOLLOW) ||
		    !S_ISREG(status.st_mode))
			continue;
		info.state = (status.st_mode & S_IWUSR) ? LOG_SEGMENT_WAITING
							: LOG_SEGMENT_FINISHED;
		err = append(folder, &info);
	}
	closedir(directory);
	if (folder->count > 0)
		qsort(folder->segments, folder->count,
		      sizeof(*folder->segments), compare_names);
	return err;
}

int log_folder_open(const char *data_dir, struct log_folder **ret_folder)
{
	struct log_folder *folder = calloc(1, sizeof(*folder));
	int err = ENOMEM;

	if (!folder)
		return ENOMEM;
	pthread_mutex_init(&folder->segments_lock, NULL);
	if (asprintf(&folder->directory, "%s/logs", data_dir) < 0) {
		folder->directory = NULL;
		goto out;
	}
	if (strlen(folder->directory) > LOG_PATH_SIZE - 64) {
		err = ENAMETOOLONG;
		goto out;
	}
	if (mkdir(folder->directory, 0700) && errno != EEXIST) {
		err = errno;
		goto out;
	}
	err = scan(folder);
	if (err)
		goto out;
	*ret_folder = folder;
	folder = NULL; /* the caller's now */
out:
	log_folder_close(folder);
	return err;
}

void log_folder_close(struct log_folder *folder)
{
	if (!folder)
		return;
	pthread_mutex_destroy(&folder->segments_lock);
	free(folder->segments);
	free(folder->directory);
	free(folder);
}

int log_folder_list(struct log_folder *folder,
		    struct log_segment_info **ret_segments, size_t *ret_count)
{
	struct log_segment_info *segments;
	size_t count;

	pthread_mutex_lock(&folder->segments_lock);
	count = folder->count;
	segments = calloc(count + 1, sizeof(*segments));
	if (segments && count > 0)
		memcpy(segments, folder->segments, count * sizeof(*segments));
	pthread_mutex_unlock(&folder->segments_lock);
	if (!segments)
		return ENOMEM;
	qsort(segments, count, sizeof(*segments), compare_newest_first);
	*ret_segments = segments;
	*ret_count = count;
	return 0;
}

size_t log_folder_broken(const struct log_folder *folder)
{
	return atomic_load(&folder->broken);
}

int64_t log_folder_first_id(struct log_folder *folder)
{
	int64_t first_id = INT64_MAX;

	pthread_mutex_lock(&folder->segments_lock);
	for (size_t i = 0; i < folder->count; i++) {
		const struct log_segment_info *info = &folder->segments[i];

		if (info->first_id <= info->last_id &&
		    info->first_id < first_id)
			first_id = info->first_id;
	}
	pthread_mutex_unlock(&folder->segments_lock);
	return first_id;
}

int log_folder_add(struct log_folder *folder, int64_t day,
		   struct log_segment_name *ret_name)
{
	struct log_segment_info info = { .name = { day, 0 },
					 .state = LOG_SEGMENT_OPEN,
					 .first_id = 1 };
	int err;

	pthread_mutex_lock(&folder->segments_lock);
	for (size_t i = 0; i < folder->count; i++)
		if (folder->segments[i].name.day == day)
			info.name.number = folder->segments[i].name.number;
	info.name.number++;
	err = info.name.number > NUMBER_MAX ? ENOSPC : append(folder, &info);
	if (!err)
		qsort(folder->segments, folder->count,
		      sizeof(*folder->segments), compare_names);
	pthread_mutex_unlock(&folder->segments_lock);
	if (!err)
		*ret_name = info.name;
	return err;
}

/* segments_lock is held. */
static struct log_segment_info *find(struct log_folder *folder,
				     const struct log_segment_name *name)
{
	for (size_t i = 0; i < folder->count; i++)
		if (name_compare(&folder->segments[i].name, name) == 0)
			return &folder->segments[i];
	return NULL;
}

/* segments_lock is held. */
static void remove_at(struct log_folder *folder, size_t i)
{
	/* The file itself last: what a crash leaves behind is found again. */
	static const char *const suffixes[] = { "-wal", "-shm", "-journal",
						"" };
	char path[LOG_PATH_SIZE], file[LOG_PATH_SIZE + 16];

	log_folder_path(folder, &folder->segments[i].name, path);
	for (size_t s = 0; s < sizeof(suffixes) / sizeof(*suffixes); s++) {
		(void)snprintf(file, sizeof(file), "%s%s", path, suffixes[s]);
		(void)unlink(file);
	}
	if (folder->segments[i].state == LOG_SEGMENT_BROKEN)
		atomic_fetch_sub(&folder->broken, 1);
	folder->count--;
	memmove(&folder->segments[i], &folder->segments[i + 1],
		(folder->count - i) * sizeof(*folder->segments));
}

void log_folder_remove(struct log_folder *folder,
		       const struct log_segment_name *name)
{
	struct log_segment_info *info;

	pthread_mutex_lock(&folder->segments_lock);
	info = find(folder, name);
	if (info)
		remove_at(folder, (size_t)(info - folder->segments));
	pthread_mutex_unlock(&folder->segments_lock);
}

void log_folder_set_state(struct log_folder *folder,
			  const struct log_segment_name *name,
			  enum log_segment_state state)
{
	struct log_segment_info *info;

	pthread_mutex_lock(&folder->segments_lock);
	info = find(folder, name);
	if (info && info->state != state) {
		if (info->state == LOG_SEGMENT_BROKEN)
			atomic_fetch_sub(&folder->broken, 1);
		if (state == LOG_SEGMENT_BROKEN)
			atomic_fetch_add(&folder->broken, 1);
		info->state = state;
	}
	pthread_mutex_unlock(&folder->segments_lock);
}

void log_folder_set_range(struct log_folder *folder,
			  const struct log_segment_name *name, int64_t first_id,
			  int64_t last_id)
{
	struct log_segment_info *info;

	pthread_mutex_lock(&folder->segments_lock);
	info = find(folder, name);
	if (info) {
		info->first_id = first_id;
		info->last_id = last_id;
	}
	pthread_mutex_unlock(&folder->segments_lock);
}

bool log_folder_next(struct log_folder *folder, enum log_segment_state state,
		     struct log_segment_name *name)
{
	bool found = false;

	pthread_mutex_lock(&folder->segments_lock);
	for (size_t i = 0; i < folder->count && !found; i++) {
		const struct log_segment_info *info = &folder->segments[i];

		found = info->state == state &&
			name_compare(&info->name, name) > 0;
		if (found)
			*name = info->name;
	}
	pthread_mutex_unlock(&folder->segments_lock);
	return found;
}

void log_folder_expire(struct log_folder *folder, int64_t first_day)
{
	pthread_mutex_lock(&folder->segments_lock);
	for (size_t i = folder->count; i-- > 0;)
		if (folder->segments[i].name.day < first_day &&
		    folder->segments[i].state != LOG_SEGMENT_OPEN)
			remove_at(folder, i);
	pthread_mutex_unlock(&folder->segments_lock);
}

bool log_folder_has_room(const struct log_folder *folder,
			 uint64_t min_free_bytes)
{
	struct statvfs status;

	/* Unknown is not full: the write itself will say. */
	if (statvfs(folder->directory, &status))
		return true;
	return status.f_bavail >= min_free_bytes / status.f_frsize;
}
