#include "webhook/calendar_poller.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "db/store_wait.h"
#include "webhook/calendar_fetch.h"

enum {
	WAIT_MAX_MS = 60000,
	RETRY_MS = 1000, /* after the store failed */
	USER_AGENT_SIZE = 64,
};

struct calendar_poller {
	struct calendar_poller_config config;
	struct calendar_fetch_config fetch_config;
	char user_agent[USER_AGENT_SIZE];
	CURLM *multi;
	pthread_t thread;
	bool is_started;
	atomic_bool is_stopping;
	atomic_bool has_news; /* the store has something */

	/* The thread's own. */
	struct calendar_fetch fetches[CALENDAR_IN_FLIGHT_MAX];
	struct calendar_subscription taken[CALENDAR_IN_FLIGHT_MAX];
	size_t taken_count;
	struct calendar_flights flights;
	int64_t next_ms; /* the next look, on the wall clock */
};

/* What came of one, for the job that notes it. */
struct noted {
	const struct calendar_subscription *subscription;
	const struct calendar_result *result;
};

/* Any thread. */
static void wake(void *arg)
{
	struct calendar_poller *poller = arg;

	atomic_store(&poller->has_news, true);
	curl_multi_wakeup(poller->multi);
}

static void be_poller(struct changes *changes)
{
	changes_set_actor(changes, &(struct actor){ .kind = "system",
						    .name = "calendars",
						    .role = "admin" });
}

/* --- what is due
 * --------------------------------------------------------------
 */

static int take(struct changes *changes, void *arg)
{
	struct calendar_poller *poller = arg;

	be_poller(changes);
	return calendar_poll_take(changes, &poller->flights, poller->taken,
				  &poller->taken_count, &poller->next_ms);
}

static void begin(struct calendar_poller *poller,
		  const struct calendar_subscription *subscription)
{
	size_t i = 0;

	while (poller->fetches[i].subscription.row_id)
		i++;
	/* It is due still. */
	if (calendar_fetch_begin(&poller->fetches[i], poller->multi,
				 &poller->fetch_config, subscription))
		poller->next_ms = clock_wall_ms() + RETRY_MS;
}

static void look(struct calendar_poller *poller)
{
	struct calendar_flights *flights = &poller->flights;

	/* Before the look: what comes after it is news for the next one. */
	atomic_store(&poller->has_news, false);
	flights->count = 0;
	for (size_t i = 0; i < CALENDAR_IN_FLIGHT_MAX; i++) {
		int64_t row_id = poller->fetches[i].subscription.row_id;

		if (row_id)
			flights->row_ids[flights->count++] = row_id;
	}
	if (store_wait(poller->config.store, STORE_READ, take, poller)) {
		poller->next_ms = clock_wall_ms() + RETRY_MS;
		return;
	}
	for (size_t i = 0; i < poller->taken_count; i++)
		begin(poller, &poller->taken[i]);
}

/* --- what came
 * ----------------------------------------------------------------
 */

static int note(struct changes *changes, void *arg)
{
	const struct noted *noted = arg;

	be_poller(changes);
	return calendar_poll_note(changes, noted->subscription, noted->result);
}

static int read_calendar(struct calendar_poller *poller,
			 const struct calendar_fetch *fetch,
			 struct calendar_feed *feed,
			 struct calendar_result *result)
{
	const struct calendar_reading reading = {
		.body = { fetch->body ? fetch->body : "", fetch->len },
		.subscription = &fetch->subscription,
		.now_ms = clock_wall_ms(),
		.allow_local_targets = poller->config.allow_local_targets,
	};
	int err = poller->config.read(&reading, feed);

	if (feed->why[0])
		text_copy(text_of(feed->why), result->error,
			  sizeof(result->error));
	else
		result->feed = feed;
	return err;
}

static void log_poll(const struct calendar_fetch *fetch,
		     const struct calendar_result *result)
{
	const struct calendar_subscription *subscription = &fetch->subscription;

	log_event(result->error[0] ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG,
		  "calendar_poll", "calendar=%s status=%d ms=%lld error=%s",
		  subscription->id, result->status,
		  (long long)fetch->duration_ms,
		  log_quoted(text_of(result->error)));
}

/* What could not be stored counts as a failure, after which it waits longer
 * each time. */
static int note_error(struct calendar_poller *poller,
		      const struct noted *failed, int why)
{
	struct calendar_result result = { .status = failed->result->status };
	struct noted noted = { failed->subscription, &result };

	snprintf(result.error, sizeof(result.error),
		 "could not be taken in: %s", strerror(why));
	return store_wait(poller->config.store, STORE_CHANGE, note, &noted);
}

