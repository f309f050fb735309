#include "webhook/webhook_sender.h"

#include <curl/curl.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/node_health.h"
#include "webhook/webhook_log_reader.h"
#include "webhook/webhook_transfer.h"
#include "webhook/webhook_turn.h"

enum {
	WAIT_MAX_MS = 5000, /* nobody wakes it when the node is not well */
	RETRY_MS = 1000,    /* after the store failed */
	GRACE_MS = 2000,    /* at the stop, for what is on its way */
	SWEEP_MS = 3600000,
	FIRST_SWEEP_MS = 60000,
	MEASURE_MS = 5000,
	USER_AGENT_SIZE = 64,
};

struct webhook_sender {
	struct webhook_sender_config config;
	struct webhook_transfer_config transfer_config;
	char user_agent[USER_AGENT_SIZE];
	CURLM *multi;
	pthread_t thread;
	bool is_started;
	atomic_bool is_stopping;
	atomic_bool has_news; /* the store, or the log, has something */

	/* The thread's own. */
	struct webhook_transfer transfers[WEBHOOK_IN_FLIGHT_MAX];
	struct webhook_log_reader reader, uses;
	struct webhook_turn turn;
	int64_t next_ms; /* the next turn, on the wall clock */
	int64_t sweep_at_ms, measure_at_ms;
	unsigned failing; /* as it was told; all bits: it was not yet */
	unsigned missed;  /* what could not be told: nothing could be written */
	bool figures_are_old; /* something happened since they were made */

	atomic_uint_fast64_t outcomes[WEBHOOK_OUTCOMES];
	atomic_uint_fast64_t in_flight, pending, dead_letters;
	atomic_int_fast64_t oldest_ms;
};

/* Any thread. */
static void wake(void *arg)
{
	struct webhook_sender *sender = arg;

	atomic_store(&sender->has_news, true);
	curl_multi_wakeup(sender->multi);
}

/* --- what is on its way -----------------------------------------------------
 */

static void come_back(struct webhook_sender *sender, int64_t at_ms)
{
	if (at_ms < sender->next_ms)
		sender->next_ms = at_ms;
}

static void begin(struct webhook_sender *sender,
		  struct webhook_message *message)
{
	for (size_t i = 0; i < WEBHOOK_IN_FLIGHT_MAX; i++) {
		struct webhook_transfer *transfer = &sender->transfers[i];

		if (transfer->message.delivery)
			continue;
		if (webhook_transfer_begin(transfer, sender->multi,
					   &sender->transfer_config, message))
			break;
		atomic_fetch_add(&sender->in_flight, 1);
		return;
	}
	/* It is due still. */
	webhook_message_clear(message);
	come_back(sender, clock_wall_ms() + RETRY_MS);
}

