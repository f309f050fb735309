#include "api/resources.h"
#include "api/api_state.h"
#include "api/endpoints.h"
#include "api/metrics_text.h"
#include "api/problem.h"
#include "api/router.h"
#include "base/clock.h"

#include <stdlib.h>
#include <time.h>

static void one(struct metrics_text *text, const char *name, const char *type,
		const char *help, uint64_t value)
{
	metrics_family(text, name, type, help);
	metrics_sample(text, "", value, "%s", "");
}

/* --- SIP ------------------------------------------------------------------ */

static void put_method(struct metrics_text *text, size_t method,
		       const char *transport, uint64_t count)
{
	metrics_sample(text, "", count, "method=\"%s\",transport=\"%s\"",
		       sip_traffic_method_names[method], transport);
}

static void put_sip_requests(struct metrics_text *text,
			     const struct sip_traffic *traffic)
{
	metrics_family(text, "sipmoved_sip_requests_total", "counter",
		       "SIP requests by method, retransmissions left out.");
	for (size_t i = 0; i < SIP_TRAFFIC_METHODS; i++) {
		uint64_t tcp = traffic->stream_requests[0][i];
		uint64_t tls = traffic->stream_requests[1][i];

		/* Counted while we read: never below none. */
		put_method(text, i, "udp",
			   traffic->requests[i] > tcp + tls
				   ? traffic->requests[i] - tcp - tls
				   : 0);
		put_method(text, i, "tcp", tcp);
		put_method(text, i, "tls", tls);
	}
	metrics_family(text, "sipmoved_sip_responses_total", "counter",
		       "SIP final responses by status.");
	for (size_t i = 0; i < SIP_TRAFFIC_STATUSES; i++)
		metrics_sample(text, "", traffic->responses[i], "code=\"%s\"",
			       sip_traffic_status_names[i]);
	metrics_family(text, "sipmoved_sip_events_total", "counter",
		       "What else happened on the SIP sockets.");
	for (size_t i = 0; i < SIP_TRAFFIC_EVENTS; i++)
		metrics_sample(text, "", traffic->events[i], "event=\"%s\"",
			       sip_traffic_event_names[i]);
}

static void put_sip(struct metrics_text *text, const struct api_config *config)
{
	struct sip_traffic traffic = { 0 };

	if (!config->sip_traffic)
		return;
	config->sip_traffic(config->sip_traffic_arg, &traffic);
	put_sip_requests(text, &traffic);
	metrics_family(text, "sipmoved_sip_handling_seconds", "histogram",
		       "From the receipt of a request to its answer.");
	metrics_histogram(text, traffic.handling, sip_traffic_bucket_us,
			  SIP_TRAFFIC_BUCKETS, traffic.handling_us_sum);
	one(text, "sipmoved_sip_transactions", "gauge",
	    "Server transactions alive.", traffic.transactions);
	one(text, "sipmoved_sip_connections", "gauge",
	    "Open TCP and TLS connections.", traffic.connections);
	one(text, "sipmoved_sip_workers", "gauge", "SIP worker threads.",
	    traffic.workers);
	metrics_family(text, "sipmoved_sip_worker_requests_total", "counter",
		       "Requests by the worker that had them.");
	for (unsigned i = 0; i < traffic.workers; i++)
		metrics_sample(text, "", traffic.worker_requests[i],
			       "worker=\"%u\"", i);
	metrics_family(text, "sipmoved_sip_cpu_seconds_total", "counter",
		       "CPU time of the SIP worker threads.");
	metrics_seconds(text, "", traffic.cpu_us);
}

/* --- snapshot, store, log ------------------------------------------------- */

static void put_snapshot(struct metrics_text *text,
			 const struct snapshot *snapshot)
{
	if (!snapshot)
		return;
	one(text, "sipmoved_snapshot_revision", "gauge",
	    "Revision that calls are answered from.",
	    (uint64_t)snapshot_revision(snapshot));
	one(text, "sipmoved_domains", "gauge", "Domains served.",
	    snapshot_domain_count(snapshot));
	one(text, "sipmoved_addresses", "gauge", "Addresses known.",
	    snapshot_address_count(snapshot));
	one(text, "sipmoved_moves", "gauge", "Moves scheduled or active.",
	    snapshot_move_count(snapshot));
}

