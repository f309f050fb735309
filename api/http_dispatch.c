#include "api/http_dispatch.h"
#include "api/api_state.h"
#include "api/auth.h"
#include "api/cors.h"
#include "api/http_media.h"
#include "api/http_quota.h"
#include "api/http_wishes.h"
#include "api/idempotency.h"
#include "api/problem.h"
#include "api/query.h"
#include "api/resources.h"
#include "api/router.h"
#include "base/clock.h"
#include "base/log.h"

#include <stdlib.h>
#include <string.h>
#include <sodium.h>

struct request {
	struct exchange *exchange;
	const struct http_head *head;
	struct text method;
	bool check_layout;
	struct http_target target;
	struct route route;
	struct http_refusal refusal;
};

static struct text field_of(const struct request *request, struct text name)
{
	struct text value;

	return http_head_field(request->head, name, &value) ? value : TEXT("");
}

/* What is refused here may be understood in two ways by two readers, so the
 * connection ends with it. */
static bool refuse(struct request *request)
{
	request->exchange->wire->answer.closes = true;
	problem_answer(request->exchange, request->refusal.code, "%s",
		       request->refusal.why);
	return false;
}

/* --- steps, in the order of `steps` below; false: answered -----------------
 */

static bool is_request_id(struct text id)
{
	for (size_t i = 0; i < id.len; i++) {
		char c = ascii_lower(id.ptr[i]);

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    c != '.' && c != '_' && c != '-')
			return false;
	}
	return id.len > 0 && id.len < REQUEST_ID_SIZE;
}

static bool name_request(struct request *request)
{
	struct exchange *exchange = request->exchange;
	struct text id = field_of(request, TEXT("X-Request-Id"));
	unsigned char random[12];

	if (is_request_id(id)) {
		text_copy(id, exchange->request_id,
			  sizeof(exchange->request_id));
	} else {
		randombytes_buf(random, sizeof(random));
		sodium_bin2hex(exchange->request_id,
			       sizeof(exchange->request_id), random,
			       sizeof(random));
	}
	return true;
}

static bool take_wishes(struct request *request)
{
	http_wishes_take(request->exchange, request->head);
	return true;
}

static bool guard_head(struct request *request)
{
	return (http_guard_fields(request->head, &request->refusal) &&
		(!request->check_layout ||
		 http_guard_layout(request->head, &request->refusal))) ||
	       refuse(request);
}

static bool find_method(struct request *request)
{
	if (http_method_from_text(request->method, &request->exchange->method))
		return true;
	request->refusal =
		(struct http_refusal){ PROBLEM_NOT_IMPLEMENTED,
				       "The method is not known here." };
	return refuse(request);
}

static bool guard_target(struct request *request)
{
	return http_guard_target(text_of(request->exchange->wire->target),
				 &request->target, &request->refusal) ||
	       refuse(request);
}

/* A browser that was lured here by another site's name says that name. Peers
 * on the local socket are no browsers, and have no name to say. */
static bool guard_host(struct request *request)
{
	const struct http_connection *connection =
		request->exchange->wire->connection;
	struct text authority = request->target.authority, host;

	if (connection && connection->is_local)
		return true;
	if (!http_head_field(request->head, TEXT("Host"), &host)) {
		/* HTTP/1.0 need not have one, and no browser speaks it. */
		if (text_equals(request->head->version, TEXT("HTTP/1.0")))
			return true;
		request->refusal =
			(struct http_refusal){ PROBLEM_BAD_REQUEST,
					       "The Host field is missing." };
		return refuse(request);
	}
	if (authority.len > 0 && !text_equals_nocase(authority, host)) {
		request->refusal = (struct http_refusal){
			PROBLEM_BAD_REQUEST,
			"The request target and the Host field name two hosts."
		};
		return refuse(request);
	}
	return http_guard_host(&request->exchange->api->host_names, host,
			       &request->refusal) ||
	       refuse(request);
}

