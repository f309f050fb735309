#include "db/calendar_poll.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "db/calendar_rows.h"
#include "db/calendar_sync.h"
#include "db/rows.h"
#include "db/users.h"
#include "db/webhook_outbox.h"

enum {
	MS_PER_S = 1000,
	LATEST_MS = 86400 * MS_PER_S, /* until it is tried again */
	STATUS_GONE = 410,
	LOOKED_AT_MAX = 2 * CALENDAR_IN_FLIGHT_MAX,
};

/* --- what is due
 * --------------------------------------------------------------
 */

static bool is_under_way(const struct calendar_flights *flights, int64_t row_id)
{
	for (size_t i = 0; i < flights->count; i++)
		if (flights->row_ids[i] == row_id)
			return true;
	return false;
}

/* The address of who has one, and the zone of who says none. */
static int fill_in(struct changes *changes,
		   struct calendar_subscription *subscription)
{
	struct user user;
	int err = user_get(changes, text_of(subscription->user_id), &user);

	if (err)
		return err;
	if (!subscription->address[0] && user.address_count == 1)
		text_copy(text_of(user.addresses[0]), subscription->address,
			  sizeof(subscription->address));
	if (!subscription->time_zone[0])
		text_copy(text_of(user.time_zone), subscription->time_zone,
			  sizeof(subscription->time_zone));
	return 0;
}

/* The first ones by their times, more than can be under way. */
static int read_first(struct changes *changes,
		      struct calendar_subscription *list, size_t *ret_count)
{
	sqlite3_stmt *statement;
	bool more;
	int err = database_statement(
		changes->database,
		"SELECT " CALENDAR_COLUMNS
		"WHERE calendar_subscription.enabled AND user.enabled "
		"ORDER BY next_poll_at LIMIT ?1",
		&statement);

	return err ? err
		   : row_list(statement, 1,
			      &(struct row_page){ calendar_row_read, list,
						  sizeof(*list), LOOKED_AT_MAX,
						  ret_count, &more });
}

int calendar_poll_take(struct changes *changes,
		       const struct calendar_flights *flights,
		       struct calendar_subscription *subscriptions,
		       size_t *ret_count, int64_t *ret_next_ms)
{
	struct calendar_subscription *list =
		calloc(LOOKED_AT_MAX, sizeof(*list));
	const size_t room = CALENDAR_IN_FLIGHT_MAX - flights->count;
	size_t count = 0;
	int err = list ? read_first(changes, list, &count) : ENOMEM;

	*ret_count = 0;
	*ret_next_ms = INT64_MAX;
	for (size_t i = 0; !err && i < count; i++) {
		const struct calendar_subscription *one = &list[i];

		if (is_under_way(flights, one->row_id))
			continue;
		/* With no room left: when one of them is through. */
		if (one->next_poll_at_ms > changes->now_ms)
			*ret_next_ms = one->next_poll_at_ms;
		if (one->next_poll_at_ms > changes->now_ms ||
		    *ret_count == room)
			break;
		subscriptions[*ret_count] = *one;
		err = fill_in(changes, &subscriptions[(*ret_count)++]);
	}
	free(list);
	return err;
}

/* --- what came of it
 * ----------------------------------------------------------
 */

/* ENOENT also if its user is not enabled any more. */
static int read_row(struct changes *changes, int64_t row_id,
		    struct calendar_subscription *ret_subscription)
{
	sqlite3_stmt *statement;
	int err = database_statement(changes->database,
				     "SELECT " CALENDAR_COLUMNS
				     "WHERE calendar_subscription.row_id = ?1 "
				     "AND user.enabled",
				     &statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, row_id);
	return row_read(statement, calendar_row_read, ret_subscription);
}

static int write_status(struct changes *changes,
			const struct calendar_subscription *subscription)
{
	const struct calendar_counts *counts = &subscription->counts;
	const int64_t numbers[] = {
		subscription->next_poll_at_ms,
		subscription->last_poll_at_ms,
		subscription->last_success_at_ms,
		subscription->last_status,
		subscription->failures,
		counts->created,
		counts->updated,
		counts->cancelled,
		counts->unchanged,
		counts->skipped,
		counts->failed,
	};
	const char *const texts[] = { subscription->etag,
				      subscription->last_modified,
				      subscription->last_error,
				      subscription->errors };
	sqlite3_stmt *statement;
	int at = 2;
	int err = database_statement(
		changes->database,
		"UPDATE calendar_subscription SET next_poll_at = ?2, "
		"last_poll_at = ?3, last_success_at = ?4, last_status = ?5, "
		"failures = ?6, created = ?7, updated = ?8, cancelled = ?9, "
		"unchanged = ?10, skipped = ?11, failed = ?12, etag = ?13, "
		"last_modified = ?14, last_error = ?15, errors = ?16 "
		"WHERE row_id = ?1",
		&statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, subscription->row_id);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		sqlite3_bind_int64(statement, at++, numbers[i]);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		statement_bind_string(statement, at++, texts[i]);
	return statement_run(statement);
}

