/*
 * api_fixture.h - the HTTP side over a real store, on a free port of loopback
 * and a local socket, and raw requests to it.
 */
#ifndef SIPMOVED_TESTS_API_FIXTURE_H
#define SIPMOVED_TESTS_API_FIXTURE_H

#include "store_fixture.h"

#include "api/api_state.h"
#include "api/http_wire.h"
#include "api/router.h"
#include "base/clock.h"
#include "base/log.h"
#include "db/token.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

enum {
	ANSWER_SIZE = 65536,
	WAIT_MS = 10000, /* a test that waits so long has failed */
};

struct api_fixture {
	struct fixture base;
	struct redirect_log *log;
	struct api *api;
	char socket_path[300];
	char admin[TOKEN_TEXT_SIZE];
	char reader[TOKEN_TEXT_SIZE]; /* moves:read only */
};

struct answer {
	int status; /* 0: the server closed without an answer */
	char text[ANSWER_SIZE];
	size_t len;
	const char *body;
};

/* --- the server ------------------------------------------------------------
 */

static inline int make_token(struct changes *changes, void *arg)
{
	struct faults faults = { 0 };
	int err = token_create(changes, arg, &faults);

	faults_clear(&faults);
	return err;
}

static inline void add_token(struct api_fixture *fixture, const char *name,
			     uint32_t scopes, int64_t lives_ms,
			     char text[TOKEN_TEXT_SIZE])
{
	struct token token = {
		.scopes = scopes,
		.expires_at_ms = clock_wall_ms() + lives_ms,
	};

	text_copy(text_of(name), token.name, sizeof(token.name));
	text_copy(TEXT("service"), token.role, sizeof(token.role));
	token_make_secret(&token, text);
	assert_int_equal(0, fixture_run(&fixture->base, make_token, &token));
}

static inline void open_log(struct api_fixture *fixture)
{
	struct redirect_log_config config = { .data_dir = fixture->base.path,
					      .ring_size_bytes = 65536 };

	assert_int_equal(0, redirect_log_open(&config, &fixture->log));
	assert_int_equal(0, redirect_log_start(fixture->log));
}

/* Before the store's thread: readers are added in between. */
static inline void start_api(struct api_fixture *fixture,
			     const struct http_limits *limits)
{
	struct api_config config = {
		.listens = { { .host = "127.0.0.1" } },
		.listen_count = 1,
		.socket_path = fixture->socket_path,
		.host_names = { "moves.example.com" },
		.host_name_count = 1,
		.store = fixture->base.store,
		.log = fixture->log,
	};
	const struct api_listen *failed;

	assert_int_equal(
		0, api_start_limited(&config, limits, &fixture->api, &failed));
	assert_int_equal(0, store_start(fixture->base.store));
}

static inline struct api_fixture *fixture_with(const struct http_limits *limits)
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
	add_token(fixture, "admin", SCOPES_ALL, 3600000, fixture->admin);
	add_token(fixture, "reader", SCOPE_MOVES_READ, 3600000,
		  fixture->reader);
	start_api(fixture, limits);
	return fixture;
}

static inline int api_set_up(void **state)
{
	*state = fixture_with(&http_limits_default);
	return 0;
}

static inline int api_tear_down(void **state)
{
	struct api_fixture *fixture = *state;

	api_stop(fixture->api);
	store_stop(fixture->base.store);
	fixture_close(&fixture->base);
	redirect_log_stop(fixture->log);
	redirect_log_close(fixture->log);
	nftw(fixture->base.path, fixture_remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(fixture);
	return 0;
}

/* --- a client ---------------------------------------------------------------
 */

static inline int dial(const struct api_fixture *fixture)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons(api_listen_address(fixture->api, 0).port),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(0, connect(fd, (const struct sockaddr *)&address,
				    sizeof(address)));
	return fd;
}

static inline int dial_local(const struct api_fixture *fixture)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	text_copy(text_of(fixture->socket_path), address.sun_path,
		  sizeof(address.sun_path));
	assert_int_equal(0, connect(fd, (const struct sockaddr *)&address,
				    sizeof(address)));
	return fd;
}

static inline void send_bytes(int fd, struct text bytes)
{
	while (bytes.len > 0) {
		ssize_t sent = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);

		if (sent <= 0)
			return; /* it was closed: the answer tells */
		bytes.ptr += sent;
		bytes.len -= (size_t)sent;
	}
}

/* Some more bytes; 0 at the end. */
static inline size_t receive_some(int fd, char *buffer, size_t size)
{
	struct pollfd polled = { .fd = fd, .events = POLLIN };
	ssize_t got;

	if (poll(&polled, 1, WAIT_MS) != 1)
		fail_msg("no answer within %d ms", WAIT_MS);
	got = recv(fd, buffer, size, 0);
	return got > 0 ? (size_t)got : 0;
}

static inline bool is_closed(int fd)
{
	char byte;

	return receive_some(fd, &byte, 1) == 0;
}

/* Whatever still comes, the end comes. */
static inline void assert_closes(int fd)
{
	char bytes[512];

	while (receive_some(fd, bytes, sizeof(bytes)) > 0)
		continue;
}

static inline const char *header_in(const struct answer *answer,
				    const char *name)
{
	const char *found = strcasestr(answer->text, name);

	return found && (!answer->body || found < answer->body) ? found : NULL;
}

/* A byte at a time, so that nothing of the next answer is taken. */
static inline void receive_answer(int fd, bool is_head, struct answer *answer)
{
	const char *length;
	size_t rest = 0;

	*answer = (struct answer){ 0 };
	while (!strstr(answer->text, "\r\n\r\n")) {
		if (receive_some(fd, answer->text + answer->len, 1) == 0)
			return;
		answer->len++;
		assert_true(answer->len < ANSWER_SIZE - 1);
	}
	answer->body = answer->text + answer->len;
	assert_int_equal(
		1, sscanf(answer->text, "HTTP/1.%*1d %d", &answer->status));
	length = header_in(answer, "\r\nContent-Length: ");
	if (length && !is_head)
		rest = strtoul(length + 18, NULL, 10);
	assert_true(rest < ANSWER_SIZE - answer->len);
	while (rest > 0) {
		size_t got = receive_some(fd, answer->text + answer->len, rest);

		if (got == 0)
			return;
		answer->len += got;
		rest -= got;
	}
}

/* One request on a connection of its own. */
static inline void ask(const struct api_fixture *fixture, struct text request,
		       struct answer *answer)
{
	int fd = dial(fixture);

	send_bytes(fd, request);
	receive_answer(fd, !strncmp(request.ptr, "HEAD", 4), answer);
	close(fd);
}

/* "GET /path" with a token and more header lines; body may be NULL. */
static inline void request(const struct api_fixture *fixture, const char *line,
			   const char *token, const char *headers,
			   const char *body, struct answer *answer)
{
	static char text[32768];
	int len = snprintf(text, sizeof(text),
			   "%s HTTP/1.1\r\nHost: localhost\r\n%s%s%s%s", line,
			   token ? "Authorization: Bearer " : "",
			   token ? token : "", token ? "\r\n" : "", headers);

	if (body)
		len += snprintf(text + len, sizeof(text) - (size_t)len,
				"Content-Length: %zu\r\n\r\n%s", strlen(body),
				body);
	else
		len += snprintf(text + len, sizeof(text) - (size_t)len, "\r\n");
	ask(fixture, (struct text){ text, (size_t)len }, answer);
}

static inline void assert_has(const struct answer *answer, const char *part)
{
	if (!strstr(answer->text, part))
		fail_msg("no '%s' in: %s", part, answer->text);
}

#endif
