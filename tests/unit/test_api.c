#include "api_fixture.h"

#include <stdatomic.h>

static const char a_move_body[] =
	"{\"address\":\"sip:alice@example.com\","
	"\"targets\":[{\"uri\":\"sip:alice@hotel.example.net\"}]}";
static const char json_type[] = "Content-Type: application/json\r\n";

/* --- rights ----------------------------------------------------------------
 */

static void without_a_good_token_the_answer_is_401(void **state)
{
	const struct api_fixture *fixture = *state;
	static const char *const wrong[] = { "smv_nonsense", "Basic", "" };
	struct answer answer;

	request(fixture, "GET /v1/moves", NULL, "", NULL, &answer);
	assert_int_equal(401, answer.status);
	assert_has(&answer, "\r\nWWW-Authenticate: Bearer "
			    "realm=\"sipmoved\"\r\n");
	assert_has(&answer, "application/problem+json");
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		request(fixture, "GET /v1/moves", wrong[i], "", NULL, &answer);
		assert_int_equal(401, answer.status);
		assert_has(&answer, "error=\"invalid_token\"");
	}
}

static void a_scope_too_small_is_named_in_a_403(void **state)
{
	const struct api_fixture *fixture = *state;
	struct answer answer;

	request(fixture, "POST /v1/moves", fixture->reader, json_type,
		a_move_body, &answer);
	assert_int_equal(403, answer.status);
	assert_has(&answer, "scope=\"moves:write\"");
	assert_has(&answer, "\"code\":\"FORBIDDEN\"");
}

static void every_row_of_the_table_needs_its_scope(void **state)
{
	const struct api_fixture *fixture = *state;

	for (size_t i = 0; i < endpoint_count; i++) {
		const struct endpoint *endpoint = &endpoints[i];
		struct answer answer;
		char line[128];

		if (endpoint->scope == 0)
			continue;
		snprintf(line, sizeof(line), "%s %s",
			 http_method_name(endpoint->method), endpoint->path);
		for (char *c = line; *c; c++)
			if (*c == '{' || *c == '}')
				*c = 'x';
		request(fixture, line, NULL, "", NULL, &answer);
		assert_int_equal(401, answer.status);
		request(fixture, line, fixture->reader, "", NULL, &answer);
		assert_int_equal(endpoint->scope != SCOPE_MOVES_READ,
				 answer.status == 403);
	}
}

static void the_local_socket_needs_no_token_and_no_name(void **state)
{
	const struct api_fixture *fixture = *state;
	struct answer answer;
	int fd = dial_local(fixture);

	send_bytes(fd,
		   TEXT("GET /metrics HTTP/1.1\r\nHost: any.thing\r\n\r\n"));
	receive_answer(fd, false, &answer);
	assert_int_equal(200, answer.status);
	assert_has(&answer, "sipmoved_snapshot_revision ");
	close(fd);
}

static void a_token_made_through_the_api_works_at_once(void **state)
{
	const struct api_fixture *fixture = *state;
	char token[TOKEN_TEXT_SIZE];
	struct answer answer;
	const char *text;

	request(fixture, "POST /v1/tokens", fixture->admin, json_type,
		"{\"name\":\"portal\",\"scopes\":[\"moves:read\"],"
		"\"expires_in_days\":7}",
		&answer);
	assert_int_equal(201, answer.status);
	text = strstr(answer.body, "\"token\":\"");
	assert_non_null(text);
	text_copy((struct text){ text + 9, TOKEN_TEXT_SIZE - 1 }, token,
		  sizeof(token));
	request(fixture, "GET /v1/moves", token, "", NULL, &answer);
	assert_int_equal(200, answer.status);
	request(fixture, "POST /v1/tokens", fixture->admin, json_type,
		"{\"name\":\"portal\",\"role\":\"admin\"}", &answer);
	assert_int_equal(409, answer.status);
}

static int revoke_token(struct changes *changes, void *arg)
{
	return token_revoke(changes, text_of(arg));
}

