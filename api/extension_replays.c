#include "api/resources.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/auth.h"
#include "api/document_member.h"
#include "api/log_id.h"
#include "api/object_request.h"
#include "api/problem.h"
#include "api/proposed_policy.h"
#include "db/extension_replay.h"

enum {
	DAY_MS = 86400000,
	TOP = 10,
	SUMMARY_SIZE = 256,
};

struct replay_request {
	struct object_request common;
	struct json_object proposal; /* `proposed` */
	struct proposed_policy proposed;
	int64_t from_ms, until_ms;
	int64_t limit;			 /* of calls looked at; 0: none */
	bool is_cut;			 /* by the limit */
	struct extension_replay *replay; /* owned */
};

static void replay_request_free(void *state)
{
	struct replay_request *request = state;

	extension_replay_free(request->replay);
	proposed_policy_clear(&request->proposed);
	object_request_clear(&request->common);
	free(request);
}

/* --- the document -------------------------------------------------------- */

static int read_proposal(struct json_object *body,
			 struct replay_request *request)
{
	enum json_presence presence =
		json_member_object(body, "proposed", &request->proposal);
	int err;

	if (presence == JSON_ABSENT || presence == JSON_NULL)
		json_missing(body, "proposed");
	if (presence != JSON_PRESENT)
		return 0;
	err = proposed_policy_read(&request->proposal, &request->proposed);
	if (!err && !proposed_policy_is_given(&request->proposed))
		json_fault(body, "proposed", FAULT_MISSING_MEMBER,
			   "give a `preset`, `rules`, or a `version`");
	json_object_end(&request->proposal);
	return err;
}

static int read_document(struct exchange *exchange,
			 struct replay_request *request)
{
	struct json_object *body = &request->common.body;
	int err;

	request->until_ms = exchange->now_ms;
	member_instant(body, "until", &request->until_ms);
	request->from_ms = request->until_ms - DAY_MS;
	member_instant(body, "from", &request->from_ms);
	if (request->from_ms >= request->until_ms)
		json_fault(body, "until", FAULT_END_BEFORE_START,
			   "must be after `from`");
	json_integer(body, "limit", 1, INT64_C(1) << 53, &request->limit);
	err = read_proposal(body, request);
	json_object_end(body);
	query_end(exchange);
	return err;
}

/* --- the answer ---------------------------------------------------------- */

static const char *const change_names[REPLAY_CHANGES] = {
	[REPLAY_WOULD_REFUSE] = "would_be_refused",
	[REPLAY_WOULD_PASS] = "would_pass",
};

static const struct dimension {
	const char *list, *others, *name;
} dimensions[REPLAY_DIMENSIONS] = {
	[REPLAY_USER_AGENT] = { "user_agents", "other_user_agents",
				"user_agent" },
	[REPLAY_TAG] = { "tags", "other_tags", "tag" },
	[REPLAY_NETWORK] = { "networks", "other_networks", "network" },
};

static void put_id(struct json_writer *writer, const char *name, int64_t id)
{
	char text[LOG_ID_SIZE];

	log_id_format(id, text);
	json_put_string(writer, name, text_of(text));
}

static void put_dimension(struct json_writer *writer,
			  struct extension_replay *replay,
			  enum replay_dimension dimension)
{
	size_t count;
	uint64_t others;
	const struct replay_group *groups =
		extension_replay_top(replay, dimension, TOP, &count, &others);

	json_open_array(writer, dimensions[dimension].list);
	for (size_t i = 0; i < count; i++) {
		json_open_object(writer, NULL);
		json_put_string_or_null(writer, dimensions[dimension].name,
					text_of(groups[i].name));
		for (size_t j = 0; j < REPLAY_CHANGES; j++)
			json_put_integer(writer, change_names[j],
					 (int64_t)groups[i].counts[j]);
		put_id(writer, "example", groups[i].example_id);
		json_close_object(writer);
	}
	json_close_array(writer);
	json_put_integer(writer, dimensions[dimension].others, (int64_t)others);
}

static void put_counts(struct json_writer *writer,
		       const struct replay_counts *counts)
{
	uint64_t unchanged = counts->looked_at;

	json_open_object(writer, "calls");
	json_put_integer(writer, "looked_at", (int64_t)counts->looked_at);
	json_put_integer(writer, "with_tags", (int64_t)counts->with_tags);
	for (size_t i = 0; i < REPLAY_CHANGES; i++) {
		json_put_integer(writer, change_names[i],
				 (int64_t)counts->changes[i]);
		unchanged -= counts->changes[i];
	}
	json_put_integer(writer, "unchanged", (int64_t)unchanged);
	json_close_object(writer);
}

