/*
 * test_http_stream.c - bodies and answers that pass through piece by piece,
 * over a route table of this test's own: real sockets, the real library.
 */
#include "api_fixture.h"

#include "api/http_stream.h"
#include "api/problem.h"

enum {
	LINES = 20000,
	BODY_MAX = 3 * 1024 * 1024,
	SENT = 2 * 1024 * 1024,
	TOO_MUCH = 3250000,
};

/* What the test sees of the handlers below. */
static struct {
	atomic_int freed, reads, jobs;
	_Atomic(struct exchange *) open; /* of "/v1/silence" */
	atomic_bool has_news;
} seen;

static void state_free(void *state)
{
	atomic_store(&seen.open, NULL);
	atomic_fetch_add(&seen.freed, 1);
	free(state);
}

static int *new_state(struct exchange *exchange)
{
	int *state = calloc(1, sizeof(*state));

	assert_non_null(state);
	exchange->state = state;
	exchange->state_free = state_free;
	return state;
}

/* --- "/v1/lines": each needs a job of the store -----------------------------
 */

static int run_nothing(struct changes *changes, struct store_job *job)
{
	(void)changes;
	(void)job;
	atomic_fetch_add(&seen.jobs, 1);
	return 0;
}

static void lines_ready(struct exchange *exchange)
{
	int *line = exchange->state;

	assert_int_equal(0, exchange->err);
	*line = -*line; /* negative while the job was under way */
}

static enum http_piece read_lines(struct exchange *exchange, char *buffer,
				  size_t size, size_t *ret_len)
{
	int *line = exchange->state;

	assert_non_null(exchange->snapshot);
	if (*line > LINES)
		return HTTP_PIECE_END;
	if (*line % 1000 == 0) {
		*line = -(*line + 1);
		exchange_run_job(exchange, STORE_READ, run_nothing,
				 lines_ready);
		return HTTP_PIECE_LATER;
	}
	while (*line <= LINES && size - *ret_len > 16 && *line % 1000 != 0)
		*ret_len += (size_t)snprintf(buffer + *ret_len, size - *ret_len,
					     "line %d\n", (*line)++);
	return HTTP_PIECE_MORE;
}

static void lines_get(struct exchange *exchange)
{
	static const struct http_source source = { .read = read_lines };

	*new_state(exchange) = 1;
	exchange_answer_stream(exchange, 200, "text/plain", &source);
}

/* --- "/v1/silence": speaks when woken, or now and then ----------------------
 */

static enum http_piece read_silence(struct exchange *exchange, char *buffer,
				    size_t size, size_t *ret_len)
{
	int *state = exchange->state;

	assert_true(size >= 8);
	if (atomic_exchange(&seen.has_news, false)) {
		*ret_len = (size_t)snprintf(buffer, size, "news\n");
		return HTTP_PIECE_MORE;
	}
	if (atomic_fetch_add(&seen.reads, 1) == 0 || *state == 0 ||
	    exchange->now_ms % 2 > 1) {
		*state = 1;
		return HTTP_PIECE_LATER;
	}
	*state = 0;
	*ret_len = (size_t)snprintf(buffer, size, "beat\n");
	return HTTP_PIECE_MORE;
}

static void silence_get(struct exchange *exchange)
{
	static const struct http_source source = { .read = read_silence,
						   .wake_every_ms = 300,
						   .ends_at_stop = true };

	new_state(exchange);
	atomic_store(&seen.reads, 0);
	exchange_answer_stream(exchange, 200, "text/event-stream", &source);
	atomic_store(&seen.open, exchange);
}

/* --- "/v1/torn" -------------------------------------------------------------
 */

static enum http_piece read_torn(struct exchange *exchange, char *buffer,
				 size_t size, size_t *ret_len)
{
	int *state = exchange->state;

	if ((*state)++ > 0)
		return HTTP_PIECE_ABORT;
	memset(buffer, 'x', size);
	*ret_len = size;
	return HTTP_PIECE_MORE;
}

static void torn_get(struct exchange *exchange)
{
	static const struct http_source source = { .read = read_torn };

	new_state(exchange);
	exchange_answer_stream(exchange, 200, "text/plain", &source);
}

/* --- "/v1/sink": counts bytes, with a job for each hundred thousand ---------
 */

struct sink_state {
	size_t bytes;
	unsigned sum;
};

static void sink_job_done(struct exchange *exchange)
{
	assert_int_equal(0, exchange->err);
}

static size_t take(struct exchange *exchange, struct text part)
{
	struct sink_state *state = exchange->state;
	size_t taken = 0;

	while (taken < part.len) {
		state->sum = state->sum * 31 + (unsigned char)part.ptr[taken];
		taken++;
		if (++state->bytes % 100000 != 0)
			continue;
		exchange_run_job(exchange, STORE_READ, run_nothing,
				 sink_job_done);
		break; /* the rest is not looked at before it is done */
	}
	return taken;
}

