#include "worker_fixture.h"

#include <arpa/inet.h>
#include <sodium.h>

#include "sip/sip_pipeline.h"

enum {
	SECOND_US = 1000000,
	RING_SIZE = 1 << 20,
};

/* A pipeline whose one domain asks for credentials. */
struct bench {
	struct hash_key secret;
	struct sip_counters counters;
	struct redirect_log_ring *ring;
	struct sip_pipeline *pipeline;
	struct snapshot *snapshot;
	struct transaction_route route;
	char *answer;
	size_t request_len, answer_len;
	uint32_t address; /* requests come from there */
};

static struct snapshot *asking_snapshot(void)
{
	struct sip_user user = { .username = "bob", .domain = "example.com" };
	const struct domain_authentication asked = { .domain = "example.com",
						     .required = true,
						     .algorithms = DIGEST_ALL,
						     .nonce_seconds = 60 };
	struct snapshot_builder *builder = NULL;

	assert_int_equal(0,
			 digest_secrets_make(TEXT("bob"), TEXT("example.com"),
					     TEXT("zanzibar"), &user.secrets));
	assert_int_equal(0, snapshot_builder_begin(NULL, &builder));
	fixture_put_domain(builder);
	fixture_put_alice(builder, "sip:alice@hotel.example.net");
	assert_int_equal(0, snapshot_builder_set_sip_users(
				    builder, &(struct sip_user_rows){
						     &user, 1, &asked, 1 }));
	return snapshot_builder_finish(builder, 1);
}

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	struct sip_pipeline_config config = {
		.transactions = { .max = 100, .unproven_retransmits = 1 },
	};

	assert_non_null(bench);
	hash_key_init(&bench->secret);
	assert_int_equal(0, redirect_log_ring_new(RING_SIZE, &bench->ring));
	config.secret = &bench->secret;
	config.counters = &bench->counters;
	config.ring = bench->ring;
	assert_int_equal(0, sip_pipeline_new(&config, &bench->pipeline));
	bench->snapshot = asking_snapshot();
	bench->address = INADDR_LOOPBACK;
	bench->answer = malloc(SIP_ANSWER_MAX);
	assert_non_null(bench->answer);
	sip_pipeline_begin(bench->pipeline, bench->snapshot, SECOND_US,
			   INT64_C(1700000000000000));
	*state = bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	free(bench->answer);
	sip_pipeline_free(bench->pipeline);
	redirect_log_ring_free(bench->ring);
	snapshot_free_whole(bench->snapshot);
	free(bench);
	return 0;
}

/* The answer's status, 0 without one. headers: lines with CRLF. */
static int ask(struct bench *bench, const char *method, unsigned branch,
	       const char *headers)
{
	char text[2048];
	size_t len;

	snprintf(text, sizeof(text),
		 "%s sip:alice@example.com SIP/2.0\r\n"
		 "Via: SIP/2.0/UDP 127.0.0.1:5062;branch=z9hG4bK%u\r\n"
		 "From: <sip:c@example.org>;tag=1\r\n"
		 "To: <sip:alice@example.com>\r\n"
		 "Call-ID: c%u\r\nCSeq: 1 %s\r\n%sContent-Length: 0\r\n\r\n",
		 method, branch, branch, method, headers);
	memset(&bench->route, 0, sizeof(bench->route));
	bench->route.peer.in.sin_family = AF_INET;
	bench->route.peer.in.sin_port = htons(5062);
	bench->route.peer.in.sin_addr.s_addr = htonl(bench->address);
	bench->route.peer_len = sizeof(bench->route.peer.in);
	len = sip_pipeline_datagram(bench->pipeline, text_of(text),
				    &bench->route, bench->answer);
	bench->request_len = strlen(text);
	bench->answer_len = len;
	if (len < 12)
		return 0;
	bench->answer[len] = '\0';
	return (bench->answer[8] - '0') * 100 + (bench->answer[9] - '0') * 10 +
	       (bench->answer[10] - '0');
}

static uint64_t live(struct bench *bench)
{
	return atomic_load(&bench->counters.transactions);
}

static void hash(const char *text, char hex[33])
{
	const struct text parts[] = { text_of(text) };
	unsigned char digest[DIGEST_SIZE_MAX];
	struct digest_hasher *hasher = NULL;
	char full[DIGEST_HEX_MAX];

	assert_int_equal(0, digest_hasher_new(&hasher));
	assert_int_equal(0, digest_hash(hasher, DIGEST_MD5, parts, 1, digest));
	text_copy(digest_hex(DIGEST_MD5, digest, full), hex, 33);
	digest_hasher_free(hasher);
}

