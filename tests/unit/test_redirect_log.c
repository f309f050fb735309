#include "base/clock.h"
#include "base/utf8.h"
#include "db/redirect_log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

enum {
	ENTRIES_MAX = 1000,
	SMALL_SEGMENT = 100,
	/* For what a thread of the lowest priority does in a moment. */
	PATIENCE_US = 120000000,
	MS_PER_DAY = 86400000,
};

/* A log in a folder of its own. */
struct fixture {
	char data_dir[64];
	struct redirect_log_config config;
	struct redirect_log *log;
	struct redirect_log_ring *ring;
	int64_t base_ms; /* what the ids of a_call() start from */
	struct redirect_log_entry *entries;
};

struct waiting_query {
	struct redirect_log_query query;
	pthread_mutex_t done_lock;
	pthread_cond_t done;
	bool is_done;
	int err;
};

static void log_begin(struct fixture *fixture)
{
	assert_int_equal(0, redirect_log_open(&fixture->config, &fixture->log));
	assert_int_equal(0,
			 redirect_log_add_ring(fixture->log, &fixture->ring));
	assert_int_equal(0, redirect_log_start(fixture->log));
}

static void log_end(struct fixture *fixture)
{
	redirect_log_stop(fixture->log);
	redirect_log_close(fixture->log);
	fixture->log = NULL;
}

static int fixture_set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture)
		return -1;
	fixture->entries = calloc(ENTRIES_MAX, sizeof(*fixture->entries));
	(void)snprintf(fixture->data_dir, sizeof(fixture->data_dir),
		       "/tmp/sipmoved-log-XXXXXX");
	if (!fixture->entries || !mkdtemp(fixture->data_dir))
		return -1;
	fixture->base_ms = clock_wall_ms();
	fixture->config = (struct redirect_log_config){
		.data_dir = fixture->data_dir,
		.ring_size_bytes = 1 << 20,
		.min_free_bytes = 1,
	};
	*state = fixture;
	return 0;
}

static int fixture_tear_down(void **state)
{
	struct fixture *fixture = *state;
	char path[PATH_MAX];
	struct dirent *file;
	DIR *directory;

	if (fixture->log)
		log_end(fixture);
	(void)snprintf(path, sizeof(path), "%s/logs", fixture->data_dir);
	directory = opendir(path);
	while (directory && (file = readdir(directory)) != NULL)
		(void)unlinkat(dirfd(directory), file->d_name, 0);
	if (directory)
		closedir(directory);
	(void)rmdir(path);
	(void)rmdir(fixture->data_dir);
	free(fixture->entries);
	free(fixture);
	return 0;
}

static int64_t id_of(const struct fixture *fixture, int64_t number)
{
	return (fixture->base_ms + number) << 20;
}

static struct redirect_log_record a_call(const struct fixture *fixture,
					 int64_t number)
{
	return (struct redirect_log_record){
		.id = id_of(fixture, number),
		.received_at_us = (fixture->base_ms + number) * 1000,
		.status = 302,
		.transport = LOG_UDP,
		.handling_us = 17,
		.method = TEXT("INVITE"),
		.request_uri = TEXT("sip:alice@example.com"),
		.address = TEXT("sip:alice@example.com"),
		.from = TEXT("<sip:bob@example.org>;tag=1"),
		.call_id = TEXT("a@192.0.2.1"),
		.source = TEXT("192.0.2.1:5060"),
		.user_agent = TEXT("phone/1.0"),
		.targets = TEXT("sip:alice@hotel.example.net"),
		.move_id = TEXT("mov_06DPY4T2V8Q5W1XG7NYKZ3B0RA"),
		.move_revision = 3,
		.revision = 4,
	};
}

static void put(struct fixture *fixture,
		const struct redirect_log_record *record)
{
	assert_true(redirect_log_ring_put(fixture->ring, record));
}

