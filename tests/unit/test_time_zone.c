#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>

#include "db/time_zone_file.h"

/* The offsets that the zone database gives, as another reader of it says. */
static const struct {
	const char *zone;
	const char *utc;
	int offset_s;
} offsets[] = {
	{ "Asia/Jakarta", "1900-01-01T00:00:00Z", 25632 },
	{ "Asia/Jakarta", "1945-01-01T00:00:00Z", 32400 },
	{ "Asia/Jakarta", "2026-12-01T00:00:00Z", 25200 },
	{ "Europe/Berlin", "1880-01-01T00:00:00Z", 3208 },
	{ "Europe/Berlin", "1943-07-01T00:00:00Z", 7200 },
	{ "Europe/Berlin", "2026-01-01T00:00:00Z", 3600 },
	{ "Europe/Berlin", "2026-07-01T00:00:00Z", 7200 },
	{ "Europe/Berlin", "2027-03-28T00:59:59Z", 3600 },
	{ "Europe/Berlin", "2027-03-28T01:00:00Z", 7200 },
	{ "Europe/Berlin", "2027-10-31T00:59:59Z", 7200 },
	{ "Europe/Berlin", "2027-10-31T01:00:00Z", 3600 },
	{ "Europe/Berlin", "2500-07-01T00:00:00Z", 7200 },
	{ "Europe/Berlin", "2500-01-01T00:00:00Z", 3600 },
	{ "America/St_Johns", "2026-01-01T00:00:00Z", -12600 },
	{ "America/St_Johns", "2026-07-01T00:00:00Z", -9000 },
	{ "America/St_Johns", "2027-03-14T05:29:59Z", -12600 },
	{ "America/St_Johns", "2027-03-14T05:30:00Z", -9000 },
	{ "America/St_Johns", "2090-07-01T00:00:00Z", -9000 },
	{ "Asia/Kathmandu", "1980-01-01T00:00:00Z", 19800 },
	{ "Asia/Kathmandu", "2026-01-01T00:00:00Z", 20700 },
	{ "Africa/Casablanca", "2024-03-09T00:00:00Z", 3600 },
	{ "Africa/Casablanca", "2024-03-20T00:00:00Z", 0 },
	{ "Africa/Casablanca", "2024-05-01T00:00:00Z", 3600 },
	{ "Australia/Lord_Howe", "2026-01-01T00:00:00Z", 39600 },
	{ "Australia/Lord_Howe", "2026-07-01T00:00:00Z", 37800 },
	{ "Australia/Lord_Howe", "2027-04-03T14:59:59Z", 39600 },
	{ "Australia/Lord_Howe", "2027-04-03T15:00:00Z", 37800 },
	{ "Australia/Lord_Howe", "2027-10-02T15:29:59Z", 37800 },
	{ "Australia/Lord_Howe", "2027-10-02T15:30:00Z", 39600 },
	{ "Australia/Lord_Howe", "2300-01-01T00:00:00Z", 39600 },
	{ "America/New_York", "1918-04-01T00:00:00Z", -14400 },
	{ "America/New_York", "2026-01-01T00:00:00Z", -18000 },
	{ "America/New_York", "2026-07-01T00:00:00Z", -14400 },
	{ "America/New_York", "2099-07-04T00:00:00Z", -14400 },
	{ "Pacific/Chatham", "2026-01-01T00:00:00Z", 49500 },
	{ "Pacific/Chatham", "2026-07-01T00:00:00Z", 45900 },
	{ "Pacific/Chatham", "2200-01-01T00:00:00Z", 49500 },
	{ "Pacific/Chatham", "2200-07-01T00:00:00Z", 45900 },
	{ "Pacific/Apia", "2011-12-30T09:59:59Z", -36000 },
	{ "Pacific/Apia", "2011-12-30T10:00:00Z", 50400 },
	{ "Pacific/Apia", "2026-01-01T00:00:00Z", 46800 },
	{ "America/Nuuk", "2022-07-01T00:00:00Z", -7200 },
	{ "America/Nuuk", "2027-01-01T00:00:00Z", -7200 },
	{ "America/Nuuk", "2027-07-01T00:00:00Z", -3600 },
	{ "America/Nuuk", "2150-07-01T00:00:00Z", -3600 },
	{ "Europe/Dublin", "2026-01-01T00:00:00Z", 0 },
	{ "Europe/Dublin", "2026-07-01T00:00:00Z", 3600 },
	{ "Europe/Dublin", "2200-01-01T00:00:00Z", 0 },
	{ "Europe/Dublin", "2200-07-01T00:00:00Z", 3600 },
	{ "Asia/Jerusalem", "2026-03-26T23:59:59Z", 7200 },
	{ "Asia/Jerusalem", "2026-03-27T00:00:00Z", 10800 },
	{ "Asia/Jerusalem", "2045-07-01T00:00:00Z", 10800 },
	{ "Asia/Jerusalem", "2045-12-01T00:00:00Z", 7200 },
	{ "Antarctica/Troll", "2026-01-01T00:00:00Z", 0 },
	{ "Antarctica/Troll", "2026-07-01T00:00:00Z", 7200 },
	{ "Antarctica/Troll", "2100-07-01T00:00:00Z", 7200 },
	{ "America/Sao_Paulo", "2018-12-01T00:00:00Z", -7200 },
	{ "America/Sao_Paulo", "2026-12-01T00:00:00Z", -10800 },
	{ "Asia/Kolkata", "2026-01-01T00:00:00Z", 19800 },
	{ "Africa/Monrovia", "1960-01-01T00:00:00Z", -2670 },
	{ "Africa/Monrovia", "2026-01-01T00:00:00Z", 0 },
	{ "UTC", "2026-01-01T00:00:00Z", 0 },
	{ "Etc/GMT+12", "2026-01-01T00:00:00Z", -43200 },
	{ "Pacific/Kiritimati", "2026-01-01T00:00:00Z", 50400 },
	{ "Asia/Tehran", "2022-07-01T00:00:00Z", 16200 },
	{ "Asia/Tehran", "2026-07-01T00:00:00Z", 12600 },
};

