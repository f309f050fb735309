/*
 * bench_log_query.c - what a question to the redirect log costs: RECORDS of
 * them over 10 days, in finished segments.
 *
 *   bench_log_query FOLDER [RECORDS [WORST_PAGE_MS WORST_STATS_MS]]
 *
 * Prints milliseconds of the slowest of a few runs of each question. With two
 * bounds: fails if a page, or the stats of a day, took longer. FOLDER must
 * exist; what is written to its logs/ stays there, and is used again.
 */
#include "base/call_reason.h"
#include "base/clock.h"
#include "db/redirect_log.h"
#include "db/redirect_log_folder.h"
#include "db/redirect_log_segment.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	RECORDS = 1000000,
	DAYS = 10,
	ADDRESSES = 20000,
	MS_PER_DAY = 86400000,
	RUNS = 5,
	PAGE = 50,
};

struct bench {
	uint64_t records;
	int64_t today; /* days since 1970 */
	struct redirect_log *log;
	pthread_mutex_t done_lock;
	pthread_cond_t done;
	bool is_done;
	int err;
	struct redirect_log_entry entries[PAGE];
	double worst_page_ms;
};

static int64_t ms_of(const struct bench *bench, uint64_t number)
{
	int64_t first_ms = (bench->today - DAYS) * MS_PER_DAY;

	return first_ms + (int64_t)((double)number / (double)bench->records *
				    DAYS * MS_PER_DAY);
}

static int put(const struct bench *bench, struct log_segment *segment,
	       uint64_t number)
{
	char address[64], call_id[64], from[96];
	unsigned user = (unsigned)(number * 2654435761u % ADDRESSES);
	int64_t ms = ms_of(bench, number);
	struct redirect_log_record record = {
		.id = ms << 20 | (int64_t)(number % 16384),
		.received_at_us = ms * 1000,
		.status = number % 50 == 0 ? 480
			  : number % 5003  ? 302
					   : 404,
		.reason = CALL_MOVED,
		.method = TEXT("INVITE"),
		.source = TEXT("192.0.2.17:5060"),
		.user_agent = TEXT("Example Softphone 4.2.1 (build 1077)"),
		.targets = TEXT("sip:user@hotel.example.net:5060"),
		.move_id = TEXT("mov_06DPY4T2V8Q5W1XG7NYKZ3B0RA"),
		.revision = 200000,
	};

	(void)snprintf(address, sizeof(address), "sip:user%06u@example.com",
		       user);
	(void)snprintf(call_id, sizeof(call_id), "%016" PRIx64 "@192.0.2.17",
		       number * UINT64_C(0x9e3779b97f4a7c15));
	(void)snprintf(from, sizeof(from),
		       "<sip:caller%06u@example.org>;tag=%u", user ^ 77, user);
	record.address = record.request_uri = text_of(address);
	record.call_id = text_of(call_id);
	record.from = text_of(from);
	return log_segment_insert(segment, &record, number % 7 != 0);
}

static int build_segment(const struct bench *bench, struct log_folder *folder,
			 uint64_t day)
{
	static const atomic_bool never = false;
	struct log_segment_name name;
	struct log_segment *segment = NULL;
	char path[LOG_PATH_SIZE];
	uint64_t first = bench->records * day / DAYS;
	uint64_t end = bench->records * (day + 1) / DAYS;
	int err = log_folder_add(folder, bench->today - DAYS + (int64_t)day,
				 &name);

	if (err)
		return err;
	log_folder_path(folder, &name, path);
	err = log_segment_create(path, &segment);
	for (uint64_t number = first; number < end && !err; number++) {
		err = put(bench, segment, number);
		if (!err && number % 1000 == 999)
			err = log_segment_commit(segment);
	}
	if (!err)
		err = log_segment_commit(segment);
	log_segment_close(segment);
	return err ? err : log_segment_finish(path, &never);
}