static void put_calls(struct fixture *fixture, int64_t first, int64_t count)
{
	for (int64_t i = first; i < first + count; i++) {
		struct redirect_log_record call = a_call(fixture, i);

		put(fixture, &call);
	}
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

static struct waiting_query waiting_query_of(struct fixture *fixture,
					     struct redirect_log_filter filter)
{
	return (struct waiting_query){
		.query = { .filter = filter,
			   .entries = fixture->entries,
			   .done = query_done },
		.done_lock = PTHREAD_MUTEX_INITIALIZER,
		.done = PTHREAD_COND_INITIALIZER,
	};
}

static void wait_for(struct waiting_query *waiting)
{
	pthread_mutex_lock(&waiting->done_lock);
	while (!waiting->is_done)
		pthread_cond_wait(&waiting->done, &waiting->done_lock);
	pthread_mutex_unlock(&waiting->done_lock);
}

/* How many entries the fixture now has. */
static size_t ask(struct fixture *fixture, struct redirect_log_filter filter,
		  bool *ret_more)
{
	struct waiting_query waiting;

	if (filter.limit == 0)
		filter.limit = ENTRIES_MAX;
	waiting = waiting_query_of(fixture, filter);
	redirect_log_submit(fixture->log, &waiting.query);
	wait_for(&waiting);
	assert_int_equal(0, waiting.err);
	if (ret_more)
		*ret_more = waiting.query.more;
	return waiting.query.count;
}

static size_t ask_all(struct fixture *fixture)
{
	return ask(fixture, (struct redirect_log_filter){ 0 }, NULL);
}

static size_t ask_id(struct fixture *fixture, int64_t id)
{
	struct waiting_query waiting = waiting_query_of(
		fixture, (struct redirect_log_filter){ .limit = 1 });

	waiting.query.get_id = id;
	redirect_log_submit(fixture->log, &waiting.query);
	wait_for(&waiting);
	assert_int_equal(0, waiting.err);
	return waiting.query.count;
}

static void segment_path(const struct fixture *fixture, int days_ago,
			 unsigned number, char path[PATH_MAX])
{
	time_t time = (time_t)(clock_wall_ms() / 1000) - days_ago * 86400L;
	struct tm date;

	gmtime_r(&time, &date);
	(void)snprintf(path, PATH_MAX, "%s/logs/%04d-%02d-%02d.%03u.db",
		       fixture->data_dir, date.tm_year + 1900, date.tm_mon + 1,
		       date.tm_mday, number);
}

static bool is_read_only(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && !(status.st_mode & S_IWUSR);
}

static bool is_there(const char *path)
{
	return access(path, F_OK) == 0;
}

/* A query that opens no segment, but waits for the writer. */
static void wait_for_writer(struct fixture *fixture)
{
	assert_int_equal(0, ask_id(fixture, INT64_MAX - 1));
}

static void wait_until_finished(struct fixture *fixture, const char *path)
{
	int64_t patience_until_us = clock_monotonic_us() + PATIENCE_US;

	while (!is_read_only(path) && clock_monotonic_us() < patience_until_us)
		wait_for_writer(fixture);
	assert_true(is_read_only(path));
}

/* One number out of a segment, by a connection that is not the log's. */
static int64_t number_from(const char *path, const char *sql)
{
	sqlite3 *handle = NULL;
	sqlite3_stmt *statement = NULL;
	int64_t number;

	assert_int_equal(
		SQLITE_OK,
		sqlite3_open_v2(path, &handle, SQLITE_OPEN_READONLY, NULL));
	assert_int_equal(SQLITE_OK,
			 sqlite3_prepare_v2(handle, sql, -1, &statement, NULL));
	assert_int_equal(SQLITE_ROW, sqlite3_step(statement));
	number = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	sqlite3_close(handle);
	return number;
}

static void a_query_shows_the_call_just_made_with_all_it_said(void **state)
{
	struct fixture *fixture = *state;
	const struct redirect_log_entry *entry = fixture->entries;
	struct redirect_log_record call = a_call(fixture, 1);

	call.status = 420;
	call.transport = LOG_TLS;
	call.request_uri = TEXT("sip:alice@example.com;x=y");
	call.profile = TEXT("asterisk 192.0.2.0/24");
	call.tags_asked = TEXT("require:foo");
	call.tags_refused = TEXT("foo=-");
	log_begin(fixture);
	put(fixture, &call);

	assert_int_equal(1, ask_all(fixture));
	assert_int_equal(call.id, entry->id);
	assert_int_equal(call.received_at_us, entry->received_at_us);
	assert_int_equal(420, entry->status);
	assert_int_equal(LOG_TLS, entry->transport);
	assert_int_equal(17, entry->handling_us);
	assert_false(entry->ack_seen);
	assert_string_equal("INVITE", entry->method);
	assert_string_equal("sip:alice@example.com;x=y", entry->request_uri);
	assert_string_equal("sip:alice@example.com", entry->address);
	assert_string_equal("<sip:bob@example.org>;tag=1", entry->from);
	assert_string_equal("a@192.0.2.1", entry->call_id);
	assert_string_equal("192.0.2.1:5060", entry->source);
	assert_string_equal("phone/1.0", entry->user_agent);
	assert_string_equal("sip:alice@hotel.example.net", entry->targets);
	assert_string_equal("mov_06DPY4T2V8Q5W1XG7NYKZ3B0RA", entry->move_id);
	assert_int_equal(3, entry->move_revision);
	assert_string_equal("asterisk 192.0.2.0/24", entry->profile);
	assert_int_equal(4, entry->revision);
	assert_string_equal("require:foo", entry->tags_asked);
	assert_string_equal("foo=-", entry->tags_refused);
}

static void a_request_uri_that_is_the_address_is_shown(void **state)
{
	struct fixture *fixture = *state;

	log_begin(fixture);
	put_calls(fixture, 0, 1);

	assert_int_equal(1, ask_all(fixture));
	assert_string_equal("sip:alice@example.com",
			    fixture->entries[0].request_uri);
}

static void a_record_without_texts_is_shown_with_none(void **state)
{
	struct fixture *fixture = *state;
	struct redirect_log_record call = { .id = id_of(fixture, 0),
					    .status = 400 };

	log_begin(fixture);
	put(fixture, &call);

	assert_int_equal(1, ask_all(fixture));
	assert_string_equal("", fixture->entries[0].request_uri);
	assert_string_equal("", fixture->entries[0].address);
	assert_string_equal("", fixture->entries[0].targets);
}

static void a_record_can_be_asked_for_by_its_id(void **state)
{
	struct fixture *fixture = *state;

	fixture->config.segment_records = SMALL_SEGMENT;
	log_begin(fixture);
	put_calls(fixture, 0, 250);

	assert_int_equal(1, ask_id(fixture, id_of(fixture, 30)));
	assert_int_equal(id_of(fixture, 30), fixture->entries[0].id);
	assert_int_equal(0, ask_id(fixture, id_of(fixture, 30) + 1));
	assert_int_equal(0, ask_id(fixture, INT64_MAX));
	assert_int_equal(0, ask_id(fixture, -1));
}

/* 60 calls: statuses 302, 404, 480; addresses alice, bob; Call-IDs 0..9. */
static void put_a_mixture(struct fixture *fixture)
{
	static const uint16_t statuses[] = { 302, 404, 480 };

	for (int64_t i = 0; i < 60; i++) {
		struct redirect_log_record call = a_call(fixture, i);
		char call_id[16];

		(void)snprintf(call_id, sizeof(call_id), "call-%d",
			       (int)(i % 10));
		call.call_id = text_of(call_id);
		call.status = statuses[i % 3];
		if (i % 2)
			call.address = TEXT("sip:bob@example.com");
		put(fixture, &call);
	}
}

static void filters_find_what_they_say(struct fixture *fixture)
{
	const int64_t base = fixture->base_ms;
	const struct {
		struct redirect_log_filter filter;
		size_t expected;
	} cases[] = {
		{ { .address = "sip:alice@example.com" }, 30 },
		{ { .address = "sip:carol@example.com" }, 0 },
		{ { .address = "sip:ALICE@example.com" }, 0 },
		{ { .call_id = "call-7" }, 6 },
		{ { .call_id = "call-" }, 0 },
		{ { .statuses = { 480 }, .status_count = 1 }, 20 },
		{ { .statuses = { 302 }, .status_count = 1 }, 20 },
		{ { .statuses = { 302, 480 }, .status_count = 2 }, 40 },
		{ { .statuses = { 480, 420 }, .status_count = 2 }, 20 },
		{ { .statuses = { 500 }, .status_count = 1 }, 0 },
		{ { .from_ms = base + 50 }, 10 },
		{ { .until_ms = base + 50 }, 50 },
		{ { .from_ms = base + 10, .until_ms = base + 20 }, 10 },
		{ { .from_ms = base + 20, .until_ms = base + 10 }, 0 },
		{ { .from_ms = INT64_MAX }, 0 },
		{ { .until_ms = INT64_MAX }, 60 },
		{ { .from_ms = INT64_MIN }, 60 },
		{ { .until_ms = INT64_MIN }, 0 },
		{ { .before_id = base << 20 }, 0 },
		{ { .before_id = (base + 1) << 20 }, 1 },
		{ { .address = "sip:bob@example.com",
		    .call_id = "call-7",
		    .statuses = { 404 },
		    .status_count = 1,
		    .from_ms = base },
		  2 },
		{ { .address = "sip:alice@example.com", .call_id = "call-7" },
		  0 },
		{ { .terms = { { LOG_COLUMN_CALL_ID, LOG_MATCH_START,
				 TEXT("CALL-7") } },
		    .term_count = 1 },
		  6 },
		{ { .statuses = { 404, 302 },
		    .status_count = 2,
		    .terms = { { LOG_COLUMN_CALL_ID, LOG_MATCH_PART,
				 TEXT("-7") },
			       { LOG_COLUMN_CALL_ID, LOG_MATCH_EXACT,
				 TEXT("call-8") },
			       { LOG_COLUMN_SOURCE, LOG_MATCH_EXACT,
				 TEXT("192.0.2.0/24") } },
		    .term_count = 3 },
		  8 },
		{ { .terms = { { LOG_COLUMN_SOURCE, LOG_MATCH_EXACT,
				 TEXT("192.0.2.2") } },
		    .term_count = 1 },
		  0 },
		/* A match that the column does not have. */
		{ { .terms = { { LOG_COLUMN_MOVE_ID, LOG_MATCH_PART,
				 TEXT("mov") } },
		    .term_count = 1 },
		  0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		size_t count = ask(fixture, cases[i].filter, NULL);

		if (count != cases[i].expected)
			print_error("case %zu\n", i);
		assert_int_equal(cases[i].expected, count);
		for (size_t e = 1; e < count; e++)
			assert_true(fixture->entries[e].id <
				    fixture->entries[e - 1].id);
	}
}

static void every_filter_finds_what_it_says(void **state)
{
	struct fixture *fixture = *state;

	log_begin(fixture);
	put_a_mixture(fixture);

	filters_find_what_they_say(fixture);
}

static void indexes_change_no_answer(void **state)
{
	struct fixture *fixture = *state;
	char path[PATH_MAX];

	fixture->config.segment_records = 20;
	log_begin(fixture);
	put_a_mixture(fixture);
	segment_path(fixture, 0, 1, path);
	wait_until_finished(fixture, path);

	filters_find_what_they_say(fixture);
}

static void pages_follow_each_other_across_segments(void **state)
{
	struct fixture *fixture = *state;
	struct redirect_log_filter filter = { .limit = 30 };
	int64_t expected = 349;
	bool more = true;

	fixture->config.segment_records = SMALL_SEGMENT;
	log_begin(fixture);
	put_calls(fixture, 0, 350);

	while (more) {
		size_t count = ask(fixture, filter, &more);

		assert_int_equal(more, expected >= 30);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(id_of(fixture, expected--),
					 fixture->entries[i].id);
		assert_true(count > 0);
		filter.before_id = fixture->entries[count - 1].id;
	}
	assert_int_equal(-1, expected);
}

static void a_last_page_that_is_just_full_has_no_more_behind_it(void **state)
{
	struct fixture *fixture = *state;
	bool more = true;

	fixture->config.segment_records = SMALL_SEGMENT;
	log_begin(fixture);
	put_calls(fixture, 0, 200);

	assert_int_equal(200, ask(fixture,
				  (struct redirect_log_filter){ .limit = 200 },
				  &more));
	assert_false(more);
	assert_int_equal(199, ask(fixture,
				  (struct redirect_log_filter){ .limit = 199 },
				  &more));
	assert_true(more);
}

static void a_clock_that_was_set_back_leaves_pages_in_order(void **state)
{
	struct fixture *fixture = *state;
	struct redirect_log_filter filter = { .limit = 7 };
	int64_t expected = 299;
	bool more = true;

	fixture->config.segment_records = SMALL_SEGMENT;
	log_begin(fixture);
	/* Three segments: 100..199, then 200..299, then 0..99 and so on. */
	for (int64_t i = 0; i < 300; i += 3)
		put_calls(fixture, i, 1);
	for (int64_t i = 1; i < 300; i += 3)
		put_calls(fixture, i, 1);
	for (int64_t i = 2; i < 300; i += 3)
		put_calls(fixture, i, 1);

	while (more) {
		size_t count = ask(fixture, filter, &more);

		assert_true(count > 0);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(id_of(fixture, expected--),
					 fixture->entries[i].id);
		filter.before_id = fixture->entries[count - 1].id;
	}
	assert_int_equal(-1, expected);
}

static void an_ack_that_comes_with_its_call_is_seen(void **state)
{
	struct fixture *fixture = *state;

	log_begin(fixture);
	put_calls(fixture, 0, 2);
	assert_true(
		redirect_log_ring_put_ack(fixture->ring, id_of(fixture, 1)));

	assert_int_equal(2, ask_all(fixture));
	assert_true(fixture->entries[0].ack_seen);
	assert_false(fixture->entries[1].ack_seen);
	assert_int_equal(1, redirect_log_health(fixture->log).acks);
}

static void an_ack_that_comes_later_is_seen(void **state)
{
	struct fixture *fixture = *state;

	log_begin(fixture);
	put_calls(fixture, 0, 2);
	assert_int_equal(2, ask_all(fixture));
	assert_false(fixture->entries[1].ack_seen);
	assert_true(
		redirect_log_ring_put_ack(fixture->ring, id_of(fixture, 0)));

	assert_int_equal(2, ask_all(fixture));
	assert_false(fixture->entries[0].ack_seen);
	assert_true(fixture->entries[1].ack_seen);
}

static void an_ack_finds_its_call_in_the_segment_before(void **state)
{
	struct fixture *fixture = *state;

	fixture->config.segment_records = SMALL_SEGMENT;
	log_begin(fixture);
	put_calls(fixture, 0, SMALL_SEGMENT + 1);
	assert_int_equal(SMALL_SEGMENT + 1, ask_all(fixture));
	assert_true(
		redirect_log_ring_put_ack(fixture->ring, id_of(fixture, 5)));

	assert_int_equal(1, ask_id(fixture, id_of(fixture, 5)));
	assert_true(fixture->entries[0].ack_seen);
}

static void an_ack_of_an_unknown_call_does_no_harm(void **state)
{
	struct fixture *fixture = *state;

	log_begin(fixture);
	assert_true(redirect_log_ring_put_ack(fixture->ring, 0));
	assert_true(redirect_log_ring_put_ack(fixture->ring, INT64_MAX));
	put_calls(fixture, 0, 1);

	assert_int_equal(1, ask_all(fixture));
	assert_int_equal(0, redirect_log_health(fixture->log).acks);
	assert_true(redirect_log_health(fixture->log).is_up);
}

static void a_full_segment_is_indexed_and_made_read_only(void **state)
{
	struct fixture *fixture = *state;
	char path[PATH_MAX], wal[PATH_MAX + 8];

	fixture->config.segment_records = SMALL_SEGMENT;
	log_begin(fixture);
	put_calls(fixture, 0, 350);
	segment_path(fixture, 0, 1, path);
	wait_until_finished(fixture, path);

	assert_int_equal(3, number_from(path, "SELECT count(*) FROM "
					      "sqlite_master WHERE type = "
					      "'index' AND sql NOTNULL"));
	assert_int_equal(SMALL_SEGMENT,
			 number_from(path, "SELECT count(*) FROM redirect"));
	assert_int_equal(SMALL_SEGMENT,
			 number_from(path, "SELECT sum(calls) FROM minute"));
	(void)snprintf(wal, sizeof(wal), "%s-wal", path);
	assert_false(is_there(wal));
	assert_int_equal(350, ask_all(fixture));
}

static void the_open_segment_has_no_index(void **state)
{
	struct fixture *fixture = *state;
	char path[PATH_MAX];

	log_begin(fixture);
	put_calls(fixture, 0, 350);
	assert_int_equal(350, ask_all(fixture));
	segment_path(fixture, 0, 1, path);

	assert_int_equal(0, number_from(path, "SELECT count(*) FROM "
					      "sqlite_master WHERE type = "
					      "'index' AND sql NOTNULL"));
	assert_false(is_read_only(path));
}

static void segments_of_earlier_days_are_finished_at_the_start(void **state)
{
	struct fixture *fixture = *state;
	char today[PATH_MAX], yesterday[PATH_MAX];

	log_begin(fixture);
	put_calls(fixture, 0, 10);
	log_end(fixture);
	segment_path(fixture, 0, 1, today);
	segment_path(fixture, 1, 1, yesterday);
	assert_int_equal(0, rename(today, yesterday));
	log_begin(fixture);
	put_calls(fixture, 10, 10);
	wait_until_finished(fixture, yesterday);

	assert_true(is_there(today));
	assert_false(is_read_only(today));
	assert_int_equal(20, ask_all(fixture));
}

static void a_restart_goes_on_in_the_same_segment(void **state)
{
	struct fixture *fixture = *state;
	char path[PATH_MAX];

	for (int64_t run = 0; run < 3; run++) {
		log_begin(fixture);
		put_calls(fixture, run * 10, 10);
		assert_int_equal((run + 1) * 10, ask_all(fixture));
		log_end(fixture);
	}
	segment_path(fixture, 0, 2, path);
	assert_false(is_there(path));
	segment_path(fixture, 0, 1, path);
	assert_int_equal(30, number_from(path, "SELECT sum(calls) FROM "
					       "minute"));
}

/* As one was written before records named the peer profile. */
static void make_it_a_segment_of_version_2(const char *path)
{
	sqlite3 *handle = NULL;

	assert_int_equal(SQLITE_OK, sqlite3_open(path, &handle));
	assert_int_equal(
		SQLITE_OK,
		sqlite3_exec(handle,
			     "ALTER TABLE redirect DROP COLUMN profile;"
			     "PRAGMA user_version = 2",
			     NULL, NULL, NULL));
	assert_int_equal(SQLITE_OK, sqlite3_close(handle));
}

static void an_older_segment_is_read_and_a_new_one_begun(void **state)
{
	struct fixture *fixture = *state;
	struct redirect_log_record call = a_call(fixture, 10);
	char path[PATH_MAX];

	log_begin(fixture);
	put_calls(fixture, 0, 10);
	log_end(fixture);
	segment_path(fixture, 0, 1, path);
	make_it_a_segment_of_version_2(path);
	log_begin(fixture);
	call.profile = TEXT("PBX");
	put(fixture, &call);

	assert_int_equal(11, ask_all(fixture));
	assert_string_equal("PBX", fixture->entries[0].profile);
	for (size_t i = 1; i < 11; i++) {
		assert_string_equal("", fixture->entries[i].profile);
		assert_string_equal("phone/1.0",
				    fixture->entries[i].user_agent);
	}
	assert_int_equal(0, redirect_log_health(fixture->log).broken);
	wait_until_finished(fixture, path);
	assert_int_equal(11, ask_all(fixture));
}

static void a_restart_does_not_write_into_a_finished_segment(void **state)
{
	struct fixture *fixture = *state;
	char path[PATH_MAX];

	log_begin(fixture);
	put_calls(fixture, 0, 10);
	log_end(fixture);
	segment_path(fixture, 0, 1, path);
	assert_int_equal(0, chmod(path, S_IRUSR));
	log_begin(fixture);
	put_calls(fixture, 10, 10);

	assert_int_equal(20, ask_all(fixture));
	segment_path(fixture, 0, 2, path);
	assert_int_equal(10,
			 number_from(path, "SELECT count(*) FROM redirect"));
}

static void what_is_in_the_rings_is_written_at_the_stop(void **state)
{
	struct fixture *fixture = *state;

	log_begin(fixture);
	put_calls(fixture, 0, 50);
	log_end(fixture);
	log_begin(fixture);

	assert_int_equal(50, ask_all(fixture));
}

static void make_file(const struct fixture *fixture, const char *name,
		      const char *content)
{
	char path[PATH_MAX];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/logs/%s", fixture->data_dir,
		       name);
	file = fopen(path, "w");
	assert_non_null(file);
	(void)fputs(content, file);
	assert_int_equal(0, fclose(file));
}

static bool has_file(const struct fixture *fixture, const char *name)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/logs/%s", fixture->data_dir,
		       name);
	return is_there(path);
}