static const struct {
	const char *zone;
	const char *local;
	enum local_time_kind kind;
	const char *first, *second;
} local_times[] = {
	{ "Europe/Berlin", "2027-03-28T01:59:59", LOCAL_TIME_UNIQUE,
	  "2027-03-28T00:59:59Z", "2027-03-28T00:59:59Z" },
	{ "Europe/Berlin", "2027-03-28T02:00:00", LOCAL_TIME_GAP,
	  "2027-03-28T00:59:59.999Z", "2027-03-28T01:00:00Z" },
	{ "Europe/Berlin", "2027-03-28T02:30:00", LOCAL_TIME_GAP,
	  "2027-03-28T00:59:59.999Z", "2027-03-28T01:00:00Z" },
	{ "Europe/Berlin", "2027-03-28T02:59:59", LOCAL_TIME_GAP,
	  "2027-03-28T00:59:59.999Z", "2027-03-28T01:00:00Z" },
	{ "Europe/Berlin", "2027-03-28T03:00:00", LOCAL_TIME_UNIQUE,
	  "2027-03-28T01:00:00Z", "2027-03-28T01:00:00Z" },
	{ "Europe/Berlin", "2027-10-31T01:59:59", LOCAL_TIME_UNIQUE,
	  "2027-10-30T23:59:59Z", "2027-10-30T23:59:59Z" },
	{ "Europe/Berlin", "2027-10-31T02:00:00", LOCAL_TIME_OVERLAP,
	  "2027-10-31T00:00:00Z", "2027-10-31T01:00:00Z" },
	{ "Europe/Berlin", "2027-10-31T02:30:00", LOCAL_TIME_OVERLAP,
	  "2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z" },
	{ "Europe/Berlin", "2027-10-31T02:59:59", LOCAL_TIME_OVERLAP,
	  "2027-10-31T00:59:59Z", "2027-10-31T01:59:59Z" },
	{ "Europe/Berlin", "2027-10-31T03:00:00", LOCAL_TIME_UNIQUE,
	  "2027-10-31T02:00:00Z", "2027-10-31T02:00:00Z" },
	{ "Asia/Jakarta", "2026-12-01T09:00:00", LOCAL_TIME_UNIQUE,
	  "2026-12-01T02:00:00Z", "2026-12-01T02:00:00Z" },
	{ "Australia/Lord_Howe", "2027-10-03T02:15:00", LOCAL_TIME_GAP,
	  "2027-10-02T15:29:59.999Z", "2027-10-02T15:30:00Z" },
	{ "Australia/Lord_Howe", "2027-04-04T01:45:00", LOCAL_TIME_OVERLAP,
	  "2027-04-03T14:45:00Z", "2027-04-03T15:15:00Z" },
	{ "Pacific/Apia", "2011-12-30T12:00:00", LOCAL_TIME_GAP,
	  "2011-12-30T09:59:59.999Z", "2011-12-30T10:00:00Z" },
	{ "America/St_Johns", "2090-03-12T02:30:00", LOCAL_TIME_GAP,
	  "2090-03-12T05:29:59.999Z", "2090-03-12T05:30:00Z" },
	{ "America/St_Johns", "2090-11-05T01:30:00", LOCAL_TIME_OVERLAP,
	  "2090-11-05T04:00:00Z", "2090-11-05T05:00:00Z" },
	{ "Africa/Casablanca", "2024-03-10T02:30:00", LOCAL_TIME_OVERLAP,
	  "2024-03-10T01:30:00Z", "2024-03-10T02:30:00Z" },
	{ "Africa/Casablanca", "2024-04-14T02:30:00", LOCAL_TIME_GAP,
	  "2024-04-14T01:59:59.999Z", "2024-04-14T02:00:00Z" },
	{ "Pacific/Chatham", "2200-09-28T03:00:00", LOCAL_TIME_GAP,
	  "2200-09-27T13:59:59.999Z", "2200-09-27T14:00:00Z" },
};

