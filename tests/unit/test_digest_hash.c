#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/digest_hash.h"

struct vector {
	enum digest_algorithm algorithm;
	const char *a1[3], *a2[2];
	const char *nonce, *nc, *cnonce; /* nc NULL: RFC 2069's form */
	const char *response;
};

static struct text hash_hex(struct digest_hasher *hasher,
			    enum digest_algorithm algorithm,
			    const char *const *strings, size_t count,
			    char hex[DIGEST_HEX_MAX])
{
	unsigned char digest[DIGEST_SIZE_MAX];
	struct text parts[6];

	for (size_t i = 0; i < count; i++)
		parts[i] = text_of(strings[i]);
	assert_int_equal(0,
			 digest_hash(hasher, algorithm, parts, count, digest));
	return digest_hex(algorithm, digest, hex);
}

static void check_vector(const struct vector *vector)
{
	struct digest_hasher *hasher = NULL;
	char ha1[DIGEST_HEX_MAX + 1] = "";
	char ha2[DIGEST_HEX_MAX + 1] = "";
	char hex[DIGEST_HEX_MAX];
	const char *parts[] = { ha1,	    vector->nonce,
				vector->nc, vector->cnonce,
				"auth",	    ha2 };
	struct text response;

	assert_int_equal(0, digest_hasher_new(&hasher));
	hash_hex(hasher, vector->algorithm, vector->a1, 3, ha1);
	hash_hex(hasher, vector->algorithm, vector->a2, 2, ha2);
	if (!vector->nc)
		parts[2] = ha2;
	response = hash_hex(hasher, vector->algorithm, parts,
			    vector->nc ? 6 : 3, hex);
	assert_int_equal(strlen(vector->response), response.len);
	assert_memory_equal(vector->response, response.ptr, response.len);
	digest_hasher_free(hasher);
}

/* RFC 7616 3.9.1 and 3.9.2 (with erratum 4897); RFC 2617 3.5. */
static void the_examples_of_the_rfcs_come_out(void **state)
{
	static const struct vector vectors[] = {
		{ DIGEST_MD5,
		  { "Mufasa", "http-auth@example.org", "Circle of Life" },
		  { "GET", "/dir/index.html" },
		  "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
		  "00000001",
		  "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
		  "8ca523f5e9506fed4657c9700eebdbec" },
		{ DIGEST_SHA_256,
		  { "Mufasa", "http-auth@example.org", "Circle of Life" },
		  { "GET", "/dir/index.html" },
		  "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
		  "00000001",
		  "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
		  "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5"
		  "856cb6c1" },
		{ DIGEST_SHA_512_256,
		  { "J\xc3\xa4s\xc3\xb8n Doe", "api@example.org",
		    "Secret, or not?" },
		  { "GET", "/doe.json" },
		  "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK",
		  "00000001",
		  "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
		  "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb"
		  "1cec68a5" },
		{ DIGEST_MD5,
		  { "Mufasa", "testrealm@host.com", "Circle Of Life" },
		  { "GET", "/dir/index.html" },
		  "dcd98b7102dd2f0e8b11d0f600bfb0c093",
		  "00000001",
		  "0a4f113b",
		  "6629fae49393a05397450978507c4ef1" },
		{ DIGEST_MD5,
		  { "Mufasa", "testrealm@host.com", "Circle Of Life" },
		  { "GET", "/dir/index.html" },
		  "dcd98b7102dd2f0e8b11d0f600bfb0c093",
		  NULL,
		  NULL,
		  "670fd8c2df070c60b045671b8b24ff02" },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		check_vector(&vectors[i]);
}

static void a_hasher_is_used_again_and_again(void **state)
{
	const struct text parts[] = { TEXT("abc") };
	unsigned char first[DIGEST_SIZE_MAX];
	unsigned char again[DIGEST_SIZE_MAX];
	struct digest_hasher *hasher = NULL;
	(void)state;

	assert_int_equal(0, digest_hasher_new(&hasher));
	for (int i = 0; i < DIGEST_ALGORITHMS; i++) {
		enum digest_algorithm algorithm = (enum digest_algorithm)i;

		assert_int_equal(
			0, digest_hash(hasher, algorithm, parts, 1, first));
		assert_int_equal(
			0, digest_hash(hasher, algorithm, parts, 1, again));
		assert_memory_equal(first, again, digest_size(algorithm));
	}
	digest_hasher_free(hasher);
}

static void algorithms_are_known_by_their_names(void **state)
{
	enum digest_algorithm algorithm;
	(void)state;

	for (int i = 0; i < DIGEST_ALGORITHMS; i++) {
		assert_true(digest_algorithm_from_text(
			text_of(digest_algorithm_name(
				(enum digest_algorithm)i)),
			&algorithm));
		assert_int_equal(i, algorithm);
	}
	assert_true(digest_algorithm_from_text(TEXT("md5"), &algorithm));
	assert_false(digest_algorithm_from_text(TEXT("MD5-sess"), &algorithm));
	assert_false(digest_algorithm_from_text(TEXT(""), &algorithm));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_examples_of_the_rfcs_come_out),
		cmocka_unit_test(a_hasher_is_used_again_and_again),
		cmocka_unit_test(algorithms_are_known_by_their_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