static void retention_removes_old_segments_and_nothing_else(void **state)
{
	struct fixture *fixture = *state;
	char kept[PATH_MAX], removed[PATH_MAX], path[PATH_MAX];

	fixture->config.retention_days = 7;
	log_begin(fixture);
	put_calls(fixture, 0, 5);
	log_end(fixture);
	segment_path(fixture, 0, 1, path);
	segment_path(fixture, 7, 1, kept);
	segment_path(fixture, 8, 1, removed);
	assert_int_equal(0, rename(path, kept));
	log_begin(fixture);
	put_calls(fixture, 5, 5);
	log_end(fixture);
	assert_int_equal(0, rename(path, removed));
	make_file(fixture, "2020-01-01.001.db", "");
	make_file(fixture, "2020-01-01.001.db-wal", "");
	make_file(fixture, "2020-01-01.001.db.bak", "");
	make_file(fixture, "2020-02-31.001.db", "");
	make_file(fixture, "2020-01-01.01.db", "");
	make_file(fixture, "notes.txt", "");
	log_begin(fixture);

	assert_true(is_there(kept));
	assert_false(is_there(removed));
	assert_false(has_file(fixture, "2020-01-01.001.db"));
	assert_false(has_file(fixture, "2020-01-01.001.db-wal"));
	assert_true(has_file(fixture, "2020-01-01.001.db.bak"));
	assert_true(has_file(fixture, "2020-02-31.001.db"));
	assert_true(has_file(fixture, "2020-01-01.01.db"));
	assert_true(has_file(fixture, "notes.txt"));
	assert_int_equal(5, ask_all(fixture));
}