static void put_examples(struct json_writer *writer,
			 const struct replay_counts *counts)
{
	json_open_object(writer, "examples");
	for (size_t i = 0; i < REPLAY_CHANGES; i++) {
		json_open_array(writer, change_names[i]);
		for (size_t j = 0; j < counts->example_counts[i]; j++)
			put_id(writer, NULL, counts->examples[i][j]);
		json_close_array(writer);
	}
	json_close_object(writer);
}

static void put_summary(struct json_writer *writer,
			const struct replay_counts *counts)
{
	char text[SUMMARY_SIZE];
	struct writer summary = writer_over(text, sizeof(text));

	writer_put(&summary, TEXT("This policy would have refused "));
	writer_u64(&summary, counts->changes[REPLAY_WOULD_REFUSE]);
	writer_put(&summary, TEXT(" of "));
	writer_u64(&summary, counts->looked_at);
	writer_put(&summary, TEXT(" calls that were let through, and let "
				  "through "));
	writer_u64(&summary, counts->changes[REPLAY_WOULD_PASS]);
	writer_put(&summary, TEXT(" that were refused."));
	json_put_string(writer, "summary", writer_text(&summary));
}

/* How far back it got: what is older was not looked at. */
static void put_reach(struct json_writer *writer,
		      const struct replay_request *request, bool is_complete)
{
	const struct replay_counts *counts =
		extension_replay_counts(request->replay);

	json_put_time_ms(writer, "from", request->from_ms);
	json_put_time_ms(writer, "until", request->until_ms);
	json_put_bool(writer, "complete", is_complete);
	if (is_complete)
		json_put_time_ms(writer, "looked_back_to", request->from_ms);
	else if (counts->oldest_ms)
		json_put_time_ms(writer, "looked_back_to", counts->oldest_ms);
	else
		json_put_null(writer, "looked_back_to");
}

static void replayed(struct exchange *exchange)
{
	struct replay_request *request = exchange->state;
	const struct replay_counts *counts =
		extension_replay_counts(request->replay);
	struct json_writer writer = { 0 };

	/* Out of time is no fault: what was seen is worth an answer. */
	if (exchange->err && exchange->err != ETIMEDOUT) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	json_open_object(&writer, NULL);
	put_reach(&writer, request, !exchange->err && !request->is_cut);
	put_counts(&writer, counts);
	put_summary(&writer, counts);
	for (size_t i = 0; i < REPLAY_DIMENSIONS; i++)
		put_dimension(&writer, request->replay,
			      (enum replay_dimension)i);
	put_examples(&writer, counts);
	json_close_object(&writer);
	exchange_answer_json(exchange, 200, &writer, 0, NULL);
}

/* --- the work ------------------------------------------------------------ */

/* "log-query" thread. */
static bool visit(struct redirect_log_query *query,
		  const struct redirect_log_entry *entry)
{
	struct exchange *exchange =
		(struct exchange *)((char *)query -
				    offsetof(struct exchange, log_query));
	struct replay_request *request = exchange->state;
	const struct replay_counts *counts =
		extension_replay_counts(request->replay);

	request->is_cut = request->limit &&
			  counts->looked_at == (uint64_t)request->limit;
	if (request->is_cut)
		return false;
	extension_replay_add(request->replay, entry);
	return true;
}

static void replay(struct exchange *exchange)
{
	struct replay_request *request = exchange->state;
	int err = extension_replay_new(request->proposed.policy,
				       &request->replay);

	if (err) {
		problem_answer_errno(exchange, err);
		return;
	}
	exchange->log_query = (struct redirect_log_query){
		.kind = LOG_QUERY_VISIT,
		.filter = { .from_ms = request->from_ms,
			    .until_ms = request->until_ms },
		.visit = visit,
	};
	exchange_run_log_query(exchange, replayed);
}

static int run_load(struct changes *changes, struct store_job *job)
{
	struct replay_request *request = exchange_of_job(job)->state;

	return proposed_policy_load(changes, &request->proposed);
}

static void loaded(struct exchange *exchange)
{
	struct replay_request *request = exchange->state;

	proposed_policy_settle(&request->proposal, &request->proposed);
	if (exchange->err)
		problem_answer_errno(exchange, exchange->err);
	else if (faults_any(&exchange->faults))
		problem_answer_faults(exchange);
	else
		replay(exchange);
}

/* Nothing is stored. It tells of calls, so it takes the right to read them. */
void extension_replays_create(struct exchange *exchange)
{
	struct replay_request *request;
	int err;

	if (!auth_check_scope(exchange, SCOPE_LOGS_READ))
		return; /* it has answered */
	request = object_request_change(exchange, sizeof(struct replay_request),
					true);
	if (!request)
		return;
	exchange->state_free = replay_request_free;
	err = read_document(exchange, request);
	if (err)
		problem_answer_errno(exchange, err);
	else if (faults_any(&exchange->faults))
		problem_answer_faults(exchange);
	else if (request->proposed.version)
		exchange_run_job(exchange, STORE_READ, run_load, loaded);
	else
		replay(exchange);
}
