#include "store_fixture.h"

#include "db/move_boundaries.h"
#include "db/webhook_deliveries.h"
#include "db/webhook_outbox.h"

enum {
	HOUR_MS = 3600000,
};

static const int64_t start_ms = INT64_C(1800000000000);

static int describe_move(const struct move *move, int64_t now_ms, char **json)
{
	return asprintf(json, "{\"id\":\"%s\",\"state\":\"%s\"}", move->id,
			move_state_name(move_state(move, now_ms))) < 0
		       ? ENOMEM
		       : 0;
}

static const struct webhook_documents documents = { .move = describe_move };

/* One job at a time of our choice. */
struct step {
	int64_t now_ms;
	struct webhook_endpoint endpoint;
	struct webhook_result result;
	struct webhook_rules rules;
	struct webhook_flights flights;
	struct webhook_message messages[WEBHOOK_IN_FLIGHT_MAX];
	size_t count;
	int64_t next_ms;
	enum webhook_outcome outcome;
	struct webhook_delivery delivery;
	struct move_reminders reminders;
	struct move_call call;
	bool more;
};

static struct webhook_rules rules(void)
{
	struct webhook_rules rules = { .disable_after_ms = 120 * HOUR_MS,
				       .keep_ms = 720 * (int64_t)HOUR_MS };

	assert_null(
		webhook_schedule_parse(TEXT("0 10s 100s"), &rules.schedule));
	return rules;
}

static void clear_messages(struct step *step)
{
	for (size_t i = 0; i < step->count; i++)
		webhook_message_clear(&step->messages[i]);
	step->count = 0;
}

static void take_over(struct changes *changes, const struct step *step)
{
	changes->now_ms = step->now_ms;
	changes->documents = &documents;
	changes->public_origin = "https://moves.example.com";
}

static int run_create(struct changes *changes, void *arg)
{
	struct step *step = arg;

	take_over(changes, step);
	return webhook_endpoint_create(changes, &step->endpoint);
}

static void make_endpoint(struct fixture *fixture, struct step *step,
			  const char *events)
{
	step->now_ms = start_ms;
	step->rules = rules();
	step->endpoint.enabled = true;
	text_copy(text_of(events), step->endpoint.events,
		  sizeof(step->endpoint.events));
	assert_int_equal(0, fixture_run(fixture, run_create, step));
}

static int run_event(struct changes *changes, void *arg)
{
	struct step *step = arg;

	take_over(changes, step);
	return webhook_event_write(
		changes,
		&(struct webhook_event_draft){ .type = WEBHOOK_BACKUP_COMPLETED,
					       .object_id = "",
					       .at_ms = step->now_ms,
					       .data = "{}" });
}

static void add_events(struct fixture *fixture, struct step *step, int count)
{
	while (count-- > 0)
		assert_int_equal(0, fixture_run(fixture, run_event, step));
}

static int run_take(struct changes *changes, void *arg)
{
	struct step *step = arg;

	take_over(changes, step);
	return webhook_queue_take(changes, &step->flights, step->messages,
				  &step->count, &step->next_ms);
}

static size_t take(struct fixture *fixture, struct step *step)
{
	clear_messages(step);
	assert_int_equal(0, fixture_run(fixture, run_take, step));
	return step->count;
}

static int run_note(struct changes *changes, void *arg)
{
	struct step *step = arg;

	take_over(changes, step);
	return webhook_queue_note(changes, &step->result, &step->rules,
				  &step->outcome);
}

static enum webhook_outcome note(struct fixture *fixture, struct step *step,
				 int64_t delivery, int status)
{
	step->result =
		(struct webhook_result){ .delivery = delivery,
					 .endpoint = step->endpoint.row_id,
					 .at_ms = step->now_ms,
					 .status = status };
	assert_int_equal(0, fixture_run(fixture, run_note, step));
	return step->outcome;
}

