#include "api/http_listener.h"
#include "api/http_dispatch.h"
#include "api/proxy_auth.h"
#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <microhttpd.h>

enum {
	CONNECTIONS_MAX = 1024,
	CONNECTIONS_PER_ADDRESS_MAX = 64,
	CONNECTION_TIMEOUT_S = 30,
	CONNECTION_MEMORY = 32 * 1024,
	/* A body that is too large is read on and dropped up to here, so that
	 * its sender reads the 413; then the connection is cut. */
	DISCARD_MAX = 4 * 1024 * 1024,
	PIECE_SIZE = 16 * 1024, /* of a streamed answer */
};

/* Versions above 0.9.75 judge the lines of a head by themselves, and lay their
 * buffer out in another way. */
static const bool library_needs_layout_check = MHD_VERSION < 0x00097600;

struct http_listener {
	struct api *api;
	struct MHD_Daemon *daemon;
};

/* --- answers -------------------------------------------------------------- */

static bool add_headers(struct MHD_Response *response,
			const struct http_answer *answer)
{
	for (size_t i = 0; i < answer->header_count; i++)
		/* It refuses what holds CR or LF. */
		if (MHD_add_response_header(response, answer->headers[i].name,
					    answer->headers[i].value) !=
		    MHD_YES)
			return false;
	return !answer->last_resort[0] ||
	       MHD_add_response_header(response, "Content-Type",
				       "application/problem+json") == MHD_YES;
}

/* The library asks for the next piece of an answer. */
static ssize_t read_piece(void *arg, uint64_t at, char *buffer, size_t size)
{
	size_t len = 0;
	(void)at;

	switch (http_stream_read(arg, buffer, size, &len)) {
	case HTTP_PIECE_MORE:
		return (ssize_t)len;
	case HTTP_PIECE_LATER:
		return 0;
	case HTTP_PIECE_END:
		return MHD_CONTENT_READER_END_OF_STREAM;
	case HTTP_PIECE_ABORT:
		break;
	}
	return MHD_CONTENT_READER_END_WITH_ERROR;
}

static struct MHD_Response *make_response(struct exchange *exchange)
{
	struct http_answer *answer = &exchange->wire->answer;
	struct MHD_Response *response;

	if (exchange->wire->source.read) {
		response = MHD_create_response_from_callback(
			MHD_SIZE_UNKNOWN, PIECE_SIZE, read_piece, exchange,
			NULL);
		/* To a HEAD the library would send the last chunk, and the next
		 * answer on the connection would stand behind it. */
		if (response && exchange->wire->is_head)
			MHD_set_response_options(
				response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT,
				MHD_RO_END);
		return response;
	}
	if (answer->last_resort[0])
		return MHD_create_response_from_buffer(
			strlen(answer->last_resort), answer->last_resort,
			MHD_RESPMEM_PERSISTENT);
	response = MHD_create_response_from_buffer(
		answer->body_len, answer->body, MHD_RESPMEM_MUST_FREE);
	if (response)
		answer->body = NULL; /* the response's now */
	return response;
}

static enum MHD_Result queue_answer(struct MHD_Connection *library,
				    struct exchange *exchange)
{
	struct http_wire *wire = exchange->wire;
	struct http_answer *answer = &wire->answer;
	struct MHD_Response *response;
	enum MHD_Result result = MHD_NO;

	http_dispatch_finish(exchange);
	response = make_response(exchange);
	if (!response)
		return MHD_NO;
	wire->stage = HTTP_STAGE_OVER;
	http_connections_enter(&exchange->api->connections, wire->connection,
			       HTTP_CONNECTION_ANSWER);
	if (add_headers(response, answer))
		result = MHD_queue_response(library, answer->status, response);
	MHD_destroy_response(response);
	return result;
}

/* After a handler: it answered, or it waits for a job. */
static enum MHD_Result go_on(struct MHD_Connection *library,
			     struct exchange *exchange)
{
	struct http_wire *wire = exchange->wire;

	if (wire->waits)
		return MHD_YES;
	if (!wire->answer.made)
		exchange_answer_last_resort(exchange);
	return queue_answer(library, exchange);
}

/* --- the head ------------------------------------------------------------- */

struct collected {
	struct http_field fields[HTTP_FIELDS_MAX];
	size_t count;
};

static enum MHD_Result collect(void *arg, enum MHD_ValueKind kind,
			       const char *name, size_t name_len,
			       const char *value, size_t value_len)
{
	struct collected *collected = arg;
	(void)kind;

	if (collected->count == HTTP_FIELDS_MAX)
		return MHD_NO;
	collected->fields[collected->count++] = (struct http_field){
		{ name, name_len },
		{ value ? value : "", value ? value_len : 0 },
	};
	return MHD_YES;
}

static bool has_body(const struct http_head *head)
{
	struct text value;
	uint64_t length;

	return http_head_field(head, TEXT("Transfer-Encoding"), &value) ||
	       (http_head_field(head, TEXT("Content-Length"), &value) &&
		(text_to_u64(value, &length) != 0 || length > 0));
}

