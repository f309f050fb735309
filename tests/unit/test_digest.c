#include "call_fixture.h"

#include <sodium.h>

#include "sip/digest.h"

enum {
	AUTHORIZATION_SIZE = 1024,
};

/* A domain with a user bob, one guard, and the nonce of its last challenge. */
struct bench {
	struct hash_key secret;
	struct digest_guard *guard;
	struct domain_authentication asked;
	struct snapshot *snapshot;
	struct digest_verdict verdict;
	int64_t now_ms;
	const char *source;
};

/* What a client puts into its Authorization; NULL: what is right. */
struct client {
	enum digest_algorithm algorithm;
	const char *username, *password, *realm, *uri, *nc;
	bool is_old_form; /* RFC 2069's */
	const char *extra;
};

static void load(struct bench *bench)
{
	struct snapshot_builder *builder = NULL;
	struct sip_user user = { .username = "bob", .domain = "example.com" };
	const struct sip_user_rows rows = { &user, 1, &bench->asked, 1 };

	snapshot_free_whole(bench->snapshot);
	assert_int_equal(0,
			 digest_secrets_make(TEXT("bob"), TEXT("example.com"),
					     TEXT("zanzibar"), &user.secrets));
	assert_int_equal(0, snapshot_builder_begin(NULL, &builder));
	fixture_put_domains(builder, NULL);
	for (size_t i = 0; i < COUNT(fixture_moves); i++)
		fixture_put_move(builder, &fixture_moves[i], i);
	assert_int_equal(0, snapshot_builder_set_sip_users(builder, &rows));
	bench->snapshot = snapshot_builder_finish(builder, 7);
}

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	hash_key_init(&bench->secret);
	assert_int_equal(0, digest_guard_new(&bench->secret, 0, &bench->guard));
	bench->asked = (struct domain_authentication){
		.domain = "example.com",
		.required = true,
		.algorithms = DIGEST_ALL,
		.nonce_seconds = 60,
	};
	bench->now_ms = 1000;
	bench->source = "192.0.2.7";
	load(bench);
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	digest_guard_free(bench->guard);
	snapshot_free_whole(bench->snapshot);
	free(bench);
	return 0;
}

static enum digest_outcome ask_as(struct bench *bench, const char *method,
				  const char *uri, const char *headers)
{
	static const struct text own_hosts[] = { { "192.0.2.1", 9 } };
	struct fixture_request message;
	struct digest_question question = {
		.source = text_of(bench->source),
		.own_hosts = own_hosts,
		.own_host_count = 1,
		.now_ms = bench->now_ms,
	};

	fixture_request(&message, method, uri, headers);
	question.request = &message.request;
	digest_check(bench->guard, bench->snapshot, &question, &bench->verdict);
	fixture_request_free(&message);
	return bench->verdict.outcome;
}

static enum digest_outcome ask(struct bench *bench, const char *headers)
{
	return ask_as(bench, "INVITE", "sip:user@example.com", headers);
}

static const char *or_else(const char *given, const char *otherwise)
{
	return given ? given : otherwise;
}

static void hash_into(enum digest_algorithm algorithm, const char *text,
		      char hex[DIGEST_HEX_MAX + 1])
{
	const struct text parts[] = { text_of(text) };
	unsigned char digest[DIGEST_SIZE_MAX];
	struct digest_hasher *hasher = NULL;

	assert_int_equal(0, digest_hasher_new(&hasher));
	assert_int_equal(0, digest_hash(hasher, algorithm, parts, 1, digest));
	digest_hasher_free(hasher);
	hex[digest_hex(algorithm, digest, hex).len] = '\0';
}

