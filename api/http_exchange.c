#include "api/http_wire.h"
#include "api/api_state.h"
#include "api/http_accept.h"
#include "api/idempotency.h"
#include "api/password_hasher.h"
#include "api/problem.h"
#include "base/clock.h"
#include "db/ownership.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sodium.h>

#include <microhttpd.h>

enum {
	BODY_FIRST_SIZE = 4096,
};

/* --- life ----------------------------------------------------------------- */

struct whole {
	struct exchange exchange;
	struct http_wire wire;
};

struct exchange *exchange_new(struct api *api, const char *target)
{
	struct whole *whole = calloc(1, sizeof(*whole));

	if (!whole)
		return NULL;
	whole->wire.target = strdup(target);
	if (!whole->wire.target) {
		free(whole);
		return NULL;
	}
	whole->wire.started_us = clock_monotonic_us();
	atomic_init(&whole->wire.owners, 1);
	whole->exchange.wire = &whole->wire;
	whole->exchange.api = api;
	api_ref(api);
	return &whole->exchange;
}

void exchange_unref(struct exchange *exchange)
{
	struct http_wire *wire = exchange->wire;
	struct api *api = exchange->api;

	if (atomic_fetch_sub(&wire->owners, 1) != 1)
		return;
	if (exchange->state_free)
		exchange->state_free(exchange->state);
	faults_clear(&exchange->faults);
	http_answer_clear(&wire->answer);
	http_answer_clear(&wire->idempotency.answer);
	free(wire->target);
	free(wire->query_memory);
	free(wire->body);
	free(wire->owned);
	free(exchange); /* the first member of struct whole */
	api_unref(api);
}

const struct api_config *exchange_config(const struct exchange *exchange)
{
	return &exchange->api->config;
}

/* --- body ----------------------------------------------------------------- */

int exchange_add_body(struct exchange *exchange, struct text part)
{
	struct http_wire *wire = exchange->wire;
	size_t len = exchange->body.len;
	size_t size = wire->body_size ? wire->body_size : BODY_FIRST_SIZE;

	if (part.len > wire->endpoint->body_max_bytes - len)
		return EMSGSIZE;
	while (size - len < part.len)
		size *= 2;
	if (size != wire->body_size) {
		char *body = realloc(wire->body, size);

		if (!body)
			return ENOMEM;
		wire->body = body;
		wire->body_size = size;
	}
	memcpy(wire->body + len, part.ptr, part.len);
	exchange->body = (struct text){ wire->body, len + part.len };
	return 0;
}

void exchange_wipe_body(struct exchange *exchange)
{
	if (exchange->wire->body)
		sodium_memzero(exchange->wire->body, exchange->wire->body_size);
}

/* --- jobs ----------------------------------------------------------------- */

static void link_job(struct api *api, struct exchange *exchange)
{
	exchange->wire->previous_job = NULL;
	exchange->wire->next_job = api->first_job;
	if (api->first_job)
		api->first_job->wire->previous_job = exchange;
	api->first_job = exchange;
}

static void unlink_job(struct api *api, struct exchange *exchange)
{
	struct http_wire *wire = exchange->wire;

	if (wire->next_job)
		wire->next_job->wire->previous_job = wire->previous_job;
	if (wire->previous_job)
		wire->previous_job->wire->next_job = wire->next_job;
	else
		api->first_job = wire->next_job;
}

/* With jobs_lock held. */
static void resume_suspended(struct exchange *exchange)
{
	struct http_wire *wire = exchange->wire;

	if (!wire->is_suspended)
		return;
	wire->is_suspended = false;
	unlink_job(exchange->api, exchange);
	MHD_resume_connection(wire->library);
}

/* Suspends before the job is handed over: its `done` may come at once, even
 * from within the submission. */
static void suspend(struct exchange *exchange)
{
	exchange->wire->is_suspended = true;
	link_job(exchange->api, exchange);
	MHD_suspend_connection(exchange->wire->library);
}