static void any_bytes_are_stored_as_text_that_can_be_read(void **state)
{
	static const struct {
		struct text sent;
		const char *shown;
	} cases[] = {
		{ TEXT("plain"), "plain" },
		{ TEXT("\xc3\xa9t\xc3\xa9"), "\xc3\xa9t\xc3\xa9" },
		{ TEXT("bad \xff byte"), "bad \xef\xbf\xbd" },
		{ TEXT("nul \0 byte"), "nul \xef\xbf\xbd byte" },
		{ TEXT("1234567\0"), "1234567" },
		{ TEXT("12345678\x80 and more"),
		  "12345678\xef\xbf\xbd and mo" },
		{ TEXT("a\r\nb\t\x7f"), "a\r\nb\t\x7f" },
		{ TEXT("cut \xe2\x82"), "cut " },
	};
	struct fixture *fixture = *state;
	size_t count = sizeof(cases) / sizeof(*cases);

	log_begin(fixture);
	for (size_t i = 0; i < count; i++) {
		struct redirect_log_record call = a_call(fixture, (int64_t)i);

		call.from = cases[i].sent;
		call.call_id = cases[i].sent;
		put(fixture, &call);
	}

	assert_int_equal(count, ask_all(fixture));
	for (size_t i = 0; i < count; i++) {
		const char *from = fixture->entries[count - 1 - i].from;

		assert_true(utf8_is_valid(text_of(from)));
		assert_memory_equal(cases[i].shown, from,
				    strlen(cases[i].shown) > 8
					    ? 8
					    : strlen(cases[i].shown));
	}
}

