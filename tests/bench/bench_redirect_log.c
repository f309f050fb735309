/*
 * bench_redirect_log.c - what a record of the redirect log costs: CALLS calls,
 * each with its ACK, through one ring at CALLS_A_SECOND, written and indexed.
 *
 *   bench_redirect_log FOLDER [CALLS [CALLS_A_SECOND]]
 *
 * Prints CPU microseconds a record of the whole log (writer and indexes), and
 * of the producer's put; the calls dropped; the bytes a record takes. FOLDER
 * must exist; what is written to its logs/ stays there.
 */
#include "base/clock.h"
#include "db/redirect_log.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

enum {
	CALLS = 1000000,
	CALLS_A_SECOND = 20000,
	ADDRESSES = 100000,
	ACK_AFTER_CALLS = 20, /* at 20,000 calls/s: a millisecond */
	INDEX_PATIENCE_US = 60000000,
};

struct bench {
	struct redirect_log_ring *ring;
	uint64_t calls, calls_a_second;
	int64_t base_ms;
	int64_t put_us; /* CPU */
};

static int64_t process_cpu_us(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (int64_t)used.tv_sec * 1000000 + used.tv_nsec / 1000;
}

static int64_t id_of(const struct bench *bench, uint64_t call)
{
	return ((bench->base_ms + (int64_t)(call / 1000)) << 20) |
	       (int64_t)(call % 1000);
}

static void put_call(const struct bench *bench, uint64_t call)
{
	char address[64], call_id[64], target[80], from[96];
	unsigned user = (unsigned)(call * 2654435761u % ADDRESSES);
	struct redirect_log_record record = {
		.id = id_of(bench, call),
		.received_at_us = id_of(bench, call) / 1048576 * 1000,
		.status = call % 50 ? 302 : 480,
		.handling_us = (uint32_t)(call % 90),
		.method = TEXT("INVITE"),
		.source = TEXT("192.0.2.17:5060"),
		.user_agent = TEXT("Example Softphone 4.2.1 (build 1077)"),
		.move_id = TEXT("mov_06DPY4T2V8Q5W1XG7NYKZ3B0RA"),
		.move_revision = (int64_t)user,
		.revision = 200000,
	};

	(void)snprintf(address, sizeof(address), "sip:user%06u@example.com",
		       user);
	(void)snprintf(call_id, sizeof(call_id), "%016" PRIx64 "@192.0.2.17",
		       call * UINT64_C(0x9e3779b97f4a7c15));
	(void)snprintf(target, sizeof(target),
		       "sip:user%06u@hotel.example.net:5060", user);
	(void)snprintf(from, sizeof(from),
		       "<sip:caller%06u@example.org>;tag=%u", user ^ 77, user);
	record.address = record.request_uri = text_of(address);
	record.call_id = text_of(call_id);
	record.targets = text_of(target);
	record.from = text_of(from);
	(void)redirect_log_ring_put(bench->ring, &record);
}

static void put_all(struct bench *bench)
{
	int64_t started_us = clock_monotonic_us();
	int64_t cpu_us = clock_thread_cpu_us();

	for (uint64_t call = 0; call < bench->calls; call++) {
		put_call(bench, call);
		if (call >= ACK_AFTER_CALLS)
			(void)redirect_log_ring_put_ack(
				bench->ring,
				id_of(bench, call - ACK_AFTER_CALLS));
		if (call % 20 == 0) {
			int64_t due_us =
				started_us + (int64_t)(call * 1000000 /
						       bench->calls_a_second);
			int64_t ahead_us = due_us - clock_monotonic_us();
			struct timespec pause = {
				.tv_nsec = ahead_us * 1000,
			};

			if (ahead_us > 0 && ahead_us < 1000000)
				(void)nanosleep(&pause, NULL);
		}
	}
	bench->put_us = clock_thread_cpu_us() - cpu_us;
}

