/*
 * bench_hostile.c - what the dearest datagrams cost beside a normal INVITE, in
 * CPU of the pipeline alone (scan, transaction, decision, answer, log record;
 * no system call): design 9 allows ten times as much.
 *
 *   bench_hostile          a line a shape: bytes, ns, ratio; exits 1 if one is
 *                          dearer than that
 *   bench_hostile PART     those alone with PART in their names
 */
#include <arpa/inet.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "db/snapshot_builder.h"
#include "db/snapshot_state.h"
#include "hostile_shapes.h"
#include "sip/sip_pipeline.h"

enum {
	HEAD_ROOM = 128, /* left for the lines behind the pieces */
	PER_ROUND = 64,
	ROUNDS = 40,
	MOST = 10, /* times a normal INVITE */
	RING_SIZE = 1 << 20,
	NUMBER_DIGITS = 8,
};

/* --- a pipeline --- */

struct bench {
	struct hash_key secret;
	struct sip_counters counters;
	struct redirect_log_ring *ring;
	struct sip_pipeline *pipeline;
	struct snapshot *snapshot, *ruled;
	char *answer;
	char *datagrams[PER_ROUND];
	size_t lens[PER_ROUND];
	int64_t now_us;
	uint32_t number;
};

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "bench_hostile: %s\n", what);
	exit(2);
}

static void put_address(struct snapshot_builder *builder, const char *address,
			const char *target)
{
	static struct move move;

	memset(&move, 0, sizeof(move));
	move.ends_at_ms = MOVE_OPEN_END;
	move.target_count = 1;
	move.targets[0].q_permille = 1000;
	text_copy(text_of(target), move.targets[0].uri,
		  sizeof(move.targets[0].uri));
	must(!snapshot_builder_put_address(builder, text_of(address), &move, 1),
	     "no memory");
}

/* As many targets as there may be. */
static void put_many(struct snapshot_builder *builder)
{
	static struct move move = { .ends_at_ms = INT64_MAX - 1,
				    .target_count = MOVE_TARGETS_MAX };

	for (size_t i = 0; i < MOVE_TARGETS_MAX; i++) {
		snprintf(move.targets[i].uri, sizeof(move.targets[i].uri),
			 "sip:many%zu@hotel.example.net;x=%zu", i, i);
		move.targets[i].q_permille = (uint16_t)(1000 - i);
	}
	must(!snapshot_builder_put_address(
		     builder, TEXT("sip:many@all.example.com"), &move, 1),
	     "no memory");
	must(!snapshot_builder_put_address(builder, TEXT("tel:+15550100"),
					   &move, 1),
	     "no memory");
}

/* The default policy and a rule for the domain: each tag takes four looks. */
static void put_policy(struct snapshot_builder *builder)
{
	struct extension_rule *rules = NULL, *more;
	size_t count = 0;

	must(!extension_preset(TEXT("standard"), &rules, &count), "no preset");
	more = reallocarray(rules, count + 1, sizeof(*rules));
	must(more != NULL, "no memory");
	more[count] = (struct extension_rule){ .domain = "example.com",
					       .header = EXTENSION_REQUIRE,
					       .tag = "timer",
					       .method = "MESSAGE",
					       .enabled = true };
	must(!snapshot_builder_set_rules(builder, more, count + 1),
	     "no memory");
	free(more);
}

static const struct domain domains[] = {
	{ .row_id = 1, .name = "example.com" },
	{ .row_id = 2,
	  .name = "all.example.com",
	  .settings = { .ignores_user_case = true,
			.rejects_anonymous = true,
			.redirects_register = true,
			.register_target = "sip:all.example.com;x=y",
			.style = { .expires = CONTACT_EXPIRES_NEXT_CHANGE,
				   .has_diversion = true,
				   .has_history_info = true,
				   .has_cause = true,
				   .contact_template = "sip:{user}@gw.example."
						       "net{params}" } } },
	{ .row_id = 3, .name = "digest.example.com" },
};

