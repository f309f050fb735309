/*
 * test_redirect_log_figures.c - what the log says of many records at once, over
 * segments that lie on disk, and what onlookers see.
 */
#include "base/call_reason.h"
#include "base/clock.h"
#include "db/redirect_log.h"
#include "db/redirect_log_segment.h"
#include "db/redirect_log_source.h"
#include "db/redirect_log_tail.h"
#include "db/redirect_log_tally.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

enum {
	MS_PER_MINUTE = 60000,
	MS_PER_HOUR = 3600000,
};

/* An hour of some past day, so that nothing is recent. */
static const int64_t hour_ms = INT64_C(1764550800000);

struct fixture {
	char data_dir[64];
	unsigned segments;
	struct redirect_log *log;
	struct redirect_log_ring *ring;
};

struct waiting_query {
	struct redirect_log_query query;
	pthread_mutex_t done_lock;
	pthread_cond_t done;
	bool is_done;
	int err;
};

static int fixture_set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	char path[PATH_MAX];

	if (!fixture)
		return -1;
	(void)snprintf(fixture->data_dir, sizeof(fixture->data_dir),
		       "/tmp/sipmoved-figures-XXXXXX");
	if (!mkdtemp(fixture->data_dir))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/logs", fixture->data_dir);
	*state = fixture;
	return mkdir(path, 0700);
}

static void log_end(struct fixture *fixture)
{
	if (!fixture->log)
		return;
	redirect_log_stop(fixture->log);
	redirect_log_close(fixture->log);
	fixture->log = NULL;
}

static int fixture_tear_down(void **state)
{
	struct fixture *fixture = *state;
	char path[PATH_MAX];
	const struct dirent *file;
	DIR *directory;

	log_end(fixture);
	(void)snprintf(path, sizeof(path), "%s/logs", fixture->data_dir);
	directory = opendir(path);
	while (directory && (file = readdir(directory)) != NULL)
		(void)unlinkat(dirfd(directory), file->d_name, 0);
	if (directory)
		closedir(directory);
	(void)rmdir(path);
	(void)rmdir(fixture->data_dir);
	free(fixture);
	return 0;
}

static void log_begin(struct fixture *fixture)
{
	const struct redirect_log_config config = {
		.data_dir = fixture->data_dir,
		.retention_days = 36500,
		.ring_size_bytes = 1 << 20,
		.min_free_bytes = 1,
	};

	assert_int_equal(0, redirect_log_open(&config, &fixture->log));
	assert_int_equal(0,
			 redirect_log_add_ring(fixture->log, &fixture->ring));
	assert_int_equal(0, redirect_log_start(fixture->log));
}

static struct redirect_log_record a_call(int64_t ms)
{
	return (struct redirect_log_record){
		.id = ms << 20,
		.received_at_us = ms * 1000,
		.status = 302,
		.reason = CALL_MOVED,
		.method = TEXT("INVITE"),
		.address = TEXT("sip:alice@example.com"),
		.from = TEXT("\"Bob <x>\" <sip:bob@example.org>;tag=1"),
		.call_id = TEXT("1@2"),
		.source = TEXT("192.0.2.1:5060"),
		.user_agent = TEXT("phone/1.0"),
		.targets = TEXT("sip:alice@hotel.example.net\nsip:b@c"),
	};
}

/* Of one segment, which is closed again. acked: of all. */
static void put_segment(struct fixture *fixture,
			const struct redirect_log_record *records, size_t count,
			bool acked, char path[PATH_MAX])
{
	struct log_segment *segment = NULL;

	(void)snprintf(path, PATH_MAX, "%s/logs/2025-12-01.%03u.db",
		       fixture->data_dir, ++fixture->segments);
	assert_int_equal(0, log_segment_create(path, &segment));
	for (size_t i = 0; i < count; i++)
		assert_int_equal(
			0, log_segment_insert(segment, &records[i], acked));
	assert_int_equal(0, log_segment_commit(segment));
	log_segment_close(segment);
}

static void query_done(struct redirect_log_query *query, int err)
{
	struct waiting_query *waiting = (struct waiting_query *)query;

	pthread_mutex_lock(&waiting->done_lock);
	waiting->err = err;
	waiting->is_done = true;
	pthread_cond_signal(&waiting->done);
	pthread_mutex_unlock(&waiting->done_lock);
}