static void answer_sink(struct exchange *exchange)
{
	const struct sink_state *state = exchange->state;
	struct json_writer writer = { 0 };

	json_open_object(&writer, NULL);
	json_put_integer(&writer, "bytes", (int64_t)state->bytes);
	json_put_integer(&writer, "sum", state->sum);
	json_close_object(&writer);
	exchange_answer_json(exchange, 200, &writer, 0, NULL);
}

static void sink_end(struct exchange *exchange)
{
	exchange_run_job(exchange, STORE_READ, run_nothing, answer_sink);
}

static void sink_post(struct exchange *exchange)
{
	static const struct http_sink sink = { take, sink_end };
	struct text value;

	if (query_text(exchange, "refuse", &value)) {
		problem_answer(exchange, PROBLEM_BAD_PARAMETER, "No.");
		return;
	}
	exchange->state = calloc(1, sizeof(struct sink_state));
	exchange->state_free = state_free;
	exchange_read_stream(exchange, &sink);
}

static void quick_get(struct exchange *exchange)
{
	exchange_answer_text(exchange, 200, exchange->answer_type, TEXT("ok"));
}

/* In place of api/endpoints.c: its object is left in the archive. */
const struct endpoint endpoints[] = {
	{ HTTP_GET, "/lines", 0, BODY_NONE, 0, lines_get },
	{ HTTP_GET, "/silence", 0, BODY_NONE, 0, silence_get },
	{ HTTP_GET, "/torn", 0, BODY_NONE, 0, torn_get },
	{ HTTP_GET, "/quick", 0, BODY_NONE, 0, quick_get },
	{ HTTP_POST, "/sink", 0, BODY_STREAM, BODY_MAX, sink_post },
};
const size_t endpoint_count = sizeof(endpoints) / sizeof(*endpoints);

const struct endpoint_media endpoint_media[] = {
	{ quick_get, { NULL }, { "application/json", "text/csv" } },
	{ silence_get, { NULL }, { "text/event-stream" } },
	{ sink_post, { "text/csv", "application/x-ndjson" }, { NULL } },
};
const size_t endpoint_media_count =
	sizeof(endpoint_media) / sizeof(*endpoint_media);

/* --- a client of chunks -----------------------------------------------------
 */

struct chunks {
	int fd;
	size_t bytes;
	char text[400000];
	bool is_whole; /* the last chunk came */
};

static size_t receive_line(int fd, char *line, size_t size)
{
	size_t len = 0;

	while (len < size - 1 && receive_some(fd, line + len, 1) == 1)
		if (line[len++] == '\n')
			break;
	line[len] = '\0';
	return len;
}

/* One chunk more; false: it was the last, or the connection was cut. */
static bool receive_chunk(struct chunks *chunks)
{
	char line[64];
	size_t left;

	if (receive_line(chunks->fd, line, sizeof(line)) == 0)
		return false;
	left = strtoul(line, NULL, 16);
	chunks->is_whole = left == 0;
	assert_true(chunks->bytes + left < sizeof(chunks->text));
	while (left > 0) {
		size_t got = receive_some(chunks->fd,
					  chunks->text + chunks->bytes, left);

		if (got == 0)
			return false;
		chunks->bytes += got;
		left -= got;
	}
	receive_line(chunks->fd, line, sizeof(line));
	return !chunks->is_whole;
}

static struct chunks *get(const struct api_fixture *fixture, const char *path)
{
	struct chunks *chunks = calloc(1, sizeof(*chunks));
	struct answer answer;
	char text[128];

