#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <sodium.h>

#include "sip/digest_nonce.h"

enum {
	LIFETIME_MS = 1000,
	NOW_MS = 5000,
};

struct bench {
	struct hash_key secret;
	struct digest_nonces *nonces;
	char nonce[DIGEST_NONCE_LEN];
};

static const struct digest_nonce_scope ours = { { "example.com", 11 },
						{ "", 0 } };

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	hash_key_init(&bench->secret);
	assert_int_equal(0,
			 digest_nonces_new(&bench->secret, 3, &bench->nonces));
	digest_nonce_make(bench->nonces, &ours, NOW_MS, bench->nonce);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	digest_nonces_free(bench->nonces);
	free(bench);
	return 0;
}

static struct text nonce_of(const struct bench *bench)
{
	return (struct text){ bench->nonce, DIGEST_NONCE_LEN };
}

static bool is_fresh(const struct bench *bench,
		     const struct digest_nonce_scope *scope, struct text nonce,
		     int64_t now_ms)
{
	return digest_nonce_is_fresh(bench->nonces, scope, nonce, now_ms,
				     LIFETIME_MS);
}

static void a_nonce_is_good_to_the_last_millisecond_of_its_life(void **state)
{
	struct bench *bench = *state;

	assert_true(is_fresh(bench, &ours, nonce_of(bench), NOW_MS));
	assert_true(
		is_fresh(bench, &ours, nonce_of(bench), NOW_MS + LIFETIME_MS));
	assert_false(is_fresh(bench, &ours, nonce_of(bench),
			      NOW_MS + LIFETIME_MS + 1));
}

static void a_nonce_is_good_for_its_realm_and_its_source_alone(void **state)
{
	const struct digest_nonce_scope other = { TEXT("example.net"),
						  TEXT("") };
	const struct digest_nonce_scope here = { TEXT("example.com"),
						 TEXT("192.0.2.1") };
	const struct digest_nonce_scope there = { TEXT("example.com"),
						  TEXT("192.0.2.2") };
	const struct digest_nonce_scope shifted = { TEXT("example.com1"),
						    TEXT("92.0.2.1") };
	struct bench *bench = *state;

	assert_false(is_fresh(bench, &other, nonce_of(bench), NOW_MS));
	assert_false(is_fresh(bench, &here, nonce_of(bench), NOW_MS));
	digest_nonce_make(bench->nonces, &here, NOW_MS, bench->nonce);
	assert_true(is_fresh(bench, &here, nonce_of(bench), NOW_MS));
	assert_false(is_fresh(bench, &there, nonce_of(bench), NOW_MS));
	assert_false(is_fresh(bench, &shifted, nonce_of(bench), NOW_MS));
}

static void a_nonce_that_was_touched_anywhere_is_none_of_ours(void **state)
{
	struct bench *bench = *state;

	for (size_t i = 0; i < DIGEST_NONCE_LEN; i++) {
		char was = bench->nonce[i];

		bench->nonce[i] = was == 'A' ? 'B' : 'A';
		assert_false(is_fresh(bench, &ours, nonce_of(bench), NOW_MS));
		bench->nonce[i] = was;
	}
	assert_false(is_fresh(bench, &ours, TEXT(""), NOW_MS));
	assert_false(is_fresh(bench, &ours, (struct text){ bench->nonce, 31 },
			      NOW_MS));
	assert_false(is_fresh(bench, &ours,
			      TEXT("dcd98b7102dd2f0e8b11d0f600bfb0c093"),
			      NOW_MS));
}

static void no_two_nonces_are_alike(void **state)
{
	struct bench *bench = *state;
	char other[DIGEST_NONCE_LEN];

	digest_nonce_make(bench->nonces, &ours, NOW_MS, other);
	assert_memory_not_equal(bench->nonce, other, DIGEST_NONCE_LEN);
}

/* One worker sees each use of it; a process that did not make it, none. */
static void a_nonce_is_good_at_the_worker_that_made_it_alone(void **state)
{
	struct bench *bench = *state;
	struct digest_nonces *worker = NULL;
	struct digest_nonces *stranger = NULL;
	struct hash_key other_secret;

	hash_key_init(&other_secret);
	assert_int_equal(0, digest_nonces_new(&bench->secret, 4, &worker));
	assert_int_equal(0, digest_nonces_new(&other_secret, 3, &stranger));
	assert_true(is_fresh(bench, &ours, nonce_of(bench), NOW_MS));
	assert_false(digest_nonce_is_fresh(worker, &ours, nonce_of(bench),
					   NOW_MS, LIFETIME_MS));
	assert_false(digest_nonce_is_fresh(stranger, &ours, nonce_of(bench),
					   NOW_MS, LIFETIME_MS));
	digest_nonces_free(worker);
	digest_nonces_free(stranger);
}

static void each_count_is_good_once_in_whatever_order(void **state)
{
	static const struct {
		uint32_t count;
		bool is_good;
	} rows[] = {
		{ 2, true },	      { 2, false },	     { 1, true },
		{ 1, false },	      { 3, true },	     { 60, true },
		{ 4, true },	      { 4, false },	     { 70, true },
		{ 5, false }, /* 65 behind: too long ago to tell */
		{ 7, true },	      { 7, false },	     { 5000, true },
		{ 70, false },	      { 4999, true },	     { 4999, false },
		{ UINT32_MAX, true }, { UINT32_MAX, false },
	};
	struct bench *bench = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(rows[i].is_good,
				 digest_nonce_use(bench->nonces,
						  nonce_of(bench),
						  rows[i].count));
	assert_false(digest_nonce_use(bench->nonces, TEXT("x"), 1));
}

/* Else whoever kept a request could wait until its nonce has fallen out. */
static void what_a_full_table_forgot_is_never_good_again(void **state)
{
	struct bench *bench = *state;
	size_t remembered = 0;
	char others[64][DIGEST_NONCE_LEN];

	assert_true(digest_nonce_use(bench->nonces, nonce_of(bench), 1));
	for (int i = 0; i < 200000; i++) {
		char *other = others[i % 64];

		digest_nonce_make(bench->nonces, &ours, NOW_MS + 1 + i, other);
		assert_true(digest_nonce_use(bench->nonces,
					     (struct text){ other, 32 }, 1));
	}
	for (size_t i = 0; i < 64; i++)
		remembered += !digest_nonce_use(
			bench->nonces, (struct text){ others[i], 32 }, 1);
	assert_int_equal(64, remembered);
	assert_false(digest_nonce_use(bench->nonces, nonce_of(bench), 1));
	assert_false(digest_nonce_use(bench->nonces, nonce_of(bench), 2));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_nonce_is_good_to_the_last_millisecond_of_its_life),
		TEST(a_nonce_is_good_for_its_realm_and_its_source_alone),
		TEST(a_nonce_that_was_touched_anywhere_is_none_of_ours),
		TEST(no_two_nonces_are_alike),
		TEST(a_nonce_is_good_at_the_worker_that_made_it_alone),
		TEST(each_count_is_good_once_in_whatever_order),
		TEST(what_a_full_table_forgot_is_never_good_again),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