static void compose(const struct client *client, const char *nonce,
		    char header[AUTHORIZATION_SIZE])
{
	const char *username = or_else(client->username, "bob");
	const char *realm = or_else(client->realm, "example.com");
	const char *uri = or_else(client->uri, "sip:user@example.com");
	const char *nc = or_else(client->nc, "00000001");
	char text[512], ha1[DIGEST_HEX_MAX + 1], ha2[DIGEST_HEX_MAX + 1];
	char response[DIGEST_HEX_MAX + 1], qop[128] = "", old_qop[128] = "";

	snprintf(text, sizeof(text), "%s:%s:%s", username, realm,
		 or_else(client->password, "zanzibar"));
	hash_into(client->algorithm, text, ha1);
	snprintf(text, sizeof(text), "INVITE:%s", uri);
	hash_into(client->algorithm, text, ha2);
	if (!client->is_old_form) {
		snprintf(old_qop, sizeof(old_qop), "%s:0a4f:auth:", nc);
		snprintf(qop, sizeof(qop), ", qop=auth, nc=%s, cnonce=\"0a4f\"",
			 nc);
	}
	snprintf(text, sizeof(text), "%s:%s:%s%s", ha1, nonce, old_qop, ha2);
	hash_into(client->algorithm, text, response);
	snprintf(header, AUTHORIZATION_SIZE,
		 "Authorization: Digest username=\"%s\", realm=\"%s\", "
		 "nonce=\"%s\", uri=\"%s\", response=\"%s\", algorithm=%s%s%s"
		 "\r\n",
		 username, realm, nonce, uri, response,
		 digest_algorithm_name(client->algorithm), qop,
		 or_else(client->extra, ""));
}

/* Is challenged, and answers with the nonce of it. */
static enum digest_outcome answer(struct bench *bench,
				  const struct client *client, char *header)
{
	char nonce[DIGEST_NONCE_LEN + 1] = "";

	assert_int_equal(DIGEST_UNPROVEN, ask(bench, ""));
	memcpy(nonce, bench->verdict.challenge.nonce, DIGEST_NONCE_LEN);
	compose(client, nonce, header);
	return ask(bench, header);
}

static void right_credentials_are_accepted_in_every_algorithm(void **state)
{
	struct bench *bench = *state;
	char header[AUTHORIZATION_SIZE];

	for (int i = 0; i < DIGEST_ALGORITHMS; i++) {
		struct client client = {
			.algorithm = (enum digest_algorithm)i,
		};

		assert_int_equal(DIGEST_ACCEPTED,
				 answer(bench, &client, header));
		client.is_old_form = true;
		assert_int_equal(DIGEST_ACCEPTED,
				 answer(bench, &client, header));
	}
}

static void what_is_wrong_is_refused_and_not_stale(void **state)
{
	static const struct client clients[] = {
		{ .algorithm = DIGEST_MD5, .password = "zanzibaR" },
		{ .algorithm = DIGEST_SHA_256, .password = "" },
		{ .algorithm = DIGEST_SHA_512_256, .username = "eve" },
		{ .algorithm = DIGEST_MD5, .username = "" },
		{ .algorithm = DIGEST_MD5, .uri = "sip:user@example.net" },
		{ .algorithm = DIGEST_MD5, .uri = "user@example.com" },
		{ .algorithm = DIGEST_MD5, .uri = "" },
	};
	struct bench *bench = *state;
	char header[AUTHORIZATION_SIZE];

	for (size_t i = 0; i < COUNT(clients); i++) {
		assert_int_equal(DIGEST_WRONG,
				 answer(bench, &clients[i], header));
		assert_false(bench->verdict.challenge.is_stale);
	}
}

static void the_uri_may_name_anything_that_we_answer_for(void **state)
{
	static const char *const uris[] = {
		"sip:other@example.com", "sips:user@EXAMPLE.com:5061",
		"sip:192.0.2.1:5060", "sip:example.com", "tel:+15550100"
	};
	struct bench *bench = *state;
	char header[AUTHORIZATION_SIZE];

	for (size_t i = 0; i < COUNT(uris); i++) {
		const struct client client = { .algorithm = DIGEST_MD5,
					       .uri = uris[i] };

		assert_int_equal(DIGEST_ACCEPTED,
				 answer(bench, &client, header));
	}
}