static void begin_job(struct exchange *exchange,
		      void (*resumed)(struct exchange *exchange))
{
	struct http_wire *wire = exchange->wire;
	struct api *api = exchange->api;

	exchange->resumed = resumed;
	wire->waits = !wire->streams;
	atomic_fetch_add(&wire->owners, 1);
	pthread_mutex_lock(&api->jobs_lock);
	wire->has_job = true;
	/* The library must not be stopped with a suspended connection; one
	 * that is not is cut. A stream pauses when it has nothing to do. */
	if (wire->library && !wire->streams && !api->suspends_no_more)
		suspend(exchange);
	pthread_mutex_unlock(&api->jobs_lock);
}

static void end_job(struct exchange *exchange, int err, int64_t revision)
{
	struct api *api = exchange->api;

	pthread_mutex_lock(&api->jobs_lock);
	exchange->err = err;
	exchange->revision = revision;
	exchange->wire->has_job = false;
	exchange->wire->is_woken = true;
	idempotency_end(exchange);
	/* Once all go on, the accept thread may be gone. */
	if (exchange->job.writes && !err && !api->suspends_no_more &&
	    watch_has_waiters(&api->watch))
		http_accept_wake(api->accept);
	resume_suspended(exchange);
	pthread_mutex_unlock(&api->jobs_lock);
	exchange_unref(exchange);
}

void exchange_begin_wait(struct exchange *exchange,
			 void (*resumed)(struct exchange *exchange))
{
	exchange->job = (struct store_job){ .kind = STORE_READ };
	begin_job(exchange, resumed);
}

void exchange_end_wait(struct exchange *exchange)
{
	end_job(exchange, 0, 0);
}

struct exchange *exchange_of_job(struct store_job *job)
{
	return (struct exchange *)((char *)job -
				   offsetof(struct exchange, job));
}

static void store_job_done(struct store_job *job, int err, int64_t revision)
{
	end_job(exchange_of_job(job), err, revision);
}

/* Says who asks before the job's own part runs; `actor` views the exchange. */
static int run_as_principal(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	const struct principal *principal = &exchange->principal;
	const struct actor actor = {
		.kind = principal->kind ? principal->kind : "system",
		.name = principal->name,
		.peer = principal->peer,
		.request_id = exchange->request_id,
		.role = principal->role,
		.owner_id = principal->owner_id,
		.user_id = principal->user_id,
	};

	changes_set_actor(changes, &actor);
	if (exchange->wire->idempotency.is_listed)
		return idempotency_run(exchange, changes, job);
	return exchange->wire->run(changes, job);
}

void exchange_run_job(struct exchange *exchange, enum store_job_kind kind,
		      int (*run)(struct changes *changes,
				 struct store_job *job),
		      void (*resumed)(struct exchange *exchange))
{
	if (exchange->wire->is_rehearsal)
		return;
	exchange->wire->run = run;
	if (kind == STORE_CHANGE && exchange->wire->idempotency.is_asked &&
	    !idempotency_begin(exchange))
		return;
	exchange->job = (struct store_job){
		.kind = kind,
		.run = run_as_principal,
		.done = store_job_done,
	};
	begin_job(exchange, resumed);
	store_submit(exchange->api->config.store, &exchange->job);
}

static void log_query_done(struct redirect_log_query *query, int err)
{
	struct exchange *exchange =
		(struct exchange *)((char *)query -
				    offsetof(struct exchange, log_query));

	end_job(exchange, err, 0);
}

static int read_owned(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);

	return ownership_list(changes, exchange->principal.owner_id,
			      exchange->wire->owned);
}

static void owned_read(struct store_job *job, int err, int64_t revision)
{
	struct exchange *exchange = exchange_of_job(job);

	(void)revision;
	if (err)
		end_job(exchange, err, 0);
	else
		redirect_log_submit(exchange->api->config.log,
				    &exchange->log_query);
}

/* The owner filter, as far as the log goes: whoever asks by whatever path, the
 * query is held to what is theirs. */
