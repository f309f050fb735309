#include "api/zoned_time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

struct row {
	const char *text;
	const char *zone; /* NULL: none */
	enum zoned_time_edge edge;
	const char *utc; /* NULL: refused with `code` */
	enum fault_code code;
};

static void check(const struct row *row)
{
	struct time_zone *zone = NULL;
	struct faults faults = { 0 };
	char utc[TIMESTAMP_SIZE];
	int64_t time_ms = 0;
	bool is_read;

	if (row->zone)
		assert_int_equal(0, time_zone_open(text_of(row->zone), &zone));
	is_read = zoned_time_read(text_of(row->text), zone, row->edge,
				  "/starts_at", &time_ms, &faults);
	if (row->utc) {
		assert_true(is_read);
		timestamp_format(time_ms, utc);
		assert_string_equal(row->utc, utc);
		assert_false(faults_any(&faults));
	} else {
		assert_false(is_read);
		assert_int_equal(1, faults.count);
		assert_int_equal(row->code, faults.list[0].code);
		assert_string_equal("/starts_at", faults.list[0].pointer);
	}
	faults_clear(&faults);
	time_zone_close(zone);
}

static void a_time_is_read_as_its_offset_or_its_zone_says(void **state)
{
	static const struct row rows[] = {
		{ "2026-12-01T09:00:00+07:00", NULL, ZONED_TIME_START,
		  "2026-12-01T02:00:00.000Z", 0 },
		{ "2026-12-01T09:00:00.250Z", NULL, ZONED_TIME_END,
		  "2026-12-01T09:00:00.250Z", 0 },
		{ "2026-12-01T09:00:00", "Asia/Jakarta", ZONED_TIME_START,
		  "2026-12-01T02:00:00.000Z", 0 },
		/* What is written wins over the zone. */
		{ "2026-12-01T09:00:00Z", "Asia/Jakarta", ZONED_TIME_START,
		  "2026-12-01T09:00:00.000Z", 0 },
		{ "2026-07-01T09:00:00", "Europe/Berlin", ZONED_TIME_START,
		  "2026-07-01T07:00:00.000Z", 0 },
		{ "2026-12-01T09:00:00", NULL, ZONED_TIME_START, NULL,
		  FAULT_BAD_TIME },
		{ "2026-02-30T09:00:00Z", NULL, ZONED_TIME_START, NULL,
		  FAULT_BAD_TIME },
		{ "now", "Asia/Jakarta", ZONED_TIME_START, NULL,
		  FAULT_BAD_TIME },
		{ "1999-12-31T09:00:00Z", NULL, ZONED_TIME_START, NULL,
		  FAULT_OUT_OF_RANGE },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check(&rows[i]);
}

/* Berlin, 2026-10-25: 03:00 summer time is 02:00 winter time. */
static void in_an_overlap_cover_is_never_shortened(void **state)
{
	static const struct row rows[] = {
		{ "2026-10-25T02:30:00", "Europe/Berlin", ZONED_TIME_START,
		  "2026-10-25T00:30:00.000Z", 0 },
		{ "2026-10-25T02:30:00", "Europe/Berlin", ZONED_TIME_END,
		  "2026-10-25T01:30:00.000Z", 0 },
	};
	(void)state;

	check(&rows[0]);
	check(&rows[1]);
}

static void a_time_in_a_gap_is_refused_with_the_two_nearest(void **state)
{
	struct time_zone *zone = NULL;
	struct faults faults = { 0 };
	int64_t time_ms = 7;
	(void)state;

	assert_int_equal(0, time_zone_open(TEXT("Europe/Berlin"), &zone));

	assert_false(zoned_time_read(TEXT("2026-03-29T02:30:00"), zone,
				     ZONED_TIME_START, "/starts_at", &time_ms,
				     &faults));

	assert_int_equal(1, faults.count);
	assert_int_equal(FAULT_TIME_IN_GAP, faults.list[0].code);
	assert_non_null(strstr(faults.list[0].detail, "2026-03-29T01:"));
	assert_non_null(strstr(faults.list[0].detail, "+01:00"));
	assert_non_null(strstr(faults.list[0].detail, "2026-03-29T03:"));
	assert_non_null(strstr(faults.list[0].detail, "+02:00"));
	assert_int_equal(7, time_ms);
	faults_clear(&faults);
	time_zone_close(zone);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_time_is_read_as_its_offset_or_its_zone_says),
		cmocka_unit_test(in_an_overlap_cover_is_never_shortened),
		cmocka_unit_test(
			a_time_in_a_gap_is_refused_with_the_two_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
