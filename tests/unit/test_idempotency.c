#include "api_fixture.h"

#include "db/idempotency_rows.h"

/* --- rows ------------------------------------------------------------------
 */

struct kept {
	struct idempotency_row row;
	int64_t later_ms; /* the job runs so much later */
	int64_t rows;	  /* there are afterwards */
};

static struct kept a_row(unsigned char key)
{
	struct kept kept = { .row = { .status = 201 } };

	memset(kept.row.key, key, sizeof(kept.row.key));
	memset(kept.row.fingerprint, 7, sizeof(kept.row.fingerprint));
	kept.row.sealed = (unsigned char *)strdup("sealed");
	kept.row.sealed_len = 6;
	return kept;
}

static int put(struct changes *changes, void *arg)
{
	struct kept *kept = arg;

	changes->now_ms += kept->later_ms;
	(void)changes_revision(changes); /* as the change would */
	return idempotency_put(changes, &kept->row);
}

static int find(struct changes *changes, void *arg)
{
	struct kept *kept = arg;

	changes->now_ms += kept->later_ms;
	return idempotency_find(changes, &kept->row);
}

static int count_rows(struct changes *changes, void *arg)
{
	struct kept *kept = arg;
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(changes->database,
				     "SELECT count(*) FROM idempotency",
				     &statement);

	if (!err)
		err = statement_step(statement, &row);
	if (err)
		return err;
	kept->rows = sqlite3_column_int64(statement, 0);
	return statement_finish(statement);
}

static int find_after(struct fixture *fixture, unsigned char key,
		      int64_t later_ms)
{
	struct kept kept = { .later_ms = later_ms };
	int err;

	memset(kept.row.key, key, sizeof(kept.row.key));
	err = fixture_run(fixture, find, &kept);
	if (!err) {
		assert_int_equal(201, kept.row.status);
		assert_int_equal(6, kept.row.sealed_len);
		assert_memory_equal("sealed", kept.row.sealed, 6);
	}
	free(kept.row.sealed);
	return err;
}

static void an_answer_is_kept_for_a_day(void **state)
{
	struct fixture *fixture = *state;
	struct kept kept = a_row(1);

	assert_int_equal(0, fixture_run(fixture, put, &kept));
	assert_int_equal(0, find_after(fixture, 1, 0));
	assert_int_equal(0,
			 find_after(fixture, 1, IDEMPOTENCY_LIFE_MS - 60000));
	assert_int_equal(ENOENT,
			 find_after(fixture, 1, IDEMPOTENCY_LIFE_MS + 60000));
	assert_int_equal(ENOENT, find_after(fixture, 2, 0));
	fixture_reopen(fixture);
	assert_int_equal(0, find_after(fixture, 1, 0));
	free(kept.row.sealed);
}

static void what_is_past_its_life_is_forgotten_as_others_come(void **state)
{
	struct fixture *fixture = *state;
	struct kept kept = { .rows = 0 };

	for (unsigned char i = 1; i <= 20; i++) {
		struct kept old = a_row(i);

		assert_int_equal(0, fixture_run(fixture, put, &old));
		free(old.row.sealed);
	}
	for (unsigned char i = 101; i <= 102; i++) {
		struct kept fresh = a_row(i);

		fresh.later_ms = IDEMPOTENCY_LIFE_MS + 60000;
		assert_int_equal(0, fixture_run(fixture, put, &fresh));
		free(fresh.row.sealed);
	}
	assert_int_equal(0, fixture_run(fixture, count_rows, &kept));
	assert_int_equal(2, kept.rows);
}

static void a_key_past_its_life_may_be_used_anew(void **state)
{
	struct fixture *fixture = *state;
	struct kept kept = a_row(1), again = a_row(1);

	assert_int_equal(0, fixture_run(fixture, put, &kept));
	again.later_ms = IDEMPOTENCY_LIFE_MS + 60000;
	assert_int_equal(0, fixture_run(fixture, put, &again));
	assert_int_equal(0, find_after(fixture, 1, again.later_ms));
	free(kept.row.sealed);
	free(again.row.sealed);
}

/* --- requests --------------------------------------------------------------
 */

/* A job that holds the store's thread until it is let go. */
struct block {
	struct store_job job;
	sem_t entered, leave, done;
};

static int block_run(struct changes *changes, struct store_job *job)
{
	struct block *block = (struct block *)job;
	(void)changes;

	sem_post(&block->entered);
	sem_wait(&block->leave);
	return 0;
}

static void block_done(struct store_job *job, int err, int64_t revision)
{
	(void)err;
	(void)revision;
	sem_post(&((struct block *)job)->done);
}

static void block_store(struct block *block, struct store *store)
{
	*block = (struct block){ .job = { .kind = STORE_READ,
					  .run = block_run,
					  .done = block_done } };
	sem_init(&block->entered, 0, 0);
	sem_init(&block->leave, 0, 0);
	sem_init(&block->done, 0, 0);
	store_submit(store, &block->job);
	sem_wait(&block->entered);
}

