#include "api/resources.h"
#include "api/api_state.h"
#include "api/problem.h"
#include "db/token.h"

enum {
	REPORT_SIZE = 512,
};

static bool is_not_draining(const struct exchange *exchange)
{
	return !atomic_load(&exchange->api->draining) &&
	       !atomic_load(&exchange->api->drained);
}

static bool has_snapshot(const struct exchange *exchange)
{
	return exchange->snapshot != NULL;
}

static bool store_is_up(const struct exchange *exchange)
{
	return store_health(exchange->api->config.store).is_up;
}

/* Calls are answered all the same; what makes new objects gets 507. */
static bool disk_has_room(const struct exchange *exchange)
{
	return store_health(exchange->api->config.store).has_room;
}

/* Did the last look at all of the database find it sound? */
static bool is_sound(const struct exchange *exchange)
{
	const struct api_config *config = &exchange->api->config;

	return !store_health(config->store).is_damaged &&
	       (!config->backups || backups_health(config->backups).is_sound);
}

static bool log_is_up(const struct exchange *exchange)
{
	return redirect_log_health(exchange->api->config.log).is_up;
}

static bool sip_is_up(const struct exchange *exchange)
{
	const struct api_config *config = &exchange->api->config;
	struct sip_traffic traffic = { 0 };

	if (!config->sip_traffic)
		return true;
	config->sip_traffic(config->sip_traffic_arg, &traffic);
	return traffic.workers > 0;
}

static const struct check {
	const char *name;
	bool (*passes)(const struct exchange *exchange);
} checks[] = {
	{ "serving", is_not_draining }, { "snapshot", has_snapshot },
	{ "sip", sip_is_up },		{ "store", store_is_up },
	{ "redirect_log", log_is_up },	{ "disk", disk_has_room },
	{ "integrity", is_sound },
};

void health_live(struct exchange *exchange)
{
	query_end(exchange);
	if (faults_any(&exchange->faults))
		problem_answer_faults(exchange);
	else
		exchange_answer_text(exchange, 200, "text/plain; charset=utf-8",
				     TEXT("ok\n"));
}

/* Which part is down is told to those who may know. */
static bool may_be_verbose(struct exchange *exchange)
{
	struct text value;

	return query_text(exchange, "verbose", &value) &&
	       (exchange->principal.scopes & SCOPE_SYSTEM_READ);
}

void health_ready(struct exchange *exchange)
{
	char report[REPORT_SIZE];
	struct writer writer = writer_over(report, sizeof(report));
	bool verbose = may_be_verbose(exchange), ready = true;

	query_end(exchange);
	if (faults_any(&exchange->faults)) {
		problem_answer_faults(exchange);
		return;
	}
	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++) {
		bool passes = checks[i].passes(exchange);

		ready = ready && passes;
		if (!verbose)
			continue;
		writer_put(&writer, passes ? TEXT("[+]") : TEXT("[-]"));
		writer_put(&writer, text_of(checks[i].name));
		writer_put(&writer, passes ? TEXT(" ok\n") : TEXT(" failed\n"));
	}
	writer_put(&writer, ready ? TEXT("ok\n") : TEXT("not ready\n"));
	if (!ready)
		exchange_add_header(exchange, "Retry-After", "1");
	exchange_answer_text(exchange, ready ? 200 : 503,
			     "text/plain; charset=utf-8", writer_text(&writer));
}
