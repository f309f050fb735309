#include "api/resources.h"

#include <errno.h>
#include <string.h>

#include "api/api.h"
#include "api/object_request.h"
#include "api/problem.h"

/* --- those in force ------------------------------------------------------ */

static void put_list(struct json_writer *writer, struct text rest)
{
	json_open_array(writer, "value");
	while ((rest = text_trim(rest)).len > 0) {
		const char *blank = memchr(rest.ptr, ' ', rest.len);
		size_t len = blank ? (size_t)(blank - rest.ptr) : rest.len;

		json_put_string(writer, NULL, (struct text){ rest.ptr, len });
		rest.ptr += len;
		rest.len -= len;
	}
	json_close_array(writer);
}

static void put_value(struct json_writer *writer,
		      const struct setting_report *report)
{
	uint64_t number = 0;

	switch (report->type) {
	case SETTING_IS_TEXT:
		json_put_string_or_null(writer, "value", report->value);
		break;
	case SETTING_IS_NUMBER:
		(void)!text_to_u64(report->value, &number);
		json_put_integer(writer, "value", (int64_t)number);
		break;
	case SETTING_IS_BOOL:
		json_put_bool(writer, "value",
			      text_equals(report->value, TEXT("yes")));
		break;
	case SETTING_IS_LIST:
		put_list(writer, report->value);
		break;
	}
}

/* A flag is "--sip-workers", a variable "SIPMOVED_SIP__WORKERS", and a place in
 * a file has its line. */
static const char *source_of(const char *place)
{
	struct text text = text_of(place);

	if (text_equals(text, TEXT("default")))
		return "default";
	if (text_starts_with_nocase(text, TEXT("--")))
		return "flag";
	return text_starts_with_nocase(text, TEXT("SIPMOVED_")) ? "environment"
								: "file";
}

static void put_setting(void *arg, const struct setting_report *report)
{
	struct json_writer *writer = arg;
	const char *source = source_of(report->place);

	json_open_object(writer, NULL);
	json_put_string(writer, "name", text_of(report->name));
	put_value(writer, report);
	json_put_bool(writer, "secret", report->is_secret);
	json_put_string(writer, "source", text_of(source));
	json_put_string_or_null(writer, "place",
				text_equals(text_of(source), TEXT("default"))
					? TEXT("")
					: text_of(report->place));
	json_put_bool(writer, "reloadable", report->is_reloadable);
	json_put_bool(writer, "needs_restart", report->needs_restart);
	json_close_object(writer);
}

void settings_list(struct exchange *exchange)
{
	const struct api_config *config = exchange_config(exchange);
	struct json_writer writer = { 0 };
	int err = config->list_settings ? 0 : ENOTSUP;

	query_end(exchange);
	if (faults_any(&exchange->faults)) {
		problem_answer_faults(exchange);
		return;
	}
	json_open_object(&writer, NULL);
	json_open_array(&writer, "items");
	if (!err)
		err = config->list_settings(config->settings, put_setting,
					    &writer);
	json_close_array(&writer);
	json_put_null(&writer, "next_cursor");
	json_close_object(&writer);
	if (err) {
		json_writer_clear(&writer);
		problem_answer_errno(exchange, err);
		return;
	}
	exchange_answer_json(exchange, 200, &writer, 0, NULL);
}

/* --- reading them again -------------------------------------------------- */

struct reload_request {
	struct object_request common;
	struct settings_reload reload;
};

static void put_names(struct json_writer *writer, const char *member,
		      const char names[][SETTINGS_NAME_SIZE], size_t count)
{
	json_open_array(writer, member);
	for (size_t i = 0; i < count; i++)
		json_put_string(writer, NULL, text_of(names[i]));
	json_close_array(writer);
}

/* On the store's thread, because files are read; nothing is stored. */
static int run_reload(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct reload_request *request = exchange->state;
	const struct api_config *config = exchange_config(exchange);
	(void)changes;

	return config->reload_settings
		       ? config->reload_settings(config->settings,
						 request->common.dry_run,
						 &request->reload)
		       : ENOTSUP;
}

static void reload_done(struct exchange *exchange)
{
	const struct reload_request *request = exchange->state;
	const struct settings_reload *reload = &request->reload;
	struct json_writer writer = { 0 };

	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	json_open_object(&writer, NULL);
	json_put_bool(&writer, "reloaded",
		      reload->fault_count == 0 && !request->common.dry_run);
	put_names(&writer, "applied", reload->applied, reload->applied_count);
	put_names(&writer, "needs_restart", reload->needs_restart,
		  reload->needs_restart_count);
	json_open_array(&writer, "faults");
	for (size_t i = 0; i < reload->fault_count; i++)
		json_put_string(&writer, NULL, text_of(reload->faults[i]));
	json_close_array(&writer);
	json_close_object(&writer);
	exchange_answer_json(exchange, 200, &writer, 0, NULL);
}

void settings_reload(struct exchange *exchange)
{
	struct reload_request *request = object_request_change(
		exchange, sizeof(struct reload_request), true);

	if (!request)
		return;
	query_bool(exchange, "dry_run", &request->common.dry_run);
	json_object_end(&request->common.body);
	if (faults_any(&exchange->faults))
		problem_answer_faults(exchange);
	else
		object_request_submit(exchange, STORE_READ, run_reload,
				      reload_done);
}