static void nobody_makes_a_password_of_a_users_absence(void **state)
{
	/* What an unknown user is compared with is no secret. */
	struct bench *bench = *state;
	char zeros[2 * 16 + 1], text[512], ha2[DIGEST_HEX_MAX + 1];
	char response[DIGEST_HEX_MAX + 1], header[AUTHORIZATION_SIZE];
	char nonce[DIGEST_NONCE_LEN + 1] = "";

	memset(zeros, '0', sizeof(zeros) - 1);
	zeros[sizeof(zeros) - 1] = '\0';
	assert_int_equal(DIGEST_UNPROVEN, ask(bench, ""));
	memcpy(nonce, bench->verdict.challenge.nonce, DIGEST_NONCE_LEN);
	hash_into(DIGEST_MD5, "INVITE:sip:user@example.com", ha2);
	snprintf(text, sizeof(text), "%s:%s:%s", zeros, nonce, ha2);
	hash_into(DIGEST_MD5, text, response);
	snprintf(header, sizeof(header),
		 "Authorization: Digest username=\"nobody\", "
		 "realm=\"example.com\", nonce=\"%s\", "
		 "uri=\"sip:user@example.com\", response=\"%s\"\r\n",
		 nonce, response);
	assert_int_equal(DIGEST_WRONG, ask(bench, header));
}

static void a_replay_is_stale_and_the_next_count_is_not(void **state)
{
	struct client client = { .algorithm = DIGEST_SHA_256 };
	struct bench *bench = *state;
	char nonce[DIGEST_NONCE_LEN + 1] = "";
	char header[AUTHORIZATION_SIZE];

	assert_int_equal(DIGEST_UNPROVEN, ask(bench, ""));
	memcpy(nonce, bench->verdict.challenge.nonce, DIGEST_NONCE_LEN);
	compose(&client, nonce, header);
	assert_int_equal(DIGEST_ACCEPTED, ask(bench, header));
	assert_int_equal(DIGEST_STALE, ask(bench, header));
	assert_true(bench->verdict.challenge.is_stale);
	client.nc = "00000002";
	compose(&client, nonce, header);
	assert_int_equal(DIGEST_ACCEPTED, ask(bench, header));
	/* Without a count, a nonce is good once. */
	client.is_old_form = true;
	assert_int_equal(DIGEST_ACCEPTED, answer(bench, &client, header));
	assert_int_equal(DIGEST_STALE, ask(bench, header));
}

static void a_nonce_that_is_old_or_not_ours_is_stale(void **state)
{
	const struct client client = { .algorithm = DIGEST_MD5 };
	struct bench *bench = *state;
	char header[AUTHORIZATION_SIZE];

	compose(&client, "dcd98b7102dd2f0e8b11d0f600bfb0c093", header);
	assert_int_equal(DIGEST_STALE, ask(bench, header));
	assert_int_equal(DIGEST_UNPROVEN, ask(bench, ""));
	compose(&client, (char[DIGEST_NONCE_LEN + 1]){ 0 }, header);
	assert_int_equal(DIGEST_STALE, ask(bench, header));
}

static void a_nonce_ends_when_the_domain_says(void **state)
{
	const struct client client = { .algorithm = DIGEST_MD5 };
	struct bench *bench = *state;
	char nonce[DIGEST_NONCE_LEN + 1] = "";
	char header[AUTHORIZATION_SIZE];

	assert_int_equal(DIGEST_UNPROVEN, ask(bench, ""));
	memcpy(nonce, bench->verdict.challenge.nonce, DIGEST_NONCE_LEN);
	compose(&client, nonce, header);
	bench->now_ms += 60001;
	assert_int_equal(DIGEST_STALE, ask(bench, header));
	bench->now_ms -= 1;
	assert_int_equal(DIGEST_ACCEPTED, ask(bench, header));
}

static void a_domain_may_bind_nonces_to_the_source(void **state)
{
	const struct client client = { .algorithm = DIGEST_MD5 };
	struct bench *bench = *state;
	char nonce[DIGEST_NONCE_LEN + 1] = "";
	char header[AUTHORIZATION_SIZE];

	bench->asked.bind_nonce = true;
	load(bench);
	assert_int_equal(DIGEST_UNPROVEN, ask(bench, ""));
	memcpy(nonce, bench->verdict.challenge.nonce, DIGEST_NONCE_LEN);
	compose(&client, nonce, header);
	bench->source = "192.0.2.8";
	assert_int_equal(DIGEST_STALE, ask(bench, header));
	bench->source = "192.0.2.7";
	assert_int_equal(DIGEST_ACCEPTED, ask(bench, header));
}