static void a_revoked_token_is_refused_at_once(void **state)
{
	const struct api_fixture *fixture = *state;
	char public_id[TOKEN_PUBLIC_ID_LEN + 1];
	struct answer answer;
	struct change change;

	text_copy((struct text){ fixture->reader + 4, TOKEN_PUBLIC_ID_LEN },
		  public_id, sizeof(public_id));
	request(fixture, "GET /v1/moves", fixture->reader, "", NULL, &answer);
	assert_int_equal(200, answer.status);
	change_init(&change, revoke_token, public_id);
	store_submit(fixture->base.store, &change.job);
	assert_int_equal(0, change_wait(&change));
	request(fixture, "GET /v1/moves", fixture->reader, "", NULL, &answer);
	assert_int_equal(401, answer.status);
}

static void a_token_ends_when_it_says(void **state)
{
	const struct api_fixture *fixture = *state;
	const int64_t ends_at_ms = clock_wall_ms() + 200;
	struct token token = { .scopes = SCOPE_MOVES_READ,
			       .expires_at_ms = ends_at_ms,
			       .name = "short",
			       .role = "service" };
	char text[TOKEN_TEXT_SIZE];
	struct answer answer;
	struct change change;

	token_make_secret(&token, text);
	change_init(&change, make_token, &token);
	store_submit(fixture->base.store, &change.job);
	assert_int_equal(0, change_wait(&change));
	do {
		request(fixture, "GET /v1/moves", text, "", NULL, &answer);
		if (answer.status == 401)
			assert_true(clock_wall_ms() >= ends_at_ms);
	} while (answer.status == 200 &&
		 clock_wall_ms() < ends_at_ms + WAIT_MS);
	assert_int_equal(401, answer.status);
}

static void nobody_makes_a_token_that_may_more_than_its_maker(void **state)
{
	struct api_fixture *fixture = *state;
	struct token token = { .scopes = SCOPE_TOKENS_ADMIN | SCOPE_MOVES_READ,
			       .expires_at_ms = clock_wall_ms() + 3600000,
			       .name = "maker",
			       .role = "service" };
	char text[TOKEN_TEXT_SIZE];
	struct answer answer;
	struct change change;

	token_make_secret(&token, text);
	change_init(&change, make_token, &token);
	store_submit(fixture->base.store, &change.job);
	assert_int_equal(0, change_wait(&change));
	request(fixture, "POST /v1/tokens", text, json_type,
		"{\"name\":\"x\",\"role\":\"admin\"}", &answer);
	assert_int_equal(403, answer.status);
	request(fixture, "POST /v1/tokens", text, json_type,
		"{\"name\":\"x\",\"scopes\":[\"moves:read\"]}", &answer);
	assert_int_equal(201, answer.status);
}

static void a_token_with_faults_is_not_made(void **state)
{
	const struct api_fixture *fixture = *state;
	struct answer answer;

	request(fixture, "POST /v1/tokens", fixture->admin, json_type,
		"{\"name\":\"\",\"role\":\"king\",\"scopes\":[\"x:y\"],"
		"\"expires_in_days\":0,\"more\":1}",
		&answer);
	assert_int_equal(422, answer.status);
	assert_has(&answer, "\"pointer\":\"/name\"");
	assert_has(&answer, "\"pointer\":\"/role\"");
	assert_has(&answer, "\"pointer\":\"/scopes\"");
	assert_has(&answer, "CONFLICTS_WITH_OTHER_MEMBER");
	assert_has(&answer, "\"pointer\":\"/expires_in_days\"");
	assert_has(&answer, "\"pointer\":\"/more\"");
}

/* --- routes and negotiation -------------------------------------------------
 */

struct row {
	const char *line, *headers, *body;
	int status;
	const char *has;
};