static int64_t waiting(struct fixture *fixture)
{
	return fixture_number(fixture, "SELECT count(*) FROM webhook_delivery "
				       "WHERE status = 0");
}

static void at_most_four_are_under_way_to_one_endpoint(void **state)
{
	struct fixture *fixture = *state;
	struct step step = { .count = 0 };

	make_endpoint(fixture, &step, "*");
	add_events(fixture, &step, 6);
	assert_int_equal(4, take(fixture, &step));
	for (size_t i = 0; i < 3; i++)
		step.flights.list[i] =
			(struct webhook_flight){ step.messages[i].delivery,
						 step.endpoint.row_id };
	step.flights.count = 3;
	assert_int_equal(1, take(fixture, &step));
	for (size_t i = 0; i < 3; i++)
		assert_int_not_equal(step.flights.list[i].delivery,
				     step.messages[0].delivery);
	clear_messages(&step);
}

static void what_failed_is_tried_again_by_the_schedule_until_it_is_dead(
	void **state)
{
	struct fixture *fixture = *state;
	struct step step = { .count = 0 };
	int64_t delivery;

	make_endpoint(fixture, &step, "*");
	add_events(fixture, &step, 1);
	assert_int_equal(1, take(fixture, &step));
	delivery = step.messages[0].delivery;
	assert_int_equal(WEBHOOK_FAILED, note(fixture, &step, delivery, 500));
	assert_int_equal(0, take(fixture, &step));
	assert_in_range(step.next_ms, start_ms + 8000, start_ms + 12000);

	step.now_ms = step.next_ms;
	assert_int_equal(1, take(fixture, &step));
	assert_int_equal(WEBHOOK_FAILED, note(fixture, &step, delivery, 0));
	step.now_ms += 120000;
	assert_int_equal(WEBHOOK_DEAD, note(fixture, &step, delivery, 302));
	assert_int_equal(0, waiting(fixture));
	assert_int_equal(3, fixture_number(fixture, "SELECT count(*) FROM "
						    "webhook_attempt"));
	clear_messages(&step);
}

static void after_five_failures_one_message_at_a_time_is_sent(void **state)
{
	struct fixture *fixture = *state;
	struct step step = { .count = 0 };
	int64_t probe_ms;

	make_endpoint(fixture, &step, "*");
	add_events(fixture, &step, 8);
	for (int i = 0; i < 5; i++) {
		assert_true(take(fixture, &step) > 1);
		note(fixture, &step, step.messages[0].delivery, 500);
	}
	assert_int_equal(0, take(fixture, &step));
	probe_ms = step.next_ms;
	assert_in_range(probe_ms, start_ms + 8000, start_ms + 12000);
	step.now_ms = probe_ms;
	assert_int_equal(1, take(fixture, &step));
	/* The one that comes through opens the way for all. */
	note(fixture, &step, step.messages[0].delivery, 200);
	step.now_ms += 20000;
	assert_int_equal(4, take(fixture, &step));
	clear_messages(&step);
}

static void who_fails_for_days_is_disabled_and_what_waits_is_kept(void **state)
{
	struct fixture *fixture = *state;
	struct step step = { .count = 0 };

	make_endpoint(fixture, &step, "*");
	add_events(fixture, &step, 3);
	take(fixture, &step);
	note(fixture, &step, step.messages[0].delivery, 500);
	step.now_ms += 120 * (int64_t)HOUR_MS - 1;
	note(fixture, &step, step.messages[1].delivery, 500);
	assert_int_equal(1, fixture_number(fixture, "SELECT enabled FROM "
						    "webhook_endpoint"));
	step.now_ms++;
	note(fixture, &step, step.messages[1].delivery, 500);
	assert_int_equal(0, fixture_number(fixture, "SELECT enabled FROM "
						    "webhook_endpoint"));
	assert_int_equal(WEBHOOK_DISABLED_FAILING,
			 fixture_number(fixture, "SELECT disabled_reason FROM "
						 "webhook_endpoint"));
	assert_int_equal(0, waiting(fixture));
	assert_int_equal(3, fixture_number(fixture,
					   "SELECT count(*) FROM "
					   "webhook_delivery WHERE status = "
					   "2"));
	clear_messages(&step);
}