static void every_field_survives_random_bytes(void **state)
{
	struct fixture *fixture = *state;
	char noise[3000];
	uint32_t seed = 1;

	log_begin(fixture);
	for (int64_t i = 0; i < 60; i++) {
		struct redirect_log_record call = a_call(fixture, i);
		struct text *const texts[] = {
			&call.method,	  &call.request_uri,  &call.address,
			&call.from,	  &call.call_id,      &call.source,
			&call.user_agent, &call.targets,      &call.move_id,
			&call.tags_asked, &call.tags_refused, &call.profile,
		};

		for (size_t b = 0; b < sizeof(noise); b++) {
			seed = seed * 1664525u + 1013904223u;
			noise[b] = (char)(seed >> 24);
		}
		for (size_t t = 0; t < sizeof(texts) / sizeof(*texts); t++)
			*texts[t] = (struct text){ noise + t * 7,
						   sizeof(noise) - t * 97 };
		put(fixture, &call);
	}

	assert_int_equal(60, ask_all(fixture));
	for (size_t i = 0; i < 60; i++) {
		const struct redirect_log_entry *entry = &fixture->entries[i];

		assert_true(utf8_is_valid(text_of(entry->targets)));
		assert_true(utf8_is_valid(text_of(entry->method)));
		assert_true(utf8_is_valid(text_of(entry->tags_refused)));
		assert_true(strlen(entry->address) > 0);
	}
	/* What a record shows finds it again. */
	{
		struct redirect_log_filter filter = { 0 };

		(void)snprintf(filter.call_id, sizeof(filter.call_id), "%s",
			       fixture->entries[30].call_id);
		assert_int_equal(1, ask(fixture, filter, NULL));
		assert_int_equal(id_of(fixture, 29), fixture->entries[0].id);
	}
}