static bool answer_options(struct request *request, unsigned methods)
{
	char allow[ALLOW_TEXT_SIZE];

	router_allow_text(methods, allow);
	exchange_set_header(request->exchange, "Allow", allow);
	cors_preflight(request->exchange, request->head, allow);
	exchange_answer_empty(request->exchange, 204);
	return false;
}

static bool find_route(struct request *request)
{
	struct exchange *exchange = request->exchange;
	struct route route;
	char allow[ALLOW_TEXT_SIZE];

	if (request->target.is_asterisk && exchange->method == HTTP_OPTIONS)
		return answer_options(request, (1U << (HTTP_OPTIONS + 1)) - 1);
	route = router_find(endpoints, endpoint_count, &request->target,
			    exchange->method);
	if (!route.methods) {
		problem_answer(exchange, PROBLEM_NOT_FOUND,
			       "There is nothing at this path.");
		return false;
	}
	if (exchange->method == HTTP_OPTIONS)
		return answer_options(request, route.methods);
	if (!route.endpoint) {
		router_allow_text(route.methods, allow);
		exchange_set_header(exchange, "Allow", allow);
		problem_answer(exchange, PROBLEM_METHOD_NOT_ALLOWED,
			       "This path takes %s.", allow);
		return false;
	}
	request->route = route;
	exchange->wire->endpoint = route.endpoint;
	exchange->wire->is_head = exchange->method == HTTP_HEAD;
	if (exchange->method == HTTP_HEAD)
		exchange->method = HTTP_GET;
	memcpy(exchange->path_id, route.id, sizeof(exchange->path_id));
	return true;
}

static bool guard_embedding(struct request *request)
{
	return cors_guard(request->exchange, request->head);
}

static bool limit_peer(struct request *request)
{
	return http_quota_take_peer(request->exchange, request->head);
}

static bool limit_principal(struct request *request)
{
	return http_quota_take_principal(request->exchange, request->head);
}

/* Two of them, and who asks may have sent one of them past the proxy. */
static struct text single_field_of(const struct request *request,
				   const char *name)
{
	const struct http_head *head = request->head;
	size_t count = 0;

	for (size_t i = 0; name[0] && i < head->field_count; i++)
		count +=
			text_equals_nocase(head->fields[i].name, text_of(name));
	return count == 1 ? field_of(request, text_of(name)) : TEXT("");
}

static bool authorise(struct request *request)
{
	const struct api_config *config = exchange_config(request->exchange);
	struct exchange *exchange = request->exchange;
	const struct endpoint *endpoint = exchange->wire->endpoint;
	uint32_t scope = endpoint->scope;

	if (endpoint->handle == metrics_get &&
	    exchange->api->config.is_metrics_open)
		scope = 0;
	return auth_check(
		exchange,
		&(struct auth_fields){
			field_of(request, TEXT("Authorization")),
			field_of(request, TEXT("Cookie")),
			field_of(request, TEXT("Sec-Fetch-Site")),
			field_of(request, TEXT("Origin")),
			single_field_of(request, config->proxy_user_header),
			single_field_of(request, config->proxy_secret_header),
		},
		scope);
}

static bool parse_query(struct request *request)
{
	struct exchange *exchange = request->exchange;
	struct text query = request->target.query;
	const char *why;

	exchange->wire->query_memory = malloc(query.len + 1);
	if (!exchange->wire->query_memory) {
		problem_answer(exchange, PROBLEM_INTERNAL,
			       "There is not enough memory.");
		return false;
	}
	why = query_parse(query, exchange->wire->query_memory, exchange->query,
			  &exchange->query_count);
	if (!why)
		return true;
	problem_answer(exchange, PROBLEM_BAD_PARAMETER, "%s", why);
	return false;
}

static bool negotiate(struct request *request)
{
	return http_media_negotiate(request->exchange, request->head);
}