static void a_retry_after_puts_a_try_off_but_a_day_at_most(void **state)
{
	struct fixture *fixture = *state;
	struct step step = { .count = 0 };

	make_endpoint(fixture, &step, "*");
	add_events(fixture, &step, 1);
	take(fixture, &step);
	step.result = (struct webhook_result){
		.delivery = step.messages[0].delivery,
		.endpoint = step.endpoint.row_id,
		.at_ms = start_ms,
		.status = 503,
		.retry_after_ms = INT64_C(366) * 24 * HOUR_MS,
	};
	assert_int_equal(0, fixture_run(fixture, run_note, &step));
	take(fixture, &step);
	assert_int_equal(start_ms + 24 * HOUR_MS, step.next_ms);
}

static int run_sweep(struct changes *changes, void *arg)
{
	struct step *step = arg;

	take_over(changes, step);
	return webhook_queue_sweep(changes, &step->rules, &step->more);
}

static void what_is_old_is_removed(void **state)
{
	struct fixture *fixture = *state;
	struct step step = { .count = 0 };

	make_endpoint(fixture, &step, "*");
	add_events(fixture, &step, 2);
	step.now_ms = start_ms + step.rules.keep_ms;
	add_events(fixture, &step, 1);
	assert_int_equal(0, fixture_run(fixture, run_sweep, &step));
	assert_int_equal(3, waiting(fixture));
	step.now_ms++;
	assert_int_equal(0, fixture_run(fixture, run_sweep, &step));
	assert_int_equal(1, waiting(fixture));
	assert_int_equal(1, fixture_number(fixture, "SELECT count(*) FROM "
						    "webhook_event"));
}

/* --- boundaries ----------------------------------------------------------- */

static int run_move(struct changes *changes, void *arg)
{
	struct step *step = arg;

	take_over(changes, step);
	return run_move_create(changes, &step->call);
}

static void make_move(struct fixture *fixture, struct step *step,
		      const char *address, int64_t starts_at_ms,
		      int64_t ends_at_ms)
{
	step->call = (struct move_call){ .write.may_create_domain = true };
	text_copy(text_of(address), step->call.move.address,
		  sizeof(step->call.move.address));
	text_copy(TEXT("sip:there@example.net"), step->call.move.targets[0].uri,
		  sizeof(step->call.move.targets[0].uri));
	step->call.move.targets[0].q_permille = 1000;
	step->call.move.target_count = 1;
	step->call.move.starts_at_ms = starts_at_ms;
	step->call.move.ends_at_ms = ends_at_ms;
	assert_int_equal(0, fixture_run(fixture, run_move, step));
	faults_clear(&step->call.faults);
}

static int run_pass(struct changes *changes, void *arg)
{
	struct step *step = arg;

	take_over(changes, step);
	return move_boundaries_pass(changes, &step->reminders, &step->next_ms);
}

static int64_t pass(struct fixture *fixture, struct step *step)
{
	assert_int_equal(0, fixture_run(fixture, run_pass, step));
	return step->next_ms;
}

static int64_t told(struct fixture *fixture, const char *type)
{
	char sql[128];

	snprintf(sql, sizeof(sql),
		 "SELECT count(*) FROM webhook_event WHERE type = '%s'", type);
	return fixture_number(fixture, sql);
}

