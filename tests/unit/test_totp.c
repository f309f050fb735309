#include "base/totp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

/* RFC 6238 appendix B: the ASCII digits, twenty of them. */
static const unsigned char secret[] = "12345678901234567890";

static void the_codes_are_those_of_the_rfc(void **state)
{
	/* The RFC gives eight digits; these are the last six. */
	static const struct {
		int64_t time_s;
		const char *code;
	} rows[] = {
		{ 59, "287082" },	  { 1111111109, "081804" },
		{ 1111111111, "050471" }, { 1234567890, "005924" },
		{ 2000000000, "279037" }, { 20000000000, "353130" },
	};
	char code[TOTP_DIGITS + 1];
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_int_equal(0,
				 totp_code(secret, rows[i].time_s / 30, code));
		assert_string_equal(rows[i].code, code);
	}
}

static bool accepts(const char *code, int64_t time_s, int64_t last_step)
{
	int64_t step;

	return totp_accepts(secret, text_of(code), time_s * 1000, last_step,
			    &step);
}

static void a_code_is_good_for_a_step_to_both_sides(void **state)
{
	(void)state;
	assert_true(accepts("005924", 1234567890, 0));
	assert_true(accepts("005924", 1234567890 - 30, 0));
	assert_true(accepts("005924", 1234567890 + 30, 0));
	assert_false(accepts("005924", 1234567890 - 60, 0));
	assert_false(accepts("005924", 1234567890 + 60, 0));
}

static void a_code_is_good_once(void **state)
{
	int64_t step = 0;
	(void)state;

	assert_true(totp_accepts(secret, TEXT("005924"), INT64_C(1234567890000),
				 0, &step));
	assert_int_equal(1234567890 / 30, step);
	assert_false(accepts("005924", 1234567890, step));
	assert_false(accepts("005924", 1234567890, step + 1));
}

static void other_texts_are_no_code(void **state)
{
	(void)state;
	assert_false(accepts("", 1234567890, 0));
	assert_false(accepts("005925", 1234567890, 0));
	assert_false(accepts("0059244", 1234567890, 0));
	assert_false(accepts("00592", 1234567890, 0));
	assert_false(accepts("89005924", 1234567890, 0));
}

static void base32_is_that_of_rfc_4648(void **state)
{
	char text[TOTP_BASE32_SIZE];
	(void)state;

	base32_write((const unsigned char *)"fooba", 5, text);
	assert_string_equal("MZXW6YTB", text);
	base32_write(secret, TOTP_SECRET_SIZE, text);
	assert_string_equal("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_codes_are_those_of_the_rfc),
		cmocka_unit_test(a_code_is_good_for_a_step_to_both_sides),
		cmocka_unit_test(a_code_is_good_once),
		cmocka_unit_test(other_texts_are_no_code),
		cmocka_unit_test(base32_is_that_of_rfc_4648),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