/*
 * An answer now spares reading a body, but ends the connection; without a body
 * it waits for the next call, so that the connection lives on.
 */
static enum MHD_Result take_head(struct MHD_Connection *library,
				 struct exchange *exchange, const char *method,
				 const char *version)
{
	struct http_wire *wire = exchange->wire;
	struct collected collected = { .count = 0 };
	struct http_head head = { .version = text_of(version),
				  .target_end = wire->target_end,
				  .fields = collected.fields };

	MHD_get_connection_values_n(library, MHD_HEADER_KIND, collect,
				    &collected);
	head.field_count = collected.count;
	wire->library = library;
	http_dispatch_head(exchange, &head, text_of(method),
			   library_needs_layout_check);
	if (wire->answer.made && (wire->answer.closes || has_body(&head))) {
		if (wire->connection)
			wire->connection->lingers = true;
		return queue_answer(library, exchange);
	}
	wire->stage = HTTP_STAGE_BODY;
	http_connections_enter(&exchange->api->connections, wire->connection,
			       HTTP_CONNECTION_BODY);
	return MHD_YES;
}

/* --- the body ------------------------------------------------------------- */

/* Into the sink; *upload_len: what it has not taken yet. */
static enum MHD_Result take_streamed(struct exchange *exchange,
				     struct text part, size_t *upload_len)
{
	struct http_wire *wire = exchange->wire;
	size_t taken;

	*upload_len = 0;
	if (wire->body_discarded == 0 &&
	    part.len <= wire->endpoint->body_max_bytes - wire->streamed) {
		if (http_stream_take(exchange, part, &taken) != 0)
			return MHD_NO;
		wire->streamed += taken;
		*upload_len = part.len - taken;
		http_connections_count_body(&exchange->api->connections,
					    wire->connection, taken);
		return MHD_YES;
	}
	wire->body_discarded += part.len;
	return wire->body_discarded > DISCARD_MAX ? MHD_NO : MHD_YES;
}

static enum MHD_Result take_body(struct exchange *exchange, struct text part)
{
	struct http_wire *wire = exchange->wire;

	http_connections_count_body(&exchange->api->connections,
				    wire->connection, part.len);
	if (wire->body_discarded == 0) {
		int err = exchange_add_body(exchange, part);

		if (err != EMSGSIZE)
			return err ? MHD_NO : MHD_YES;
	}
	wire->body_discarded += part.len;
	return wire->body_discarded > DISCARD_MAX ? MHD_NO : MHD_YES;
}

static enum MHD_Result end_body(struct MHD_Connection *library,
				struct exchange *exchange)
{
	struct http_wire *wire = exchange->wire;

	if (wire->answer.made)
		return queue_answer(library, exchange);
	if (wire->streams) {
		int err = http_stream_end_body(exchange);

		if (err)
			return err == EAGAIN ? MHD_YES : MHD_NO;
	}
	wire->stage = HTTP_STAGE_HANDLED;
	http_connections_enter(&exchange->api->connections, wire->connection,
			       HTTP_CONNECTION_HANDLING);
	if (wire->body_discarded > 0)
		http_dispatch_too_large(exchange);
	else
		http_dispatch_handler(exchange);
	return go_on(library, exchange);
}

/* --- callbacks of the library --------------------------------------------- */

/* The connection was resumed; by the job's end, or because we stop. */
static enum MHD_Result resume(struct MHD_Connection *library,
			      struct exchange *exchange)
{
	exchange->wire->waits = false;
	if (exchange_has_job(exchange)) {
		/* The job still owns what the resource keeps: only the answer
		 * is ours to touch. Whether it was done nobody knows yet. */
		exchange_add_header(exchange, "Retry-After", "1");
		exchange_answer_empty(exchange, 503);
		return queue_answer(library, exchange);
	}
	http_dispatch_resumed(exchange);
	return go_on(library, exchange);
}

static enum MHD_Result handle(void *arg, struct MHD_Connection *library,
			      const char *url, const char *method,
			      const char *version, const char *upload,
			      size_t *upload_len, void **request)
{
	struct exchange *exchange = *request;
	struct text part = { upload, *upload_len };
	(void)arg;
	(void)url; /* decoded by the library: the raw target is kept instead */

	if (!exchange)
		return MHD_NO;
	switch (exchange->wire->stage) {
	case HTTP_STAGE_HEAD:
		return take_head(library, exchange, method, version);
	case HTTP_STAGE_BODY:
		if (part.len == 0)
			return end_body(library, exchange);
		if (exchange->wire->streams)
			return take_streamed(exchange, part, upload_len);
		*upload_len = 0;
		return take_body(exchange, part);
	case HTTP_STAGE_HANDLED:
		return resume(library, exchange);
	case HTTP_STAGE_OVER:
		break;
	}
	return MHD_NO;
}

static struct http_connection *connection_of(struct MHD_Connection *library)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		library, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

/* The request line is there: the exchange begins, with the raw target. */
static void *begin(void *arg, const char *target,
		   struct MHD_Connection *library)
{
	struct api *api = arg;
	struct exchange *exchange = exchange_new(api, target);

