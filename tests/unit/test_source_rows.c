#include "store_fixture.h"

#include "db/snapshot_sources.h"
#include "db/source_rows.h"

struct row_call {
	enum source_kind kind;
	union {
		struct source_object object;
		struct source_rule rule;
		struct source_ban ban;
		struct scanner_pattern pattern;
	} value;
	struct faults faults;
	char other_id[OBJECT_ID_SIZE];
	int64_t if_revision;
	int64_t now_ms; /* 0: the store's own */
};

static int run_create(struct changes *changes, void *arg)
{
	struct row_call *call = arg;

	if (call->now_ms)
		changes->now_ms = call->now_ms;
	return source_row_create(changes, call->kind, &call->value,
				 &call->faults, call->other_id);
}

static int run_update(struct changes *changes, void *arg)
{
	struct row_call *call = arg;

	return source_row_update(changes, call->kind, &call->value,
				 call->if_revision, &call->faults,
				 call->other_id);
}

static int run_get(struct changes *changes, void *arg)
{
	struct row_call *call = arg;
	char id[OBJECT_ID_SIZE];

	memcpy(id, call->value.object.id, sizeof(id));
	if (call->now_ms)
		changes->now_ms = call->now_ms;
	return source_row_get(changes, call->kind, text_of(id), &call->value);
}

static int run_delete(struct changes *changes, void *arg)
{
	struct row_call *call = arg;
	char id[OBJECT_ID_SIZE];

	memcpy(id, call->value.object.id, sizeof(id));
	return source_row_delete(changes, call->kind, text_of(id),
				 call->if_revision);
}

static int create(struct fixture *fixture, struct row_call *call)
{
	int err = fixture_run(fixture, run_create, call);

	faults_clear(&call->faults);
	return err;
}

static struct row_call a_rule(const char *network, enum source_action action)
{
	struct row_call call = { .kind = SOURCE_RULES };

	text_copy(text_of(network), call.value.rule.network,
		  sizeof(call.value.rule.network));
	call.value.rule.action = action;
	call.value.rule.enabled = true;
	return call;
}

static struct row_call a_ban(const char *network, int64_t expires_at_ms)
{
	struct row_call call = { .kind = SOURCE_BANS };

	text_copy(text_of(network), call.value.ban.network,
		  sizeof(call.value.ban.network));
	call.value.ban.expires_at_ms = expires_at_ms;
	return call;
}

static enum source_verdict verdict(struct fixture *fixture, const char *address)
{
	struct ip_address parsed;

	assert_int_equal(0, ip_address_parse(text_of(address), &parsed));
	return snapshot_sources_judge(snapshot_sources(publisher_current(
					      store_publisher(fixture->store))),
				      SOURCE_ANY_LISTENER, &parsed, AT(0));
}

static void a_rule_is_in_the_snapshot_of_its_revision(void **state)
{
	struct row_call call = a_rule("203.0.113.0/24", SOURCE_DENY);

	assert_int_equal(SOURCE_IS_UNKNOWN, verdict(*state, "203.0.113.1"));
	assert_int_equal(0, create(*state, &call));
	assert_int_equal(SOURCE_IS_DENIED, verdict(*state, "203.0.113.1"));
	call.value.rule.action = SOURCE_ALLOW;
	assert_int_equal(0, fixture_run(*state, run_update, &call));
	assert_int_equal(SOURCE_IS_ALLOWED, verdict(*state, "203.0.113.1"));
	fixture_reopen(*state);
	assert_int_equal(SOURCE_IS_ALLOWED, verdict(*state, "203.0.113.1"));
	call.if_revision = 1;
	assert_int_equal(ESTALE, fixture_run(*state, run_delete, &call));
	call.if_revision = call.value.object.revision;
	assert_int_equal(0, fixture_run(*state, run_delete, &call));
	assert_int_equal(SOURCE_IS_UNKNOWN, verdict(*state, "203.0.113.1"));
	assert_int_equal(ENOENT, fixture_run(*state, run_delete, &call));
	assert_int_equal(
		3, fixture_number(*state,
				  "SELECT count(*) FROM audit WHERE action "
				  "LIKE 'source_rule.%'"));
}