static struct redirect_log_query ask(struct fixture *fixture,
				     const struct redirect_log_query *query)
{
	struct waiting_query waiting = {
		.query = *query,
		.done_lock = PTHREAD_MUTEX_INITIALIZER,
		.done = PTHREAD_COND_INITIALIZER,
	};

	waiting.query.done = query_done;
	redirect_log_submit(fixture->log, &waiting.query);
	pthread_mutex_lock(&waiting.done_lock);
	while (!waiting.is_done)
		pthread_cond_wait(&waiting.done, &waiting.done_lock);
	pthread_mutex_unlock(&waiting.done_lock);
	assert_int_equal(0, waiting.err);
	return waiting.query;
}

/* --- counts over time ----------------------------------------------------- */

static uint64_t counted[60 * LOG_STATS_VALUES_MAX];

static struct redirect_log_stats stats_of(struct fixture *fixture,
					  enum redirect_log_group group)
{
	struct redirect_log_stats stats = {
		.from_ms = hour_ms,
		.until_ms = hour_ms + MS_PER_HOUR,
		.bucket_ms = MS_PER_MINUTE,
		.bucket_count = 60,
		.group = group,
		.calls = counted,
	};

	memset(counted, 0, sizeof(counted));
	(void)ask(fixture, &(struct redirect_log_query){
				   .kind = LOG_QUERY_STATS, .stats = &stats });
	return stats;
}

static uint64_t calls_of(const struct redirect_log_stats *stats, size_t bucket,
			 uint16_t value)
{
	for (size_t i = 0; i < stats->value_count; i++)
		if (stats->values[i] == value)
			return counted[bucket * LOG_STATS_VALUES_MAX + i];
	return 0;
}

/* Two segments that share a minute, calls around the hour, and in each one
 * that asked for the server itself. */
static void put_two_segments(struct fixture *fixture, char paths[2][PATH_MAX])
{
	struct redirect_log_record first[] = {
		a_call(hour_ms - 1),
		a_call(hour_ms),
		a_call(hour_ms + MS_PER_MINUTE - 1),
		a_call(hour_ms + 6 * MS_PER_MINUTE),
		a_call(hour_ms + 7 * MS_PER_MINUTE),
	};
	struct redirect_log_record second[] = {
		a_call(hour_ms + 7 * MS_PER_MINUTE + 1),
		a_call(hour_ms + 7 * MS_PER_MINUTE + 2),
		a_call(hour_ms + 7 * MS_PER_MINUTE + 3),
		a_call(hour_ms + 7 * MS_PER_MINUTE + 4),
		a_call(hour_ms + MS_PER_HOUR),
	};

	second[1].status = second[2].status = 480;
	second[1].reason = CALL_NO_MOVE;
	second[2].reason = CALL_MOVE_NOT_STARTED;
	first[3].reason = second[3].reason = CALL_SERVER_ASKED;
	first[3].status = second[3].status = 200;
	put_segment(fixture, first, 5, true, paths[0]);
	put_segment(fixture, second, 5, true, paths[1]);
}

static void assert_counts(struct fixture *fixture)
{
	struct redirect_log_stats stats = stats_of(fixture, LOG_GROUP_NONE);

	assert_int_equal(2, calls_of(&stats, 0, 0));
	assert_int_equal(4, calls_of(&stats, 7, 0));
	assert_int_equal(0, calls_of(&stats, 59, 0));
	stats = stats_of(fixture, LOG_GROUP_STATUS);
	assert_int_equal(2, calls_of(&stats, 7, 302));
	assert_int_equal(2, calls_of(&stats, 7, 480));
	assert_int_equal(0, calls_of(&stats, 7, 200));
	stats = stats_of(fixture, LOG_GROUP_REASON);
	assert_int_equal(2, calls_of(&stats, 7, CALL_MOVED));
	assert_int_equal(1, calls_of(&stats, 7, CALL_NO_MOVE));
	assert_int_equal(1, calls_of(&stats, 7, CALL_MOVE_NOT_STARTED));
	assert_int_equal(0, calls_of(&stats, 7, CALL_SERVER_ASKED));
}

static void counts_of_segments_add_up_within_their_window(void **state)
{
	struct fixture *fixture = *state;
	char paths[2][PATH_MAX];

	put_two_segments(fixture, paths);
	log_begin(fixture);

	assert_counts(fixture);
}