static void run_held_log_query(struct exchange *exchange,
			       void (*resumed)(struct exchange *exchange))
{
	struct http_wire *wire = exchange->wire;

	if (!wire->owned)
		wire->owned = calloc(1, sizeof(*wire->owned));
	if (!wire->owned) {
		problem_answer_errno(exchange, ENOMEM);
		return;
	}
	exchange->log_query.filter.owned = wire->owned;
	exchange->job = (struct store_job){
		.kind = STORE_READ,
		.run = read_owned,
		.done = owned_read,
	};
	begin_job(exchange, resumed);
	store_submit(exchange->api->config.store, &exchange->job);
}

void exchange_run_log_query(struct exchange *exchange,
			    void (*resumed)(struct exchange *exchange))
{
	if (exchange->wire->is_rehearsal)
		return;
	exchange->log_query.done = log_query_done;
	if (exchange->principal.owner_id[0]) {
		run_held_log_query(exchange, resumed);
		return;
	}
	begin_job(exchange, resumed);
	redirect_log_submit(exchange->api->config.log, &exchange->log_query);
}

static void password_done(struct password_job *job, int err)
{
	end_job(job->exchange, err, 0);
}

void exchange_run_password(struct exchange *exchange, struct password_job *job,
			   void (*resumed)(struct exchange *exchange))
{
	int err;

	job->exchange = exchange;
	job->done = password_done;
	begin_job(exchange, resumed);
	err = password_hasher_submit(exchange->api->hasher, job);
	if (err)
		end_job(exchange, err, 0);
}

bool exchange_has_job(struct exchange *exchange)
{
	bool has_job;

	pthread_mutex_lock(&exchange->api->jobs_lock);
	has_job = exchange->wire->has_job;
	pthread_mutex_unlock(&exchange->api->jobs_lock);
	return has_job;
}

enum exchange_pause exchange_pause(struct exchange *exchange,
				   int64_t wake_after_us)
{
	struct http_wire *wire = exchange->wire;
	enum exchange_pause pause = EXCHANGE_PAUSED;

	pthread_mutex_lock(&exchange->api->jobs_lock);
	if (wire->is_woken)
		pause = EXCHANGE_WOKEN;
	else if (exchange->api->suspends_no_more)
		pause = EXCHANGE_STOPS;
	else
		suspend(exchange);
	wire->is_woken = false;
	wire->wake_due_us = wake_after_us ? clock_monotonic_us() + wake_after_us
					  : 0;
	pthread_mutex_unlock(&exchange->api->jobs_lock);
	return pause;
}

void exchange_stream_wake(struct exchange *exchange)
{
	pthread_mutex_lock(&exchange->api->jobs_lock);
	exchange->wire->is_woken = true;
	resume_suspended(exchange);
	pthread_mutex_unlock(&exchange->api->jobs_lock);
}

void exchange_wake_due(struct api *api, int64_t now_us)
{
	struct exchange *next;

	pthread_mutex_lock(&api->jobs_lock);
	for (struct exchange *exchange = api->first_job; exchange;
	     exchange = next) {
		const struct http_wire *wire = exchange->wire;

		next = wire->next_job;
		/* What waits for a job has nothing to say before it ends. */
		if (wire->streams && !wire->has_job &&
		    (now_us == INT64_MAX ||
		     (wire->wake_due_us && wire->wake_due_us <= now_us)))
			resume_suspended(exchange);
	}
	pthread_mutex_unlock(&api->jobs_lock);
}

void exchange_resume_all(struct api *api)
{
	pthread_mutex_lock(&api->jobs_lock);
	api->suspends_no_more = true;
	while (api->first_job)
		resume_suspended(api->first_job);
	pthread_mutex_unlock(&api->jobs_lock);
}

void exchange_end(struct exchange *exchange)
{
	pthread_mutex_lock(&exchange->api->jobs_lock);
	if (exchange->wire->is_suspended)
		unlink_job(exchange->api, exchange);
	exchange->wire->is_suspended = false;
	exchange->wire->library = NULL;
	pthread_mutex_unlock(&exchange->api->jobs_lock);
	exchange_unref(exchange);
}
