#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <errno.h>

#include "sip/digest_credentials.h"

#define NEEDED                                                   \
	"username=\"bob\", realm=\"example.com\", nonce=\"n\", " \
	"uri=\"sip:bob@example.com\", response=\"r\""

/* A heap copy of its exact size, so that reading beyond it is seen. */
static int read_value(const char *value, struct digest_credentials *credentials)
{
	size_t len = strlen(value);
	char *copy = malloc(len > 0 ? len : 1);
	int err;

	assert_non_null(copy);
	memcpy(copy, value, len);
	err = digest_credentials_read((struct text){ copy, len }, credentials);
	free(copy);
	return err;
}

static void assert_text(const char *expected, struct text text)
{
	assert_int_equal(strlen(expected), text.len);
	assert_memory_equal(expected, text.ptr, text.len);
}

static void every_parameter_is_found_wherever_it_stands(void **state)
{
	static const char value[] =
		"DIGEST  nc=00000a1F ,\r\n qop=auth, CNonce=\"c,\\\"n\", "
		"opaque=\"\", algorithm=sha-256, x-other=1, " NEEDED;
	struct digest_credentials credentials;
	(void)state;

	assert_int_equal(0,
			 digest_credentials_read(text_of(value), &credentials));
	assert_text("bob", credentials.username);
	assert_text("example.com", credentials.realm);
	assert_text("n", credentials.nonce);
	assert_text("sip:bob@example.com", credentials.uri);
	assert_text("r", credentials.response);
	assert_text("c,\\\"n", credentials.cnonce);
	assert_text("00000a1F", credentials.nc);
	assert_int_equal(0xa1f, credentials.nonce_count);
	assert_int_equal(DIGEST_SHA_256, credentials.algorithm);
	assert_true(credentials.has_qop);
}

static void without_qop_and_algorithm_it_is_the_old_form(void **state)
{
	struct digest_credentials credentials;
	(void)state;

	assert_int_equal(0, read_value("Digest " NEEDED, &credentials));
	assert_false(credentials.has_qop);
	assert_int_equal(DIGEST_MD5, credentials.algorithm);
	/* Quoted where a token belongs: seen in the wild. */
	assert_int_equal(0, read_value("Digest " NEEDED ",algorithm=\"MD5\"",
				       &credentials));
	assert_int_equal(0, read_value("Digest " NEEDED
				       ",qop=\"auth\",nc=00000001,cnonce=\"\"",
				       &credentials));
}

static void what_is_not_ours_is_as_good_as_nothing(void **state)
{
	static const char *const values[] = {
		"Basic Zm9vOmJhcg==",
		"Bearer x",
		"",
		" ",
		"Digestx " NEEDED,
		"Digest " NEEDED ", algorithm=MD5-sess",
		"Digest " NEEDED ", algorithm=AKAv1-MD5",
		"Digest " NEEDED ", qop=auth-int, nc=00000001, cnonce=\"c\"",
	};
	struct digest_credentials credentials;
	(void)state;

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		assert_int_equal(ENOTSUP, read_value(values[i], &credentials));
}

static void what_breaks_the_grammar_is_refused(void **state)
{
	static const char *const values[] = {
		"Digest",
		"Digest ",
		"Digest username",
		"Digest username=",
		"Digest username=\"bob",
		"Digest username=\"bob\"",
		"Digest " NEEDED ",",
		"Digest " NEEDED " nc=00000001",
		"Digest " NEEDED "; nc=00000001",
		"Digest " NEEDED ", username=\"eve\"",
		"Digest " NEEDED ", qop=auth",
		"Digest " NEEDED ", qop=auth, nc=1, cnonce=\"c\"",
		"Digest " NEEDED ", qop=auth, nc=0000000g, cnonce=\"c\"",
		"Digest " NEEDED ", qop=auth, nc=000000001, cnonce=\"c\"",
		"Digest " NEEDED ", qop=auth, nc=00000001",
		/* The uri is quoted (RFC 8760 2.6). */
		"Digest username=\"bob\", realm=\"example.com\", nonce=\"n\", "
		"uri=sip, response=\"r\"",
		"Digest username=\"bob\", realm=\"example.com\", nonce=\"n\", "
		"uri=sip:bob@example.com, response=\"r\"",
		"Digest username=bob, realm=\"example.com\", nonce=\"n\", "
		"uri=\"sip:bob@example.com\", response=\"r\"",
		"Digest realm=\"example.com\", nonce=\"n\", "
		"uri=\"sip:bob@example.com\", response=\"r\"",
	};
	struct digest_credentials credentials;
	(void)state;

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		int err = read_value(values[i], &credentials);

		if (err != EBADMSG)
			print_message("%s\n", values[i]);
		assert_int_equal(EBADMSG, err);
	}
}

/* "Digest " and what is needed; more, so often; end. */
static int read_filled(const char *more, size_t times, const char *end)
{
	char value[8192];
	struct writer writer = writer_over(value, sizeof(value) - 1);
	struct digest_credentials credentials;

	writer_put(&writer, TEXT("Digest " NEEDED));
	for (size_t i = 0; i < times; i++)
		writer_put(&writer, text_of(more));
	writer_put(&writer, text_of(end));
	assert_true(writer_is_complete(&writer));
	value[writer.len] = '\0';
	return read_value(value, &credentials);
}

/* All of it would be hashed for whoever knows no password. */
static void what_is_hashed_has_an_end(void **state)
{
	(void)state;

	assert_int_equal(0, read_filled(",a=b", 27, ""));
	assert_int_equal(EBADMSG, read_filled(",a=b", 28, ""));
	assert_int_equal(0, read_filled(",cnonce=\"", 1, "c\""));
	for (size_t len = 256; len <= 257; len++) {
		char value[300];

		memset(value, 'c', sizeof(value));
		value[len] = '"';
		value[len + 1] = '\0';
		assert_int_equal(len == 256 ? 0 : EBADMSG,
				 read_filled(",cnonce=\"", 1, value));
	}
	/* Of what nobody here knows, nothing is. */
	assert_int_equal(0, read_filled(",opaque=\"0123456789\"", 20, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_parameter_is_found_wherever_it_stands),
		cmocka_unit_test(without_qop_and_algorithm_it_is_the_old_form),
		cmocka_unit_test(what_is_not_ours_is_as_good_as_nothing),
		cmocka_unit_test(what_breaks_the_grammar_is_refused),
		cmocka_unit_test(what_is_hashed_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