static void a_domain_may_refuse_the_old_form_and_weak_algorithms(void **state)
{
	const struct client old = { .algorithm = DIGEST_SHA_256,
				    .is_old_form = true };
	const struct client weak = { .algorithm = DIGEST_MD5 };
	const struct client strong = { .algorithm = DIGEST_SHA_256 };
	struct bench *bench = *state;
	char header[AUTHORIZATION_SIZE];

	bench->asked.require_qop = true;
	bench->asked.algorithms = 1U << DIGEST_SHA_256;
	load(bench);
	assert_int_equal(DIGEST_WRONG, answer(bench, &old, header));
	assert_int_equal(DIGEST_UNPROVEN, answer(bench, &weak, header));
	assert_int_equal(DIGEST_ACCEPTED, answer(bench, &strong, header));
}

static void the_right_one_of_several_credentials_counts(void **state)
{
	const struct client ours = { .algorithm = DIGEST_SHA_256 };
	struct bench *bench = *state;
	char header[AUTHORIZATION_SIZE];
	char all[4 * AUTHORIZATION_SIZE];
	char nonce[DIGEST_NONCE_LEN + 1] = "";

	assert_int_equal(DIGEST_UNPROVEN, ask(bench, ""));
	memcpy(nonce, bench->verdict.challenge.nonce, DIGEST_NONCE_LEN);
	compose(&ours, nonce, header);
	snprintf(all, sizeof(all),
		 "Authorization: Basic Zm9vOmJhcg==\r\n"
		 "Authorization: Digest nonsense\r\n"
		 "authorization : Digest username=\"x\", realm=\"other\", "
		 "nonce=\"n\", uri=\"sip:x\", response=\"r\"\r\n%s",
		 header);
	assert_int_equal(DIGEST_ACCEPTED, ask(bench, all));
	/* Those behind the fourth are not read. */
	snprintf(all, sizeof(all),
		 "Authorization: A\r\nAuthorization: B\r\n"
		 "Authorization: C\r\nAuthorization: D\r\n%s",
		 header);
	assert_int_equal(DIGEST_UNPROVEN, ask(bench, all));
}

static void only_calls_to_the_domain_itself_are_asked(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(DIGEST_UNPROVEN,
			 ask_as(bench, "OPTIONS", "sip:EXAMPLE.COM.:5070", ""));
	assert_int_equal(DIGEST_NOT_ASKED,
			 ask_as(bench, "INVITE", "sip:user@example.org", ""));
	assert_int_equal(DIGEST_NOT_ASKED,
			 ask_as(bench, "INVITE", "tel:+15550100", ""));
	assert_true(snapshot_has_authentication(bench->snapshot));
	bench->asked.required = false;
	load(bench);
	assert_false(snapshot_has_authentication(bench->snapshot));
	assert_int_equal(DIGEST_NOT_ASKED, ask(bench, ""));
}

/* --- the decision and its answer ------------------------------------------ */

static uint16_t decide(struct bench *bench, const char *method, const char *uri,
		       const char *headers, struct text *ret_answer)
{
	static char buffer[4096];
	const struct sip_source source = { TEXT("192.0.2.7"), 5062, 0, 0 };
	const struct call_settings settings = { .authentication =
							&bench->verdict };
	struct fixture_request message;
	struct call_decision decision;

	memset(&decision, 0xa5, sizeof(decision));
	(void)ask_as(bench, method, uri, headers);
	fixture_request(&message, method, uri, headers);
	call_decide(bench->snapshot, &settings, &message.request, false,
		    FIXTURE_NOW_MS, &decision);
	*ret_answer = (struct text){
		buffer,
		sip_response_write(&message.request, &source, &settings,
				   &decision, TEXT("t"), buffer, sizeof(buffer))
	};
	fixture_request_free(&message);
	return decision.status;
}