static void an_id_that_is_there_already_is_dropped_and_counted(void **state)
{
	struct fixture *fixture = *state;

	log_begin(fixture);
	put_calls(fixture, 0, 3);
	put_calls(fixture, 1, 3);

	assert_int_equal(4, ask_all(fixture));
	assert_int_equal(4, redirect_log_health(fixture->log).written);
	assert_int_equal(2, redirect_log_health(fixture->log).dropped);
	assert_true(redirect_log_health(fixture->log).is_up);
}

static void below_the_low_water_mark_records_are_dropped(void **state)
{
	struct fixture *fixture = *state;

	fixture->config.min_free_bytes = UINT64_MAX;
	log_begin(fixture);
	put_calls(fixture, 0, 10);

	assert_int_equal(0, ask_all(fixture));
	assert_int_equal(10, redirect_log_health(fixture->log).dropped);
	assert_int_equal(0, redirect_log_health(fixture->log).written);
	assert_int_equal(0, redirect_log_health(fixture->log).used_bytes);
	assert_false(redirect_log_health(fixture->log).is_up);
}

static void writing_that_fails_is_counted_and_recovers_by_itself(void **state)
{
	struct fixture *fixture = *state;
	struct rlimit before, tiny;
	struct redirect_log_health health;
	size_t shown;

	assert_int_equal(0, getrlimit(RLIMIT_FSIZE, &before));
	(void)signal(SIGXFSZ, SIG_IGN);
	log_begin(fixture);
	put_calls(fixture, 0, 10);
	assert_int_equal(10, ask_all(fixture));
	tiny = before;
	tiny.rlim_cur = 4096;
	assert_int_equal(0, setrlimit(RLIMIT_FSIZE, &tiny));
	put_calls(fixture, 10, 100);
	wait_for_writer(fixture);
	health = redirect_log_health(fixture->log);
	assert_int_equal(0, setrlimit(RLIMIT_FSIZE, &before));

	assert_false(health.is_up);
	assert_int_equal(100, health.dropped);
	assert_int_equal(10, health.written);
	/* No call is needed to find out that it can write again. */
	wait_for_writer(fixture);
	assert_true(redirect_log_health(fixture->log).is_up);
	put_calls(fixture, 200, 10);
	shown = ask_all(fixture);
	assert_int_equal(20, shown);
	health = redirect_log_health(fixture->log);
	assert_true(health.is_up);
	assert_int_equal(100, health.dropped);
	assert_int_equal(20, health.written);
}

