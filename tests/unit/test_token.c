#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <errno.h>
#include <sodium.h>

#include "db/token.h"

static struct token a_token(char text[TOKEN_TEXT_SIZE])
{
	struct token token = { .expires_at_ms = 1000 };

	token_make_secret(&token, text);
	return token;
}

static struct text secret_of(const char *text)
{
	struct text id, secret;

	assert_int_equal(0, token_parse(text_of(text), &id, &secret));
	return secret;
}

static void a_new_token_opens_with_its_own_text(void **state)
{
	char text[TOKEN_TEXT_SIZE];
	struct token token = a_token(text);
	struct text id, secret;
	(void)state;

	assert_int_equal(TOKEN_TEXT_SIZE - 1, strlen(text));
	assert_int_equal(0, strncmp(text, "smv_", 4));
	assert_int_equal(0, token_parse(text_of(text), &id, &secret));
	assert_true(text_equals(id, text_of(token.public_id)));
	assert_int_equal(TOKEN_SECRET_LEN, secret.len);
	assert_true(token_accepts(&token, secret, 999));
}

static void another_token_does_not_open_it(void **state)
{
	char text[TOKEN_TEXT_SIZE], other[TOKEN_TEXT_SIZE];
	struct token token = a_token(text);
	(void)state;

	(void)a_token(other);
	assert_string_not_equal(text, other);
	assert_false(token_accepts(&token, secret_of(other), 999));
	assert_false(token_accepts(&token, TEXT(""), 999));
}

static void an_expired_or_revoked_token_is_not_accepted(void **state)
{
	char text[TOKEN_TEXT_SIZE];
	struct token token = a_token(text);
	(void)state;

	assert_false(token_accepts(&token, secret_of(text), 1000));
	token.revoked_at_ms = 5000;
	assert_false(token_accepts(&token, secret_of(text), 999));
}

static void a_mistyped_token_is_no_token(void **state)
{
	char text[TOKEN_TEXT_SIZE];
	struct text id, secret;
	(void)state;

	(void)a_token(text);
	for (size_t i = 0; i < TOKEN_TEXT_SIZE - 1; i++) {
		char right = text[i];

		text[i] = right == 'a' ? 'b' : 'a';
		assert_int_equal(EBADMSG,
				 token_parse(text_of(text), &id, &secret));
		text[i] = '\0';
		assert_int_equal(
			EBADMSG,
			token_parse((struct text){ text, TOKEN_TEXT_SIZE - 1 },
				    &id, &secret));
		text[i] = right;
	}
	for (size_t len = 0; len < TOKEN_TEXT_SIZE - 1; len++)
		assert_int_equal(
			EBADMSG,
			token_parse((struct text){ text, len }, &id, &secret));
	assert_int_equal(EBADMSG,
			 token_parse((struct text){ text, TOKEN_TEXT_SIZE },
				     &id, &secret));
	assert_int_equal(EBADMSG,
			 token_parse((struct text){ NULL, 0 }, &id, &secret));
}

/* The check is CRC-32 (ISO-HDLC) in base62, as other programs compute it. */
static void the_check_is_the_crc_that_scanners_know(void **state)
{
	static const char zeros[] =
		"smv_00000000_0000000000000000000000000000000000000000000_";
	char text[TOKEN_TEXT_SIZE];
	struct text id, secret;
	(void)state;

	snprintf(text, sizeof(text), "%s%s", zeros, "2dRs9D");
	assert_int_equal(0, token_parse(text_of(text), &id, &secret));
}

static void roles_give_their_scopes(void **state)
{
	uint32_t scopes;
	(void)state;

	assert_int_equal(0, token_role_scopes(TEXT("admin"), &scopes));
	assert_int_equal(SCOPES_ALL, scopes);
	assert_int_equal(0, token_role_scopes(TEXT("operator"), &scopes));
	assert_int_equal(0, scopes & (SCOPE_MOVES_WRITE | SCOPE_POLICY_WRITE |
				      SCOPE_TOKENS_ADMIN | SCOPE_SYSTEM_ADMIN));
	assert_int_equal(0, token_role_scopes(TEXT("helpdesk"), &scopes));
	assert_true(scopes & SCOPE_MOVES_WRITE);
	assert_int_equal(0, token_role_scopes(TEXT("service"), &scopes));
	assert_int_equal(EINVAL, token_role_scopes(TEXT("Admin"), &scopes));
	assert_int_equal(EINVAL, token_role_scopes(TEXT(""), &scopes));
}

static void every_scope_has_its_own_name(void **state)
{
	(void)state;

	assert_string_equal("moves:read", token_scope_name(SCOPE_MOVES_READ));
	assert_string_equal("hooks:post", token_scope_name(SCOPE_HOOKS_POST));
	for (uint32_t bit = 1; bit & SCOPES_ALL; bit <<= 1)
		assert_non_null(token_scope_name(bit));
	assert_null(token_scope_name(SCOPES_ALL + 1));
	assert_null(token_scope_name(0));
	assert_null(token_scope_name(SCOPE_MOVES_READ | SCOPE_MOVES_WRITE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_token_opens_with_its_own_text),
		cmocka_unit_test(another_token_does_not_open_it),
		cmocka_unit_test(an_expired_or_revoked_token_is_not_accepted),
		cmocka_unit_test(a_mistyped_token_is_no_token),
		cmocka_unit_test(the_check_is_the_crc_that_scanners_know),
		cmocka_unit_test(roles_give_their_scopes),
		cmocka_unit_test(every_scope_has_its_own_name),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests_name("token", tests, NULL, NULL);
}