static int write_errors(struct changes *changes,
			const struct calendar_feed *feed,
			struct calendar_subscription *subscription)
{
	char *list;
	bool fits = true;
	int err = 0;

	text_copy(TEXT("[]"), subscription->errors,
		  sizeof(subscription->errors));
	for (size_t i = 0; !err && fits && i < feed->error_count; i++) {
		const struct calendar_error *error = &feed->errors[i];
		const char *const texts[] = {
			subscription->errors, error->summary, error->member,
			error->code,	      error->detail,  NULL
		};

		err = webhook_json(changes,
				   "SELECT json_insert(?1, '$[#]', "
				   "json_object('summary', ?2, 'member', ?3, "
				   "'code', ?4, 'detail', ?5))",
				   texts, &list);
		if (err)
			break;
		fits = strlen(list) < sizeof(subscription->errors);
		if (fits)
			text_copy(text_of(list), subscription->errors,
				  sizeof(subscription->errors));
		free(list);
	}
	return err;
}

/* It is the user who acts, and is held to what is theirs. */
static int be_user(struct changes *changes, const char *user_id,
		   struct user *user)
{
	int err = user_get(changes, text_of(user_id), user);

	if (!err)
		changes_set_actor(changes,
				  &(struct actor){ .kind = "source",
						   .name = user->name,
						   .role = user->role,
						   .owner_id = user->id,
						   .user_id = user->id });
	return err;
}

static int take_in(struct changes *changes,
		   struct calendar_subscription *subscription,
		   const struct calendar_result *result)
{
	const struct actor before = changes->actor;
	struct calendar_feed *feed = result->feed;
	struct user user;
	int err = be_user(changes, subscription->user_id, &user);

	if (!err)
		err = calendar_sync(changes, subscription, feed);
	changes_set_actor(changes, &before);
	if (err)
		return err;
	subscription->counts = feed->counts;
	/* What was refused is looked at again, be the calendar the same. */
	if (feed->counts.failed > 0) {
		subscription->etag[0] = '\0';
		subscription->last_modified[0] = '\0';
	} else {
		text_copy(text_of(result->etag), subscription->etag,
			  sizeof(subscription->etag));
		text_copy(text_of(result->last_modified),
			  subscription->last_modified,
			  sizeof(subscription->last_modified));
	}
	return write_errors(changes, feed, subscription);
}

/* An hour, two, four ... a day at most. */
static int64_t wait_ms(const struct calendar_subscription *subscription)
{
	int64_t wait_ms = subscription->interval_s * MS_PER_S;

	for (int64_t i = 1; i < subscription->failures && wait_ms < LATEST_MS;
	     i++)
		wait_ms *= 2;
	return wait_ms < LATEST_MS ? wait_ms : LATEST_MS;
}

/* Somebody asked for it meanwhile: it is due, whatever the answer says that it
 * is the same as. */
static void keep_due(struct calendar_subscription *subscription, int64_t due_ms)
{
	subscription->next_poll_at_ms = due_ms;
	subscription->etag[0] = '\0';
	subscription->last_modified[0] = '\0';
}

/* due_ms: when it was due as it was taken. */
static int settle(struct changes *changes,
		  struct calendar_subscription *subscription, int64_t due_ms,
		  const struct calendar_result *result)
{
	const int64_t asked_ms = subscription->next_poll_at_ms;
	const bool failed = result->error[0] != '\0';
	int err;

	subscription->last_poll_at_ms = changes->now_ms;
	subscription->last_status = result->status;
	text_copy(text_of(result->error), subscription->last_error,
		  sizeof(subscription->last_error));
	subscription->failures = failed ? subscription->failures + 1 : 0;
	if (!failed)
		subscription->last_success_at_ms = changes->now_ms;
	subscription->next_poll_at_ms = changes->now_ms + wait_ms(subscription);
	if (asked_ms != due_ms)
		keep_due(subscription, asked_ms);
	changes->touched_quietly = true;
	err = write_status(changes, subscription);
	if (err || !failed)
		return err;
	if (result->status == STATUS_GONE)
		return calendar_subscription_disable(changes, subscription,
						     CALENDAR_DISABLED_GONE);
	return subscription->failures < CALENDAR_FAILURES_MAX
		       ? 0
		       : calendar_subscription_disable(
				 changes, subscription,
				 CALENDAR_DISABLED_FAILING);
}

int calendar_poll_note(struct changes *changes,
		       const struct calendar_subscription *taken,
		       const struct calendar_result *result)
{
	struct calendar_subscription *now = calloc(1, sizeof(*now));
	int err = now ? read_row(changes, taken->row_id, now) : ENOMEM;

	/* Deleted, or nobody's that may move; or another one, which is due. */
	if (err == ENOENT || (!err && now->revision != taken->revision)) {
		free(now);
		return 0;
	}
	if (!err && result->feed)
		err = take_in(changes, now, result);
	if (!err)
		err = settle(changes, now, taken->next_poll_at_ms, result);
	free(now);
	return err;
}