/* As version 2 left it. */
static void make_old(const char *path)
{
	struct database *database = NULL;

	assert_int_equal(0,
			 database_open(path, SQLITE_OPEN_READWRITE, &database));
	assert_int_equal(
		0, database_execute(
			   database,
			   "DROP TABLE repeated;"
			   "CREATE TABLE counts AS SELECT minute, status,"
			   " sum(calls) AS calls FROM minute GROUP BY 1, 2;"
			   "DROP TABLE minute;"
			   "ALTER TABLE counts RENAME TO minute;"
			   "PRAGMA user_version = 2"));
	database_close(database);
}

static void a_segment_that_kept_no_reasons_is_read_for_them(void **state)
{
	struct fixture *fixture = *state;
	struct redirect_log_entry entries[10];
	struct redirect_log_query page = { .entries = entries,
					   .filter.limit = 10 };
	char paths[2][PATH_MAX];

	put_two_segments(fixture, paths);
	make_old(paths[1]);
	log_begin(fixture);

	assert_counts(fixture);
	page = ask(fixture, &page);
	assert_int_equal(10, page.count);
	assert_int_equal(0, entries[0].repeats.requests);
	assert_int_equal(0, redirect_log_health(fixture->log).broken);
}

/* --- what comes most often ------------------------------------------------ */

static void what_comes_most_often_is_told_most_first(void **state)
{
	struct fixture *fixture = *state;
	struct redirect_log_top_row rows[2];
	struct redirect_log_top top = { .from_ms = hour_ms,
					.until_ms = hour_ms + MS_PER_HOUR,
					.of = LOG_TOP_SOURCE,
					.limit = 2,
					.rows = rows };
	struct redirect_log_record records[7];
	char path[PATH_MAX];

	for (size_t i = 0; i < 7; i++)
		records[i] = a_call(hour_ms + (int64_t)i);
	records[6].reason = CALL_SERVER_ASKED;
	records[1].source = TEXT("[2001:db8::1]:5060");
	records[2].source = TEXT("[2001:db8::1]:5061");
	records[3].source = TEXT("[2001:db8::1]:5062");
	records[4].source = TEXT("192.0.2.2:9");
	put_segment(fixture, records, 7, true, path);
	log_begin(fixture);

	(void)ask(fixture, &(struct redirect_log_query){ .kind = LOG_QUERY_TOP,
							 .top = &top });
	assert_int_equal(2, top.count);
	assert_int_equal(6, top.calls);
	assert_true(top.is_exact);
	assert_string_equal("2001:db8::1", rows[0].text);
	assert_int_equal(3, rows[0].calls);
	assert_string_equal("192.0.2.1", rows[1].text);
	top.of = LOG_TOP_TARGET;
	(void)ask(fixture, &(struct redirect_log_query){ .kind = LOG_QUERY_TOP,
							 .top = &top });
	assert_int_equal(1, top.count);
	assert_string_equal("sip:alice@hotel.example.net", rows[0].text);
}

static uint64_t weight(const struct log_tally_row *row)
{
	return row->weight;
}

static void what_comes_often_is_found_among_more_texts_than_are_counted(
	void **state)
{
	enum {
		STRANGERS = 3 * LOG_TALLY_ROWS,
		OFTEN = STRANGERS / 10,
	};
	const struct log_tally_row *rows[1];
	struct log_tally *tally = NULL;
	struct log_tally_row *row;
	struct log_tally_place first;
	(void)state;

	assert_int_equal(0, log_tally_new(&tally));
	for (unsigned i = 0; i < STRANGERS; i++) {
		char text[32];

		(void)snprintf(text, sizeof(text), "stranger %u", i);
		assert_int_equal(0, log_tally_add(tally, text_of(text), &row));
		if (i == 0)
			first = log_tally_place(tally, row);
		if (i % 10 == 0)
			assert_int_equal(
				0, log_tally_add(tally, TEXT("often"), &row));
	}

	assert_false(log_tally_is_exact(tally));
	assert_int_equal(1, log_tally_top(tally, weight, rows, 1));
	assert_string_equal("often", rows[0]->text);
	assert_true(rows[0]->weight <= OFTEN + 1);
	assert_true(rows[0]->weight + (STRANGERS + OFTEN) / LOG_TALLY_ROWS +
			    1 >=
		    OFTEN);
	assert_null(log_tally_at(tally, first));
	log_tally_free(tally);
}