static void routes_and_types_are_judged_by_the_book(void **state)
{
	static const struct row rows[] = {
		{ "GET /v1/nothing", "", NULL, 404, "\"code\":\"NOT_FOUND\"" },
		{ "GET /", "", NULL, 200, "Content-Type: text/html" },
		{ "GET /v1", "", NULL, 404, "" },
		{ "GET /v1/moves/", "", NULL, 404, "" },
		{ "GET /v1/moves/mov_x/y", "", NULL, 404, "" },
		{ "PUT /v1/moves", "", NULL, 405,
		  "Allow: GET, HEAD, POST, OPTIONS" },
		{ "DELETE /livez", "", NULL, 405, "Allow: GET, HEAD, OPTIONS" },
		{ "OPTIONS /v1/moves/x", "", NULL, 204,
		  "Allow: GET, HEAD, PATCH, DELETE, OPTIONS" },
		{ "OPTIONS *", "", NULL, 204, "Allow: GET" },
		{ "HEAD /v1/moves", "", NULL, 200, "application/json" },
		{ "GET /v1/moves", "Accept: text/html\r\n", NULL, 406, "" },
		{ "GET /v1/moves", "Accept: text/html, */*;q=0.1\r\n", NULL,
		  200, "" },
		{ "GET /v1/domains", "Accept: application/json;q=0, */*\r\n",
		  NULL, 406, "" },
		{ "GET /v1/moves", "Accept: application/json;q=0, */*\r\n",
		  NULL, 200, "Content-Type: text/csv" },
		{ "GET /v1/moves?nonsense=1", "", NULL, 400,
		  "\"parameter\":\"nonsense\"" },
		{ "GET /v1/moves?limit=0", "", NULL, 400, "OUT_OF_RANGE" },
		{ "GET /v1/moves?limit=5&limit=6", "", NULL, 400, "twice" },
		{ "GET /v1/moves?cursor=abc", "", NULL, 400,
		  "CURSOR_MISMATCH" },
		{ "POST /v1/moves", "Content-Type: text/plain\r\n", "{}", 415,
		  "Accept-Post: application/json" },
		{ "POST /v1/moves", "", "{}", 415, "Accept-Post" },
		{ "POST /v1/moves",
		  "Content-Type: application/json\r\nContent-Encoding: "
		  "gzip\r\n",
		  "{}", 415, "" },
		{ "PATCH /v1/moves/x", "Content-Type: text/plain\r\n", "{}",
		  415, "Accept-Patch: application/merge-patch+json" },
		{ "POST /v1/moves", "Content-Type: application/json\r\n", "{",
		  400, "MALFORMED_JSON" },
		{ "POST /v1/moves", "Content-Type: application/json\r\n", NULL,
		  400, "MALFORMED_JSON" },
		{ "GET /v1/moves", "", "{}", 400, "takes no body" },
		{ "GET /v1/moves", "X-Request-Id: my.id-1\r\n", NULL, 200,
		  "X-Request-Id: my.id-1" },
		{ "GET /livez", "", NULL, 200, "ok\n" },
		{ "GET /readyz?verbose", "", NULL, 200, "[+]store ok" },
	};
	const struct api_fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct answer answer;

		request(fixture, rows[i].line, fixture->admin, rows[i].headers,
			rows[i].body, &answer);
		if (answer.status != rows[i].status)
			fail_msg("%s: %s", rows[i].line, answer.text);
		assert_has(&answer, rows[i].has);
	}
}

static void every_answer_has_the_security_headers(void **state)
{
	static const char *const lines[] = { "GET /livez", "GET /v1/moves",
					     "TRACE /livez", "GET /%2e%2e" };
	const struct api_fixture *fixture = *state;
	struct answer answer;

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		request(fixture, lines[i], NULL, "", NULL, &answer);
		assert_has(&answer, "\r\nX-Content-Type-Options: nosniff\r\n");
		assert_has(&answer, "\r\nContent-Security-Policy: default-src "
				    "'none'; frame-ancestors 'none'\r\n");
		assert_has(&answer, "\r\nReferrer-Policy: no-referrer\r\n");
		assert_has(&answer, "\r\nCache-Control: no-store\r\n");
		assert_has(&answer, "\r\nX-Request-Id: ");
		assert_null(header_in(&answer, "\r\nServer:"));
	}
}

static void a_move_is_made_and_read_back(void **state)
{
	const struct api_fixture *fixture = *state;
	struct answer answer;
	char line[128], location[96] = "";

	request(fixture, "POST /v1/moves", fixture->admin, json_type,
		a_move_body, &answer);
	if (answer.status != 201)
		fail_msg("%s", answer.text);
	assert_int_equal(1, sscanf(header_in(&answer, "\r\nLocation: ") + 12,
				   "%95[^\r]", location));
	assert_non_null(header_in(&answer, "\r\nETag: \"r"));
	snprintf(line, sizeof(line), "GET %s", location);
	request(fixture, line, fixture->reader, "", NULL, &answer);
	assert_int_equal(200, answer.status);
	assert_has(&answer, "sip:alice@hotel.example.net");
}

/* --- size -------------------------------------------------------------------
 */