/* "2027-03-28T02:30:00" or with ".999", of any year. */
static int64_t ms_of(const char *text)
{
	struct civil_time time = { 0 };

	assert_true(sscanf(text, "%d-%d-%dT%d:%d:%d.%d", &time.year,
			   &time.month, &time.day, &time.hour, &time.minute,
			   &time.second, &time.millisecond) >= 6);
	return civil_to_ms(&time);
}

static struct time_zone *open_zone(const char *name)
{
	struct time_zone *zone;

	if (time_zone_open(text_of(name), &zone) != 0)
		fail_msg("%s is not there", name);
	return zone;
}

static void offsets_are_those_of_the_zone_database(void **state)
{
	(void)state;

	for (size_t i = 0; i < sizeof(offsets) / sizeof(*offsets); i++) {
		struct time_zone *zone = open_zone(offsets[i].zone);
		int got = time_zone_offset_s(zone, ms_of(offsets[i].utc));

		if (got != offsets[i].offset_s)
			fail_msg("%s at %s: %d, not %d", offsets[i].zone,
				 offsets[i].utc, got, offsets[i].offset_s);
		time_zone_close(zone);
	}
}

static void a_local_time_is_one_instant_or_two_or_none(void **state)
{
	(void)state;

	for (size_t i = 0; i < sizeof(local_times) / sizeof(*local_times);
	     i++) {
		struct time_zone *zone = open_zone(local_times[i].zone);
		int64_t first, second;

		assert_int_equal(
			local_times[i].kind,
			time_zone_from_local(zone, ms_of(local_times[i].local),
					     &first, &second));
		assert_int_equal(ms_of(local_times[i].first), first);
		assert_int_equal(ms_of(local_times[i].second), second);
		time_zone_close(zone);
	}
}

static void milliseconds_are_kept(void **state)
{
	struct time_zone *zone = open_zone("Europe/Berlin");
	int64_t first, second;
	(void)state;

	assert_int_equal(LOCAL_TIME_UNIQUE,
			 time_zone_from_local(zone,
					      ms_of("2027-03-28T01:59:59.999"),
					      &first, &second));
	assert_int_equal(ms_of("2027-03-28T00:59:59.999"), first);
	assert_int_equal(LOCAL_TIME_UNIQUE,
			 time_zone_from_local(zone,
					      ms_of("1960-01-01T00:00:00.001"),
					      &first, &second));
	assert_int_equal(ms_of("1959-12-31T23:00:00.001"), first);
	assert_int_equal(3600, time_zone_offset_s(
				       zone, ms_of("2027-03-28T00:59:59.999")));
	time_zone_close(zone);
}

/* Around every transition that is listed, and far beyond the list. */
static void assert_comes_back(const struct time_zone *zone, int64_t utc_ms)
{
	int64_t local_ms =
		utc_ms + time_zone_offset_s(zone, utc_ms) * INT64_C(1000);
	int64_t first, second;
	enum local_time_kind kind =
		time_zone_from_local(zone, local_ms, &first, &second);

	assert_int_not_equal(LOCAL_TIME_GAP, kind);
	assert_true(utc_ms == first || utc_ms == second);
	assert_int_equal(kind == LOCAL_TIME_UNIQUE, first == second);
}

static void every_instant_is_found_by_its_own_reading(void **state)
{
	(void)state;

	for (size_t i = 0; i < sizeof(offsets) / sizeof(*offsets); i++) {
		struct time_zone *zone = open_zone(offsets[i].zone);

		for (size_t j = 0; j < zone->count; j++) {
			int64_t at_ms = zone->transitions[j].at_s * 1000;

			assert_comes_back(zone, at_ms - 1);
			assert_comes_back(zone, at_ms);
		}
		for (int64_t day = 30000; day < 30800; day++)
			assert_comes_back(zone, day * 86400000 + 3600000);
		time_zone_close(zone);
	}
}