static void a_file_that_lies_where_a_segment_would_is_left_alone(void **state)
{
	struct fixture *fixture = *state;
	char path[PATH_MAX];
	struct stat status;
	int fd;

	log_begin(fixture);
	segment_path(fixture, 0, 1, path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(4, write(fd, "mine", 4));
	close(fd);
	put_calls(fixture, 0, 10);

	assert_int_equal(10, ask_all(fixture));
	assert_int_equal(0, stat(path, &status));
	assert_int_equal(4, status.st_size);
}

static void overwrite(const char *path, off_t offset, size_t size)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	for (size_t i = 0; i < size; i += 4)
		assert_int_equal(4, pwrite(fd, "\xde\xad\xbe\xef", 4,
					   offset + (off_t)i));
	close(fd);
}

static void a_corrupt_segment_is_skipped_and_counted(void **state)
{
	struct fixture *fixture = *state;
	char path[PATH_MAX];

	fixture->config.segment_records = SMALL_SEGMENT;
	log_begin(fixture);
	put_calls(fixture, 0, 350);
	log_end(fixture);
	segment_path(fixture, 0, 2, path);
	/* Root writes to it all the same; others have to ask. */
	assert_int_equal(0, chmod(path, S_IRUSR | S_IWUSR));
	overwrite(path, 0, 4096);
	log_begin(fixture);

	assert_int_equal(250, ask_all(fixture));
	assert_int_equal(1, redirect_log_health(fixture->log).broken);
	put_calls(fixture, 400, 10);
	assert_int_equal(260, ask_all(fixture));
}

static void damaged_pages_cost_at_most_their_segment(void **state)
{
	struct fixture *fixture = *state;
	char path[PATH_MAX];
	struct stat status;

	fixture->config.segment_records = SMALL_SEGMENT;
	log_begin(fixture);
	put_calls(fixture, 0, 250);
	log_end(fixture);
	segment_path(fixture, 0, 1, path);
	assert_int_equal(0, chmod(path, S_IRUSR | S_IWUSR));
	assert_int_equal(0, stat(path, &status));
	for (off_t page = 8192; page < status.st_size; page += 8192)
		overwrite(path, page, 64);
	log_begin(fixture);

	assert_in_range(ask_all(fixture), 150, 250);
	assert_int_equal(1, redirect_log_health(fixture->log).broken);
}