	assert_non_null(chunks);
	chunks->fd = dial(fixture);
	snprintf(text, sizeof(text),
		 "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path);
	send_bytes(chunks->fd, text_of(text));
	receive_answer(chunks->fd, false, &answer);
	assert_int_equal(200, answer.status);
	assert_has(&answer, "Transfer-Encoding: chunked");
	return chunks;
}

static void leave(struct chunks *chunks)
{
	close(chunks->fd);
	free(chunks);
}

static void wait_until(atomic_int *counter, int value)
{
	for (int i = 0; i < WAIT_MS / 5 && atomic_load(counter) < value; i++)
		usleep(5000);
	assert_in_range(atomic_load(counter), value, value + 1);
}

/* --- answers ---------------------------------------------------------------
 */

static void an_answer_of_many_pieces_and_jobs_comes_whole_and_in_order(
	void **state)
{
	struct chunks *chunks = get(*state, "/lines");
	const char *at = chunks->text;
	int jobs = atomic_load(&seen.jobs);

	while (receive_chunk(chunks))
		continue;
	assert_true(chunks->is_whole);
	for (int i = 1; i <= LINES; i++) {
		int number, len;

		if (i % 1000 == 0)
			continue; /* where the job was */
		assert_int_equal(1, sscanf(at, "line %d\n%n", &number, &len));
		assert_int_equal(i, number);
		at += len;
	}
	assert_true(atomic_load(&seen.jobs) > jobs);
	leave(chunks);
	wait_until(&seen.freed, 1);
}

static void a_silent_answer_goes_on_when_it_is_woken(void **state)
{
	struct chunks *chunks = get(*state, "/silence");

	for (int i = 0; i < 20; i++) {
		chunks->bytes = 0;
		atomic_store(&seen.has_news, true);
		exchange_stream_wake(atomic_load(&seen.open));
		do
			assert_true(receive_chunk(chunks));
		while (!memmem(chunks->text, chunks->bytes, "news", 4));
	}
	leave(chunks);
	/* A client that left is noticed at a heartbeat. */
	wait_until(&seen.freed, 1);
}

static void a_silent_answer_has_a_heartbeat(void **state)
{
	struct chunks *chunks = get(*state, "/silence");

	for (int i = 0; i < 3; i++) {
		chunks->bytes = 0;
		assert_true(receive_chunk(chunks));
		assert_memory_equal(chunks->text, "beat\n", 5);
	}
	leave(chunks);
}

static void an_answer_that_breaks_off_does_not_look_whole(void **state)
{
	struct chunks *chunks = get(*state, "/torn");

	while (receive_chunk(chunks))
		continue;
	assert_true(chunks->bytes > 0);
	assert_false(chunks->is_whole);
	leave(chunks);
	wait_until(&seen.freed, 1);
}

static void a_head_request_reads_nothing_of_the_answer(void **state)
{
	struct answer answer;
	int fd = dial(*state);

	atomic_store(&seen.jobs, 0);
	send_bytes(fd, TEXT("HEAD /lines HTTP/1.1\r\nHost: localhost\r\n\r\n"));
	receive_answer(fd, true, &answer);
	assert_int_equal(200, answer.status);
	assert_true(is_closed(fd)); /* and nothing stands behind the head */
	assert_string_equal("", answer.body);
	assert_int_equal(0, atomic_load(&seen.jobs));
	wait_until(&seen.freed, 1);
	close(fd);
}

static void a_client_that_reads_nothing_does_not_stop_the_others(void **state)
{
	const struct api_fixture *fixture = *state;
	struct chunks *slow[20];
	struct answer answer;

	for (size_t i = 0; i < 20; i++)
		slow[i] = get(fixture, "/lines");
	request(fixture, "GET /quick", NULL, "", NULL, &answer);
	assert_int_equal(200, answer.status);
	for (size_t i = 0; i < 20; i++)
		leave(slow[i]);
	wait_until(&seen.freed, 20);
}

static void stopping_ends_what_has_no_end_of_its_own(void **state)
{
	const struct api_fixture *fixture = *state;
	struct chunks *chunks = get(fixture, "/silence");

	http_stream_stop(fixture->api);
	while (receive_chunk(chunks))
		continue;
	assert_true(chunks->is_whole);
	leave(chunks);
	wait_until(&seen.freed, 1);
}

static void the_client_has_the_type_it_likes_best(void **state)
{
	static const struct {
		const char *accept, *type;
	} rows[] = {
		{ "", "Content-Type: application/json" },
		{ "Accept: */*\r\n", "Content-Type: application/json" },
		{ "Accept: text/csv\r\n", "Content-Type: text/csv" },
		{ "Accept: application/json;q=0.5, text/*\r\n",
		  "Content-Type: text/csv" },
		{ "Accept: application/json;q=0.5\r\nAccept: text/csv\r\n",
		  "Content-Type: text/csv" },
		{ "Accept: text/plain\r\n", "406" },
	};
	const struct api_fixture *fixture = *state;
	struct answer answer;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		request(fixture, "GET /quick", NULL, rows[i].accept, NULL,
			&answer);
		assert_has(&answer, rows[i].type);
	}
}

/* --- bodies ----------------------------------------------------------------
 */

static void send_body(int fd, size_t bytes, unsigned *ret_sum)
{
	static char block[10007];
	unsigned sum = 0;

	for (size_t i = 0; i < sizeof(block); i++)
		block[i] = (char)('a' + i % 26);
	while (bytes > 0) {
		size_t len = bytes < sizeof(block) ? bytes : sizeof(block);

		for (size_t i = 0; i < len; i++)
			sum = sum * 31 + (unsigned char)block[i];
		send_bytes(fd, (struct text){ block, len });
		bytes -= len;
	}
	*ret_sum = sum;
}