/* With the nonce of the answer that was just given. */
static void prove(struct bench *bench, char header[512])
{
	const char *nonce = strstr(bench->answer, "nonce=\"");
	char ha1[33], ha2[33], response[33], text[256];

	assert_non_null(nonce);
	nonce += 7;
	hash("bob:example.com:zanzibar", ha1);
	hash("INVITE:sip:alice@example.com", ha2);
	snprintf(text, sizeof(text), "%s:%.32s:%s", ha1, nonce, ha2);
	hash(text, response);
	snprintf(header, 512,
		 "Authorization: Digest username=\"bob\", "
		 "realm=\"example.com\", nonce=\"%.32s\", "
		 "uri=\"sip:alice@example.com\", response=\"%s\"\r\n",
		 nonce, response);
}

static void a_challenge_keeps_nothing(void **state)
{
	struct bench *bench = *state;

	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(401, ask(bench, "INVITE", i, ""));
	assert_int_equal(0, live(bench));
	assert_int_equal(
		1000, atomic_load(&bench->counters.responses[SIP_TRAFFIC_401]));
	assert_int_equal(0, ask(bench, "ACK", 5, ""));
	assert_int_equal(481, ask(bench, "CANCEL", 5, ""));
}

static void a_caller_who_proved_himself_has_a_transaction(void **state)
{
	struct bench *bench = *state;
	char header[512];

	assert_int_equal(401, ask(bench, "INVITE", 1, ""));
	prove(bench, header);
	assert_int_equal(302, ask(bench, "INVITE", 2, header));
	assert_int_equal(1, live(bench));
	/* A copy is the transaction's, not a replay; the ACK shows nothing. */
	assert_int_equal(302, ask(bench, "INVITE", 2, header));
	assert_int_equal(200, ask(bench, "CANCEL", 2, ""));
	assert_int_equal(0, ask(bench, "ACK", 2, ""));
	assert_int_equal(
		1, atomic_load(&bench->counters.events[SIP_TRAFFIC_ACKS]));
	assert_int_equal(401, ask(bench, "INVITE", 3, header));
	assert_non_null(strstr(bench->answer, "stale=true"));
}

static void what_is_refused_before_uses_up_no_nonce(void **state)
{
	struct bench *bench = *state;
	char header[512];
	char bad[1024];

	assert_int_equal(401, ask(bench, "INVITE", 1, ""));
	prove(bench, header);
	snprintf(bad, sizeof(bad), "%sFrom: <sip:c@example.org>\r\n", header);
	assert_int_equal(400, ask(bench, "INVITE", 2, bad));
	assert_int_equal(302, ask(bench, "INVITE", 3, header));
}

static unsigned challenges(const struct bench *bench)
{
	const char *at = bench->answer;
	unsigned count = 0;

	while ((at = strstr(at, "\r\nWWW-Authenticate: "))) {
		at++;
		count++;
	}
	return count;
}

/* Q1, Q2: a challenge is no gift to whoever's address was written. */
static void a_stranger_is_challenged_in_at_most_twice_its_octets(void **state)
{
	static char padding[300];
	struct bench *bench = *state;

	bench->address = 0xc0000209; /* 192.0.2.9 */
	assert_int_equal(401, ask(bench, "INVITE", 1, ""));
	assert_in_range(bench->answer_len, 1, 2 * bench->request_len);
	/* What every client knows is the last to go. */
	assert_in_range(challenges(bench), 1, 2);
	assert_non_null(strstr(bench->answer, "algorithm=MD5"));
	assert_null(strstr(bench->answer, "algorithm=SHA-512-256"));
	/* As long as calls are: all of them. */
	snprintf(padding, sizeof(padding), "Subject: %0200d\r\n", 0);
	assert_int_equal(401, ask(bench, "INVITE", 2, padding));
	assert_int_equal(3, challenges(bench));
	assert_in_range(bench->answer_len, 1, 2 * bench->request_len);
	/* This machine's own. */
	bench->address = INADDR_LOOPBACK;
	assert_int_equal(401, ask(bench, "INVITE", 3, ""));
	assert_int_equal(3, challenges(bench));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_challenge_keeps_nothing),
		TEST(a_caller_who_proved_himself_has_a_transaction),
		TEST(what_is_refused_before_uses_up_no_nonce),
		TEST(a_stranger_is_challenged_in_at_most_twice_its_octets),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
