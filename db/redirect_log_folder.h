/*
 * redirect_log_folder.h - which segments there are in DATA/logs, what ids they
 * hold and how far they have come. Shared by the log's threads; every function
 * takes segments_lock by itself. Inside db/.
 *
 * A segment's file is named YYYY-MM-DD.NNN.db. Files of other names are left
 * alone. A file without the owner's write permission is finished.
 */
#ifndef SIPMOVED_DB_REDIRECT_LOG_FOLDER_H
#define SIPMOVED_DB_REDIRECT_LOG_FOLDER_H

#include "base/text.h"

enum {
	LOG_PATH_SIZE = 4096,
};

struct log_segment_name {
	int64_t day; /* since 1970-01-01, UTC */
	unsigned number;
};

enum log_segment_state {
	LOG_SEGMENT_OPEN,     /* the writer's: alone writes and checkpoints */
	LOG_SEGMENT_WAITING,  /* for the indexer, which then does */
	LOG_SEGMENT_FINISHED, /* indexed and read-only */
	LOG_SEGMENT_BROKEN,   /* corrupt: nobody touches it but retention */
};

struct log_segment_info {
	struct log_segment_name name;
	enum log_segment_state state;
	int64_t first_id, last_id; /* first_id > last_id: no records */
};

struct log_folder;

/* Makes DATA/logs if it is not there, and lists it. */
int log_folder_open(const char *data_dir, struct log_folder **ret_folder)
	__attribute__((warn_unused_result));
void log_folder_close(struct log_folder *folder); /* takes NULL */

void log_folder_path(const struct log_folder *folder,
		     const struct log_segment_name *name,
		     char path[LOG_PATH_SIZE]);

/* A copy of the list, by last_id, highest first; the caller frees it. */
int log_folder_list(struct log_folder *folder,
		    struct log_segment_info **ret_segments, size_t *ret_count)
	__attribute__((warn_unused_result));
size_t log_folder_broken(const struct log_folder *folder);
/* Of the oldest record there is; INT64_MAX: there is none. */
int64_t log_folder_first_id(struct log_folder *folder);

/* The next free name of that day, listed as open and without records. */
int log_folder_add(struct log_folder *folder, int64_t day,
		   struct log_segment_name *ret_name)
	__attribute__((warn_unused_result));
/* Off the list, and its files unlinked. */
void log_folder_remove(struct log_folder *folder,
		       const struct log_segment_name *name);
void log_folder_set_state(struct log_folder *folder,
			  const struct log_segment_name *name,
			  enum log_segment_state state);
void log_folder_set_range(struct log_folder *folder,
			  const struct log_segment_name *name, int64_t first_id,
			  int64_t last_id);

/* The first one in this state behind *name, which becomes its name. A name
 * that is all zeros is before all others. */
bool log_folder_next(struct log_folder *folder, enum log_segment_state state,
		     struct log_segment_name *name);
/* Removes the segments of days before first_day, except open ones. */
void log_folder_expire(struct log_folder *folder, int64_t first_day);
/* True while the file system has at least that much room. */
bool log_folder_has_room(const struct log_folder *folder,
			 uint64_t min_free_bytes);

#endif