static int build(const struct bench *bench, const char *data_dir)
{
	struct log_folder *folder = NULL;
	struct log_segment_name any = { 0, 0 };
	int64_t started_us = clock_monotonic_us();
	int err = log_folder_open(data_dir, &folder);

	if (err || log_folder_next(folder, LOG_SEGMENT_FINISHED, &any))
		goto out;
	for (uint64_t day = 0; day < DAYS && !err; day++)
		err = build_segment(bench, folder, day);
	printf("built records=%" PRIu64 " us_each=%.2f\n", bench->records,
	       (double)(clock_monotonic_us() - started_us) /
		       (double)bench->records);
out:
	log_folder_close(folder);
	return err;
}

struct question {
	struct redirect_log_query query;
	struct bench *bench;
};

static void on_done(struct redirect_log_query *query, int err)
{
	struct bench *bench = ((struct question *)query)->bench;

	pthread_mutex_lock(&bench->done_lock);
	bench->err = err;
	bench->is_done = true;
	pthread_cond_signal(&bench->done);
	pthread_mutex_unlock(&bench->done_lock);
}

/* Milliseconds; below 0: it failed. */
static double ask(struct bench *bench, const struct redirect_log_query *asked)
{
	struct question question = { .query = *asked, .bench = bench };
	int64_t started_us = clock_monotonic_us();

	question.query.done = on_done;
	bench->is_done = false;
	redirect_log_submit(bench->log, &question.query);
	pthread_mutex_lock(&bench->done_lock);
	while (!bench->is_done)
		pthread_cond_wait(&bench->done, &bench->done_lock);
	pthread_mutex_unlock(&bench->done_lock);
	if (bench->err)
		return -1;
	return (double)(clock_monotonic_us() - started_us) / 1000;
}

static double worst(struct bench *bench, const char *name,
		    const struct redirect_log_query *asked)
{
	double worst_ms = 0;

	for (int i = 0; i < RUNS; i++) {
		double ms = ask(bench, asked);

		if (ms < 0) {
			printf("%-28s error %d\n", name, bench->err);
			return -1;
		}
		worst_ms = ms > worst_ms ? ms : worst_ms;
	}
	printf("%-28s %8.2f ms\n", name, worst_ms);
	return worst_ms;
}

static void ask_pages(struct bench *bench)
{
	struct redirect_log_filter by_address = {
		.address = "sip:user000077@example.com", .limit = PAGE
	};
	struct redirect_log_filter by_call_id = { .limit = PAGE };
	struct redirect_log_filter common = { .statuses = { 302 },
					      .status_count = 1,
					      .limit = PAGE };
	struct redirect_log_filter rare = { .statuses = { 404 },
					    .status_count = 1,
					    .limit = PAGE };
	struct redirect_log_filter several = { .statuses = { 480, 404, 420 },
					       .status_count = 3,
					       .limit = PAGE };
	struct redirect_log_filter none = { .statuses = { 500 },
					    .status_count = 1,
					    .limit = PAGE };
	struct redirect_log_filter agent = {
		.terms = { { LOG_COLUMN_USER_AGENT, LOG_MATCH_PART,
			     TEXT("no such phone") } },
		.term_count = 1,
		.from_ms = (bench->today - 1) * MS_PER_DAY,
		.limit = PAGE,
	};
	const struct {
		const char *name;
		const struct redirect_log_filter *filter;
	} pages[] = {
		{ "page by address", &by_address },
		{ "page by Call-ID", &by_call_id },
		{ "page by status, common", &common },
		{ "page by status, rare", &rare },
		{ "page by three statuses", &several },
		{ "page by status, none", &none },
		{ "user agent in vain, a day", &agent },
	};

	(void)snprintf(by_call_id.call_id, sizeof(by_call_id.call_id),
		       "%016" PRIx64 "@192.0.2.17",
		       bench->records / 3 * UINT64_C(0x9e3779b97f4a7c15));
	for (size_t i = 0; i < sizeof(pages) / sizeof(*pages); i++) {
		const struct redirect_log_query query = {
			.filter = *pages[i].filter,
			.entries = bench->entries,
		};
		double ms = worst(bench, pages[i].name, &query);

		if (pages[i].filter == &agent)
			continue;
		if (ms < 0 || ms > bench->worst_page_ms)
			bench->worst_page_ms = ms < 0 ? 1e9 : ms;
	}
}