/* Those that ended become results of the next turn. */
static void collect(struct webhook_sender *sender)
{
	struct webhook_turn *turn = &sender->turn;
	struct webhook_transfer *transfer;
	char *private = NULL;
	CURLMsg *told;
	int left;

	while ((told = curl_multi_info_read(sender->multi, &left))) {
		if (told->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(told->easy_handle, CURLINFO_PRIVATE,
				  &private);
		transfer = (struct webhook_transfer *)(void *)private;
		webhook_transfer_end(transfer, sender->multi,
				     told->data.result);
		turn->results[turn->result_count++] = transfer->result;
		atomic_fetch_sub(&sender->in_flight, 1);
	}
}

/* Also those that ended and are not noted yet. */
static void list_flights(struct webhook_sender *sender)
{
	struct webhook_flights *flights = &sender->turn.flights;

	flights->count = 0;
	for (size_t i = 0; i < WEBHOOK_IN_FLIGHT_MAX; i++) {
		const struct webhook_message *message =
			&sender->transfers[i].message;

		if (message->delivery)
			flights->list[flights->count++] =
				(struct webhook_flight){
					message->delivery,
					message->endpoint.row_id
				};
	}
}

/* --- how the node is ---------------------------------------------------------
 */

static unsigned look_at_node(const struct webhook_sender *sender)
{
	const struct webhook_sender_config *config = &sender->config;
	const struct store_health store = store_health(config->store);
	const bool is_sound =
		!store.is_damaged &&
		(!config->backups || backups_health(config->backups).is_sound);

	return (unsigned)!store.is_up << NODE_STORE |
	       (unsigned)!redirect_log_health(config->log).is_up
		       << NODE_REDIRECT_LOG |
	       (unsigned)!store.has_room << NODE_DISK |
	       (unsigned)!is_sound << NODE_INTEGRITY;
}

/* --- one turn ---------------------------------------------------------------
 */

static void prepare_turn(struct webhook_sender *sender, int64_t now_ms)
{
	struct webhook_turn *turn = &sender->turn;

	list_flights(sender);
	turn->takes = !atomic_load(&sender->is_stopping);
	turn->sweeps = now_ms >= sender->sweep_at_ms;
	turn->measures = now_ms >= sender->measure_at_ms;
	turn->failing = look_at_node(sender) | sender->missed;
	turn->log_begins_ms = redirect_log_health(sender->config.log).begins_ms;
	turn->asked = NULL;
	if (webhook_log_reader_has_page(&sender->uses)) {
		turn->asked = &sender->uses.use;
		turn->was_used = sender->uses.query.count > 0;
	}
	turn->calls = NULL;
	if (webhook_log_reader_has_page(&sender->reader)) {
		turn->calls = sender->reader.entries;
		turn->call_count = sender->reader.query.count;
		turn->calls_until_id = sender->reader.until_id;
	}
}

static void log_results(const struct webhook_turn *turn)
{
	static const char *const names[] = { "delivered", "failed", "dead" };

	for (size_t i = 0; i < turn->result_count; i++) {
		const struct webhook_result *result = &turn->results[i];
		enum webhook_outcome outcome = turn->outcomes[i];

		log_event(outcome == WEBHOOK_DEAD ? LOG_LEVEL_WARNING
						  : LOG_LEVEL_DEBUG,
			  "webhook_attempt",
			  "endpoint=%s event_id=%s result=%s status=%d ms=%lld "
			  "error=%s",
			  result->endpoint_id, result->event_id, names[outcome],
			  result->status, (long long)result->duration_ms,
			  log_quoted(text_of(result->error)));
	}
}

static void count_results(struct webhook_sender *sender)
{
	struct webhook_turn *turn = &sender->turn;

	for (size_t i = 0; i < turn->result_count; i++)
		atomic_fetch_add(&sender->outcomes[turn->outcomes[i]], 1);
	log_results(turn);
	turn->result_count = 0;
	if (turn->measures) {
		atomic_store(&sender->pending, turn->backlog.pending);
		atomic_store(&sender->dead_letters, turn->backlog.dead);
		atomic_store(&sender->oldest_ms, turn->backlog.oldest_ms);
	}
}

static void finish_turn(struct webhook_sender *sender, int64_t now_ms)
{
	struct webhook_turn *turn = &sender->turn;

	sender->next_ms = turn->next_ms;
	sender->failing = turn->failing;
	sender->missed = 0;
	sender->figures_are_old = !turn->measures;
	count_results(sender);
	for (size_t i = 0; i < turn->message_count; i++)
		begin(sender, &turn->messages[i]);
	turn->message_count = 0;
	if (turn->calls)
		webhook_log_reader_take(&sender->reader);
	if (turn->sweeps)
		sender->sweep_at_ms =
			now_ms + (turn->has_more_to_sweep ? 0 : SWEEP_MS);
	if (turn->measures)
		sender->measure_at_ms = now_ms + MEASURE_MS;
	come_back(sender, sender->sweep_at_ms);
	if (sender->figures_are_old)
		come_back(sender, sender->measure_at_ms);
	if (turn->asked)
		webhook_log_reader_take(&sender->uses);
	if (turn->use.id[0])
		come_back(sender, webhook_log_reader_ask(&sender->uses,
							 &turn->use, now_ms));
	if (turn->calls_after_id)
		come_back(sender, webhook_log_reader_look(&sender->reader,
							  turn->calls_after_id,
							  now_ms));
}

static void take_turn(struct webhook_sender *sender)
{
	int64_t now_ms = clock_wall_ms();

	/* Before the look: what comes after it is news for the next turn. */
	atomic_store(&sender->has_news, false);
	prepare_turn(sender, now_ms);
	if (webhook_turn_run(&sender->turn)) {
		sender->next_ms = now_ms + RETRY_MS;
		sender->missed |= sender->turn.failing | look_at_node(sender);
	} else {
		finish_turn(sender, now_ms);
	}
}

static bool must_turn(struct webhook_sender *sender)
{
	int64_t now_ms = clock_wall_ms();

	return sender->turn.result_count > 0 || now_ms >= sender->next_ms ||
	       atomic_load(&sender->has_news) ||
	       look_at_node(sender) != sender->failing;
}

/* --- the thread -------------------------------------------------------------
 */

static int wait_ms(struct webhook_sender *sender)
{
	int64_t left_ms = sender->next_ms - clock_wall_ms();

	if (left_ms < 0)
		return 0;
	return left_ms < WAIT_MAX_MS ? (int)left_ms : WAIT_MAX_MS;
}

/* What is on its way goes on. False: libcurl cannot. */
static void go_on(struct webhook_sender *sender, int timeout_ms)
{
	int running;

	(void)curl_multi_poll(sender->multi, NULL, 0, timeout_ms, NULL);
	(void)curl_multi_perform(sender->multi, &running);
	collect(sender);
}

static void end(struct webhook_sender *sender)
{
	int64_t until_us = clock_monotonic_us() + GRACE_MS * INT64_C(1000);

	while (atomic_load(&sender->in_flight) > 0 &&
	       clock_monotonic_us() < until_us)
		go_on(sender, 50);
	for (size_t i = 0; i < WEBHOOK_IN_FLIGHT_MAX; i++)
		if (sender->transfers[i].message.delivery)
			webhook_transfer_abandon(&sender->transfers[i],
						 sender->multi);
	if (sender->turn.result_count > 0)
		take_turn(sender);
}

static void *sender_main(void *arg)
{
	struct webhook_sender *sender = arg;

	while (!atomic_load(&sender->is_stopping)) {
		if (must_turn(sender))
			take_turn(sender);
		go_on(sender,
		      atomic_load(&sender->has_news) ? 0 : wait_ms(sender));
	}
	end(sender);
	return NULL;
}

int webhook_sender_new(const struct webhook_sender_config *config,
		       struct webhook_sender **ret_sender)
{
	struct webhook_sender *sender = calloc(1, sizeof(*sender));
	int err = ENOMEM;

	if (!sender || curl_global_init(CURL_GLOBAL_DEFAULT))
		goto out;
	sender->config = *config;
	snprintf(sender->user_agent, sizeof(sender->user_agent), "sipmoved/%s",
		 config->version);
	sender->transfer_config = (struct webhook_transfer_config){
		.policy = &sender->config.policy,
		.timeout_ms = (long)config->timeout_ms,
		.user_agent = sender->user_agent,
	};
	sender->multi = curl_multi_init();
	sender->reader.log = config->log;
	sender->reader.wake = wake;
	sender->reader.arg = sender;
	sender->reader.every_ms = config->call_batch_ms;
	sender->uses = sender->reader;
	sender->failing = UINT_MAX;
	if (!sender->multi || webhook_log_reader_init(&sender->reader) ||
	    webhook_log_reader_init(&sender->uses))
		goto out;
	webhook_turn_init(&sender->turn, config->store, &sender->config.rules,
			  &config->reminders);
	sender->sweep_at_ms = clock_wall_ms() + FIRST_SWEEP_MS;
	store_on_outbox(config->store, wake, sender);
	*ret_sender = sender;
	sender = NULL;
	err = 0;
out:
	webhook_sender_free(sender);
	return err;
}

int webhook_sender_start(struct webhook_sender *sender)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&sender->thread, NULL, sender_main, sender);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err)
		return err;
	sender->is_started = true;
	pthread_setname_np(sender->thread, "webhook");
	return 0;
}

