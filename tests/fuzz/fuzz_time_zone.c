/*
 * Any bytes as a TZif file: parsing ends, and what was accepted answers every
 * question with instants in order.
 */
#include <stdlib.h>

#include "db/time_zone_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int64_t times_ms[] = {
		INT64_MIN,	  -2000000000000, 0,
		1806200000000,	  1825029000000,  16725229200000,
		INT64_C(1) << 52, INT64_MAX,
	};
	struct time_zone *zone;
	int64_t first, second;

	if (time_zone_parse(data, size, &zone) != 0)
		return 0;
	for (size_t i = 0; i < sizeof(times_ms) / sizeof(*times_ms); i++) {
		int offset_s = time_zone_offset_s(zone, times_ms[i]);

		if (abs(offset_s) > TIME_ZONE_OFFSET_MAX_S)
			abort();
		(void)time_zone_from_local(zone, times_ms[i], &first, &second);
		if (first > second)
			abort();
	}
	time_zone_close(zone);
	return 0;
}