/* Each is looked for in every request, and found in none. */
static void put_patterns(struct snapshot_builder *builder)
{
	static struct scanner_pattern patterns[SCANNER_PATTERNS_MAX];
	struct snapshot_source_rows rows = { .limit = source_limit_default };

	for (size_t i = 0; i < SCANNER_PATTERNS_MAX; i++) {
		patterns[i].header = i % 2 ? SCANNER_FROM : SCANNER_USER_AGENT;
		patterns[i].enabled = true;
		snprintf(patterns[i].text, sizeof(patterns[i].text),
			 "scanner-%zu", i);
	}
	rows.patterns = patterns;
	rows.pattern_count = SCANNER_PATTERNS_MAX;
	must(!snapshot_builder_set_sources(builder, &rows), "no memory");
}

static void put_target_rules(struct snapshot_builder *builder)
{
	static const struct target_rule rules[] = {
		{ .action = TARGET_DENY,
		  .kind = TARGET_NUMBER_PREFIX,
		  .value = "+1900",
		  .enabled = true },
		{ .action = TARGET_DENY,
		  .kind = TARGET_DOMAIN,
		  .value = "*.a.hotel.example.org",
		  .enabled = true },
		{ .action = TARGET_ALLOW,
		  .kind = TARGET_DOMAIN,
		  .value = "*.example.net",
		  .enabled = true },
	};
	struct target_screen *screen = NULL;

	must(!target_screen_new(snapshot_builder_key(builder), rules, 3,
				&target_policy_default, &screen),
	     "no memory");
	snapshot_builder_take_target_screen(builder, screen);
}

static void put_authentication(struct snapshot_builder *builder)
{
	static const struct domain_authentication asked = {
		.domain = "digest.example.com",
		.required = true,
		.algorithms = DIGEST_ALL,
		.nonce_seconds = 60
	};
	struct sip_user user = { .username = "a",
				 .domain = "digest.example.com" };

	must(!snapshot_builder_set_sip_users(
		     builder, &(struct sip_user_rows){ &user, 1, &asked, 1 }),
	     "no memory");
}

static struct snapshot *make_snapshot(bool is_ruled)
{
	struct snapshot_builder *builder = NULL;

	must(!snapshot_builder_begin(NULL, &builder), "no memory");
	must(!snapshot_builder_set_domains(builder, domains, 3), "no memory");
	put_address(builder, "sip:alice@example.com",
		    "sip:alice@hotel.example.net");
	put_address(builder, "sip:self@example.com",
		    "sip:self@example.com;b;c=d");
	put_many(builder);
	put_policy(builder);
	if (is_ruled) {
		put_patterns(builder);
		put_target_rules(builder);
		put_authentication(builder);
	}
	return snapshot_builder_finish(builder, 1 + is_ruled);
}

static void bench_open(struct bench *bench)
{
	static const struct text server = { "sipmoved", 8 };
	struct sip_pipeline_config config = {
		.call = { .server_header = server },
		.transactions = { .max = 100000, .unproven_retransmits = 1 },
		.secret = &bench->secret,
		.counters = &bench->counters,
	};

	memset(bench, 0, sizeof(*bench));
	hash_key_init(&bench->secret);
	must(!redirect_log_ring_new(RING_SIZE, &bench->ring), "no memory");
	config.ring = bench->ring;
	must(!sip_pipeline_new(&config, &bench->pipeline), "no memory");
	bench->snapshot = make_snapshot(false);
	bench->ruled = make_snapshot(true);
	bench->answer = malloc(SIP_ANSWER_MAX);
	must(bench->answer != NULL, "no memory");
	for (size_t i = 0; i < PER_ROUND; i++) {
		bench->datagrams[i] = malloc(DATAGRAM_MAX);
		must(bench->datagrams[i] != NULL, "no memory");
	}
}

static void bench_close(struct bench *bench)
{
	for (size_t i = 0; i < PER_ROUND; i++)
		free(bench->datagrams[i]);
	free(bench->answer);
	sip_pipeline_free(bench->pipeline);
	redirect_log_ring_free(bench->ring);
	snapshot_free_whole(bench->snapshot);
	snapshot_free_whole(bench->ruled);
}

/* --- datagrams --- */

static void put_number(char *bytes, size_t len, uint32_t number)
{
	char digits[NUMBER_DIGITS + 1];
	char *at = bytes;

	snprintf(digits, sizeof(digits), "%08x", (unsigned)number);
	while ((at = memmem(at, len - (size_t)(at - bytes), "########",
			    NUMBER_DIGITS)) != NULL)
		memcpy(at, digits, NUMBER_DIGITS);
}

static void put_nuls(char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] == NUL[0])
			bytes[i] = '\0';
}