static void a_name_that_is_none_is_unknown(void **state)
{
	static const char *const names[] = {
		"",
		"Asia",
		"Asia/",
		"/Asia/Jakarta",
		"Asia//Jakarta",
		"Asia/Nowhere",
		"../zoneinfo/Asia/Jakarta",
		"Asia/../Asia/Jakarta",
		"./Asia/Jakarta",
		"/etc/passwd",
		"../../../etc/passwd",
		"asia jakarta",
		"Asia/Jakarta\n",
		"Asia\\Jakarta",
		"zone.tab",
		"Asia/JakartaAsia/JakartaAsia/JakartaAsia/JakartaAsia/"
		"Jakarta1234",
	};
	struct time_zone *zone;
	(void)state;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_int_equal(ENOENT,
				 time_zone_open(text_of(names[i]), &zone));
	assert_int_equal(ENOENT,
			 time_zone_open((struct text){ "UTC\0x", 5 }, &zone));
}

/* A version 2 file: no transition, one type of UTC, and a footer. */
static int parse_with_footer(const char *footer, struct time_zone **ret_zone)
{
	static const unsigned char empty[] = {
		'T', 'Z', 'i', 'f', '2', 0, 0, 0, 0,   0,   0,	 0, 0, 0,
		0,   0,	  0,   0,   0,	 0, 0, 0, 0,   0,   0,	 0, 0, 0,
		0,   0,	  0,   0,   0,	 0, 0, 0, 0,   0,   0,	 1, 0, 0,
		0,   4,	  0,   0,   0,	 0, 0, 0, 'U', 'T', 'C', 0,
	};
	unsigned char bytes[512];
	size_t size = 2 * sizeof(empty);
	int len = snprintf((char *)bytes + size, sizeof(bytes) - size, "\n%s\n",
			   footer);

	memcpy(bytes, empty, sizeof(empty));
	memcpy(bytes + sizeof(empty), empty, sizeof(empty));
	return time_zone_parse(bytes, size + (size_t)len, ret_zone);
}

static void a_footer_rules_for_ever(void **state)
{
	static const struct {
		const char *footer;
		const char *utc;
		int offset_s;
	} rows[] = {
		{ "UTC0", "2026-01-01T00:00:00", 0 },
		{ "<+0545>-5:45", "2026-01-01T00:00:00", 20700 },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", "2600-03-30T00:59:59", 3600 },
		{ "CET-1CEST,M3.5.0,M10.5.0/3", "2600-03-30T01:00:00", 7200 },
		/* J60 is March 1 in every year; 60 is so in leap years. */
		{ "AAA0BBB,J60/0,J61/0", "2028-02-29T23:59:59", 0 },
		{ "AAA0BBB,J60/0,J61/0", "2028-03-01T00:00:00", 3600 },
		{ "AAA0BBB,J60/0,J61/0", "2027-03-01T00:00:00", 3600 },
		{ "AAA0BBB,60/0,61/0", "2028-03-01T00:00:00", 3600 },
		{ "AAA0BBB,60/0,61/0", "2027-03-02T00:00:00", 3600 },
		{ "AAA0BBB,59/0,60/0", "2028-02-29T00:00:00", 3600 },
		/* The south: summer over the new year. */
		{ "AAA-10BBB,M10.1.0,M4.1.0/3", "2400-01-01T00:00:00", 39600 },
		{ "AAA-10BBB,M10.1.0,M4.1.0/3", "2400-07-01T00:00:00", 36000 },
		/* Summer time all year (RFC 9636 3.3.1). */
		{ "EST5EDT,0/0,J365/25", "2026-01-01T00:00:00", -14400 },
		{ "EST5EDT,0/0,J365/25", "2026-12-31T23:59:59", -14400 },
		{ "EST5EDT,0/0,J365/25", "2027-01-01T05:00:00", -14400 },
		/* Negative summer time: winter is the odd one. */
		{ "IST-1GMT0,M10.5.0,M3.5.0/1", "2200-01-01T00:00:00", 0 },
		{ "IST-1GMT0,M10.5.0,M3.5.0/1", "2200-07-01T00:00:00", 3600 },
		/* A change before its day, and more than a day after. */
		{ "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2150-03-29T00:59:59",
		  -7200 },
		{ "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2150-03-29T01:00:00",
		  -3600 },
		{ "EET-2EEST,M3.4.4/50,M10.4.4/50", "2200-03-28T23:59:59",
		  7200 },
		{ "EET-2EEST,M3.4.4/50,M10.4.4/50", "2200-03-29T00:00:00",
		  10800 },
	};
	struct time_zone *zone;
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int got;

		assert_int_equal(0, parse_with_footer(rows[i].footer, &zone));
		got = time_zone_offset_s(zone, ms_of(rows[i].utc));
		if (got != rows[i].offset_s)
			fail_msg("%s at %s: %d", rows[i].footer, rows[i].utc,
				 got);
		time_zone_close(zone);
	}
}