static void a_body_over_the_limit_is_refused_by_its_announced_length(
	void **state)
{
	const struct api_fixture *fixture = *state;
	char text[512];
	struct answer answer;
	int fd = dial(fixture);

	/* The body never comes: the head is enough. */
	snprintf(text, sizeof(text),
		 "POST /v1/moves HTTP/1.1\r\nHost: localhost\r\n"
		 "Authorization: Bearer %s\r\nContent-Type: "
		 "application/json\r\nContent-Length: 40000\r\n\r\n",
		 fixture->admin);
	send_bytes(fd, text_of(text));
	receive_answer(fd, false, &answer);
	assert_int_equal(413, answer.status);
	assert_true(is_closed(fd));
	close(fd);
}

static void a_chunked_body_over_the_limit_is_refused_by_count(void **state)
{
	const struct api_fixture *fixture = *state;
	char text[512], chunk[4096 + 8];
	struct answer answer;
	int fd = dial(fixture);

	snprintf(text, sizeof(text),
		 "POST /v1/moves HTTP/1.1\r\nHost: localhost\r\n"
		 "Authorization: Bearer %s\r\nContent-Type: "
		 "application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
		 fixture->admin);
	send_bytes(fd, text_of(text));
	memset(chunk, ' ', sizeof(chunk));
	memcpy(chunk, "1000\r\n", 6);
	memcpy(chunk + 4096 + 6, "\r\n", 2);
	for (int i = 0; i < 12; i++)
		send_bytes(fd, (struct text){ chunk, sizeof(chunk) });
	send_bytes(fd, TEXT("0\r\n\r\n"));
	receive_answer(fd, false, &answer);
	assert_int_equal(413, answer.status);
	assert_true(is_closed(fd));
	close(fd);
}

static void a_chunked_body_is_read(void **state)
{
	const struct api_fixture *fixture = *state;
	char text[1024];
	struct answer answer;

	snprintf(text, sizeof(text),
		 "POST /v1/moves HTTP/1.1\r\nHost: localhost\r\n"
		 "Authorization: Bearer %s\r\nContent-Type: "
		 "application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
		 "%zx\r\n%.*s\r\n%zx\r\n%s\r\n0\r\n\r\n",
		 fixture->admin, (size_t)10, 10, a_move_body,
		 sizeof(a_move_body) - 11, a_move_body + 10);
	ask(fixture, text_of(text), &answer);
	assert_int_equal(201, answer.status);
}

/* --- framing ----------------------------------------------------------------
 */

/* libmicrohttpd 1.0 refuses these before us, in its own way. */
enum {
	REFUSED_400_OR_501 = 1,
	REFUSED_400_OR_CLOSED,
};

static bool is_refused_as(int expected, int status)
{
	if (expected == REFUSED_400_OR_501)
		return status == 501 || status == 400;
	if (expected == REFUSED_400_OR_CLOSED)
		return status == 400 || status == 0;
	return status == expected;
}