static size_t fill(char *bytes, const struct shape *shape, uint32_t number)
{
	size_t end_len = strlen(shape->end);
	struct writer writer = writer_over(bytes, DATAGRAM_MAX);
	struct text piece = text_of(shape->piece);

	/* "\0" is a piece, too. */
	if (shape->size > 0 && piece.len == 0)
		piece.len = 1;
	writer_put(&writer, text_of(shape->start));
	while (piece.len > 0 && writer.len + piece.len + end_len <= shape->size)
		writer_put(&writer, piece);
	writer_put(&writer, text_of(shape->end));
	put_number(bytes, writer.len, number);
	put_nuls(bytes, writer.len);
	return writer.len;
}

static void send_one(struct bench *bench, size_t i)
{
	struct transaction_route route = { .peer_len = sizeof(route.peer.in) };

	route.peer.in.sin_family = AF_INET;
	route.peer.in.sin_port = htons(5062);
	route.peer.in.sin_addr.s_addr = htonl(0xc0000201);
	(void)sip_pipeline_datagram(
		bench->pipeline,
		(struct text){ bench->datagrams[i], bench->lens[i] }, &route,
		bench->answer);
}

static void on_resend(void *arg, struct text response,
		      const struct transaction_route *route)
{
	(void)arg;
	(void)response;
	(void)route;
}

/* What is not the datagrams' cost: old transactions, the log's reading. */
static void tidy(struct bench *bench, const struct snapshot *snapshot)
{
	struct redirect_log_record record;

	bench->now_us += 1000000;
	sip_pipeline_begin(bench->pipeline, snapshot, bench->now_us,
			   INT64_C(1700000000000000) + bench->now_us);
	(void)sip_pipeline_run_timers(bench->pipeline, bench->now_us, SIZE_MAX,
				      on_resend, NULL);
	while (redirect_log_ring_peek(bench->ring, &record) !=
	       REDIRECT_LOG_NOTHING)
		redirect_log_ring_release(bench->ring);
}

static int64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Of one datagram, in the best of the rounds: others use the machine, too. */
static int64_t cost_ns(struct bench *bench, const struct snapshot *snapshot,
		       const struct shape *shape)
{
	int64_t best = INT64_MAX;

	for (size_t round = 0; round < ROUNDS; round++) {
		int64_t start, ns;

		for (size_t i = 0; i < PER_ROUND; i++)
			bench->lens[i] = fill(bench->datagrams[i], shape,
					      bench->number++);
		tidy(bench, snapshot);
		start = cpu_ns();
		for (size_t i = 0; i < PER_ROUND; i++)
			send_one(bench, i);
		ns = (cpu_ns() - start) / PER_ROUND;
		if (ns < best)
			best = ns;
	}
	return best;
}

static void print(const struct bench *bench, const char *name, int64_t ns,
		  double times)
{
	printf("%-48s %7zu %8lld %6.1f%s\n", name, bench->lens[0],
	       (long long)ns, times, times > MOST ? "  too dear" : "");
}

/* False: one of them is too dear. */
static bool run(struct bench *bench, const struct snapshot *snapshot,
		const struct shape *some, size_t count, const char *part)
{
	int64_t normal_ns = cost_ns(bench, bench->snapshot, &normal);
	bool is_dear = false;

	print(bench, normal.name, normal_ns, 1.0);
	for (size_t i = 0; i < count; i++) {
		double times;
		int64_t ns;

		if (!strstr(some[i].name, part))
			continue;
		ns = cost_ns(bench, snapshot, &some[i]);
		times = (double)ns / (double)normal_ns;
		print(bench, some[i].name, ns, times);
		is_dear |= times > MOST;
	}
	return !is_dear;
}

int main(int argc, char **argv)
{
	const char *part = argc > 1 ? argv[1] : "";
	static struct bench bench;
	bool is_good;

	must(sodium_init() >= 0, "no randomness");
	bench_open(&bench);
	printf("%-48s %7s %8s %6s\n", "shape", "bytes", "ns", "times");
	is_good = run(&bench, bench.snapshot, shapes,
		      sizeof(shapes) / sizeof(shapes[0]), part);
	is_good &= run(&bench, bench.ruled, ruled_shapes,
		       sizeof(ruled_shapes) / sizeof(ruled_shapes[0]), part);
	bench_close(&bench);
	return !is_good;
}
