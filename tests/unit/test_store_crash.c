/*
 * The process that holds the store is killed at any moment: what it had
 * acknowledged is there afterwards. KILL_ROUNDS says how often.
 */
#include "store_fixture.h"

#include <poll.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/wait.h>

enum {
	ROUNDS = 10,
	WRITERS = 8,
	KILL_WITHIN_MS = 200,
	ACKED_MAX = 1000000,
};

struct acked {
	char id[MOVE_ID_SIZE];
};

struct writer_job {
	struct store_job job; /* first: a job is cast to its writer */
	struct store *store;
	struct move_call call;
	int round, number, count;
	int fd;
};

static int run(struct changes *changes, struct store_job *job)
{
	struct writer_job *writer = (struct writer_job *)job;

	return run_move_create(changes, &writer->call);
}

static void submit_next(struct writer_job *writer)
{
	char address[64];

	snprintf(address, sizeof(address), "sip:u%d-%d-%d@example.com",
		 writer->round, writer->number, writer->count++);
	writer->call = a_move(address, "sip:a@hotel.example.net", AT(0),
			      MOVE_OPEN_END);
	store_submit(writer->store, &writer->job);
}

/* The acknowledgement: one write, so that a kill leaves all of it or none. */
static void acknowledge(struct store_job *job, int err, int64_t revision)
{
	struct writer_job *writer = (struct writer_job *)job;

	(void)revision;
	if (err || write(writer->fd, writer->call.move.id, MOVE_ID_SIZE) !=
			   MOVE_ID_SIZE)
		_exit(3);
	submit_next(writer);
}

static void write_until_killed(struct fixture *fixture, int round, int fd)
{
	static struct writer_job writers[WRITERS];

	if (fixture_try_open(fixture, NULL) || store_start(fixture->store))
		_exit(2);
	for (int i = 0; i < WRITERS; i++) {
		writers[i] = (struct writer_job){ .store = fixture->store,
						  .round = round,
						  .number = i,
						  .fd = fd };
		writers[i].job.kind = STORE_CHANGE;
		writers[i].job.run = run;
		writers[i].job.done = acknowledge;
		submit_next(&writers[i]);
	}
	for (;;)
		pause();
}

static int random_below(int limit)
{
	uint32_t value = 0;

	assert_int_equal(sizeof(value), getrandom(&value, sizeof(value), 0));
	return (int)(value % (uint32_t)limit);
}

static size_t read_acked(int fd, struct acked *acked, size_t room)
{
	size_t bytes = 0;
	ssize_t got;

	while ((got = read(fd, (char *)acked + bytes,
			   room * sizeof(*acked) - bytes)) > 0)
		bytes += (size_t)got;
	assert_int_equal(0, bytes % sizeof(*acked));
	return bytes / sizeof(*acked);
}

/* Kills at a random moment after the first acknowledgement. */
static size_t kill_one(struct fixture *fixture, int round, struct acked *acked,
		       size_t room)
{
	struct pollfd pollfd = { .events = POLLIN };
	size_t count;
	int pipes[2], status;
	pid_t child;

	assert_int_equal(0, pipe(pipes));
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(pipes[0]);
		write_until_killed(fixture, round, pipes[1]);
	}
	close(pipes[1]);
	pollfd.fd = pipes[0];
	assert_int_equal(1, poll(&pollfd, 1, 30000));
	poll(NULL, 0, random_below(KILL_WITHIN_MS));
	assert_int_equal(0, kill(child, SIGKILL));
	count = read_acked(pipes[0], acked, room);
	assert_int_equal(child, waitpid(child, &status, 0));
	assert_true(WIFSIGNALED(status));
	close(pipes[0]);
	return count;
}

struct acked_list {
	const struct acked *acked;
	size_t count;
};

static int check_all_there(struct changes *changes, void *arg)
{
	const struct acked_list *list = arg;
	const struct snapshot_address *address;
	struct move move;

	for (size_t i = 0; i < list->count; i++) {
		assert_int_equal(
			0,
			move_get(changes, text_of(list->acked[i].id), &move));
		address = snapshot_address(changes->snapshot,
					   text_of(move.address));
		assert_non_null(address);
		assert_int_equal(1, address->move_count);
	}
	return 0;
}

static void every_acknowledged_move_survives_kill_9(void **state)
{
	struct fixture *fixture = *state;
	struct acked *acked = calloc(ACKED_MAX, sizeof(*acked));
	struct acked_list list = { acked, 0 };
	const char *wanted = getenv("KILL_ROUNDS");
	int rounds = wanted ? (int)strtol(wanted, NULL, 10) : ROUNDS;

	assert_non_null(acked);
	assert_true(rounds > 0);
	fixture_close(fixture);
	for (int round = 0; round < rounds; round++) {
		list.count += kill_one(fixture, round, acked + list.count,
				       ACKED_MAX - list.count);
		fixture_open(fixture);
		assert_int_equal(0,
				 fixture_run(fixture, check_all_there, &list));
		fixture_close(fixture);
	}
	assert_true(list.count >= (size_t)rounds);
	free(acked);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			every_acknowledged_move_survives_kill_9, fixture_set_up,
			fixture_tear_down),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