static void a_network_has_one_rule_for_each_listener(void **state)
{
	struct row_call first = a_rule("203.0.113.0/24", SOURCE_DENY);
	struct row_call other = a_rule("203.0.114.0/24", SOURCE_DENY);
	struct row_call again = a_rule("::ffff:203.0.113.0/120", SOURCE_ALLOW);

	assert_int_equal(0, create(*state, &first));
	assert_int_equal(0, create(*state, &other));
	assert_int_equal(EEXIST, create(*state, &again));
	assert_string_equal(first.value.object.id, again.other_id);
	text_copy(text_of("203.0.113.0/24"), other.value.rule.network,
		  SOURCE_NETWORK_SIZE);
	assert_int_equal(EEXIST, fixture_run(*state, run_update, &other));
	text_copy(text_of("udp:192.0.2.1:5060"), again.value.rule.listener,
		  SOURCE_LISTENER_SIZE);
	assert_int_equal(0, create(*state, &again));
}

static void a_ban_that_ended_is_not_there_and_goes_with_the_next_one(
	void **state)
{
	struct row_call first = a_ban("203.0.113.0/24", AT(1));
	struct row_call second = a_ban("203.0.113.0/24", AT(3));
	struct row_call read = { .kind = SOURCE_BANS };

	first.now_ms = AT(0);
	assert_int_equal(0, create(*state, &first));
	memcpy(read.value.object.id, first.value.object.id, OBJECT_ID_SIZE);
	read.now_ms = AT(1) - 1;
	assert_int_equal(0, fixture_run(*state, run_get, &read));
	read.now_ms = AT(1);
	assert_int_equal(ENOENT, fixture_run(*state, run_get, &read));

	second.now_ms = AT(1) - 1;
	assert_int_equal(EEXIST, create(*state, &second));
	second.now_ms = AT(1);
	assert_int_equal(0, create(*state, &second));
	assert_int_equal(
		1, fixture_number(*state, "SELECT count(*) FROM source_ban"));
	second.value.ban.expires_at_ms = AT(2);
	second.now_ms = AT(2);
	assert_int_equal(EINVAL, create(*state, &second));
}

static void there_are_only_so_many_patterns(void **state)
{
	struct row_call call = { .kind = SCANNER_PATTERNS };

	call.value.pattern.enabled = true;
	for (int i = 0; i < SCANNER_PATTERNS_MAX; i++) {
		snprintf(call.value.pattern.text,
			 sizeof(call.value.pattern.text), "scanner %d", i);
		assert_int_equal(0, create(*state, &call));
	}
	text_copy(TEXT("one more"), call.value.pattern.text,
		  sizeof(call.value.pattern.text));
	assert_int_equal(EINVAL, create(*state, &call));
}

static int run_limit(struct changes *changes, void *arg)
{
	struct faults faults = { 0 };
	struct source_limit *wanted = arg;
	struct source_limit found;
	int err = source_limit_get(changes, &found);

	assert_int_equal(0, err);
	assert_true(found.enabled);
	assert_int_equal(source_limit_default.rate, found.rate);
	assert_int_equal(ESTALE, source_limit_set(changes, wanted,
						  found.revision + 5, &faults));
	wanted->rate = 0;
	assert_int_equal(EINVAL, source_limit_set(changes, wanted, 0, &faults));
	faults_clear(&faults);
	wanted->rate = 7;
	return source_limit_set(changes, wanted, found.revision, &faults);
}

static void a_fresh_store_has_the_default_limit_and_takes_another(void **state)
{
	struct fixture *fixture = *state;
	struct source_limit wanted = source_limit_default;

	assert_int_equal(0, fixture_run(fixture, run_limit, &wanted));
	fixture_reopen(fixture);
	assert_int_equal(7, snapshot_sources_limit(
				    snapshot_sources(publisher_current(
					    store_publisher(fixture->store))))
				    ->rate);
}

static int run_spoil(struct changes *changes, void *arg)
{
	(void)arg;
	(void)changes_revision(changes);
	changes->touched_sources = true;
	return database_execute(
		changes->database,
		"INSERT INTO source_rule VALUES (9, 'srl_x', 'no network', '', "
		"1, 1, '', 1, 1, 1);"
		"UPDATE source_limit SET rate = 0;");
}

static void what_the_file_holds_is_not_trusted(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(0, fixture_run(fixture, run_spoil, NULL));
	fixture_reopen(fixture);
	assert_true(snapshot_sources_are_open(snapshot_sources(
		publisher_current(store_publisher(fixture->store)))));
}

#define ROW_TEST(name) \
	cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW_TEST(a_rule_is_in_the_snapshot_of_its_revision),
		ROW_TEST(a_network_has_one_rule_for_each_listener),
		ROW_TEST(
			a_ban_that_ended_is_not_there_and_goes_with_the_next_one),
		ROW_TEST(there_are_only_so_many_patterns),
		ROW_TEST(a_fresh_store_has_the_default_limit_and_takes_another),
		ROW_TEST(what_the_file_holds_is_not_trusted),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