	if (!exchange)
		return NULL;
	exchange->wire->target_end = target + strlen(target);
	exchange->wire->connection = connection_of(library);
	http_connections_enter(&api->connections, exchange->wire->connection,
			       HTTP_CONNECTION_HEAD);
	return exchange;
}

static void count(struct api *api, const struct http_wire *wire)
{
	size_t route = HTTP_COUNTED_ROUTES - 1;

	if (!wire->answer.made)
		return;
	if (wire->endpoint)
		route = (size_t)(wire->endpoint - endpoints);
	http_counters_add(&api->counters, route, wire->answer.status,
			  clock_monotonic_us() - wire->started_us);
}

static void end(void *arg, struct MHD_Connection *library, void **request,
		enum MHD_RequestTerminationCode code)
{
	struct exchange *exchange = *request;
	struct api *api = arg;
	(void)library;
	(void)code;

	if (!exchange)
		return;
	*request = NULL;
	count(api, exchange->wire);
	http_connections_enter(&api->connections, exchange->wire->connection,
			       HTTP_CONNECTION_IDLE);
	exchange_end(exchange);
}

/* Behind a reverse proxy there are many, and it limits them. */
static void refuse_one_too_many(struct api *api,
				const struct http_connection *connection)
{
	if (connection->is_local ||
	    proxy_auth_is_proxy(&api->config, connection->peer) ||
	    http_connections_count_of(&api->connections, connection->peer) <=
		    CONNECTIONS_PER_ADDRESS_MAX)
		return;
	shutdown(connection->fd, SHUT_RDWR); /* the library closes it then */
}

static struct http_connection *add_connection(struct api *api,
					      struct MHD_Connection *library)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		library, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *address = info ? info->client_addr : NULL;
	struct http_connection *connection;
	char peer[HTTP_PEER_SIZE];
	bool is_local = http_peer_name(address, peer);

	info = MHD_get_connection_info(library,
				       MHD_CONNECTION_INFO_CONNECTION_FD);
	if (!info)
		return NULL;
	connection = http_connections_add(&api->connections, info->connect_fd,
					  peer, is_local);
	if (connection)
		refuse_one_too_many(api, connection);
	return connection;
}

static void notify_connection(void *arg, struct MHD_Connection *library,
			      void **context,
			      enum MHD_ConnectionNotificationCode code)
{
	struct api *api = arg;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		pthread_setname_np(pthread_self(), "http");
		*context = add_connection(api, library);
	} else {
		/* The library closes the descriptor after this. */
		if (*context && ((struct http_connection *)*context)->lingers)
			http_lingers_add(
				&api->lingers,
				((struct http_connection *)*context)->fd,
				clock_monotonic_us());
		http_connections_remove(&api->connections, *context);
		*context = NULL;
	}
}

static void log_library(void *arg, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));
static void log_library(void *arg, const char *format, va_list args)
{
	char text[256];
	int len = vsnprintf(text, sizeof(text), format, args);
	(void)arg;

	while (len > 0 && len < (int)sizeof(text) && text[len - 1] == '\n')
		text[--len] = '\0';
	log_debug("http_library", "message=%s", log_quoted(text_of(text)));
}

static void panic(void *arg, const char *file, unsigned line,
		  const char *reason)
{
	(void)arg;
	log_error("http_library_panic", "file=%s line=%u reason=%s", file, line,
		  log_quoted(text_of(reason ? reason : "")));
	abort();
}

/* --- start and stop ------------------------------------------------------- */

/* The library names its thread itself, and lets us name it better only when a
 * connection comes: so one comes, and leaves. */
static void name_thread(struct http_listener *listener)
{
	const struct sockaddr address = { .sa_family = AF_UNIX };
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
		       ends) != 0)
		return;
	http_listener_add(listener, ends[0], &address, sizeof(address));
	close(ends[1]);
}

int http_listener_start(struct api *api, struct http_listener **ret_listener)
{
	struct http_listener *listener = calloc(1, sizeof(*listener));

	if (!listener)
		return ENOMEM;
	listener->api = api;
	MHD_set_panic_func(panic, NULL);
	listener->daemon = MHD_start_daemon(
		MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
			MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ERROR_LOG,
		0, NULL, NULL, handle, api,
		/* First, so that it hears of all the others. */
		MHD_OPTION_EXTERNAL_LOGGER, log_library, NULL,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)CONNECTION_TIMEOUT_S,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
		MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK,
		begin, api, MHD_OPTION_NOTIFY_COMPLETED, end, api,
		MHD_OPTION_NOTIFY_CONNECTION, notify_connection, api,
		MHD_OPTION_END);
	if (!listener->daemon) {
		free(listener);
		return ENOMEM;
	}
	name_thread(listener);
	*ret_listener = listener;
	return 0;
}

void http_listener_add(struct http_listener *listener, int fd,
		       const struct sockaddr *address, socklen_t address_len)
{
	/* It closes the descriptor when it refuses it. */
	(void)!MHD_add_connection(listener->daemon, fd, address, address_len);
}

void http_listener_stop(struct http_listener *listener)
{
	if (!listener)
		return;
	MHD_stop_daemon(listener->daemon);
	free(listener);
}
