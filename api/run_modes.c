#include "api/resources.h"

#include <errno.h>
#include <stdio.h>

#include "api/api_state.h"
#include "api/document_member.h"
#include "api/object_request.h"
#include "api/problem.h"
#include "base/log.h"

/*
 * What the process does until it ends: how much it logs, and whether it asks
 * load balancers to stay away. Nothing of it is stored but who changed it.
 */

struct mode_request {
	struct object_request common;
	struct text level;
	bool drains;
};

static void answer(struct exchange *exchange, struct json_writer *writer)
{
	json_close_object(writer);
	exchange_answer_json(exchange, 200, writer, 0, NULL);
}

static void answer_level(struct exchange *exchange, enum log_level level)
{
	struct json_writer writer = { 0 };

	json_open_object(&writer, NULL);
	json_put_string(&writer, "level", text_of(log_level_name(level)));
	answer(exchange, &writer);
}

static void answer_drain(struct exchange *exchange, bool drains)
{
	struct json_writer writer = { 0 };

	json_open_object(&writer, NULL);
	json_put_bool(&writer, "draining", drains);
	answer(exchange, &writer);
}

static bool has_faults(struct exchange *exchange)
{
	query_end(exchange);
	if (faults_any(&exchange->faults))
		problem_answer_faults(exchange);
	return faults_any(&exchange->faults);
}

void log_level_show(struct exchange *exchange)
{
	if (!has_faults(exchange))
		answer_level(exchange, log_get_level());
}

void drain_show(struct exchange *exchange)
{
	if (!has_faults(exchange))
		answer_drain(exchange, atomic_load(&exchange->api->drained));
}

/* --- changes -------------------------------------------------------------- */

static int read_level(struct mode_request *request, enum log_level *ret_level)
{
	struct json_object *body = &request->common.body;
	enum json_presence presence =
		json_string(body, "level", 32, &request->level);

	if (presence == JSON_ABSENT || presence == JSON_NULL)
		json_missing(body, "level");
	else if (presence == JSON_PRESENT &&
		 log_level_from_text(request->level, ret_level))
		json_fault(body, "level", FAULT_BAD_FORMAT,
			   "must be `error`, `warning`, `info` or `debug`");
	json_object_end(body);
	return faults_any(body->faults) ? EINVAL : 0;
}

static int run_level(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct mode_request *request = exchange->state;
	enum log_level level = LOG_LEVEL_INFO;
	char before[64], after[64];
	int err = read_level(request, &level);

	if (err)
		return object_request_settle(exchange, 0);
	snprintf(before, sizeof(before), "{\"level\":\"%s\"}",
		 log_level_name(log_get_level()));
	snprintf(after, sizeof(after), "{\"level\":\"%s\"}",
		 log_level_name(level));
	err = changes_note(changes, "log_level.update", before, after);
	return object_request_settle(exchange, err);
}

static void level_changed(struct exchange *exchange)
{
	struct mode_request *request = exchange->state;
	enum log_level level = LOG_LEVEL_INFO;

	if (!object_request_succeeded(exchange, "") ||
	    log_level_from_text(request->level, &level))
		return;
	if (!request->common.dry_run)
		log_set_level(level);
	answer_level(exchange, level);
}

void log_level_put(struct exchange *exchange)
{
	if (object_request_change(exchange, sizeof(struct mode_request), true))
		object_request_submit(exchange, STORE_CHANGE, run_level,
				      level_changed);
}

static int run_drain(struct changes *changes, struct store_job *job)
{
	static const char *const told[] = { "{\"draining\":false}",
					    "{\"draining\":true}" };
	struct exchange *exchange = exchange_of_job(job);
	struct mode_request *request = exchange->state;
	struct json_object *body = &request->common.body;
	enum json_presence presence =
		json_bool(body, "draining", &request->drains);
	bool drained = atomic_load(&exchange->api->drained);
	int err;

	if (presence == JSON_ABSENT || presence == JSON_NULL)
		json_missing(body, "draining");
	json_object_end(body);
	err = faults_any(body->faults)
		      ? 0
		      : changes_note(changes, "drain.update", told[drained],
				     told[request->drains]);
	return object_request_settle(exchange, err);
}

static void drain_changed(struct exchange *exchange)
{
	struct mode_request *request = exchange->state;
	const struct api_config *config = exchange_config(exchange);

	if (!object_request_succeeded(exchange, ""))
		return;
	if (!request->common.dry_run) {
		atomic_store(&exchange->api->drained, request->drains);
		if (config->sip_drain)
			config->sip_drain(config->sip_traffic_arg,
					  request->drains);
	}
	answer_drain(exchange, request->drains);
}

void drain_put(struct exchange *exchange)
{
	if (object_request_change(exchange, sizeof(struct mode_request), true))
		object_request_submit(exchange, STORE_CHANGE, run_drain,
				      drain_changed);
}