static void release_store(struct block *block)
{
	sem_post(&block->leave);
	sem_wait(&block->done);
	sem_destroy(&block->entered);
	sem_destroy(&block->leave);
	sem_destroy(&block->done);
}

static const char body[] = "{\"name\":\"key.example\"}";
static const char headers[] =
	"Content-Type: application/json\r\nIdempotency-Key: one\r\n";

static int send_domain(const struct api_fixture *fixture)
{
	char text[1024];
	int fd = dial(fixture);

	snprintf(text, sizeof(text),
		 "POST /v1/domains HTTP/1.1\r\nHost: localhost\r\n"
		 "Authorization: Bearer %s\r\n%sContent-Length: %zu\r\n\r\n%s",
		 fixture->admin, headers, strlen(body), body);
	send_bytes(fd, text_of(text));
	return fd;
}

static void await_keyed(struct api *api)
{
	const struct timespec step = { .tv_nsec = 1000000 };
	bool is_there = false;

	for (int i = 0; i < WAIT_MS && !is_there; i++) {
		nanosleep(&step, NULL);
		pthread_mutex_lock(&api->jobs_lock);
		is_there = api->first_keyed != NULL;
		pthread_mutex_unlock(&api->jobs_lock);
	}
	assert_true(is_there);
}

static void a_key_under_way_is_409_and_its_answer_comes_after(void **state)
{
	const struct api_fixture *fixture = *state;
	struct answer first, second, third;
	struct block block;
	int fd;

	block_store(&block, fixture->base.store);
	fd = send_domain(fixture);
	await_keyed(fixture->api);
	request(fixture, "POST /v1/domains", fixture->admin, headers, body,
		&second);
	assert_int_equal(409, second.status);
	assert_has(&second, "IDEMPOTENCY_KEY_IN_USE");
	assert_has(&second, "Retry-After: 1");
	release_store(&block);
	receive_answer(fd, false, &first);
	close(fd);
	assert_int_equal(201, first.status);
	assert_null(header_in(&first, "Idempotent-Replayed"));
	request(fixture, "POST /v1/domains", fixture->admin, headers, body,
		&third);
	assert_int_equal(201, third.status);
	assert_non_null(header_in(&third, "Idempotent-Replayed: true"));
	assert_string_equal(first.body, third.body);
}

static void a_client_that_left_finds_what_it_asked_for(void **state)
{
	const struct api_fixture *fixture = *state;
	const struct linger reset = { .l_onoff = 1 };
	struct answer answer;
	struct block block;
	int fd;

	block_store(&block, fixture->base.store);
	fd = send_domain(fixture);
	await_keyed(fixture->api);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	close(fd);
	release_store(&block);
	/* Another request's job comes behind the one that was left. */
	request(fixture, "GET /v1/domains", fixture->admin, "", NULL, &answer);
	request(fixture, "POST /v1/domains", fixture->admin, headers, body,
		&answer);
	assert_int_equal(201, answer.status);
	assert_non_null(header_in(&answer, "Idempotent-Replayed: true"));
}

static void an_answer_that_was_stopped_is_found_by_the_next_start(void **state)
{
	struct api_fixture *fixture = *state;
	struct answer answer;
	struct block block;
	int fd;

	block_store(&block, fixture->base.store);
	fd = send_domain(fixture);
	await_keyed(fixture->api);
	api_stop(fixture->api);
	fixture->api = NULL;
	receive_answer(fd, false, &answer);
	close(fd);
	assert_int_equal(503, answer.status);
	release_store(&block);
	/* What still waits when the store stops is not done at all. */
	block_store(&block, fixture->base.store);
	release_store(&block);
	store_stop(fixture->base.store);
	fixture_reopen(&fixture->base);
	start_api(fixture, &http_limits_default);
	request(fixture, "POST /v1/domains", fixture->admin, headers, body,
		&answer);
	assert_int_equal(201, answer.status);
	assert_non_null(header_in(&answer, "Idempotent-Replayed: true"));
}

int main(void)
{
#define ROWS_TEST(name) \
	cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
#define API_TEST(name) \
	cmocka_unit_test_setup_teardown(name, api_set_up, api_tear_down)
	const struct CMUnitTest tests[] = {
		ROWS_TEST(an_answer_is_kept_for_a_day),
		ROWS_TEST(what_is_past_its_life_is_forgotten_as_others_come),
		ROWS_TEST(a_key_past_its_life_may_be_used_anew),
		API_TEST(a_key_under_way_is_409_and_its_answer_comes_after),
		API_TEST(a_client_that_left_finds_what_it_asked_for),
		API_TEST(an_answer_that_was_stopped_is_found_by_the_next_start),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