static void a_footer_that_means_nothing_is_refused(void **state)
{
	static const char *const footers[] = {
		"U0",
		"UTC",
		"UTC+",
		"UTC25",
		"UTC0:60",
		"<UTC0",
		"<U>0",
		"CET-1CEST",
		"CET-1CEST,M3.5.0",
		"CET-1CEST,M3.5.0,",
		"CET-1CEST,M0.5.0,M10.5.0",
		"CET-1CEST,M13.5.0,M10.5.0",
		"CET-1CEST,M3.6.0,M10.5.0",
		"CET-1CEST,M3.0.0,M10.5.0",
		"CET-1CEST,M3.5.7,M10.5.0",
		"CET-1CEST,M3.5.0/168,M10.5.0",
		"CET-1CEST,J0,M10.5.0",
		"CET-1CEST,J366,M10.5.0",
		"CET-1CEST,366,M10.5.0",
		"CET-1CEST,M3.5.0,M10.5.0/3x",
		"CET-99999999999999999999",
		":Europe/Berlin",
	};
	struct time_zone *zone;
	(void)state;

	for (size_t i = 0; i < sizeof(footers) / sizeof(*footers); i++)
		if (parse_with_footer(footers[i], &zone) != EBADMSG)
			fail_msg("%s is let through", footers[i]);
}

static size_t read_file(const char *path, unsigned char *bytes, size_t size)
{
	FILE *file = fopen(path, "rb");
	size_t got;

	assert_non_null(file);
	got = fread(bytes, 1, size, file);
	fclose(file);
	return got;
}

static void a_broken_file_is_refused_and_harms_nobody(void **state)
{
	static unsigned char bytes[TIME_ZONE_FILE_MAX + 2];
	size_t size = read_file("/usr/share/zoneinfo/Europe/Berlin", bytes,
				sizeof(bytes));
	struct time_zone *zone;
	int64_t first, second;
	(void)state;

	for (size_t cut = 0; cut < size; cut++) {
		/* A copy of its own size, so that a byte too far is seen. */
		unsigned char *part = malloc(cut ? cut : 1);

		assert_non_null(part);
		memcpy(part, bytes, cut);
		assert_int_equal(EBADMSG, time_zone_parse(part, cut, &zone));
		free(part);
	}
	for (size_t at = 0; at < size; at++)
		for (int bit = 0; bit < 8; bit++) {
			bytes[at] ^= (unsigned char)(1 << bit);
			if (time_zone_parse(bytes, size, &zone) == 0) {
				(void)time_zone_from_local(
					zone, ms_of("2027-03-28T02:30:00"),
					&first, &second);
				assert_true(first <= second);
				time_zone_close(zone);
			}
			bytes[at] ^= (unsigned char)(1 << bit);
		}
	assert_int_equal(EBADMSG, time_zone_parse(bytes, sizeof(bytes), &zone));
}

static void the_ends_of_time_overflow_nothing(void **state)
{
	static const int64_t times[] = { INT64_MIN, INT64_MIN + 1, INT64_MAX,
					 INT64_MAX - 1 };
	struct time_zone *zone = open_zone("Europe/Berlin");
	int64_t first, second;
	(void)state;

	for (size_t i = 0; i < 4; i++) {
		(void)time_zone_offset_s(zone, times[i]);
		(void)time_zone_from_local(zone, times[i], &first, &second);
		assert_true(first <= second);
	}
	time_zone_close(zone);
	time_zone_close(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offsets_are_those_of_the_zone_database),
		cmocka_unit_test(a_local_time_is_one_instant_or_two_or_none),
		cmocka_unit_test(milliseconds_are_kept),
		cmocka_unit_test(every_instant_is_found_by_its_own_reading),
		cmocka_unit_test(a_name_that_is_none_is_unknown),
		cmocka_unit_test(a_footer_rules_for_ever),
		cmocka_unit_test(a_footer_that_means_nothing_is_refused),
		cmocka_unit_test(a_broken_file_is_refused_and_harms_nobody),
		cmocka_unit_test(the_ends_of_time_overflow_nothing),
	};

	return cmocka_run_group_tests_name("time_zone", tests, NULL, NULL);
}
