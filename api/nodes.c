#include "api/resources.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "api/api_state.h"
#include "api/problem.h"

enum {
	HOST_SIZE = 256,
	LISTENER_TEXT_SIZE = 80,
};

static void put_listeners(struct json_writer *writer, const struct api *api)
{
	const struct api_config *config = &api->config;
	char text[LISTENER_TEXT_SIZE];

	json_open_array(writer, "listeners");
	for (size_t i = 0; i < config->sip_listener_count; i++)
		json_put_string(writer, NULL,
				text_of(config->sip_listeners[i]));
	for (size_t i = 0; i < config->listen_count; i++) {
		struct api_listen at = api->bound[i];
		bool is_ipv6 = strchr(at.host, ':') != NULL;

		snprintf(text, sizeof(text), "http:%s%s%s:%u",
			 is_ipv6 ? "[" : "", at.host, is_ipv6 ? "]" : "",
			 (unsigned)at.port);
		json_put_string(writer, NULL, text_of(text));
	}
	json_close_array(writer);
}

static void put_parts(struct json_writer *writer, const struct api *api)
{
	const struct api_config *config = &api->config;
	struct redirect_log_health log = redirect_log_health(config->log);
	struct sip_traffic traffic = { 0 };

	json_open_object(writer, "store");
	json_put_bool(writer, "is_up", store_health(config->store).is_up);
	json_close_object(writer);
	json_open_object(writer, "redirect_log");
	json_put_bool(writer, "is_up", log.is_up);
	json_put_integer(writer, "dropped", (int64_t)log.dropped);
	json_put_integer(writer, "broken_segments", (int64_t)log.broken);
	json_close_object(writer);
	if (config->sip_traffic)
		config->sip_traffic(config->sip_traffic_arg, &traffic);
	json_open_object(writer, "sip");
	json_put_bool(writer, "is_up", traffic.workers > 0);
	json_put_integer(writer, "workers", traffic.workers);
	json_close_object(writer);
}

/* There is one: several will share a store. */
void nodes_list(struct exchange *exchange)
{
	const struct api *api = exchange->api;
	struct json_writer writer = { 0 };
	char host[HOST_SIZE] = "";

	query_end(exchange);
	if (faults_any(&exchange->faults)) {
		problem_answer_faults(exchange);
		return;
	}
	if (gethostname(host, sizeof(host) - 1))
		host[0] = '\0';
	json_open_object(&writer, NULL);
	json_open_array(&writer, "items");
	json_open_object(&writer, NULL);
	json_put_string(&writer, "id", TEXT("local"));
	json_put_string_or_null(&writer, "host", text_of(host));
	json_put_string_or_null(
		&writer, "version",
		text_of(api->config.version ? api->config.version : ""));
	json_put_time_ms(&writer, "started_at", api->started_at_ms);
	json_put_i64_string(&writer, "revision",
			    store_health(api->config.store).revision);
	json_put_bool(&writer, "draining",
		      atomic_load(&api->draining) ||
			      atomic_load(&api->drained));
	put_parts(&writer, api);
	put_listeners(&writer, api);
	json_close_object(&writer);
	json_close_array(&writer);
	json_put_null(&writer, "next_cursor");
	json_close_object(&writer);
	exchange_answer_json(exchange, 200, &writer, 0, NULL);
}
