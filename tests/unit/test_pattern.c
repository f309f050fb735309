#include "api/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#define NOTHING "\1" /* of what must not be found */

static void a_pattern_finds_what_its_first_bracket_holds(void **state)
{
	static const struct {
		const char *pattern, *text, *found;
	} rows[] = {
		{ "b+", "abbbc", "bbb" },
		{ "b+?", "abbbc", "b" },
		{ "a(.*)c", "abbbc", "bbb" },
		{ "(\\d+)-(\\d+)", "room 12-34", "12" },
		{ "^(.*?)@", "me@there@x", "me" },
		{ "<(.*)>", "a <b> <c>", "b> <c" },
		{ "<(.*?)>", "a <b> <c>", "b" },
		{ "cat|dog", "hotdog", "dog" },
		{ "(a|ab)(c|bcd)", "abcd", "a" },
		{ "[^a-c]+$", "abcxyz", "xyz" },
		{ "[]x-]+", "a]-x", "]-x" },
		{ "\\w\\W\\s?", "a, b", "a, " },
		{ "colou?r", "the color", "color" },
		{ "x*", "aaa", "" },
		{ "^$", "", "" },
		{ "^b", "ab", NOTHING },
		{ "a$", "ab", NOTHING },
		{ "(x)|y", "y", NOTHING },
		{ "\\.", "a.b", "." },
		{ "(ab)*c", "ababc", "ab" },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pattern pattern;
		struct text found = TEXT("");
		bool is_found;

		assert_null(
			pattern_compile(text_of(rows[i].pattern), &pattern));
		is_found =
			pattern_find(&pattern, text_of(rows[i].text), &found);
		if (is_found != (strcmp(rows[i].found, NOTHING) != 0) ||
		    (is_found && !text_equals(found, text_of(rows[i].found))))
			fail_msg("%s in %s: %.*s", rows[i].pattern,
				 rows[i].text, TEXT_ARG(found));
	}
}

static void what_is_no_pattern_is_said(void **state)
{
	static const char *const rows[] = {
		"",
		"(",
		"a)",
		"[a",
		"a{2}",
		"*a",
		"a**",
		"[z-a]",
		"\\1",
		"x\\",
		"((((((((((a))))))))))",
	};
	char long_one[PATTERN_TEXT_MAX + 2];
	struct pattern pattern;
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_non_null(pattern_compile(text_of(rows[i]), &pattern));
	memset(long_one, 'a', sizeof(long_one) - 1);
	long_one[sizeof(long_one) - 1] = '\0';
	assert_non_null(pattern_compile(text_of(long_one), &pattern));
	long_one[PATTERN_TEXT_MAX] = '\0';
	assert_null(pattern_compile(text_of(long_one), &pattern));
}

/* What backtracking takes years for. */
static void no_pattern_takes_long_on_any_text(void **state)
{
	static const char *const rows[] = {
		"(x+x+)+y",
		"(a*)*b",
		"(a|a)*b",
		"(.*)(.*)(.*)(.*)(.*)b",
	};
	static char text[512];
	struct pattern pattern;
	struct text found;
	clock_t began = clock();
	(void)state;

	memset(text, 'x', sizeof(text) - 1);
	memset(text, 'a', sizeof(text) / 2);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_null(pattern_compile(text_of(rows[i]), &pattern));
		assert_false(pattern_find(&pattern, text_of(text), &found));
	}
	/* CPU time, and a thousand times what it takes. */
	assert_true(clock() - began < 20 * CLOCKS_PER_SEC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pattern_finds_what_its_first_bracket_holds),
		cmocka_unit_test(what_is_no_pattern_is_said),
		cmocka_unit_test(no_pattern_takes_long_on_any_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
