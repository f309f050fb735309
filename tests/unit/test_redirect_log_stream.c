/*
 * test_redirect_log_stream.c - what takes a token that does not live long: the
 * rest of the stream is in tests/integration/redirect_log_stream.test.mjs.
 */
#include "api_fixture.h"

enum {
	TOKEN_MS = 4000, /* long enough for a slow machine to ask with it */
};

static char short_lived[TOKEN_TEXT_SIZE];

static int set_up(void **state)
{
	struct api_fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	signal(SIGPIPE, SIG_IGN);
	log_set_level(LOG_LEVEL_ERROR);
	fixture_folder(&fixture->base);
	fixture_open(&fixture->base);
	open_log(fixture);
	snprintf(fixture->socket_path, sizeof(fixture->socket_path),
		 "%s/api.socket", fixture->base.path);
	add_token(fixture, "onlooker", SCOPE_LOGS_READ, TOKEN_MS, short_lived);
	start_api(fixture, &http_limits_default);
	*state = fixture;
	return 0;
}

static void a_stream_ends_when_its_token_runs_out(void **state)
{
	const struct api_fixture *fixture = *state;
	char bytes[4096];
	int fd = dial(fixture);
	size_t len = (size_t)snprintf(
		bytes, sizeof(bytes),
		"GET /v1/redirect-logs/stream HTTP/1.1\r\nHost: localhost\r\n"
		"Accept: text/event-stream\r\nAuthorization: Bearer %s\r\n\r\n",
		short_lived);

	send_bytes(fd, (struct text){ bytes, len });
	len = receive_some(fd, bytes, sizeof(bytes) - 1);
	bytes[len] = '\0';
	assert_memory_equal("HTTP/1.1 200 ", bytes, 13);

	/* Up to the last chunk: the connection lives on. */
	while (!strstr(bytes, "0\r\n\r\n")) {
		len = receive_some(fd, bytes, sizeof(bytes) - 1);
		assert_true(len > 0);
		bytes[len] = '\0';
	}
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_stream_ends_when_its_token_runs_out, set_up,
			api_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
