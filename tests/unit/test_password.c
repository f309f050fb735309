#include "db/password.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>
#include <sodium.h>

static bool is_good(const char *password, const char *name)
{
	struct faults faults = { 0 };
	bool good;

	password_validate(text_of(password), name, "/password", &faults);
	good = !faults_any(&faults);
	faults_clear(&faults);
	return good;
}

static void length_counts_characters_not_bytes(void **state)
{
	char text[4 * 129 + 1] = "";
	(void)state;

	assert_true(is_good("vq3!kz-w", ""));
	assert_false(is_good("vq3!kz-", ""));
	assert_false(is_good("", ""));
	assert_true(is_good("päßwörtß", ""));
	assert_false(is_good("päßwört", ""));
	for (int i = 0; i < 128; i++)
		memcpy(text + 4 * i, "\xf0\x9f\x99\x82", 5);
	assert_true(is_good(text, ""));
	memcpy(text + 4 * 128, "x", 2);
	assert_false(is_good(text, ""));
}

static void the_commonest_passwords_are_refused_in_any_case(void **state)
{
	static const char *const weak[] = { "password",	  "PassWord1",
					    "12345678",	  "!@#$%^&*",
					    "zxcvbnm123", "iloveyou" };
	(void)state;

	for (size_t i = 0; i < sizeof(weak) / sizeof(*weak); i++) {
		assert_true(password_is_common(text_of(weak[i])));
		assert_false(is_good(weak[i], ""));
	}
	assert_false(password_is_common(TEXT("password12x")));
	assert_false(password_is_common(TEXT("")));
}

static void a_password_is_not_the_name(void **state)
{
	(void)state;
	assert_false(is_good("Alice.Jones", "alice.jones"));
	assert_true(is_good("alice.jones1", "alice.jones"));
}

static void a_hash_knows_its_password_to_the_last_byte(void **state)
{
	char phc[PASSWORD_HASH_SIZE], again[PASSWORD_HASH_SIZE];
	(void)state;

	assert_int_equal(0, password_hash(TEXT("vq3!kz-w"), 8192, phc));
	assert_int_equal(0, password_hash(TEXT("vq3!kz-w"), 8192, again));
	assert_string_not_equal(phc, again);
	assert_true(password_phc_is_valid(phc));
	assert_true(password_verify(phc, TEXT("vq3!kz-w")));
	assert_false(password_verify(phc, TEXT("vq3!kz-W")));
	assert_false(password_verify(phc, TEXT("vq3!kz-")));
	assert_false(password_verify("", TEXT("")));
	assert_false(password_is_outdated(phc, 8192));
	assert_true(password_is_outdated(phc, 16384));
}

static void what_is_no_argon2id_hash_is_told(void **state)
{
	static const char *const bad[] = {
		"",
		"vq3!kz-w",
		"$argon2id$",
		"$argon2i$v=19$m=8192,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$"
		"aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g",
		"$2y$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
	};
	(void)state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(password_phc_is_valid(bad[i]));
}

static void names_are_folded_and_hold_no_blanks(void **state)
{
	char folded[USER_NAME_MAX + 1], longest[USER_NAME_MAX + 2];
	(void)state;

	assert_true(user_name_fold(TEXT("Alice.O_Neil+x@Example.COM"), folded));
	assert_string_equal("alice.o_neil+x@example.com", folded);
	assert_false(user_name_fold(TEXT(""), folded));
	assert_false(user_name_fold(TEXT("a b"), folded));
	assert_false(user_name_fold(TEXT("a\0b"), folded));
	assert_false(user_name_fold(TEXT("alic\xc3\xa9"), folded));
	memset(longest, 'x', sizeof(longest));
	assert_true(user_name_fold((struct text){ longest, USER_NAME_MAX },
				   folded));
	assert_false(user_name_fold((struct text){ longest, USER_NAME_MAX + 1 },
				    folded));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(length_counts_characters_not_bytes),
		cmocka_unit_test(
			the_commonest_passwords_are_refused_in_any_case),
		cmocka_unit_test(a_password_is_not_the_name),
		cmocka_unit_test(a_hash_knows_its_password_to_the_last_byte),
		cmocka_unit_test(what_is_no_argon2id_hash_is_told),
		cmocka_unit_test(names_are_folded_and_hold_no_blanks),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
