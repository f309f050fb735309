#include "db/redirect_log_visit.h"

#include <errno.h>
#include <stdlib.h>

struct visit {
	struct redirect_log_query *query;
	struct log_filter_range range;
	bool is_over;
	struct redirect_log_entry entry;
};

static bool is_wanted(void *arg, const struct log_segment_info *segment)
{
	const struct visit *visit = arg;

	(void)segment;
	return !visit->is_over;
}

static int visit_segment(void *arg, struct log_reader *reader)
{
	static const struct redirect_log_filter any = { 0 };
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

int log_visit_run(const struct log_walk *base, struct redirect_log_query *query)
{
	const struct redirect_log_filter *filter = &query->filter;
	struct log_walk walk = *base;
	struct visit *visit = calloc(1, sizeof(*visit));
	int err;

	if (!visit)
		return ENOMEM;
	visit->query = query;
	visit->range.limit = INT64_MAX;
	walk.first_id = visit->range.first_id = log_id_at(filter->from_ms);
	walk.end_id = visit->range.end_id =
		filter->until_ms ? log_id_at(filter->until_ms) : INT64_MAX;
	walk.wants = is_wanted;
	walk.visit = visit_segment;
	walk.arg = visit;
	err = log_walk_run(&walk);
	free(visit);
	return err;
}
