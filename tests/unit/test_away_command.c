#include "api/away_command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

/* Wednesday, 2030-07-03, 14:00 in Berlin. */
#define NOW INT64_C(1909310400000)

static struct time_zone *berlin;

static int open_zone(void **state)
{
	(void)state;
	return time_zone_open(TEXT("Europe/Berlin"), &berlin);
}

static int close_zone(void **state)
{
	(void)state;
	time_zone_close(berlin);
	return 0;
}

static void a_time_is_the_next_one_in_the_zone_of_who_types(void **state)
{
	static const struct {
		const char *text, *starts_at, *ends_at;
	} rows[] = {
		{ "a@b.example", "", "" },
		{ "a@b.example until friday 18:00", "",
		  "2030-07-05T16:00:00.000Z" },
		{ "a@b.example until Fri", "", "2030-07-05T22:00:00.000Z" },
		{ "a@b.example until 18:00 on friday", "",
		  "2030-07-05T16:00:00.000Z" },
		{ "a@b.example until today", "", "2030-07-03T22:00:00.000Z" },
		{ "a@b.example until wednesday", "",
		  "2030-07-03T22:00:00.000Z" },
		{ "a@b.example until wednesday 9:00", "",
		  "2030-07-10T07:00:00.000Z" },
		{ "a@b.example until 6pm", "", "2030-07-03T16:00:00.000Z" },
		{ "a@b.example until 13:30", "", "2030-07-04T11:30:00.000Z" },
		{ "a@b.example till noon", "", "2030-07-04T10:00:00.000Z" },
		{ "a@b.example until midnight", "",
		  "2030-07-03T22:00:00.000Z" },
		{ "a@b.example from tomorrow until 2030-12-24",
		  "2030-07-03T22:00:00.000Z", "2030-12-24T23:00:00.000Z" },
		{ "a@b.example from monday at 12:30am for 2 days",
		  "2030-07-07T22:30:00.000Z", "2030-07-09T22:30:00.000Z" },
		{ "a@b.example for 90m", "", "2030-07-03T13:30:00.000Z" },
		{ "a@b.example for 1 week", "", "2030-07-10T12:00:00.000Z" },
		/* Comes twice: cover is not shortened. */
		{ "a@b.example until 2030-10-27 02:30", "",
		  "2030-10-27T01:30:00.000Z" },
		{ "a@b.example from 2030-10-27 02:30",
		  "2030-10-27T00:30:00.000Z", "" },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct away_command command;
		char why[AWAY_WHY_SIZE], starts[TIMESTAMP_SIZE] = "",
					 ends[TIMESTAMP_SIZE] = "";

		if (!away_command_parse(text_of(rows[i].text), NOW, berlin,
					&command, why))
			fail_msg("%s: %s", rows[i].text, why);
		if (command.starts_at_ms)
			timestamp_format(command.starts_at_ms, starts);
		if (command.ends_at_ms != MOVE_OPEN_END)
			timestamp_format(command.ends_at_ms, ends);
		if (strcmp(starts, rows[i].starts_at) != 0 ||
		    strcmp(ends, rows[i].ends_at) != 0)
			fail_msg("%s: %s to %s", rows[i].text, starts, ends);
	}
}

static void a_target_is_a_uri_a_mail_like_name_or_a_number(void **state)
{
	static const struct {
		const char *text, *target;
	} rows[] = {
		{ "sip:a@b.example", "sip:a@b.example" },
		{ "SIPS:a@b.example", "SIPS:a@b.example" },
		{ "a@b.example", "sip:a@b.example" },
		{ "+4930123", "tel:+4930123" },
		{ "tel:+4930123", "tel:+4930123" },
		{ "<mailto:a@b.example|a@b.example>", "sip:a@b.example" },
		{ "<tel:+4930123|+4930123>", "tel:+4930123" },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct away_command command;
		char why[AWAY_WHY_SIZE];

		assert_true(away_command_parse(text_of(rows[i].text), NOW, NULL,
					       &command, why));
		assert_string_equal(rows[i].target, command.target);
	}
}

static void what_is_not_understood_gets_a_sentence(void **state)
{
	static const char *const rows[] = {
		"nowhere",
		"a@b.example tomorrow",
		"a@b.example until",
		"a@b.example until whenever",
		"a@b.example until 25:00",
		"a@b.example until 13pm",
		"a@b.example until 2030-02-30",
		"a@b.example until 2030-03-31 02:30",
		"a@b.example until 2029-01-01",
		"a@b.example for",
		"a@b.example for 5",
		"a@b.example for 5 moons",
		"a@b.example for 99999 weeks",
		"a@b.example until friday until monday",
		"a@b.example until friday for 2 days",
		"off please",
		"a a a a a a a a a a a a a a a a a a a a",
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct away_command command;
		char why[AWAY_WHY_SIZE];

		if (away_command_parse(text_of(rows[i]), NOW, berlin, &command,
				       why))
			fail_msg("%s was understood", rows[i]);
		assert_true(strlen(why) > 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_time_is_the_next_one_in_the_zone_of_who_types),
		cmocka_unit_test(
			a_target_is_a_uri_a_mail_like_name_or_a_number),
		cmocka_unit_test(what_is_not_understood_gets_a_sentence),
	};

	return cmocka_run_group_tests(tests, open_zone, close_zone);
}