/* --- who does not follow -------------------------------------------------- */

static struct redirect_log_unfollowed unfollowed_of(
	struct fixture *fixture, struct redirect_log_unfollowed_row *rows,
	int64_t now_ms)
{
	struct redirect_log_unfollowed unfollowed = {
		.from_ms = hour_ms,
		.until_ms = hour_ms + MS_PER_HOUR,
		.now_ms = now_ms,
		.limit = 3,
		.rows = rows,
	};

	(void)ask(fixture,
		  &(struct redirect_log_query){ .kind = LOG_QUERY_UNFOLLOWED,
						.unfollowed = &unfollowed });
	return unfollowed;
}

static void who_calls_again_within_a_minute_did_not_follow(void **state)
{
	struct fixture *fixture = *state;
	struct redirect_log_unfollowed_row rows[3];
	struct redirect_log_unfollowed found;
	struct redirect_log_record records[6];
	char path[PATH_MAX];

	for (size_t i = 0; i < 6; i++)
		records[i] = a_call(hour_ms + (int64_t)i * 30000);
	/* Others: another address, caller and host; and one too late. */
	records[1].address = TEXT("sip:carol@example.com");
	records[2].from = TEXT("<sip:dave@example.org>;tag=1");
	records[3].source = TEXT("192.0.2.9:5060");
	records[4] = a_call(hour_ms + 60001);
	records[5] = a_call(hour_ms + 60002);
	records[5].source = TEXT("192.0.2.1:7777");
	put_segment(fixture, records, 4, true, path);
	put_segment(fixture, records + 4, 2, true, path);
	log_begin(fixture);

	found = unfollowed_of(fixture, rows, hour_ms + MS_PER_HOUR);
	assert_int_equal(6, found.redirected);
	assert_int_equal(1, found.unfollowed);
	assert_int_equal(1, found.count);
	assert_string_equal("192.0.2.1", rows[0].source);
	assert_string_equal("phone/1.0", rows[0].user_agent);
	assert_int_equal(5, rows[0].redirected);
	assert_int_equal(1, rows[0].called_again);
	assert_int_equal(1, rows[0].example_count);
	assert_true(rows[0].examples[0] == records[4].id);
}

static void a_redirect_without_ack_is_not_followed_once_its_time_is_over(
	void **state)
{
	struct fixture *fixture = *state;
	struct redirect_log_unfollowed_row rows[3];
	struct redirect_log_unfollowed found;
	struct redirect_log_record records[3];
	char path[PATH_MAX];

	for (size_t i = 0; i < 3; i++)
		records[i] = a_call(hour_ms + (int64_t)i * 100000);
	records[1].status = 480;
	put_segment(fixture, records, 3, false, path);
	log_begin(fixture);

	found = unfollowed_of(fixture, rows, hour_ms + 200000 + 31000);
	assert_int_equal(2, found.redirected);
	assert_int_equal(1, found.unfollowed);
	found = unfollowed_of(fixture, rows, hour_ms + 200000 + 32000);
	assert_int_equal(2, found.unfollowed);
	assert_int_equal(2, rows[0].unacknowledged);
	assert_int_equal(0, rows[0].called_again);
}

/* --- who a record came from ----------------------------------------------- */