static void put_store(struct metrics_text *text, const struct store *store)
{
	struct store_health health = store_health(store);

	one(text, "sipmoved_store_up", "gauge",
	    "1 if the last write reached the disk.", health.is_up);
	one(text, "sipmoved_store_revision", "gauge",
	    "Revision of the last change.", (uint64_t)health.revision);
	one(text, "sipmoved_store_commits_total", "counter",
	    "Transactions committed.", health.commits);
	one(text, "sipmoved_store_changes_total", "counter",
	    "Changes committed.", health.changes);
	one(text, "sipmoved_store_late_adoptions_total", "counter",
	    "Changes answered before every reader had them.",
	    health.late_adoptions);
	one(text, "sipmoved_disk_free_bytes", "gauge",
	    "Room on the disk of the data folder.", health.disk_free_bytes);
	one(text, "sipmoved_disk_has_room", "gauge",
	    "0 while the disk is nearly full: nothing new is made.",
	    health.has_room);
}

static void put_backups(struct metrics_text *text, struct backups *backups)
{
	int64_t now_ms = clock_wall_ms();
	struct backups_health health;

	if (!backups)
		return;
	health = backups_health(backups);
	one(text, "sipmoved_backups", "gauge", "Backups in their folder.",
	    health.count);
	one(text, "sipmoved_backup_made_total", "counter",
	    "Backups made since the start.", health.made);
	one(text, "sipmoved_backup_failures_total", "counter",
	    "Backups that failed since the start.", health.failures);
	if (health.newest_at_ms && now_ms >= health.newest_at_ms) {
		metrics_family(text, "sipmoved_backup_age_seconds", "gauge",
			       "Since the newest backup was made.");
		metrics_seconds(text, "",
				(uint64_t)(now_ms - health.newest_at_ms) *
					1000);
	}
	one(text, "sipmoved_database_sound", "gauge",
	    "1 unless the last look at the whole database found damage.",
	    health.is_sound);
}

static void put_log(struct metrics_text *text, const struct redirect_log *log)
{
	struct redirect_log_health health = redirect_log_health(log);

	one(text, "sipmoved_log_up", "gauge",
	    "1 if the last batch reached the disk.", health.is_up);
	one(text, "sipmoved_log_written_total", "counter",
	    "Records written to the redirect log.", health.written);
	one(text, "sipmoved_log_dropped_total", "counter",
	    "Records dropped: ring full, or disk full.", health.dropped);
	one(text, "sipmoved_log_acks_total", "counter",
	    "ACKs noted in the redirect log.", health.acks);
	one(text, "sipmoved_log_queue_bytes", "gauge",
	    "Bytes that wait in the rings.", health.used_bytes);
	one(text, "sipmoved_log_streams", "gauge",
	    "Streams of the redirect log that are open.", health.onlookers);
}

/* --- HTTP ----------------------------------------------------------------- */

static void put_route(struct metrics_text *text,
		      const struct http_counters *counters, size_t route)
{
	bool known = route < endpoint_count;

	for (size_t i = 0; i < HTTP_COUNTED_STATUSES; i++) {
		uint64_t count = counters->requests[route][i];
		char code[16] = "other";
		struct writer writer = writer_over(code, sizeof(code) - 1);

		if (count == 0)
			continue;
		if (i < HTTP_COUNTED_STATUSES - 1) {
			writer_u64(&writer, http_counted_statuses[i]);
			code[writer.len] = '\0';
		}
		metrics_sample(text, "", count,
			       "route=\"%s\",method=\"%s\",code=\"%s\"",
			       known ? endpoints[route].path : "none",
			       known ? http_method_name(endpoints[route].method)
				     : "any",
			       code);
	}
}

