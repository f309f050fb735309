#include "db/webhook_signature.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sodium.h>
#include <cmocka.h>

/* The example of Standard Webhooks, but for the length of its secret: the
 * signature was made by OpenSSL. */
static void a_signature_is_what_others_make_of_it(void **state)
{
	struct webhook_endpoint endpoint = { .old_until_ms = 0 };
	const struct webhook_signed message = {
		.id = "msg_p5jXN8AQM9LWM0D4loKWxJek",
		.at_ms = 1614265330000,
		.body = TEXT("{\"test\": 2432232314}"),
	};
	char signatures[WEBHOOK_SIGNATURES_SIZE];
	(void)state;

	memset(endpoint.secret, 'k', sizeof(endpoint.secret));
	assert_int_equal(0, webhook_sign(&endpoint, &message, signatures));
	assert_string_equal("v1,+qNgyReIHqPuR060oMQ+nyzPsJZG+OFv/pI9RG/w4Ts=",
			    signatures);
}

static void the_old_secret_signs_until_its_time_is_over(void **state)
{
	struct webhook_endpoint endpoint = { .old_until_ms = 2000 };
	struct webhook_signed message = { .id = "msg_1",
					  .at_ms = 1999,
					  .body = TEXT("{}") };
	char both[WEBHOOK_SIGNATURES_SIZE], one[WEBHOOK_SIGNATURES_SIZE];
	(void)state;

	memset(endpoint.old_secret, 'o', sizeof(endpoint.old_secret));
	assert_int_equal(0, webhook_sign(&endpoint, &message, both));
	message.at_ms = 2000;
	assert_int_equal(0, webhook_sign(&endpoint, &message, one));
	assert_non_null(strstr(both, " v1,"));
	assert_null(strstr(one, " "));
}

static void a_key_pair_signs_what_its_public_half_opens(void **state)
{
	struct webhook_endpoint endpoint = { .signs_ed25519 = true };
	const struct webhook_signed message = { .id = "msg_1",
						.at_ms = 5000,
						.body = TEXT("{}") };
	char signatures[WEBHOOK_SIGNATURES_SIZE], text[WEBHOOK_KEY_TEXT_SIZE];
	unsigned char key[32], signature[64];
	const char *found;
	(void)state;

	memset(endpoint.signing_seed, 's', sizeof(endpoint.signing_seed));
	webhook_public_key_text(endpoint.signing_seed, text);
	assert_int_equal(0, strncmp(text, "whpk_", 5));
	assert_int_equal(0,
			 sodium_base642bin(key, sizeof(key), text + 5,
					   strlen(text + 5), NULL, NULL, NULL,
					   sodium_base64_VARIANT_ORIGINAL));
	assert_int_equal(0, webhook_sign(&endpoint, &message, signatures));
	found = strstr(signatures, " v1a,");
	assert_non_null(found);
	assert_int_equal(0, sodium_base642bin(signature, sizeof(signature),
					      found + 5, strlen(found + 5),
					      NULL, NULL, NULL,
					      sodium_base64_VARIANT_ORIGINAL));
	assert_int_equal(0,
			 crypto_sign_verify_detached(
				 signature, (const unsigned char *)"msg_1.5.{}",
				 10, key));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signature_is_what_others_make_of_it),
		cmocka_unit_test(the_old_secret_signs_until_its_time_is_over),
		cmocka_unit_test(a_key_pair_signs_what_its_public_half_opens),
	};

	return sodium_init() < 0 ? 1
				 : cmocka_run_group_tests(tests, NULL, NULL);
}
