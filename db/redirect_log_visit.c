#include "db/redirect_log_visit.h"

#include <errno.h>
#include <stdlib.h>

struct visit {
	struct redirect_log_query *query;
	struct log_filter_range range;
	bool is_over;
	struct redirect_log_entry entry;
};

static bool goes_on(void *arg, const struct log_segment_info *segment)
{
	const struct visit *visit = arg;
	(void)segment;

	return !visit->is_over;
}

static int visit_records(void *arg, struct log_reader *reader)
{
	static const struct redirect_log_filter any;
	struct visit *visit = arg;
	int64_t id = 0;
	int err = log_reader_select(reader, &any, 0, &visit->range);

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

int log_visit(const struct log_walk *base, struct redirect_log_query *query)
{
	const struct redirect_log_filter *filter = &query->filter;
	struct visit *visit = calloc(1, sizeof(*visit));
	struct log_walk walk = *base;
	int err;

	if (!visit)
		return ENOMEM;
	visit->query = query;
	visit->range = (struct log_filter_range){
		.first_id = log_id_at(filter->from_ms),
		.end_id = filter->until_ms ? log_id_at(filter->until_ms)
					   : INT64_MAX,
		.limit = INT64_MAX,
	};
	walk.first_id = visit->range.first_id;
	walk.end_id = visit->range.end_id;
	walk.wants = goes_on;
	walk.visit = visit_records;
	walk.arg = visit;
	err = log_walk_run(&walk);
	free(visit);
	return err;
}