void webhook_sender_stop(struct webhook_sender *sender)
{
	if (!sender || !sender->is_started)
		return;
	atomic_store(&sender->is_stopping, true);
	curl_multi_wakeup(sender->multi);
	pthread_join(sender->thread, NULL);
	sender->is_started = false;
}

void webhook_sender_free(struct webhook_sender *sender)
{
	if (!sender)
		return;
	webhook_sender_stop(sender);
	webhook_log_reader_clear(&sender->reader);
	webhook_log_reader_clear(&sender->uses);
	for (size_t i = 0; i < WEBHOOK_IN_FLIGHT_MAX; i++)
		webhook_transfer_clear(&sender->transfers[i]);
	curl_multi_cleanup(sender->multi);
	webhook_turn_clear(&sender->turn);
	free(sender);
}

void webhook_sender_traffic(void *arg, struct webhook_traffic *ret_traffic)
{
	struct webhook_sender *sender = arg;

	*ret_traffic = (struct webhook_traffic){
		.delivered = atomic_load(&sender->outcomes[WEBHOOK_DELIVERED]),
		.failed = atomic_load(&sender->outcomes[WEBHOOK_FAILED]),
		.dead = atomic_load(&sender->outcomes[WEBHOOK_DEAD]),
		.in_flight = atomic_load(&sender->in_flight),
		.pending = atomic_load(&sender->pending),
		.dead_letters = atomic_load(&sender->dead_letters),
		.oldest_ms = atomic_load(&sender->oldest_ms),
	};
}

const char *webhook_sender_check_url(const void *arg, struct text url)
{
	const struct webhook_sender *sender = arg;

	return webhook_policy_check_url(&sender->config.policy, url);
}