static void put_webhooks(struct metrics_text *text,
			 const struct api_config *config)
{
	struct webhook_traffic traffic;
	int64_t age_ms = 0;

	if (!config->webhook_traffic)
		return;
	config->webhook_traffic(config->webhooks, &traffic);
	metrics_family(text, "sipmoved_webhook_deliveries_total", "counter",
		       "Attempts to deliver, by what they came to.");
	metrics_sample(text, "", traffic.delivered, "result=\"delivered\"");
	metrics_sample(text, "", traffic.failed, "result=\"failed\"");
	metrics_sample(text, "", traffic.dead, "result=\"dead\"");
	one(text, "sipmoved_webhook_in_flight", "gauge",
	    "Messages on their way.", traffic.in_flight);
	one(text, "sipmoved_webhook_queue_depth", "gauge",
	    "Deliveries that wait.", traffic.pending);
	one(text, "sipmoved_webhook_dead_letters", "gauge",
	    "Deliveries that were given up.", traffic.dead_letters);
	if (traffic.oldest_ms)
		age_ms = clock_wall_ms() - traffic.oldest_ms;
	metrics_family(text, "sipmoved_webhook_oldest_seconds", "gauge",
		       "Age of the oldest delivery that waits.");
	metrics_seconds(text, "", age_ms > 0 ? (uint64_t)age_ms * 1000 : 0);
}

static void put_http(struct metrics_text *text, struct api *api)
{
	const struct http_counters *counters = &api->counters;

	metrics_family(text, "sipmoved_http_requests_total", "counter",
		       "HTTP requests by route, method and status.");
	for (size_t i = 0; i < HTTP_COUNTED_ROUTES; i++)
		put_route(text, counters, i);
	metrics_family(text, "sipmoved_http_request_seconds", "histogram",
		       "From the request line to the end of the answer.");
	metrics_histogram(text, counters->times, http_time_bucket_us,
			  HTTP_TIME_BUCKETS, counters->time_us_sum);
	one(text, "sipmoved_http_connections", "gauge", "Open connections.",
	    http_connections_count(&api->connections));
	one(text, "sipmoved_http_slow_connections_cut_total", "counter",
	    "Connections cut because they took too long.",
	    http_connections_cut(&api->connections));
	metrics_family(text, "sipmoved_auth_failures_total", "counter",
		       "Requests refused for want of a right.");
	metrics_sample(text, "", counters->missing_tokens, "kind=\"missing\"");
	metrics_sample(text, "", counters->bad_tokens, "kind=\"token\"");
	metrics_sample(text, "", counters->small_scopes, "kind=\"scope\"");
}

void metrics_get(struct exchange *exchange)
{
	struct api *api = exchange->api;
	struct metrics_text text = { 0 };

	query_end(exchange);
	if (faults_any(&exchange->faults)) {
		problem_answer_faults(exchange);
		return;
	}
	metrics_family(&text, "sipmoved_build_info", "gauge",
		       "1, with the version as a label.");
	metrics_sample(&text, "", 1, "version=\"%s\"",
		       api->config.version ? api->config.version : "");
	put_sip(&text, &api->config);
	put_snapshot(&text, exchange->snapshot);
	put_store(&text, api->config.store);
	put_backups(&text, api->config.backups);
	put_log(&text, api->config.log);
	put_webhooks(&text, &api->config);
	put_http(&text, api);
	metrics_family(&text, "process_start_time_seconds", "gauge",
		       "When the HTTP side started, Unix time.");
	metrics_seconds(&text, "", (uint64_t)api->started_at_ms * 1000);
	metrics_family(&text, "process_cpu_seconds_total", "counter",
		       "CPU time of the whole process.");
	metrics_seconds(&text, "",
			(uint64_t)clock() / (CLOCKS_PER_SEC / 1000000));
	if (text.failed)
		problem_answer(exchange, PROBLEM_INTERNAL,
			       "There is not enough memory.");
	else
		exchange_answer_text(exchange, 200,
				     "text/plain; version=0.0.4; charset=utf-8",
				     (struct text){ text.buffer, text.len });
	free(text.buffer);
}