static bool take_conditions(struct request *request)
{
	struct exchange *exchange = request->exchange;

	/* None of our ids is so long that it would be cut. */
	text_copy(field_of(request, TEXT("Last-Event-ID")),
		  exchange->last_event_id, sizeof(exchange->last_event_id));
	if (text_copy(field_of(request, TEXT("If-Match")), exchange->if_match,
		      sizeof(exchange->if_match)) &&
	    text_copy(field_of(request, TEXT("If-None-Match")),
		      exchange->if_none_match, sizeof(exchange->if_none_match)))
		return true;
	/* None of our ETags is that long: no condition of them can hold, and a
	 * list of them is not taken apart. */
	problem_answer(exchange, PROBLEM_BAD_REQUEST,
		       "If-Match and If-None-Match take one ETag.");
	return false;
}

/* On the other methods a key changes nothing: they may be sent again as they
 * are. */
static bool take_idempotency_key(struct request *request)
{
	struct exchange *exchange = request->exchange;
	enum endpoint_body body = exchange->wire->endpoint->body;
	struct text key, authorization;

	/* What is made from a body that is never whole is not done at once. */
	if (exchange->method != HTTP_POST ||
	    (body != BODY_JSON && body != BODY_NONE) ||
	    !http_head_field(request->head, TEXT("Idempotency-Key"), &key))
		return true;
	authorization = field_of(request, TEXT("Authorization"));
	/* It would be sealed under nothing but the key. */
	if (authorization.len == 0 &&
	    endpoint_tells_secret(exchange->wire->endpoint))
		return true;
	return idempotency_take(exchange, key, authorization);
}

static bool check_body(struct request *request)
{
	struct exchange *exchange = request->exchange;
	const struct endpoint *endpoint = exchange->wire->endpoint;
	struct text coding;
	bool chunked = http_head_field(request->head, TEXT("Transfer-Encoding"),
				       &coding);
	uint64_t length = 0;

	if (text_to_u64(field_of(request, TEXT("Content-Length")), &length) !=
	    0)
		length = 0;
	if (endpoint->body == BODY_NONE) {
		if (length == 0 && !chunked)
			return true;
		request->refusal =
			(struct http_refusal){ PROBLEM_BAD_REQUEST,
					       "This request takes no body." };
		return refuse(request);
	}
	if (length == 0 && !chunked) {
		problem_answer(exchange, PROBLEM_MALFORMED_JSON,
			       "The body is missing.");
		return false;
	}
	if (!http_media_fits(exchange, request->head))
		return false;
	if (length > endpoint->body_max_bytes) {
		http_dispatch_too_large(exchange);
		return false;
	}
	return true;
}

/* A body that is not collected goes where the handler says. */
static bool open_stream(struct request *request)
{
	struct exchange *exchange = request->exchange;
	const struct endpoint *endpoint = exchange->wire->endpoint;

	if (endpoint->body != BODY_STREAM)
		return true;
	endpoint->handle(exchange);
	if (!exchange->wire->answer.made && !exchange->wire->sink.take)
		problem_answer(exchange, PROBLEM_INTERNAL,
			       "There is not enough memory.");
	return !exchange->wire->answer.made;
}

static bool (*const steps[])(struct request *request) = {
	name_request, take_wishes,     guard_head,	     find_method,
	guard_target, guard_host,      find_route,	     guard_embedding,
	limit_peer,   authorise,       limit_principal,	     parse_query,
	negotiate,    take_conditions, take_idempotency_key, check_body,
	open_stream,
};

/* --- outside -------------------------------------------------------------- */

/* The snapshot is this request's for as long as the lock is held. */
void http_dispatch_adopt(struct exchange *exchange)
{
	pthread_mutex_lock(&exchange->api->snapshot_lock);
	exchange->snapshot = snapshot_reader_adopt(exchange->api->reader);
	exchange->now_ms = clock_wall_ms();
}

void http_dispatch_release(struct exchange *exchange)
{
	exchange->snapshot = NULL;
	pthread_mutex_unlock(&exchange->api->snapshot_lock);
}

void http_dispatch_head(struct exchange *exchange, const struct http_head *head,
			struct text method, bool check_layout)
{
	struct request request = {
		.exchange = exchange,
		.head = head,
		.method = method,
		.check_layout = check_layout,
	};
	size_t count = sizeof(steps) / sizeof(*steps);
	bool goes_on = true;