static void a_challenge_names_every_algorithm_strongest_first(void **state)
{
	struct bench *bench = *state;
	char nonce[DIGEST_NONCE_LEN + 1] = "";
	char expected[1024];
	struct text text;

	assert_int_equal(401, decide(bench, "INVITE", "sip:user@example.com",
				     "", &text));
	memcpy(nonce, bench->verdict.challenge.nonce, DIGEST_NONCE_LEN);
	snprintf(expected, sizeof(expected),
		 "WWW-Authenticate: Digest realm=\"example.com\", "
		 "nonce=\"%s\", algorithm=SHA-512-256, qop=\"auth\"\r\n"
		 "WWW-Authenticate: Digest realm=\"example.com\", "
		 "nonce=\"%s\", algorithm=SHA-256, qop=\"auth\"\r\n"
		 "WWW-Authenticate: Digest realm=\"example.com\", "
		 "nonce=\"%s\", algorithm=MD5, qop=\"auth\"\r\n"
		 "Content-Length: 0\r\n\r\n",
		 nonce, nonce, nonce);
	assert_true(text_contains(text, expected));
	assert_true(text_contains(text, "SIP/2.0 401 Unauthorized\r\n"));
	bench->asked.algorithms = DIGEST_ALL & ~(1U << DIGEST_MD5);
	load(bench);
	assert_int_equal(401, decide(bench, "INVITE", "sip:user@example.com",
				     "", &text));
	assert_false(text_contains(text, "MD5"));
	assert_false(text_contains(text, "stale"));
}

static void a_stale_nonce_is_said_to_be(void **state)
{
	const struct client client = { .algorithm = DIGEST_MD5 };
	struct bench *bench = *state;
	char header[AUTHORIZATION_SIZE];
	struct text text;

	compose(&client, "dcd98b7102dd2f0e8b11d0f600bfb0c093", header);
	assert_int_equal(401, decide(bench, "INVITE", "sip:user@example.com",
				     header, &text));
	assert_true(text_contains(
		text, "algorithm=MD5, qop=\"auth\", stale=true\r\n"));
}

static void it_comes_before_everything_but_syntax_and_dialogs(void **state)
{
	static const struct {
		const char *method, *uri, *headers;
		uint16_t status;
	} rows[] = {
		{ "ACK", "sip:user@example.com", "", 0 },
		{ "CANCEL", "sip:user@example.com", "", 481 },
		{ "BYE", "sip:user@example.com", "", 481 },
		{ "REGISTER", "sip:example.com", "", 401 },
		{ "OPTIONS", "sip:example.com", "", 401 },
		{ "INVITE", "sip:nobody@example.com", "", 401 },
		{ "INVITE", "sip:user@example.com", "Require: foo\r\n", 401 },
		{ "INVITE", "sip:user@example.com?a=b", "", 401 },
		{ "INVITE", "mailto:user@example.com", "", 416 },
		{ "INVITE", "sip:user@example.org", "", 302 },
	};
	struct bench *bench = *state;
	struct text text;

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(rows[i].status,
				 decide(bench, rows[i].method, rows[i].uri,
					rows[i].headers, &text));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(right_credentials_are_accepted_in_every_algorithm),
		TEST(what_is_wrong_is_refused_and_not_stale),
		TEST(the_uri_may_name_anything_that_we_answer_for),
		TEST(nobody_makes_a_password_of_a_users_absence),
		TEST(a_replay_is_stale_and_the_next_count_is_not),
		TEST(a_nonce_that_is_old_or_not_ours_is_stale),
		TEST(a_nonce_ends_when_the_domain_says),
		TEST(a_domain_may_bind_nonces_to_the_source),
		TEST(a_domain_may_refuse_the_old_form_and_weak_algorithms),
		TEST(the_right_one_of_several_credentials_counts),
		TEST(only_calls_to_the_domain_itself_are_asked),
		TEST(a_challenge_names_every_algorithm_strongest_first),
		TEST(a_stale_nonce_is_said_to_be),
		TEST(it_comes_before_everything_but_syntax_and_dialogs),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