static void finish(struct calendar_poller *poller, struct calendar_fetch *fetch,
		   CURLcode code)
{
	struct calendar_feed feed = { .why = "" };
	struct calendar_result result;
	struct noted noted = { &fetch->subscription, &result };
	int err = 0;

	if (calendar_fetch_end(fetch, poller->multi, code, &result))
		err = read_calendar(poller, fetch, &feed, &result);
	if (!err)
		err = store_wait(poller->config.store, STORE_CHANGE, note,
				 &noted);
	if (err)
		log_error("calendar_not_taken", "calendar=%s error=%s",
			  fetch->subscription.id,
			  log_quoted(text_of(strerror(err))));
	else
		log_poll(fetch, &result);
	if (err)
		err = note_error(poller, &noted, err);
	calendar_feed_clear(&feed);
	calendar_fetch_reset(fetch, poller->multi);
	/* There is room for another one. With an error it is due still. */
	poller->next_ms = err ? clock_wall_ms() + WAIT_MAX_MS : 0;
}

static void collect(struct calendar_poller *poller)
{
	char *private = NULL;
	CURLMsg *told;
	int left;

	while ((told = curl_multi_info_read(poller->multi, &left))) {
		if (told->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(told->easy_handle, CURLINFO_PRIVATE,
				  &private);
		finish(poller, (struct calendar_fetch *)(void *)private,
		       told->data.result);
	}
}

/* --- the thread
 * ---------------------------------------------------------------
 */

static int wait_ms(struct calendar_poller *poller)
{
	int64_t left_ms = poller->next_ms - clock_wall_ms();

	if (left_ms < 0 || atomic_load(&poller->has_news))
		return 0;
	return left_ms < WAIT_MAX_MS ? (int)left_ms : WAIT_MAX_MS;
}

static void *poller_main(void *arg)
{
	struct calendar_poller *poller = arg;
	int64_t looked_ms = 0;
	int running;

	while (!atomic_load(&poller->is_stopping)) {
		int64_t now_ms = clock_wall_ms();

		/* Now and then in any case: a user may be enabled again. */
		if (atomic_load(&poller->has_news) ||
		    now_ms >= poller->next_ms ||
		    now_ms - looked_ms >= WAIT_MAX_MS) {
			look(poller);
			looked_ms = now_ms;
		}
		(void)curl_multi_poll(poller->multi, NULL, 0, wait_ms(poller),
				      NULL);
		(void)curl_multi_perform(poller->multi, &running);
		collect(poller);
	}
	for (size_t i = 0; i < CALENDAR_IN_FLIGHT_MAX; i++)
		calendar_fetch_reset(&poller->fetches[i], poller->multi);
	return NULL;
}

int calendar_poller_new(const struct calendar_poller_config *config,
			struct calendar_poller **ret_poller)
{
	struct calendar_poller *poller = calloc(1, sizeof(*poller));
	int err = ENOMEM;

	if (!poller || curl_global_init(CURL_GLOBAL_DEFAULT))
		goto out;
	poller->config = *config;
	snprintf(poller->user_agent, sizeof(poller->user_agent), "sipmoved/%s",
		 config->version);
	poller->fetch_config = (struct calendar_fetch_config){
		.policy = &poller->config.policy,
		.timeout_ms = (long)config->timeout_ms,
		.user_agent = poller->user_agent,
	};
	poller->multi = curl_multi_init();
	if (!poller->multi)
		goto out;
	store_on_calendars(config->store, wake, poller);
	*ret_poller = poller;
	poller = NULL;
	err = 0;
out:
	calendar_poller_free(poller);
	return err;
}

int calendar_poller_start(struct calendar_poller *poller)
{
	sigset_t all, before;
	int err;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&poller->thread, NULL, poller_main, poller);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (err)
		return err;
	poller->is_started = true;
	pthread_setname_np(poller->thread, "calendars");
	return 0;
}

void calendar_poller_stop(struct calendar_poller *poller)
{
	if (!poller || !poller->is_started)
		return;
	atomic_store(&poller->is_stopping, true);
	curl_multi_wakeup(poller->multi);
	pthread_join(poller->thread, NULL);
	poller->is_started = false;
}

void calendar_poller_free(struct calendar_poller *poller)
{
	if (!poller)
		return;
	calendar_poller_stop(poller);
	for (size_t i = 0; i < CALENDAR_IN_FLIGHT_MAX; i++)
		calendar_fetch_clear(&poller->fetches[i]);
	curl_multi_cleanup(poller->multi);
	free(poller);
}

const char *calendar_poller_check_url(const void *arg, struct text url)
{
	const struct calendar_poller *poller = arg;

	return webhook_policy_check_url(&poller->config.policy, url);
}