static void what_two_readers_could_read_in_two_ways_is_refused(void **state)
{
	static const struct {
		struct text bytes;
		int status;
	} rows[] = {
		{ TEXT("GET /livez HTTP/1.1\r\nHost: localhost\r\nHost: "
		       "localhost\r\n\r\n"),
		  400 },
		{ TEXT("POST /v1/moves HTTP/1.1\r\nHost: localhost\r\n"
		       "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n"
		       "\r\n0\r\n\r\n"),
		  400 },
		{ TEXT("POST /v1/moves HTTP/1.1\r\nHost: localhost\r\n"
		       "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}"),
		  400 },
		{ TEXT("POST /v1/moves HTTP/1.1\r\nHost: localhost\r\n"
		       "Content-Length: 0x2\r\n\r\n{}"),
		  400 },
		{ TEXT("POST /v1/moves HTTP/1.1\r\nHost: localhost\r\n"
		       "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
		  REFUSED_400_OR_501 },
		{ TEXT("POST /v1/moves HTTP/1.1\r\nHost: localhost\r\n"
		       "Transfer-Encoding: identity\r\n\r\n"),
		  REFUSED_400_OR_501 },
		{ TEXT("POST /v1/moves HTTP/1.0\r\nHost: localhost\r\n"
		       "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
		  400 },
		{ TEXT("GET /livez HTTP/1.1\nHost: localhost\n\n"), 400 },
		{ TEXT("GET /livez HTTP/1.1\r\nHost: localhost\nA: b\r\n\r\n"),
		  400 },
		{ TEXT("GET /livez HTTP/1.1\r\nHost: localhost\r\nA: b\r\n c"
		       "\r\n\r\n"),
		  400 },
		{ TEXT("GET /livez HTTP/1.1\r\nA: b\r\n\tc\r\nHost: "
		       "localhost\r\n\r\n"),
		  400 },
		{ TEXT("GET /livez HTTP/1.1\r\nHost: localhost\r\nA: b\0c"
		       "\r\n\r\n"),
		  400 },
		{ TEXT("GET /livez HTTP/1.1\r\nHost: localhost\r\nA\0: b"
		       "\r\n\r\n"),
		  400 },
		{ TEXT("GET /livez HTTP/1.1\r\nHost: localhost\r\nA: b\x01"
		       "\r\n\r\n"),
		  400 },
		{ TEXT("GET /livez HTTP/1.1\r\nHost : localhost\r\n\r\n"),
		  400 },
		{ TEXT("GET /livez HTTP/1.1\r\nHost: localhost\r\n: x\r\n\r\n"),
		  400 },
		{ TEXT("GET /livez\0 HTTP/1.1\r\nHost: localhost\r\n\r\n"),
		  REFUSED_400_OR_CLOSED },
		{ TEXT("GET /livez%00 HTTP/1.1\r\nHost: localhost\r\n\r\n"),
		  400 },
		{ TEXT("GET /v1%2Fmoves HTTP/1.1\r\nHost: localhost\r\n\r\n"),
		  400 },
		{ TEXT("GET /v1%5Cmoves HTTP/1.1\r\nHost: localhost\r\n\r\n"),
		  400 },
		{ TEXT("GET /v1/../livez HTTP/1.1\r\nHost: localhost\r\n\r\n"),
		  400 },
		{ TEXT("GET /v1/%2e%2E/livez HTTP/1.1\r\nHost: localhost\r\n"
		       "\r\n"),
		  400 },
		{ TEXT("GET //livez HTTP/1.1\r\nHost: localhost\r\n\r\n"),
		  400 },
		{ TEXT("GET /liv%6 HTTP/1.1\r\nHost: localhost\r\n\r\n"), 400 },
		{ TEXT("GET http://evil.example/livez HTTP/1.1\r\nHost: "
		       "localhost\r\n\r\n"),
		  400 },
		{ TEXT("TRACE /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"),
		  501 },
		{ TEXT("CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n"
		       "\r\n"),
		  501 },
		{ TEXT("get /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"), 501 },
		{ TEXT("GET /livez HTTP/1.1\r\n\r\n"), 400 },
		{ TEXT("GET /livez HTTP/1.1\r\nHost: evil.example\r\n\r\n"),
		  421 },
		{ TEXT("GET /livez HTTP/1.1\r\nHost: localhost:x\r\n\r\n"),
		  400 },
	};
	const struct api_fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct answer answer;
		int fd = dial(fixture);

		send_bytes(fd, rows[i].bytes);
		receive_answer(fd, false, &answer);
		if (!is_refused_as(rows[i].status, answer.status))
			fail_msg("%zu: %.*s ->\n%s", i, TEXT_ARG(rows[i].bytes),
				 answer.text);
		assert_closes(fd);
		close(fd);
	}
}

static void plain_requests_in_all_their_forms_are_answered(void **state)
{
	static const char *const rows[] = {
		"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"GET /livez HTTP/1.1\r\nHost: LOCALHOST:8080\r\n\r\n",
		"GET /livez HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n",
		"GET /livez HTTP/1.1\r\nHost: [::1]:1\r\n\r\n",
		"GET /livez HTTP/1.1\r\nHost: moves.example.com.\r\n\r\n",
		"GET /%6civez HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"GET http://localhost/livez HTTP/1.1\r\nHost: "
		"localhost\r\n\r\n",
		"GET /livez HTTP/1.0\r\n\r\n",
		"GET /livez HTTP/1.1\r\nHost:localhost\r\n\r\n",
		"GET /livez HTTP/1.1\r\nHost: \t localhost\r\n\r\n",
		"GET /livez HTTP/1.1\r\nEmpty:\r\nHost: localhost\r\n\r\n",
		"GET /livez HTTP/1.1\r\nHost: localhost\r\nEmpty:\r\n\r\n",
		"GET /livez HTTP/1.1\r\nHost: localhost \r\nA: b  \r\n\r\n",
		"GET /livez HTTP/1.1\r\nCookie: a=b; c=d\r\nHost: "
		"localhost\r\n\r\n",
		"\r\nGET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n",
	};
	const struct api_fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct answer answer;

		ask(fixture, text_of(rows[i]), &answer);
		if (answer.status != 200)
			fail_msg("%s ->\n%s", rows[i], answer.text);
	}
}

