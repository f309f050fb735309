#include "api/refusals.h"

#include <stdio.h>
#include <stdlib.h>

#include "api/api_state.h"
#include "api/http_wire.h"
#include "api/router.h"
#include "db/auth_events.h"

enum {
	MINUTE_MS = 60000,
	NAME_SIZE = 128,
	DETAIL_SIZE = 96,
};

struct refusal {
	struct store_job job; /* first: a job is cast back */
	const char *action;
	const char *kind; /* static */
	char name[NAME_SIZE], detail[DETAIL_SIZE];
	struct principal principal;
	char request_id[REQUEST_ID_SIZE];
	unsigned left_out;
};

static int run_write(struct changes *changes, struct store_job *job)
{
	const struct refusal *refusal = (const struct refusal *)job;
	const struct principal *principal = &refusal->principal;

	changes_set_actor(changes, &(struct actor){
					   .kind = refusal->kind,
					   .name = principal->name,
					   .peer = principal->peer,
					   .request_id = refusal->request_id,
					   .role = principal->role,
					   .owner_id = "",
					   .user_id = principal->user_id,
				   });
	return auth_event_write(changes, &(struct auth_event){
						 .action = refusal->action,
						 .name = refusal->name,
						 .detail = refusal->detail,
						 .left_out = refusal->left_out,
					 });
}

static void written(struct store_job *job, int err, int64_t revision)
{
	(void)err;
	(void)revision;
	free(job);
}

/* False: there were too many in this minute. */
static bool may_write(struct refusals *refusals, int64_t now_ms)
{
	int64_t minute = now_ms / MINUTE_MS;

	if (minute != refusals->minute) {
		refusals->minute = minute;
		refusals->count = 0;
	}
	if (refusals->count == REFUSALS_PER_MINUTE) {
		refusals->left_out++;
		return false;
	}
	refusals->count++;
	return true;
}

void refusal_note(struct exchange *exchange, const char *action,
		  struct text name)
{
	struct refusals *refusals = &exchange->api->refusals;
	const struct endpoint *endpoint = exchange->wire->endpoint;
	struct refusal *refusal;

	if (!may_write(refusals, exchange->now_ms))
		return;
	refusal = calloc(1, sizeof(*refusal));
	if (!refusal)
		return;
	refusal->job = (struct store_job){ .kind = STORE_CHANGE,
					   .run = run_write,
					   .done = written };
	refusal->action = action;
	refusal->principal = exchange->principal;
	refusal->kind = exchange->principal.kind ? exchange->principal.kind
						 : "anonymous";
	text_copy(name, refusal->name, sizeof(refusal->name));
	if (endpoint)
		snprintf(refusal->detail, sizeof(refusal->detail), "%s %s",
			 http_method_name(endpoint->method), endpoint->path);
	text_copy(text_of(exchange->request_id), refusal->request_id,
		  sizeof(refusal->request_id));
	refusal->left_out = refusals->left_out;
	refusals->left_out = 0;
	store_submit(exchange->api->config.store, &refusal->job);
}