/* Bytes of all files; *ret_finished: as many segments are read-only. */
static uint64_t look_at_files(const char *folder, unsigned *ret_finished)
{
	char path[4096];
	DIR *directory;
	const struct dirent *file;
	uint64_t bytes = 0;

	*ret_finished = 0;
	(void)snprintf(path, sizeof(path), "%s/logs", folder);
	directory = opendir(path);
	while (directory && (file = readdir(directory)) != NULL) {
		struct stat status;

		if (fstatat(dirfd(directory), file->d_name, &status, 0) ||
		    !S_ISREG(status.st_mode))
			continue;
		bytes += (uint64_t)status.st_size;
		*ret_finished += !(status.st_mode & S_IWUSR);
	}
	if (directory)
		closedir(directory);
	return bytes;
}

/* Started anew, the log indexes what is full at once. */
static int index_all(const struct redirect_log_config *config)
{
	struct redirect_log *log = NULL;
	int64_t until_us = clock_monotonic_us() + INDEX_PATIENCE_US;
	const struct timespec pause = { .tv_nsec = 10000000 };
	unsigned finished = 0;
	int err = redirect_log_open(config, &log);

	if (!err)
		err = redirect_log_start(log);
	while (!err && finished == 0 && clock_monotonic_us() < until_us) {
		(void)nanosleep(&pause, NULL);
		(void)look_at_files(config->data_dir, &finished);
	}
	if (log)
		redirect_log_stop(log);
	redirect_log_close(log);
	return err;
}

/* One segment of all but the last calls, so that it is full and indexed. */
static int run(const char *folder, struct bench *bench)
{
	struct redirect_log_config config = {
		.data_dir = folder,
		.segment_records = bench->calls - bench->calls / 100,
	};
	struct redirect_log *log = NULL;
	struct redirect_log_health health;
	int64_t cpu_us, written_us, indexed_us;
	unsigned finished;
	uint64_t bytes;
	int err = redirect_log_open(&config, &log);

	if (!err)
		err = redirect_log_add_ring(log, &bench->ring);
	if (!err)
		err = redirect_log_start(log);
	if (err)
		goto out;
	cpu_us = process_cpu_us();
	put_all(bench);
	redirect_log_stop(log);
	written_us = process_cpu_us() - cpu_us - bench->put_us;
	health = redirect_log_health(log);
	cpu_us = process_cpu_us();
	err = index_all(&config);
	indexed_us = process_cpu_us() - cpu_us;
	bytes = look_at_files(folder, &finished);
	printf("records=%" PRIu64 " dropped=%" PRIu64 " acks=%" PRIu64
	       " put_us=%.2f write_us=%.2f index_us=%.2f total_us=%.2f"
	       " bytes=%.0f indexed_segments=%u\n",
	       health.written, health.dropped, health.acks,
	       (double)bench->put_us / (double)bench->calls,
	       (double)written_us / (double)bench->calls,
	       (double)indexed_us / (double)bench->calls,
	       (double)(written_us + indexed_us) / (double)bench->calls,
	       (double)bytes / (double)bench->calls, finished);
out:
	redirect_log_close(log);
	return err;
}

int main(int argc, char **argv)
{
	struct bench bench = {
		.calls = CALLS,
		.calls_a_second = CALLS_A_SECOND,
		.base_ms = clock_wall_ms(),
	};
	int err;

	if (argc < 2 ||
	    (argc > 2 && text_to_u64(text_of(argv[2]), &bench.calls)) ||
	    (argc > 3 &&
	     text_to_u64(text_of(argv[3]), &bench.calls_a_second)) ||
	    bench.calls < 100 || bench.calls_a_second == 0) {
		(void)fprintf(stderr, "usage: bench_redirect_log FOLDER "
				      "[CALLS [CALLS_A_SECOND]]\n");
		return 2;
	}
	err = run(argv[1], &bench);
	if (err)
		(void)fprintf(stderr, "bench_redirect_log: error %d\n", err);
	return err != 0;
}