static void post(const struct api_fixture *fixture, const char *head,
		 size_t length, size_t bytes, struct answer *answer)
{
	char text[512], expected[64];
	unsigned sum;
	int fd = dial(fixture);

	snprintf(text, sizeof(text),
		 "POST %s\r\nHost: localhost\r\nContent-Length: %zu\r\n\r\n",
		 head, length);
	send_bytes(fd, text_of(text));
	send_body(fd, bytes, &sum);
	if (bytes == length)
		receive_answer(fd, false, answer);
	close(fd);
	snprintf(expected, sizeof(expected), "{\"bytes\":%zu,\"sum\":%u}",
		 bytes, sum);
	if (bytes == length && answer->status == 200)
		assert_has(answer, expected);
}

static void a_body_passes_through_in_order_at_the_sinks_pace(void **state)
{
	struct answer answer;

	atomic_store(&seen.jobs, 0);
	post(*state, "/sink HTTP/1.1\r\nContent-Type: text/csv", SENT, SENT,
	     &answer);
	assert_int_equal(200, answer.status);
	assert_int_equal(SENT / 100000 + 1, atomic_load(&seen.jobs));
	post(*state, "/sink HTTP/1.1\r\nContent-Type: application/x-ndjson", 1,
	     1, &answer);
	assert_int_equal(200, answer.status);
	wait_until(&seen.freed, 2);
}

static void a_client_that_leaves_in_the_middle_of_a_body_leaves_nothing(
	void **state)
{
	struct answer answer;

	for (size_t i = 0; i < 8; i++)
		post(*state, "/sink HTTP/1.1\r\nContent-Type: text/csv", SENT,
		     100000 * i + 1, &answer);
	wait_until(&seen.freed, 8);
}

static void a_body_larger_than_the_route_takes_is_refused(void **state)
{
	const struct api_fixture *fixture = *state;
	char text[512];
	struct answer answer;
	int fd = dial(fixture);

	post(fixture, "/sink HTTP/1.1\r\nContent-Type: text/csv", BODY_MAX + 1,
	     0, &answer);
	snprintf(text, sizeof(text),
		 "POST /sink HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
		 "text/csv\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n",
		 TOO_MUCH);
	send_bytes(fd, text_of(text));
	for (size_t sent = 0; sent < TOO_MUCH; sent += 100)
		send_bytes(fd, TEXT("0123456789012345678901234567890123456789"
				    "0123456789012345678901234567890123456789"
				    "01234567890123456789"));
	send_bytes(fd, TEXT("\r\n0\r\n\r\n"));
	receive_answer(fd, false, &answer);
	assert_int_equal(413, answer.status);
	close(fd);
}

static void a_stream_of_a_foreign_type_or_that_is_refused_is_not_read(
	void **state)
{
	struct answer answer;

	post(*state, "/sink HTTP/1.1\r\nContent-Type: application/json", 2, 2,
	     &answer);
	assert_int_equal(415, answer.status);
	assert_has(&answer, "Accept-Post: text/csv, application/x-ndjson");
	post(*state, "/sink?refuse=1 HTTP/1.1\r\nContent-Type: text/csv", 2, 2,
	     &answer);
	assert_int_equal(400, answer.status);
}

static int set_up(void **state)
{
	atomic_store(&seen.freed, 0);
	atomic_store(&seen.has_news, false);
	return api_set_up(state);
}

/* The library does not notice an end that comes with the last bytes: what is
 * cut for its pace is. */
static int impatient_set_up(void **state)
{
	struct http_limits limits = http_limits_default;

	limits.body_grace_us = 300000;
	limits.body_bytes_per_s = 1000000;
	atomic_store(&seen.freed, 0);
	*state = fixture_with(&limits);
	return 0;
}

#define IMPATIENT(name) \
	cmocka_unit_test_setup_teardown(name, impatient_set_up, api_tear_down)
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, api_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_answer_of_many_pieces_and_jobs_comes_whole_and_in_order),
		TEST(a_silent_answer_goes_on_when_it_is_woken),
		TEST(a_silent_answer_has_a_heartbeat),
		TEST(an_answer_that_breaks_off_does_not_look_whole),
		TEST(a_head_request_reads_nothing_of_the_answer),
		TEST(a_client_that_reads_nothing_does_not_stop_the_others),
		TEST(stopping_ends_what_has_no_end_of_its_own),
		TEST(the_client_has_the_type_it_likes_best),
		TEST(a_body_passes_through_in_order_at_the_sinks_pace),
		IMPATIENT(
			a_client_that_leaves_in_the_middle_of_a_body_leaves_nothing),
		TEST(a_body_larger_than_the_route_takes_is_refused),
		TEST(a_stream_of_a_foreign_type_or_that_is_refused_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
