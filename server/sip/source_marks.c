#include "sip/source_marks.h"

bool source_marks_has(const struct source_marks *marks, uint64_t source,
		      int64_t now_us)
{
	const struct source_mark *set = marks->sets[source % SOURCE_MARKS_SETS];

	for (size_t i = 0; i < SOURCE_MARKS_WAYS; i++)
		if (set[i].source == source && now_us < set[i].until_us)
			return true;
	return false;
}

bool source_marks_put(struct source_marks *marks, uint64_t source,
		      int64_t until_us, int64_t now_us)
{
	struct source_mark *set = marks->sets[source % SOURCE_MARKS_SETS];
	struct source_mark *first_to_end = &set[0];

	for (size_t i = 0; i < SOURCE_MARKS_WAYS; i++) {
		if (set[i].source == source && now_us < set[i].until_us) {
			if (set[i].until_us < until_us)
				set[i].until_us = until_us;
			return false;
		}
		if (set[i].until_us < first_to_end->until_us)
			first_to_end = &set[i];
	}
	*first_to_end = (struct source_mark){ source, until_us };
	return true;
}
