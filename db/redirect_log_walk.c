#include "db/redirect_log_walk.h"
#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>

enum {
	RECENT_MS = 2000, /* what is older than that is not in a ring */
};

int64_t log_id_at(int64_t time_ms)
{
	if (time_ms <= 0)
		return 0;
	return time_ms > INT64_MAX >> LOG_ID_MS_SHIFT
		       ? INT64_MAX
		       : time_ms << LOG_ID_MS_SHIFT;
}

static bool is_wanted(const struct log_walk *walk,
		      const struct log_segment_info *segment)
{
	if (segment->state == LOG_SEGMENT_BROKEN ||
	    segment->first_id > segment->last_id ||
	    segment->first_id >= walk->end_id ||
	    segment->last_id < walk->first_id)
		return false;
	return !walk->wants || walk->wants(walk->arg, segment);
}

static int visit_segment(const struct log_walk *walk,
			 const struct log_segment_info *segment)
{
	char path[LOG_PATH_SIZE];
	struct log_reader *reader = NULL;
	int err;

	log_folder_path(walk->folder, &segment->name, path);
	err = log_reader_open(path, &walk->limits, &reader);
	if (!err)
		err = walk->visit(walk->arg, reader);
	log_reader_close(reader);
	if (err == EBADMSG)
		log_folder_set_state(walk->folder, &segment->name,
				     LOG_SEGMENT_BROKEN);
	/* What is lost is counted; what is left is still worth an answer. */
	return err == EBADMSG || err == ENOENT ? 0 : err;
}

int log_walk_run(const struct log_walk *walk)
{
	struct log_segment_info *segments;
	size_t count;
	int err;

	if (walk->end_id >= log_id_at(clock_wall_ms() - RECENT_MS))
		log_writer_flush(walk->writer);
	err = log_folder_list(walk->folder, &segments, &count);
	if (err)
		return err;
	for (size_t i = 0; i < count && !err; i++) {
		const struct log_segment_info *segment =
			&segments[walk->oldest_first ? count - 1 - i : i];

		if (atomic_load(walk->limits.is_stopping))
			err = ECANCELED;
		else if (clock_monotonic_us() >= walk->limits.deadline_us)
			err = ETIMEDOUT;
		else if (is_wanted(walk, segment))
			err = visit_segment(walk, segment);
	}
	free(segments);
	return err;
}
