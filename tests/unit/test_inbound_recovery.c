/* What was stored of webhooks when the server was killed, and not done yet. */
#include "tests/unit/store_fixture.h"

#include "api/inbound_recovery.h"
#include "db/inbound_sources.h"

static const char mapping[] = "[{\"to\":\"external_id\",\"from\":\"/id\"},"
			      "{\"to\":\"address\",\"from\":\"/who\"},"
			      "{\"to\":\"target\",\"from\":\"/where\"}]";

struct scene {
	struct inbound_source source;
	struct inbound_event event;
	const char *body;
	struct move move;
};

static int add_domain(struct changes *changes, void *arg)
{
	struct domain domain = { .name = "example.com" };
	struct faults faults = { 0 };

	(void)arg;
	return domain_create(changes, &domain, &faults);
}

static int add_source(struct changes *changes, void *arg)
{
	struct scene *scene = arg;
	struct faults faults = { 0 };
	char other_id[OBJECT_ID_SIZE];

	return inbound_source_create(changes, &scene->source, &faults,
				     other_id);
}

static int add_event(struct changes *changes, void *arg)
{
	struct scene *scene = arg;

	scene->event.source_row_id = scene->source.row_id;
	scene->event.is_verified = true;
	scene->event.outcome = INBOUND_RECEIVED;
	return inbound_event_add(changes, &scene->event, text_of(scene->body));
}

static int read_event(struct changes *changes, void *arg)
{
	struct scene *scene = arg;
	int err = inbound_event_get(changes, text_of(scene->event.id),
				    &scene->event);

	inbound_event_clear(&scene->event);
	return err;
}

static int read_move(struct changes *changes, void *arg)
{
	struct scene *scene = arg;

	return move_find_external(changes, TEXT("trip-1"), &scene->move);
}

static void make(struct fixture *fixture, struct scene *scene, unsigned kind)
{
	*scene = (struct scene){
		.source = { .name = "leave tool",
			    .kind = kind,
			    .enabled = true,
			    .window_seconds = 300,
			    .secret = "a secret of sixteen" },
		.event = { .key = "d-1", .content_type = "application/json" },
		.body = "{\"id\":\"trip-1\",\"who\":\"sip:a@example.com\","
			"\"where\":\"sip:a@hotel.example.net\"}",
	};
	text_copy(text_of(kind == INBOUND_SLACK_COMMAND ? "[]" : mapping),
		  scene->source.mapping, sizeof(scene->source.mapping));
	assert_int_equal(0, fixture_run(fixture, add_domain, NULL));
	assert_int_equal(0, fixture_run(fixture, add_source, scene));
	assert_int_equal(0, fixture_run(fixture, add_event, scene));
}

static void what_was_stored_is_done_once_at_the_next_start(void **state)
{
	struct fixture *fixture = *state;
	struct scene scene;
	int64_t revision;

	make(fixture, &scene, INBOUND_GITHUB);
	fixture_reopen(fixture);
	assert_int_equal(0, inbound_recovery_run(fixture->store));
	assert_int_equal(0, fixture_run(fixture, read_move, &scene));
	assert_string_equal("sip:a@example.com", scene.move.address);
	assert_string_equal("leave tool", scene.move.created_by);
	assert_int_equal(0, fixture_run(fixture, read_event, &scene));
	assert_int_equal(INBOUND_APPLIED, scene.event.outcome);
	assert_int_equal(200, scene.event.status);

	revision = scene.move.revision;
	assert_int_equal(0, inbound_recovery_run(fixture->store));
	assert_int_equal(0, fixture_run(fixture, read_move, &scene));
	assert_int_equal(revision, scene.move.revision);
}

static void the_same_sent_again_was_done_already(void **state)
{
	struct fixture *fixture = *state;
	struct scene scene;

	make(fixture, &scene, INBOUND_GITHUB);
	assert_int_equal(0, fixture_run(fixture, add_event, &scene));
	assert_int_equal(0, inbound_recovery_run(fixture->store));
	assert_int_equal(0, fixture_run(fixture, read_event, &scene));
	assert_int_equal(INBOUND_DUPLICATE, scene.event.outcome);
	scene.body = "{\"id\":\"trip-2\"}";
	assert_int_equal(0, fixture_run(fixture, add_event, &scene));
	assert_int_equal(0, inbound_recovery_run(fixture->store));
	assert_int_equal(0, fixture_run(fixture, read_event, &scene));
	assert_int_equal(INBOUND_REFUSED, scene.event.outcome);
	assert_int_equal(409, scene.event.status);
}

static void what_gives_no_move_is_refused(void **state)
{
	struct fixture *fixture = *state;
	struct scene scene;

	make(fixture, &scene, INBOUND_GITHUB);
	text_copy(TEXT("d-2"), scene.event.key, sizeof(scene.event.key));
	scene.body = "{\"id\":\"trip-2\",\"who\":\"nobody\"}";
	assert_int_equal(0, fixture_run(fixture, add_event, &scene));
	assert_int_equal(0, inbound_recovery_run(fixture->store));
	assert_int_equal(0, fixture_run(fixture, read_event, &scene));
	assert_int_equal(INBOUND_REFUSED, scene.event.outcome);
	assert_int_equal(422, scene.event.status);
}

static int apply_newer(struct changes *changes, void *arg)
{
	struct scene *scene = arg;
	int err = add_event(changes, scene);

	scene->event.outcome = INBOUND_APPLIED;
	return err ? err : inbound_event_settle(changes, &scene->event);
}

static void what_is_older_never_goes_over_what_is_newer(void **state)
{
	struct fixture *fixture = *state;
	struct scene scene, newer;

	make(fixture, &scene, INBOUND_GITHUB);
	newer = scene;
	text_copy(TEXT("d-2"), newer.event.key, sizeof(newer.event.key));
	assert_int_equal(0, fixture_run(fixture, apply_newer, &newer));
	assert_int_equal(0, inbound_recovery_run(fixture->store));
	assert_int_equal(ENOENT, fixture_run(fixture, read_move, &scene));
	assert_int_equal(0, fixture_run(fixture, read_event, &scene));
	assert_int_equal(INBOUND_REFUSED, scene.event.outcome);
	assert_int_equal(503, scene.event.status);
}

static void a_slash_command_is_given_up(void **state)
{
	struct fixture *fixture = *state;
	struct scene scene;

	make(fixture, &scene, INBOUND_SLACK_COMMAND);
	assert_int_equal(0, inbound_recovery_run(fixture->store));
	assert_int_equal(0, fixture_run(fixture, read_event, &scene));
	assert_int_equal(INBOUND_REFUSED, scene.event.outcome);
	assert_int_equal(503, scene.event.status);
	assert_int_equal(ENOENT, fixture_run(fixture, read_move, &scene));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_was_stored_is_done_once_at_the_next_start,
			fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(
			the_same_sent_again_was_done_already, fixture_set_up,
			fixture_tear_down),
		cmocka_unit_test_setup_teardown(what_gives_no_move_is_refused,
						fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(
			what_is_older_never_goes_over_what_is_newer,
			fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(a_slash_command_is_given_up,
						fixture_set_up,
						fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