static void a_large_head_is_read_as_well_as_a_small_one(void **state)
{
	const struct api_fixture *fixture = *state;
	char text[12000];
	struct answer answer;

	for (size_t filler = 100; filler < 9000; filler += 700) {
		int fd = dial(fixture);

		memset(text, 'x', sizeof(text));
		memcpy(text, "GET /livez HTTP/1.1\r\nA: ", 24);
		snprintf(text + 24 + filler, sizeof(text) - 24 - filler,
			 "\r\nB: c\r\nHost: localhost\r\n\r\n");
		/* In two parts, so that the library's buffer grows. */
		send_bytes(fd, (struct text){ text, 60 });
		send_bytes(fd, text_of(text + 60));
		receive_answer(fd, false, &answer);
		if (answer.status != 200)
			fail_msg("%zu: %s", filler, answer.text);
		close(fd);
	}
}

static void requests_in_a_row_on_one_connection_are_answered_in_order(
	void **state)
{
	const struct api_fixture *fixture = *state;
	char text[2048];
	struct answer answer;
	int fd = dial(fixture);

	snprintf(text, sizeof(text),
		 "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n"
		 "POST /v1/moves HTTP/1.1\r\nHost: localhost\r\nAuthorization: "
		 "Bearer %s\r\nContent-Type: application/json\r\n"
		 "Content-Length: %zu\r\n\r\n%s"
		 "GET /v1/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"
		 "GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n",
		 fixture->admin, strlen(a_move_body), a_move_body);
	send_bytes(fd, text_of(text));
	receive_answer(fd, false, &answer);
	assert_int_equal(200, answer.status);
	receive_answer(fd, false, &answer);
	assert_int_equal(201, answer.status);
	receive_answer(fd, false, &answer);
	assert_int_equal(404, answer.status);
	receive_answer(fd, false, &answer);
	assert_int_equal(200, answer.status);
	close(fd);
}

/* --- time -------------------------------------------------------------------
 */

static int impatient_set_up(void **state)
{
	static const struct http_limits limits = {
		.idle_us = 300000,
		.head_us = 300000,
		.body_grace_us = 300000,
		.body_bytes_per_s = 1000000,
		.answer_us = 5000000,
		.stop_us = 300000,
	};

	*state = fixture_with(&limits);
	return 0;
}

static void a_head_that_does_not_end_is_cut(void **state)
{
	const struct api_fixture *fixture = *state;
	struct answer answer;
	int fd = dial(fixture);

	send_bytes(fd, TEXT("GET /livez HTTP/1.1\r\nHost: local"));
	receive_answer(fd, false, &answer);
	assert_int_equal(0, answer.status);
	close(fd);
}

static void a_connection_that_says_nothing_is_cut(void **state)
{
	int fd = dial(*state);

	assert_true(is_closed(fd));
	close(fd);
}

static void a_body_that_trickles_is_cut(void **state)
{
	const struct api_fixture *fixture = *state;
	char text[512];
	struct answer answer;
	int fd = dial(fixture);

	snprintf(text, sizeof(text),
		 "POST /v1/moves HTTP/1.1\r\nHost: localhost\r\n"
		 "Authorization: Bearer %s\r\nContent-Type: "
		 "application/json\r\nContent-Length: 30000\r\n\r\n{",
		 fixture->admin);
	send_bytes(fd, text_of(text));
	receive_answer(fd, false, &answer);
	assert_int_equal(0, answer.status);
	close(fd);
}

/* --- jobs --------------------------------------------------------------------
 */

/* A job that holds the store's thread until it is let go. */
struct block {
	struct store_job job;
	sem_t entered, leave, done;
};

static int block_run(struct changes *changes, struct store_job *job)
{
	struct block *block = (struct block *)job;
	(void)changes;

	sem_post(&block->entered);
	sem_wait(&block->leave);
	return 0;
}

