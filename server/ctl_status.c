#include "ctl_verbs.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "ctl_metrics.h"
#include "ctl_text.h"
#include "ctl_verb.h"
#include "version.h"

enum {
	SAMPLE_MS = 500,
};

/* What is known so far; the answers it is read from are the caller's. */
struct status {
	bool is_ready;
	struct text parts; /* of readyz, line by line */
	struct text metrics;
	double calls_per_second;
	int64_t counts[4];
	bool is_more[4];
};

static const char *const states[4] = { "active", "scheduled", "ended",
				       "cancelled" };

static int ask_text(struct ctl *ctl, const char *target,
		    struct ctl_answer *ret_answer)
{
	struct ctl_path path = ctl_path_of(target, NULL);

	return ctl_ask(ctl,
		       &(struct ctl_request){ .method = "GET", .path = &path },
		       ret_answer);
}

/* 503 says that it is not ready, which is an answer here. */
static int ask_ready(struct ctl *ctl, struct ctl_answer *ret_answer)
{
	int code = ask_text(ctl, "/readyz?verbose=true", ret_answer);

	if (!code && ret_answer->status != 503)
		code = ctl_answer_judge(ctl, ret_answer);
	return code;
}

static int ask_metrics(struct ctl *ctl, struct ctl_answer *ret_answer)
{
	int code = ask_text(ctl, "/metrics", ret_answer);

	return code ? code : ctl_answer_judge(ctl, ret_answer);
}

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double calls_of(struct text metrics)
{
	return ctl_metric(metrics, "sipmoved_sip_requests_total",
			  "method=\"INVITE\"");
}

/* From the look before, which --watch has; else from one taken now. */
static int measure_rate(struct ctl *ctl, struct ctl_answer *metrics,
			struct status *status)
{
	static const struct timespec pause = { .tv_nsec =
						       SAMPLE_MS * 1000000L };
	double calls, seconds;
	int code = 0;

	if (!ctl->rate_is_known) {
		ctl->calls_before =
			calls_of((struct text){ metrics->bytes, metrics->len });
		ctl->seconds_before = seconds_now();
		nanosleep(&pause, NULL);
		ctl_answer_clear(metrics);
		code = ask_metrics(ctl, metrics);
	}
	if (code)
		return code;
	status->metrics = (struct text){ metrics->bytes, metrics->len };
	calls = calls_of(status->metrics);
	seconds = seconds_now();
	if (seconds > ctl->seconds_before && calls >= ctl->calls_before)
		status->calls_per_second = (calls - ctl->calls_before) /
					   (seconds - ctl->seconds_before);
	ctl->rate_is_known = true;
	ctl->calls_before = calls;
	ctl->seconds_before = seconds;
	return 0;
}

static int count_moves(struct ctl *ctl, struct status *status)
{
	int code = 0;

	for (size_t i = 0; i < 4 && !code; i++) {
		struct ctl_path path = ctl_path_of("/v1/moves", NULL);
		struct ctl_answer answer;
		struct ctl_json root;

		ctl_path_query(&path, "state", states[i]);
		ctl_path_query(&path, "count", "exact");
		ctl_path_query(&path, "limit", "1");
		code = ctl_get(ctl, &path, &answer, &root);
		if (!code) {
			status->counts[i] = ctl_json_integer(
				ctl_json_member(root, "total.count"));
			status->is_more[i] = ctl_json_is_true(
				ctl_json_member(root, "total.more"));
		}
		ctl_answer_clear(&answer);
	}
	return code;
}

/* --- how it is told ------------------------------------------------------- */

static int64_t uptime_s(const struct status *status)
{
	double started =
		ctl_metric(status->metrics, "process_start_time_seconds", NULL);
	int64_t seconds = clock_wall_ms() / 1000 - (int64_t)started;

	return seconds > 0 && started > 0 ? seconds : 0;
}

static int64_t figure(const struct status *status, const char *family)
{
	return (int64_t)(ctl_metric(status->metrics, family, NULL) + 0.5);
}

static void put_parts(struct json_writer *writer, struct text parts)
{
	json_open_object(writer, "parts");
	while (parts.len > 0) {
		const char *end = memchr(parts.ptr, '\n', parts.len);
		size_t len = end ? (size_t)(end - parts.ptr) : parts.len;
		struct text line = { parts.ptr, len };
		char name[64];

		parts = text_after(parts, len + 1);
		if (line.len < 4 || line.ptr[0] != '[')
			continue;
		line = text_after(line, 3);
		end = memchr(line.ptr, ' ', line.len);
		text_copy(
			(struct text){ line.ptr, end ? (size_t)(end - line.ptr)
						     : line.len },
			name, sizeof(name));
		json_put_string(writer, name,
				text_trim(text_after(line, strlen(name))));
	}
	json_close_object(writer);
}