static void a_foreign_database_is_no_segment(void **state)
{
	struct fixture *fixture = *state;
	char path[PATH_MAX];
	sqlite3 *handle = NULL;

	log_begin(fixture);
	log_end(fixture);
	segment_path(fixture, 0, 1, path);
	assert_int_equal(SQLITE_OK, sqlite3_open(path, &handle));
	assert_int_equal(SQLITE_OK,
			 sqlite3_exec(handle, "CREATE TABLE redirect (id)",
				      NULL, NULL, NULL));
	assert_int_equal(SQLITE_OK, sqlite3_close(handle));
	log_begin(fixture);
	put_calls(fixture, 0, 10);

	assert_int_equal(10, ask_all(fixture));
	assert_int_equal(1, redirect_log_health(fixture->log).broken);
	assert_int_equal(0, number_from(path, "SELECT count(*) FROM redirect"));
}

static void a_query_after_the_stop_is_cancelled(void **state)
{
	struct fixture *fixture = *state;
	struct waiting_query waiting = waiting_query_of(
		fixture, (struct redirect_log_filter){ .limit = 1 });

	log_begin(fixture);
	redirect_log_stop(fixture->log);
	redirect_log_submit(fixture->log, &waiting.query);

	assert_true(waiting.is_done);
	assert_int_equal(ECANCELED, waiting.err);
}

static void every_query_is_answered_by_the_time_of_the_stop(void **state)
{
	struct fixture *fixture = *state;
	struct waiting_query waiting[20];

	log_begin(fixture);
	put_calls(fixture, 0, 10);
	for (size_t i = 0; i < 20; i++) {
		waiting[i] = waiting_query_of(
			fixture, (struct redirect_log_filter){ .limit = 5 });
		redirect_log_submit(fixture->log, &waiting[i].query);
	}
	redirect_log_stop(fixture->log);

	for (size_t i = 0; i < 20; i++) {
		assert_true(waiting[i].is_done);
		assert_true(waiting[i].err == 0 || waiting[i].err == ECANCELED);
	}
}

static void a_log_that_was_never_started_answers_with_a_cancel(void **state)
{
	struct fixture *fixture = *state;
	struct waiting_query waiting = waiting_query_of(
		fixture, (struct redirect_log_filter){ .limit = 1 });

	assert_int_equal(0, redirect_log_open(&fixture->config, &fixture->log));
	redirect_log_submit(fixture->log, &waiting.query);
	redirect_log_stop(fixture->log);

	assert_true(waiting.is_done);
	assert_int_equal(ECANCELED, waiting.err);
}

static void what_cannot_be_opened_is_an_error(void **state)
{
	struct fixture *fixture = *state;
	struct redirect_log_config config = fixture->config;

	config.data_dir = "/nonexistent/folder";
	assert_int_equal(ENOENT, redirect_log_open(&config, &fixture->log));
	config = fixture->config;
	config.ring_size_bytes = 100;
	assert_int_equal(EINVAL, redirect_log_open(&config, &fixture->log));
	assert_null(fixture->log);
	redirect_log_close(NULL);
}

#define A_TEST(function)                                          \
	cmocka_unit_test_setup_teardown(function, fixture_set_up, \
					fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		A_TEST(a_query_shows_the_call_just_made_with_all_it_said),
		A_TEST(a_request_uri_that_is_the_address_is_shown),
		A_TEST(a_record_without_texts_is_shown_with_none),
		A_TEST(a_record_can_be_asked_for_by_its_id),
		A_TEST(every_filter_finds_what_it_says),
		A_TEST(indexes_change_no_answer),
		A_TEST(pages_follow_each_other_across_segments),
		A_TEST(a_last_page_that_is_just_full_has_no_more_behind_it),
		A_TEST(a_clock_that_was_set_back_leaves_pages_in_order),
		A_TEST(an_ack_that_comes_with_its_call_is_seen),
		A_TEST(an_ack_that_comes_later_is_seen),
		A_TEST(an_ack_finds_its_call_in_the_segment_before),
		A_TEST(an_ack_of_an_unknown_call_does_no_harm),
		A_TEST(a_full_segment_is_indexed_and_made_read_only),
		A_TEST(the_open_segment_has_no_index),
		A_TEST(segments_of_earlier_days_are_finished_at_the_start),
		A_TEST(a_restart_goes_on_in_the_same_segment),
		A_TEST(an_older_segment_is_read_and_a_new_one_begun),
		A_TEST(a_restart_does_not_write_into_a_finished_segment),
		A_TEST(what_is_in_the_rings_is_written_at_the_stop),
		A_TEST(retention_removes_old_segments_and_nothing_else),
		A_TEST(any_bytes_are_stored_as_text_that_can_be_read),
		A_TEST(every_field_survives_random_bytes),
		A_TEST(an_id_that_is_there_already_is_dropped_and_counted),
		A_TEST(below_the_low_water_mark_records_are_dropped),
		A_TEST(writing_that_fails_is_counted_and_recovers_by_itself),
		A_TEST(a_file_that_lies_where_a_segment_would_is_left_alone),
		A_TEST(a_corrupt_segment_is_skipped_and_counted),
		A_TEST(damaged_pages_cost_at_most_their_segment),
		A_TEST(a_foreign_database_is_no_segment),
		A_TEST(a_query_after_the_stop_is_cancelled),
		A_TEST(every_query_is_answered_by_the_time_of_the_stop),
		A_TEST(a_log_that_was_never_started_answers_with_a_cancel),
		A_TEST(what_cannot_be_opened_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
