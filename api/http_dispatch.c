#include "api/http_dispatch.h"
#include "api/api_state.h"
#include "api/auth.h"
#include "api/media_type.h"
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
	if (exchange->method == HTTP_HEAD)
		exchange->method = HTTP_GET;
	text_copy(route.id, exchange->path_id, sizeof(exchange->path_id));
	return true;
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

static bool is_json_path(const struct endpoint *endpoint)
{
	return text_starts_with_nocase(text_of(endpoint->path), TEXT("/v1/"));
}

/* Several Accept fields are one list; each is asked in its turn. */
static bool negotiate(struct request *request)
{
	bool json = is_json_path(request->exchange->wire->endpoint);
	struct text type = json ? TEXT("application/json") : TEXT("text/plain");
	bool any = false;

	for (size_t i = 0; i < request->head->field_count; i++) {
		const struct http_field *field = &request->head->fields[i];

		if (!text_equals_nocase(field->name, TEXT("Accept")))
			continue;
		if (media_type_is_accepted(field->value, type))
			return true;
		any = true;
	}
	if (!any)
		return true;
	problem_answer(request->exchange, PROBLEM_NOT_ACCEPTABLE,
		       "This path answers with %.*s.", TEXT_ARG(type));
	return false;
}

static bool take_conditions(struct request *request)
{
	struct exchange *exchange = request->exchange;

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

static bool type_fits(const struct request *request,
		      const struct endpoint *endpoint)
{
	struct text type = field_of(request, TEXT("Content-Type"));

	if (field_of(request, TEXT("Content-Encoding")).len > 0)
		return false;
	return media_type_is(type, TEXT("application/json")) ||
	       (endpoint->body == BODY_MERGE_PATCH &&
		media_type_is(type, TEXT("application/merge-patch+json")));
}

static bool answer_unsupported(struct request *request,
			       const struct endpoint *endpoint)
{
	static const char *const headers[] = {
		[HTTP_POST] = "Accept-Post",
		[HTTP_PUT] = "Accept",
		[HTTP_PATCH] = "Accept-Patch",
	};
	const char *types = endpoint->body == BODY_MERGE_PATCH
				    ? "application/merge-patch+json, "
				      "application/json"
				    : "application/json";

	exchange_set_header(request->exchange, headers[endpoint->method],
			    types);
	problem_answer(request->exchange, PROBLEM_UNSUPPORTED_MEDIA_TYPE,
		       "The body must be %s, without a Content-Encoding.",
		       types);
	return false;
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
	if (!type_fits(request, endpoint))
		return answer_unsupported(request, endpoint);
	if (length > endpoint->body_max_bytes) {
		http_dispatch_too_large(exchange);
		return false;
	}
	return true;
}

static bool (*const steps[])(struct request *request) = {
	name_request, guard_head,      find_method, guard_target,
	guard_host,   find_route,      authorise,   parse_query,
	negotiate,    take_conditions, check_body,
};

/* --- outside -------------------------------------------------------------- */

/* The snapshot is this request's for as long as the lock is held. */
static void adopt(struct exchange *exchange)
{
	pthread_mutex_lock(&exchange->api->snapshot_lock);
	exchange->snapshot = snapshot_reader_adopt(exchange->api->reader);
	exchange->now_ms = clock_wall_ms();
}

static void release(struct exchange *exchange)
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
	adopt(exchange);
	for (size_t i = 0; i < count && goes_on; i++)
		goes_on = steps[i](&request);
	release(exchange);
}

void http_dispatch_handler(struct exchange *exchange)
{
	adopt(exchange);
	exchange->wire->endpoint->handle(exchange);
	release(exchange);
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
		 "method=%s path=%s by=%s peer=%s request_id=%s revision=%lld",
		 http_method_name(exchange->method), log_quoted(path),
		 log_quoted(text_of(by->name)), log_quoted(text_of(by->peer)),
		 exchange->request_id, (long long)exchange->revision);
}

void http_dispatch_resumed(struct exchange *exchange)
{
	void (*resumed)(struct exchange * exchange) = exchange->resumed;

	exchange->resumed = NULL;
	adopt(exchange);
	resumed(exchange);
	log_change(exchange);
	release(exchange);
}

void http_dispatch_too_large(struct exchange *exchange)
{
	exchange->wire->answer.closes = true;
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
		exchange_set_header(exchange, headers[i].name,
				    headers[i].value);
	if (!exchange_header(exchange, "Cache-Control"))
		exchange_add_header(exchange, "Cache-Control", "no-store");
	exchange_set_header(exchange, "X-Request-Id", exchange->request_id);
	if (exchange->wire->answer.closes ||
	    atomic_load(&exchange->api->draining))
		exchange_set_header(exchange, "Connection", "close");
}