static void block_done(struct store_job *job, int err, int64_t revision)
{
	(void)err;
	(void)revision;
	sem_post(&((struct block *)job)->done);
}

static void block_store(struct block *block, struct store *store)
{
	*block = (struct block){ .job = { .kind = STORE_READ,
					  .run = block_run,
					  .done = block_done } };
	sem_init(&block->entered, 0, 0);
	sem_init(&block->leave, 0, 0);
	sem_init(&block->done, 0, 0);
	store_submit(store, &block->job);
	sem_wait(&block->entered);
}

static void release_store(struct block *block)
{
	sem_post(&block->leave);
	sem_wait(&block->done);
	sem_destroy(&block->entered);
	sem_destroy(&block->leave);
	sem_destroy(&block->done);
}

static int send_move(const struct api_fixture *fixture)
{
	char text[1024];
	int fd = dial(fixture);

	snprintf(text, sizeof(text),
		 "POST /v1/moves HTTP/1.1\r\nHost: localhost\r\n"
		 "Authorization: Bearer %s\r\nContent-Type: "
		 "application/json\r\nContent-Length: %zu\r\n\r\n%s",
		 fixture->admin, strlen(a_move_body), a_move_body);
	send_bytes(fd, text_of(text));
	return fd;
}

/* Until so many exchanges wait for their job. */
static void await_jobs(struct api *api, size_t wanted)
{
	const struct timespec step = { .tv_nsec = 1000000 };
	size_t count = 0;

	for (int i = 0; i < WAIT_MS && count < wanted; i++) {
		nanosleep(&step, NULL);
		count = 0;
		pthread_mutex_lock(&api->jobs_lock);
		for (const struct exchange *exchange = api->first_job; exchange;
		     exchange = exchange->wire->next_job)
			count++;
		pthread_mutex_unlock(&api->jobs_lock);
	}
	assert_int_equal(wanted, count);
}

/* No value that comes from outside gets so far; if one ever does, the answer
 * is not sent in two. */
static void a_line_end_in_a_field_of_an_answer_ends_the_connection(void **state)
{
	static const char *const values[] = { "a\r\nSet-Cookie: b=c", "a\nb",
					      "a\rb" };
	const struct api_fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		struct answer answer;
		struct block block;
		int fd;

		block_store(&block, fixture->base.store);
		fd = send_move(fixture);
		await_jobs(fixture->api, 1);
		pthread_mutex_lock(&fixture->api->jobs_lock);
		exchange_add_header(fixture->api->first_job, "X-Field",
				    values[i]);
		pthread_mutex_unlock(&fixture->api->jobs_lock);
		release_store(&block);
		receive_answer(fd, false, &answer);
		assert_int_equal(0, answer.status);
		assert_int_equal(0, answer.len);
		close(fd);
	}
}

static void others_are_answered_while_a_job_waits(void **state)
{
	const struct api_fixture *fixture = *state;
	struct answer answer;
	struct block block;
	int fd;

	block_store(&block, fixture->base.store);
	fd = send_move(fixture);
	await_jobs(fixture->api, 1);
	request(fixture, "GET /livez", NULL, "", NULL, &answer);
	assert_int_equal(200, answer.status);
	release_store(&block);
	receive_answer(fd, false, &answer);
	assert_int_equal(201, answer.status);
	close(fd);
}

static void a_client_may_leave_while_its_job_waits(void **state)
{
	const struct api_fixture *fixture = *state;
	struct answer answer;
	struct block block;

	block_store(&block, fixture->base.store);
	for (int i = 0; i < 10; i++) {
		int fd = send_move(fixture);
		const struct linger reset = { .l_onoff = 1 };

		await_jobs(fixture->api, (size_t)i + 1);
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(fd);
	}
	release_store(&block);
	request(fixture, "GET /v1/moves", fixture->admin, "", NULL, &answer);
	assert_int_equal(200, answer.status);
	assert_has(&answer, "sip:alice@example.com");
}

static void stopping_lets_a_job_under_way_end(void **state)
{
	struct api_fixture *fixture = *state;
	struct answer answer;
	struct block block;
	int fd;

	block_store(&block, fixture->base.store);
	fd = send_move(fixture);
	await_jobs(fixture->api, 1);
	release_store(&block);
	api_stop(fixture->api);
	fixture->api = NULL;
	receive_answer(fd, false, &answer);
	assert_int_equal(201, answer.status);
	assert_true(is_closed(fd));
	close(fd);
}