static void boundaries_are_told_once_each_however_late(void **state)
{
	struct fixture *fixture = *state;
	struct step step = { .count = 0 };

	make_endpoint(fixture, &step, "move.started move.ended");
	make_move(fixture, &step, "sip:a@example.com", start_ms + 1000,
		  start_ms + 2000);
	make_move(fixture, &step, "sip:b@example.com", start_ms + 1000,
		  start_ms + 9000);
	assert_int_equal(start_ms + 1000, pass(fixture, &step));
	assert_int_equal(0, told(fixture, "move.started"));

	step.now_ms = start_ms + 5000;
	assert_int_equal(start_ms + 9000, pass(fixture, &step));
	assert_int_equal(2, told(fixture, "move.started"));
	assert_int_equal(1, told(fixture, "move.ended"));
	pass(fixture, &step);
	step.now_ms = start_ms + 20000;
	assert_int_equal(INT64_MAX, pass(fixture, &step));
	assert_int_equal(2, told(fixture, "move.started"));
	assert_int_equal(2, told(fixture, "move.ended"));
}

static void very_many_of_one_millisecond_are_all_told(void **state)
{
	struct fixture *fixture = *state;
	struct step step = { .count = 0 };
	char address[64];

	make_endpoint(fixture, &step, "move.started");
	for (int i = 0; i < 100; i++) {
		snprintf(address, sizeof(address), "sip:n%d@example.com", i);
		make_move(fixture, &step, address, start_ms + 1000,
			  MOVE_OPEN_END);
	}
	step.now_ms = start_ms + 1000;
	for (int i = 0; i < 10 && pass(fixture, &step) == 0; i++)
		;
	assert_int_equal(100, told(fixture, "move.started"));
}

static void a_start_that_is_written_into_the_past_is_told_at_once(void **state)
{
	struct fixture *fixture = *state;
	struct step step = { .count = 0 };

	make_endpoint(fixture, &step, "move.started");
	make_move(fixture, &step, "sip:a@example.com", start_ms + 1000,
		  MOVE_OPEN_END);
	step.now_ms = start_ms + 5000;
	pass(fixture, &step);
	make_move(fixture, &step, "sip:b@example.com", start_ms + 500,
		  MOVE_OPEN_END);
	assert_int_equal(2, told(fixture, "move.started"));
	pass(fixture, &step);
	assert_int_equal(2, told(fixture, "move.started"));
}

static void a_reminder_that_comes_too_late_is_none(void **state)
{
	struct fixture *fixture = *state;
	struct step step = { .count = 0 };

	make_endpoint(fixture, &step, "move.starting_soon move.ending_soon");
	step.reminders = (struct move_reminders){ HOUR_MS, HOUR_MS };
	make_move(fixture, &step, "sip:a@example.com", start_ms + 2 * HOUR_MS,
		  start_ms + 4 * HOUR_MS);
	assert_int_equal(start_ms + HOUR_MS, pass(fixture, &step));
	step.now_ms = start_ms + HOUR_MS;
	pass(fixture, &step);
	assert_int_equal(1, told(fixture, "move.starting_soon"));
	step.now_ms = start_ms + 5 * HOUR_MS;
	pass(fixture, &step);
	assert_int_equal(0, told(fixture, "move.ending_soon"));
}

int main(void)
{
#define STORE_TEST(name) \
	cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
	const struct CMUnitTest tests[] = {
		STORE_TEST(at_most_four_are_under_way_to_one_endpoint),
		STORE_TEST(
			what_failed_is_tried_again_by_the_schedule_until_it_is_dead),
		STORE_TEST(after_five_failures_one_message_at_a_time_is_sent),
		STORE_TEST(
			who_fails_for_days_is_disabled_and_what_waits_is_kept),
		STORE_TEST(a_retry_after_puts_a_try_off_but_a_day_at_most),
		STORE_TEST(what_is_old_is_removed),
		STORE_TEST(boundaries_are_told_once_each_however_late),
		STORE_TEST(very_many_of_one_millisecond_are_all_told),
		STORE_TEST(
			a_start_that_is_written_into_the_past_is_told_at_once),
		STORE_TEST(a_reminder_that_comes_too_late_is_none),
	};

	return sodium_init() < 0 ? 1
				 : cmocka_run_group_tests(tests, NULL, NULL);
}