static int write_status(const struct status *status, char **ret_text,
			size_t *ret_len)
{
	struct json_writer writer = { 0 };
	struct text version = ctl_metric_label(
		status->metrics, "sipmoved_build_info", "version");

	json_open_object(&writer, NULL);
	json_put_bool(&writer, "ready", status->is_ready);
	json_put_string_or_null(&writer, "server_version", version);
	json_put_string(&writer, "client_version", TEXT(SIPMOVED_VERSION));
	json_put_integer(&writer, "uptime_seconds", uptime_s(status));
	json_put_integer(&writer, "revision",
			 figure(status, "sipmoved_store_revision"));
	json_put_integer(&writer, "calls_per_second",
			 (int64_t)(status->calls_per_second + 0.5));
	json_put_integer(&writer, "calls", (int64_t)calls_of(status->metrics));
	json_open_object(&writer, "moves");
	for (size_t i = 0; i < 4; i++)
		json_put_integer(&writer, states[i], status->counts[i]);
	json_close_object(&writer);
	json_put_integer(&writer, "domains",
			 figure(status, "sipmoved_domains"));
	json_put_integer(&writer, "addresses",
			 figure(status, "sipmoved_addresses"));
	json_put_integer(&writer, "log_records_written",
			 figure(status, "sipmoved_log_written_total"));
	json_put_integer(&writer, "log_records_dropped",
			 figure(status, "sipmoved_log_dropped_total"));
	json_put_integer(&writer, "sip_workers",
			 figure(status, "sipmoved_sip_workers"));
	put_parts(&writer, status->parts);
	json_close_object(&writer);
	return json_writer_finish(&writer, ret_text, ret_len);
}

static int print_status(const struct ctl *ctl, const struct status *status)
{
	struct ctl_json root = { { 0 } };
	char *text = NULL;
	size_t len;
	int code = CTL_REFUSED;

	if (write_status(status, &text, &len) ||
	    !ctl_json_root((struct text){ text, len }, &root))
		ctl_tell(ctl, "out of memory");
	else
		code = ctl_print_members(ctl, root);
	for (size_t i = 0; i < 4 && !code; i++)
		if (status->is_more[i])
			ctl_tell(ctl,
				 "more than %lld moves are %s: they were "
				 "not all counted",
				 (long long)status->counts[i], states[i]);
	free(text);
	return code;
}

static int status(struct ctl *ctl)
{
	struct status found = { .is_ready = false };
	struct ctl_answer ready, metrics = { 0 };
	int code = ask_ready(ctl, &ready);

	found.is_ready = !code && ready.status == 200;
	found.parts = (struct text){ ready.bytes, ready.len };
	if (!code)
		code = ask_metrics(ctl, &metrics);
	if (!code)
		code = measure_rate(ctl, &metrics, &found);
	if (!code)
		code = count_moves(ctl, &found);
	if (!code)
		code = print_status(ctl, &found);
	if (!code && !found.is_ready)
		code = CTL_REFUSED;
	ctl_answer_clear(&ready);
	ctl_answer_clear(&metrics);
	return code;
}

static int ping(struct ctl *ctl)
{
	double before = seconds_now();
	struct ctl_answer answer;
	int code = ask_text(ctl, "/readyz", &answer);

	if (!code && answer.status != 200) {
		ctl_tell(ctl, "the server answers, but is not ready: `status` "
			      "says why");
		code = CTL_REFUSED;
	} else if (!code && ctl->output == CTL_TABLE) {
		printf("ready, in %.1f ms\n", (seconds_now() - before) * 1000);
	} else if (!code) {
		puts("{\n  \"ready\": true\n}");
	}
	ctl_answer_clear(&answer);
	return code;
}

const struct ctl_verb ctl_status_verbs[] = {
	{ .words = "status",
	  .operands = "",
	  .about = "is it well, what does it hold, how many calls come",
	  .traits = CTL_WATCH,
	  .run = status },
	{ .words = "ping",
	  .operands = "",
	  .about = "is it ready? By the exit code, for scripts",
	  .run = ping },
	{ .words = NULL },
};