static void stopping_does_not_wait_for_ever_for_a_job(void **state)
{
	struct api_fixture *fixture = *state;
	struct answer answer;
	struct block block;
	int fds[5];

	block_store(&block, fixture->base.store);
	for (size_t i = 0; i < 5; i++)
		fds[i] = send_move(fixture);
	await_jobs(fixture->api, 5);
	api_stop(fixture->api);
	fixture->api = NULL;
	for (size_t i = 0; i < 5; i++) {
		receive_answer(fds[i], false, &answer);
		assert_int_equal(503, answer.status);
		close(fds[i]);
	}
	/* The jobs end after the side that asked for them. */
	release_store(&block);
}

static void stopping_with_open_and_half_sent_requests_ends(void **state)
{
	struct api_fixture *fixture = *state;
	int idle = dial(fixture), half = dial(fixture);

	send_bytes(half, TEXT("GET /livez HTTP/1.1\r\nHost:"));
	api_stop(fixture->api);
	fixture->api = NULL;
	assert_true(is_closed(idle));
	assert_true(is_closed(half));
	close(idle);
	close(half);
}

static void draining_turns_readiness_off_but_answers(void **state)
{
	struct api_fixture *fixture = *state;
	struct answer answer;

	api_drain(fixture->api);
	request(fixture, "GET /readyz", NULL, "", NULL, &answer);
	assert_int_equal(503, answer.status);
	assert_string_equal("not ready\n", answer.body);
	request(fixture, "GET /livez", NULL, "", NULL, &answer);
	assert_int_equal(200, answer.status);
}

static void an_address_in_use_is_named(void **state)
{
	const struct api_fixture *fixture = *state;
	struct api_config config = { .listens = { api_listen_address(
					     fixture->api, 0) },
				     .listen_count = 1,
				     .store = fixture->base.store };
	const struct api_listen *failed = NULL;
	struct api *second = NULL;

	assert_int_equal(EADDRINUSE, api_start(&config, &second, &failed));
	assert_ptr_equal(&config.listens[0], failed);
	assert_null(second);
}

#define TEST(name_) \
	cmocka_unit_test_setup_teardown(name_, api_set_up, api_tear_down)
#define IMPATIENT(name_) \
	cmocka_unit_test_setup_teardown(name_, impatient_set_up, api_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_good_token_the_answer_is_401),
		TEST(a_scope_too_small_is_named_in_a_403),
		TEST(every_row_of_the_table_needs_its_scope),
		TEST(the_local_socket_needs_no_token_and_no_name),
		TEST(a_token_made_through_the_api_works_at_once),
		TEST(a_revoked_token_is_refused_at_once),
		TEST(a_token_ends_when_it_says),
		TEST(nobody_makes_a_token_that_may_more_than_its_maker),
		TEST(a_token_with_faults_is_not_made),
		TEST(routes_and_types_are_judged_by_the_book),
		TEST(every_answer_has_the_security_headers),
		TEST(a_move_is_made_and_read_back),
		TEST(a_body_over_the_limit_is_refused_by_its_announced_length),
		TEST(a_chunked_body_over_the_limit_is_refused_by_count),
		TEST(a_chunked_body_is_read),
		TEST(what_two_readers_could_read_in_two_ways_is_refused),
		TEST(plain_requests_in_all_their_forms_are_answered),
		TEST(a_large_head_is_read_as_well_as_a_small_one),
		TEST(requests_in_a_row_on_one_connection_are_answered_in_order),
		IMPATIENT(a_head_that_does_not_end_is_cut),
		IMPATIENT(a_connection_that_says_nothing_is_cut),
		IMPATIENT(a_body_that_trickles_is_cut),
		TEST(a_line_end_in_a_field_of_an_answer_ends_the_connection),
		TEST(others_are_answered_while_a_job_waits),
		TEST(a_client_may_leave_while_its_job_waits),
		TEST(stopping_lets_a_job_under_way_end),
		IMPATIENT(stopping_does_not_wait_for_ever_for_a_job),
		IMPATIENT(stopping_with_open_and_half_sent_requests_ends),
		TEST(draining_turns_readiness_off_but_answers),
		TEST(an_address_in_use_is_named),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