static double ask_stats(struct bench *bench)
{
	static uint64_t calls[1440 * LOG_STATS_VALUES_MAX];
	struct redirect_log_stats stats = {
		.from_ms = (bench->today - 1) * MS_PER_DAY,
		.until_ms = bench->today * MS_PER_DAY,
		.bucket_ms = 60000,
		.bucket_count = 1440,
		.group = LOG_GROUP_STATUS,
		.calls = calls,
	};
	const struct redirect_log_query query = { .kind = LOG_QUERY_STATS,
						  .stats = &stats };

	return worst(bench, "stats of a day, by minute", &query);
}

static void ask_figures(struct bench *bench)
{
	static struct redirect_log_top_row tops[LOG_TOP_MAX];
	static struct redirect_log_unfollowed_row rows[50];
	struct redirect_log_top top = {
		.from_ms = (bench->today - 1) * MS_PER_DAY,
		.until_ms = bench->today * MS_PER_DAY,
		.limit = LOG_TOP_MAX,
		.rows = tops,
	};
	struct redirect_log_unfollowed unfollowed = {
		.from_ms = (bench->today - DAYS) * MS_PER_DAY,
		.until_ms = bench->today * MS_PER_DAY,
		.now_ms = clock_wall_ms(),
		.limit = 50,
		.rows = rows,
	};
	const struct redirect_log_query day = { .kind = LOG_QUERY_TOP,
						.top = &top };
	const struct redirect_log_query all = { .kind = LOG_QUERY_UNFOLLOWED,
						.unfollowed = &unfollowed };

	(void)worst(bench, "top addresses of a day", &day);
	(void)worst(bench, "unfollowed, all", &all);
	printf("unfollowed=%" PRIu64 " of redirected=%" PRIu64 "\n",
	       unfollowed.unfollowed, unfollowed.redirected);
}

static int run(struct bench *bench, const char *data_dir,
	       const uint64_t bounds_ms[2])
{
	const struct redirect_log_config config = { .data_dir = data_dir };
	double stats_ms;
	int err = build(bench, data_dir);

	if (!err)
		err = redirect_log_open(&config, &bench->log);
	if (!err)
		err = redirect_log_start(bench->log);
	if (err)
		goto out;
	ask_pages(bench);
	stats_ms = ask_stats(bench);
	ask_figures(bench);
	if (bench->worst_page_ms > (double)bounds_ms[0] || stats_ms < 0 ||
	    stats_ms > (double)bounds_ms[1])
		err = ERANGE;
	redirect_log_stop(bench->log);
out:
	redirect_log_close(bench->log);
	return err;
}

int main(int argc, char **argv)
{
	static struct bench bench = {
		.records = RECORDS,
		.done_lock = PTHREAD_MUTEX_INITIALIZER,
		.done = PTHREAD_COND_INITIALIZER,
	};
	uint64_t bounds_ms[2] = { UINT32_MAX, UINT32_MAX };
	int err;

	if (argc < 2 || argc == 4 ||
	    (argc > 2 && text_to_u64(text_of(argv[2]), &bench.records)) ||
	    (argc > 4 && (text_to_u64(text_of(argv[3]), &bounds_ms[0]) ||
			  text_to_u64(text_of(argv[4]), &bounds_ms[1])))) {
		(void)fprintf(stderr, "usage: bench_log_query FOLDER [RECORDS"
				      " [WORST_PAGE_MS WORST_STATS_MS]]\n");
		return 2;
	}
	bench.today = clock_wall_ms() / MS_PER_DAY;
	err = run(&bench, argv[1], bounds_ms);
	if (err)
		(void)fprintf(stderr, "bench_log_query: error %d\n", err);
	return err != 0;
}
