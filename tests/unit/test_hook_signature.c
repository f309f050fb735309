/* What the products publish as examples of their signatures. */
#include "api/hook_signature.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>
#include <sodium.h>

struct example {
	enum inbound_kind kind;
	const char *secret;
	struct http_field fields[3];
	const char *body;
	int64_t signed_at_s;
};

static const struct example github = {
	INBOUND_GITHUB,
	"It's a Secret to Everybody",
	{ { { "x-hub-signature-256", 19 },
	    { "sha256="
	      "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b"
	      "043e17",
	      71 } } },
	"Hello, World!",
	0,
};
static const struct example standard = {
	INBOUND_STANDARD_WEBHOOKS,
	"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
	{ { { "webhook-id", 10 }, { "msg_p5jXN8AQM9LWM0D4loKWxJek", 28 } },
	  { { "webhook-timestamp", 17 }, { "1614265330", 10 } },
	  { { "webhook-signature", 17 },
	    { "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", 47 } } },
	"{\"test\": 2432232314}",
	1614265330,
};
static const struct example slack = {
	INBOUND_SLACK,
	"8f742231b10e8888abcd99yyyzzz85a5",
	{ { { "X-Slack-Request-Timestamp", 25 }, { "1531420618", 10 } },
	  { { "X-Slack-Signature", 17 },
	    { "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69"
	      "b503",
	      67 } } },
	"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain="
	"testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id="
	"U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&"
	"response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F"
	"397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015."
	"47445629121.803a0bc887a14d10d2c447fce8b6703c",
	1531420618,
};

static enum hook_verdict check(const struct example *example, const char *body,
			       int64_t now_s)
{
	struct inbound_source source = { .kind = example->kind,
					 .window_seconds = 300 };
	struct http_head head = { .fields = example->fields };
	const char *why;

	while (head.field_count < 3 &&
	       example->fields[head.field_count].name.len > 0)
		head.field_count++;
	text_copy(text_of(example->secret), source.secret,
		  sizeof(source.secret));
	return hook_signature_check(&source, &head, text_of(body), now_s * 1000,
				    &why);
}

static void each_products_own_example_is_genuine(void **state)
{
	static const struct example *const rows[] = { &github, &standard,
						      &slack };
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t at = rows[i]->signed_at_s;

		assert_int_equal(HOOK_GENUINE,
				 check(rows[i], rows[i]->body, at));
		assert_int_equal(HOOK_FORGED, check(rows[i], "another", at));
		if (!at)
			continue;
		assert_int_equal(HOOK_GENUINE,
				 check(rows[i], rows[i]->body, at + 300));
		assert_int_equal(HOOK_STALE,
				 check(rows[i], rows[i]->body, at + 301));
		assert_int_equal(HOOK_STALE,
				 check(rows[i], rows[i]->body, at - 301));
		/* Nobody learns of the time who does not know the secret. */
		assert_int_equal(HOOK_FORGED,
				 check(rows[i], "another", at + 999));
	}
}

static void a_bearers_token_is_not_kept(void **state)
{
	char stored[INBOUND_SECRET_MAX + 1];
	const char *why;
	(void)state;

	assert_int_equal(0, hook_secret_store(INBOUND_BEARER,
					      TEXT("a-token-of-some-length"),
					      stored, &why));
	assert_int_equal(64, strlen(stored));
	assert_null(strstr(stored, "token"));
	assert_int_not_equal(0, hook_secret_store(INBOUND_GITHUB, TEXT("short"),
						  stored, &why));
	assert_int_not_equal(
		0, hook_secret_store(INBOUND_BEARER,
				     TEXT("with blanks, and long enough"),
				     stored, &why));
	assert_int_equal(0, hook_secret_store(INBOUND_GITHUB,
					      text_of(github.secret), stored,
					      &why));
	assert_string_equal(github.secret, stored);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_products_own_example_is_genuine),
		cmocka_unit_test(a_bearers_token_is_not_kept),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