	if (exchange->wire->connection)
		text_copy(text_of(exchange->wire->connection->peer),
			  exchange->principal.peer,
			  sizeof(exchange->principal.peer));
	http_dispatch_adopt(exchange);
	exchange->wire->head = head;
	for (size_t i = 0; i < count && goes_on; i++)
		goes_on = steps[i](&request);
	exchange->wire->head = NULL;
	http_dispatch_release(exchange);
}

static void handle(struct exchange *exchange)
{
	if (exchange->wire->sink.end)
		exchange->wire->sink.end(exchange);
	else
		exchange->wire->endpoint->handle(exchange);
}

void http_dispatch_handler(struct exchange *exchange)
{
	http_dispatch_adopt(exchange);
	/* The body may have taken long. */
	if (auth_check_still(exchange))
		handle(exchange);
	http_dispatch_release(exchange);
}

/* One line for each change that was committed. */
static void log_change(const struct exchange *exchange)
{
	const char *created = exchange_header(exchange, "Location");
	const struct principal *by = &exchange->principal;
	struct text path = text_of(created ? created : exchange->wire->target);

	/* The next job of this exchange is under way: it is its thread's. */
	if (exchange->wire->waits)
		return;
	if (exchange->job.kind != STORE_CHANGE || exchange->err ||
	    !exchange->job.writes)
		return;
	if (memchr(path.ptr, '?', path.len))
		path.len =
			(size_t)((const char *)memchr(path.ptr, '?', path.len) -
				 path.ptr);
	log_info("changed",
		 "method=%s path=%s by=%s peer=%s request_id=%s revision=%lld"
		 "%s%s",
		 http_method_name(exchange->method), log_quoted(path),
		 log_quoted(text_of(by->name)), log_quoted(text_of(by->peer)),
		 exchange->request_id, (long long)exchange->revision,
		 exchange->wire->trace_id[0] ? " trace_id=" : "",
		 exchange->wire->trace_id);
}

void http_dispatch_resumed(struct exchange *exchange)
{
	void (*resumed)(struct exchange * exchange) = exchange->resumed;

	exchange->resumed = NULL;
	http_dispatch_adopt(exchange);
	if (!idempotency_settle(exchange))
		resumed(exchange);
	/* It may have begun another job, which is the store's now. */
	if (!exchange->resumed)
		log_change(exchange);
	http_dispatch_release(exchange);
}

void http_dispatch_too_large(struct exchange *exchange)
{
	exchange->wire->answer.closes = true;
	if (exchange->wire->endpoint->handle == hooks_receive)
		hooks_note_too_large(exchange);
	problem_answer(exchange, PROBLEM_TOO_LARGE,
		       "The body may have at most %zu bytes.",
		       exchange->wire->endpoint->body_max_bytes);
}

void http_dispatch_finish(struct exchange *exchange)
{
	static const struct {
		const char *name, *value;
	} headers[] = {
		{ "X-Content-Type-Options", "nosniff" },
		{ "Content-Security-Policy",
		  "default-src 'none'; frame-ancestors 'none'" },
		{ "Referrer-Policy", "no-referrer" },
		{ "Cross-Origin-Opener-Policy", "same-origin" },
		{ "Cross-Origin-Resource-Policy", "same-origin" },
	};

	for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++)
		if (!exchange_header(exchange, headers[i].name))
			exchange_add_header(exchange, headers[i].name,
					    headers[i].value);
	if (!exchange_header(exchange, "Cache-Control"))
		exchange_add_header(exchange, "Cache-Control", "no-store");
	exchange_set_header(exchange, "X-Request-Id", exchange->request_id);
	http_quota_finish(exchange);
	http_wishes_finish(exchange);
	if (exchange->wire->answer.closes ||
	    atomic_load(&exchange->api->draining))
		exchange_set_header(exchange, "Connection", "close");
}