static void a_caller_is_the_uri_of_the_from_header(void **state)
{
	static const struct {
		struct text from;
		const char *caller;
	} cases[] = {
		{ TEXT("<sip:a@b>;tag=1"), "sip:a@b" },
		{ TEXT("\"<sip:x@y>\" <sip:a@b;t=1>;tag=1"), "sip:a@b;t=1" },
		{ TEXT("\"a\\\"<\" <sip:a@b>"), "sip:a@b" },
		{ TEXT("Alice <sip:a@b>"), "sip:a@b" },
		{ TEXT(" sip:a@b ;tag=1"), "sip:a@b" },
		{ TEXT("\"never closed <sip:a@b>"), "" },
		{ TEXT("\"a\\"), "" },
		{ TEXT("<sip:a@b"), "sip:a@b" },
		{ TEXT(""), "" },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_true(text_equals(log_caller_of(cases[i].from),
					text_of(cases[i].caller)));
	assert_true(text_equals(log_source_host(TEXT("192.0.2.1:5")),
				TEXT("192.0.2.1")));
	assert_true(text_equals(log_source_host(TEXT("[::1]:5")), TEXT("::1")));
	assert_true(text_equals(log_source_host(TEXT("[::1")), TEXT("::1")));
	assert_int_equal(0, log_source_host(TEXT("")).len);
}

/* --- pages, oldest first -------------------------------------------------- */

static void pages_can_be_read_oldest_first(void **state)
{
	struct fixture *fixture = *state;
	struct redirect_log_entry entries[3];
	struct redirect_log_query page = {
		.entries = entries,
		.filter = { .oldest_first = true, .limit = 3 },
	};
	char paths[2][PATH_MAX];
	int64_t last = 0;
	size_t seen = 0;

	put_two_segments(fixture, paths);
	log_begin(fixture);
	for (page.more = true; page.more; seen += page.count) {
		page = ask(fixture, &page);
		for (size_t i = 0; i < page.count; i++) {
			assert_true(entries[i].id > last);
			last = entries[i].id;
		}
		page.filter.after_id = last;
	}

	assert_int_equal(10, seen);
}

/* --- what was repeated ---------------------------------------------------- */

static void what_was_repeated_is_noted_at_its_call(void **state)
{
	struct fixture *fixture = *state;
	int64_t now_ms = clock_wall_ms();
	struct redirect_log_record call = a_call(now_ms);
	struct redirect_log_entry entry;
	struct redirect_log_query one = { .entries = &entry,
					  .get_id = call.id,
					  .filter.limit = 1 };
	const struct redirect_log_repeats few = { 1, 0 }, more = { 3, 7 };

	log_begin(fixture);
	assert_true(redirect_log_ring_put(fixture->ring, &call));
	assert_true(redirect_log_ring_put_repeats(fixture->ring, call.id, few));
	assert_true(redirect_log_ring_put_repeats(fixture->ring, 5, few));
	assert_int_equal(1, ask(fixture, &one).count);
	assert_int_equal(1, entry.repeats.requests);

	assert_true(
		redirect_log_ring_put_repeats(fixture->ring, call.id, more));
	assert_true(redirect_log_ring_put_ack(fixture->ring, call.id));
	assert_int_equal(1, ask(fixture, &one).count);
	assert_int_equal(3, entry.repeats.requests);
	assert_int_equal(7, entry.repeats.answers);
	assert_true(entry.ack_seen);
}

/* --- onlookers ------------------------------------------------------------ */

static void count_wake(void *arg)
{
	atomic_fetch_add((atomic_int *)arg, 1);
}

static struct redirect_log_tail *look_on(
	struct fixture *fixture, const struct redirect_log_filter *filter,
	atomic_int *wakes)
{
	const struct redirect_log_tail_config config = { filter, count_wake,
							 wakes };
	struct redirect_log_tail *tail = NULL;

	assert_int_equal(0,
			 redirect_log_tail_open(fixture->log, &config, &tail));
	return tail;
}

/* Written, and told to who looks on. */
static void flush(struct fixture *fixture)
{
	struct redirect_log_entry entry;

	(void)ask(fixture, &(struct redirect_log_query){ .entries = &entry,
							 .filter.limit = 1 });
}

static void an_onlooker_sees_what_its_filter_lets_through(void **state)
{
	struct fixture *fixture = *state;
	const struct redirect_log_filter any = { 0 };
	const struct redirect_log_filter some = {
		.address = "sip:alice@example.com",
		.statuses = { 302, 301 },
		.status_count = 2,
		.terms = { { LOG_COLUMN_SOURCE, LOG_MATCH_EXACT,
			     TEXT("192.0.2.0/24") } },
		.term_count = 1,
	};
	int64_t now_ms = clock_wall_ms();
	struct redirect_log_record calls[] = { a_call(now_ms),
					       a_call(now_ms + 1),
					       a_call(now_ms + 2),
					       a_call(now_ms + 3) };
	struct redirect_log_tail *all_tail, *some_tail;
	struct redirect_log_entry entry;
	atomic_int wakes = 0;

	log_begin(fixture);
	all_tail = look_on(fixture, &any, &wakes);
	some_tail = look_on(fixture, &some, &wakes);
	calls[1].status = 404;
	calls[2].source = TEXT("198.51.100.1:5060");
	calls[3].address = TEXT("sip:bob@example.com");
	for (size_t i = 0; i < 4; i++)
		assert_true(redirect_log_ring_put(fixture->ring, &calls[i]));
	assert_true(redirect_log_ring_put_ack(fixture->ring, calls[0].id));
	flush(fixture);

	for (size_t i = 0; i < 4; i++) {
		assert_true(redirect_log_tail_next(all_tail, &entry));
		assert_true(entry.id == calls[i].id);
		assert_int_equal(i == 0, entry.ack_seen);
	}
	assert_string_equal("sip:bob@example.com", entry.address);
	assert_false(redirect_log_tail_next(all_tail, &entry));
	assert_true(redirect_log_tail_next(some_tail, &entry));
	assert_true(entry.id == calls[0].id);
	assert_false(redirect_log_tail_next(some_tail, &entry));
	assert_true(atomic_load(&wakes) >= 2);
	redirect_log_tail_close(some_tail);
	redirect_log_tail_close(all_tail);
}

static void a_slow_onlooker_loses_records_and_knows_how_many(void **state)
{
	enum {
		CALLS = 2000,
	};
	static char filler[LOG_TEXT_MAX];
	struct fixture *fixture = *state;
	const struct redirect_log_filter any = { 0 };
	int64_t now_ms = clock_wall_ms();
	struct redirect_log_tail *tail;
	struct redirect_log_entry entry;
	atomic_int wakes = 0;
	uint64_t taken = 0;

	memset(filler, 'x', sizeof(filler));
	log_begin(fixture);
	tail = look_on(fixture, &any, &wakes);
	for (int64_t i = 0; i < CALLS; i++) {
		struct redirect_log_record call = a_call(now_ms + i);

		call.call_id = (struct text){ filler, sizeof(filler) };
		assert_true(redirect_log_ring_put(fixture->ring, &call));
		assert_true(redirect_log_ring_put_ack(fixture->ring, call.id));
		if (i % 500 == 499)
			flush(fixture);
	}
	while (redirect_log_tail_next(tail, &entry))
		taken++;

	assert_true(taken > 0);
	assert_true(taken < CALLS);
	assert_int_equal(CALLS, taken + redirect_log_tail_dropped(tail));
	redirect_log_tail_close(tail);
}

static void there_is_room_for_so_many_onlookers(void **state)
{
	struct fixture *fixture = *state;
	const struct redirect_log_filter any = { 0 };
	const struct redirect_log_filter wrong = {
		.terms = { { LOG_COLUMN_METHOD, LOG_MATCH_EXACT, TEXT("X") } },
		.term_count = 1,
	};
	struct redirect_log_tail *tails[LOG_TAILS_MAX], *more = NULL;
	atomic_int wakes = 0;
	struct redirect_log_tail_config config = { &any, count_wake, &wakes };

	log_begin(fixture);
	for (size_t i = 0; i < LOG_TAILS_MAX; i++)
		tails[i] = look_on(fixture, &any, &wakes);
	assert_int_equal(ENOSPC,
			 redirect_log_tail_open(fixture->log, &config, &more));
	redirect_log_tail_close(tails[7]);
	tails[7] = look_on(fixture, &any, &wakes);
	redirect_log_tail_close(tails[0]);
	config.filter = &wrong;
	assert_int_equal(EINVAL,
			 redirect_log_tail_open(fixture->log, &config, &more));
	/* One may outlive the log. */
	log_end(fixture);
	for (size_t i = 1; i < LOG_TAILS_MAX; i++)
		redirect_log_tail_close(tails[i]);
}

#define A_TEST(function)                                          \
	cmocka_unit_test_setup_teardown(function, fixture_set_up, \
					fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		A_TEST(counts_of_segments_add_up_within_their_window),
		A_TEST(a_segment_that_kept_no_reasons_is_read_for_them),
		A_TEST(what_comes_most_often_is_told_most_first),
		cmocka_unit_test(
			what_comes_often_is_found_among_more_texts_than_are_counted),
		A_TEST(who_calls_again_within_a_minute_did_not_follow),
		A_TEST(a_redirect_without_ack_is_not_followed_once_its_time_is_over),
		cmocka_unit_test(a_caller_is_the_uri_of_the_from_header),
		A_TEST(pages_can_be_read_oldest_first),
		A_TEST(what_was_repeated_is_noted_at_its_call),
		A_TEST(an_onlooker_sees_what_its_filter_lets_through),
		A_TEST(a_slow_onlooker_loses_records_and_knows_how_many),
		A_TEST(there_is_room_for_so_many_onlookers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
