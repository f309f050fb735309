#include "db/redirect_log_visit.h"
#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>

enum {
	ID_MS_SHIFT = 20, /* an id starts with its time, see the record */
};

struct visit {
	struct redirect_log_query *query;
	int64_t first_id, end_id; /* half-open */
	bool is_over;
	struct redirect_log_entry entry;
};

static int64_t id_at(int64_t time_ms)
{
	return time_ms <= 0			    ? 0
	       : time_ms > INT64_MAX >> ID_MS_SHIFT ? INT64_MAX
						    : time_ms << ID_MS_SHIFT;
}

static int visit_records(struct log_reader *reader, struct visit *visit)
{
	static const struct redirect_log_filter any;
	int64_t id = 0;
	int err = log_reader_select(reader, &any, visit->first_id,
				    visit->end_id, INT64_MAX);

	while (!err && !visit->is_over) {
		err = log_reader_next(reader, &id);
		if (err || id == 0)
			break;
		log_reader_entry(reader, &visit->entry);
		visit->is_over =
			!visit->query->visit(visit->query, &visit->entry);
	}
	return err;
}

static int visit_segment(struct log_folder *folder,
			 const struct log_segment_info *segment,
			 const struct log_reader_limits *limits,
			 struct visit *visit)
{
	char path[LOG_PATH_SIZE];
	struct log_reader *reader = NULL;
	int err;

	if (segment->state == LOG_SEGMENT_BROKEN ||
	    segment->first_id > segment->last_id ||
	    segment->first_id >= visit->end_id ||
	    segment->last_id < visit->first_id)
		return 0;
	log_folder_path(folder, &segment->name, path);
	err = log_reader_open(path, limits, &reader);
	if (!err)
		err = visit_records(reader, visit);
	log_reader_close(reader);
	if (err == EBADMSG)
		log_folder_set_state(folder, &segment->name,
				     LOG_SEGMENT_BROKEN);
	/* What is lost is counted; what is left is still worth an answer. */
	return err == EBADMSG || err == ENOENT ? 0 : err;
}

int log_visit(struct log_folder *folder, const struct log_reader_limits *limits,
	      struct redirect_log_query *query)
{
	const struct redirect_log_filter *filter = &query->filter;
	struct log_segment_info *segments = NULL;
	struct visit *visit = calloc(1, sizeof(*visit));
	size_t count = 0;
	int err;

	if (!visit)
		return ENOMEM;
	visit->query = query;
	visit->first_id = id_at(filter->from_ms);
	visit->end_id = filter->until_ms ? id_at(filter->until_ms) : INT64_MAX;
	err = log_folder_list(folder, &segments, &count);
	for (size_t i = 0; i < count && !err && !visit->is_over; i++) {
		if (atomic_load(limits->is_stopping))
			err = ECANCELED;
		else if (clock_monotonic_us() >= limits->deadline_us)
			err = ETIMEDOUT;
		else
			err = visit_segment(folder, &segments[i], limits,
					    visit);
	}
	free(segments);
	free(visit);
	return err;
}
