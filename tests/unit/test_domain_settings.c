#include "store_fixture.h"

#include "db/domain_settings.h"

struct domain_call {
	struct domain domain;
	struct faults faults;
	struct domain_conflict conflict;
};

static int run_create(struct changes *changes, void *arg)
{
	struct domain_call *call = arg;

	return domain_create(changes, &call->domain, &call->faults);
}

static int run_update(struct changes *changes, void *arg)
{
	struct domain_call *call = arg;

	return domain_update(changes, &call->domain, 0, &call->faults,
			     &call->conflict);
}

static int run_get(struct changes *changes, void *arg)
{
	struct domain_call *call = arg;
	char id[OBJECT_ID_SIZE];

	text_copy(text_of(call->domain.id), id, sizeof(id));
	return domain_get(changes, text_of(id), &call->domain);
}

static int run_find(struct changes *changes, void *arg)
{
	struct domain_call *call = arg;
	size_t count;
	bool more;

	return domain_list(changes, "", 1, &call->domain, &count, &more);
}

struct address_call {
	struct address address;
	struct faults faults;
};

static int run_address_create(struct changes *changes, void *arg)
{
	struct address_call *call = arg;

	return address_create(changes, &call->address, true, &call->faults);
}

static int make_address(struct fixture *fixture, const char *uri,
			struct address_call *ret_call)
{
	*ret_call = (struct address_call){ 0 };
	text_copy(text_of(uri), ret_call->address.uri,
		  sizeof(ret_call->address.uri));
	return fixture_run(fixture, run_address_create, ret_call);
}

static void made_address(struct fixture *fixture, const char *uri)
{
	struct address_call call;

	assert_int_equal(0, make_address(fixture, uri, &call));
}

/* The one domain there is, as it is stored. */
static struct domain_call the_domain(struct fixture *fixture)
{
	struct domain_call call = { 0 };

	assert_int_equal(0, fixture_run(fixture, run_find, &call));
	return call;
}

static const struct snapshot *snapshot_of(struct fixture *fixture)
{
	return publisher_current(store_publisher(fixture->store));
}

static const struct snapshot_address *find(struct fixture *fixture,
					   const char *address)
{
	return snapshot_address(snapshot_of(fixture), text_of(address));
}

static void a_domain_keeps_its_settings_and_calls_see_them(void **state)
{
	struct fixture *fixture = *state;
	struct domain_call call = { 0 };
	const struct domain_settings *seen;
	const struct domain_settings settings = {
		.ignores_user_case = true,
		.refuses_uniformly = true,
		.rejects_anonymous = true,
		.redirects_otherwise = true,
		.redirects_register = true,
		.retry_after = RETRY_AFTER_FIXED,
		.retry_after_s = 77,
		.unavailable_phrase = "Moved Later",
		.otherwise_template = "sip:{user}@pbx.example.net",
		.register_target = "sip:registrar.example.net",
		.style = { .status = 300,
			   .contacts_max = 3,
			   .is_one_header = true,
			   .expires = CONTACT_EXPIRES_NEXT_CHANGE,
			   .has_diversion = true,
			   .has_history_info = true,
			   .has_cause = true,
			   .contact_template = "sip:{user}@gw.example.net" },
	};

	text_copy(TEXT("example.com"), call.domain.name, DOMAIN_NAME_MAX);
	assert_int_equal(0, fixture_run(fixture, run_create, &call));
	assert_int_equal(8, call.domain.settings.style.contacts_max);
	seen = snapshot_domain(snapshot_of(fixture), TEXT("example.com"))
		       ->settings;
	assert_true(domain_settings_are_default(seen));

	call.domain.settings = settings;
	assert_int_equal(0, fixture_run(fixture, run_update, &call));
	fixture_reopen(fixture);
	memset(&call.domain.settings, 0x5a, sizeof(call.domain.settings));
	assert_int_equal(0, fixture_run(fixture, run_get, &call));
	seen = snapshot_domain(snapshot_of(fixture), TEXT("example.com"))
		       ->settings;
	for (size_t i = 0; i < 2; i++) {
		const struct domain_settings *got = i ? seen
						      : &call.domain.settings;

		assert_true(got->ignores_user_case && got->refuses_uniformly &&
			    got->rejects_anonymous &&
			    got->redirects_otherwise &&
			    got->redirects_register);
		assert_int_equal(RETRY_AFTER_FIXED, got->retry_after);
		assert_int_equal(77, got->retry_after_s);
		assert_string_equal("Moved Later", got->unavailable_phrase);
		assert_string_equal(settings.otherwise_template,
				    got->otherwise_template);
		assert_string_equal(settings.register_target,
				    got->register_target);
		assert_memory_equal(
			&settings.style, &got->style,
			offsetof(struct answer_style, contact_template));
		assert_string_equal(settings.style.contact_template,
				    got->style.contact_template);
	}
	assert_int_equal(
		1,
		fixture_number(fixture,
			       "SELECT count(*) FROM audit WHERE action = "
			       "'domain.update' AND before ->> "
			       "'$.answer_style.status' IS NULL AND after ->> "
			       "'$.answer_style.status' = 300 AND after ->> "
			       "'$.otherwise.target_template' = "
			       "'sip:{user}@pbx.example.net'"));
}

static void write_behind_its_back(struct fixture *fixture, const char *sql)
{
	struct database *database = NULL;
	char path[300];

	snprintf(path, sizeof(path), "%s/sipmoved.db", fixture->path);
	assert_int_equal(0,
			 database_open(path, SQLITE_OPEN_READWRITE, &database));
	assert_int_equal(0, database_execute(database, sql));
	database_close(database);
}

static void a_phrase_that_the_file_should_not_hold_is_never_said(void **state)
{
	static const char *const phrases[] = {
		"'a' || char(13, 10) || 'X: y'",
		"'caf' || char(233)",
		"'\"Gone\"'",
		"' Gone'",
		"replace(hex(zeroblob(31)), '0', 'x')",
	};
	struct fixture *fixture = *state;
	struct domain_call call = { 0 };

	text_copy(TEXT("example.com"), call.domain.name, DOMAIN_NAME_MAX);
	text_copy(TEXT("Moved Later"), call.domain.settings.unavailable_phrase,
		  UNAVAILABLE_PHRASE_MAX);
	assert_int_equal(0, fixture_run(fixture, run_create, &call));
	for (size_t i = 0; i < sizeof(phrases) / sizeof(*phrases); i++) {
		char sql[128];

		snprintf(sql, sizeof(sql),
			 "UPDATE domain SET unavailable_phrase = %s",
			 phrases[i]);
		fixture_close(fixture);
		write_behind_its_back(fixture, sql);
		fixture_open(fixture);
		assert_string_equal("", snapshot_domain(snapshot_of(fixture),
							TEXT("example.com"))
						->settings->unavailable_phrase);
	}
}

struct fault_case {
	struct domain_settings settings;
	enum fault_code code;
	const char *pointer;
};

static void settings_that_cannot_be_meant_are_faults(void **state)
{
	static const struct fault_case rows[] = {
		{ { .redirects_otherwise = true },
		  FAULT_MISSING_MEMBER,
		  "/otherwise/target_template" },
		{ { .otherwise_template = "sip:{nobody}@pbx.example.net" },
		  FAULT_BAD_TARGET,
		  "/otherwise/target_template" },
		{ { .otherwise_template = "sip:{user}@pbx\r\nX: y" },
		  FAULT_BAD_TARGET,
		  "/otherwise/target_template" },
		{ { .otherwise_template = "sip:{user}@pbx;method=BYE" },
		  FAULT_BAD_TARGET,
		  "/otherwise/target_template" },
		{ { .otherwise_template = "sip:pbx.example.net" },
		  FAULT_BAD_TARGET,
		  "/otherwise/target_template" },
		{ { .otherwise_template = "sip:{user}@EXAMPLE.com:5070" },
		  FAULT_BAD_TARGET,
		  "/otherwise/target_template" },
		{ { .otherwise_template = "sip:{user}@{host};x=y" },
		  FAULT_BAD_TARGET,
		  "/otherwise/target_template" },
		{ { .redirects_register = true },
		  FAULT_MISSING_MEMBER,
		  "/register/target" },
		{ { .register_target = "sip:a@registrar.example.net" },
		  FAULT_BAD_TARGET,
		  "/register/target" },
		{ { .register_target = "tel:+15550100" },
		  FAULT_BAD_TARGET,
		  "/register/target" },
		{ { .register_target = "sip:r.example.net;maddr=192.0.2.1" },
		  FAULT_BAD_TARGET,
		  "/register/target" },
		{ { .retry_after = RETRY_AFTER_FIXED },
		  FAULT_MISSING_MEMBER,
		  "/retry_after/seconds" },
		{ { .retry_after_s = RETRY_AFTER_SECONDS_MAX + 1 },
		  FAULT_OUT_OF_RANGE,
		  "/retry_after/seconds" },
		{ { .retry_after = RETRY_AFTER_NEXT_START,
		    .refuses_uniformly = true },
		  FAULT_CONFLICTS_WITH_OTHER_MEMBER,
		  "/retry_after/mode" },
		{ { .unavailable_phrase = "Later\r\nX: y" },
		  FAULT_BAD_FORMAT,
		  "/unavailable_phrase" },
		{ { .unavailable_phrase = "\"Later\"" },
		  FAULT_BAD_FORMAT,
		  "/unavailable_phrase" },
		{ { .unavailable_phrase = "d\xc3\xa9m\xc3\xa9nag\xc3\xa9" },
		  FAULT_BAD_FORMAT,
		  "/unavailable_phrase" },
		{ { .unavailable_phrase = "Later " },
		  FAULT_BAD_FORMAT,
		  "/unavailable_phrase" },
		{ { .style = { .status = 301 } },
		  FAULT_BAD_FORMAT,
		  "/answer_style/status" },
		{ { .style = { .contacts_max = 9 } },
		  FAULT_BAD_FORMAT,
		  "/answer_style/contacts_max" },
		{ { .style = { .contact_template = "sip:{host}" } },
		  FAULT_BAD_FORMAT,
		  "/answer_style/contact_template" },
		{ { .style = { .contact_template =
				       "sip:{user}@gw;transport=tls" } },
		  FAULT_BAD_FORMAT,
		  "/answer_style/contact_template" },
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct faults faults = { 0 };

		domain_settings_validate(&rows[i].settings, TEXT("example.com"),
					 &faults);
		if (faults.count != 1)
			print_message("row %zu\n", i);
		assert_int_equal(1, faults.count);
		assert_int_equal(rows[i].code, faults.list[0].code);
		assert_string_equal(rows[i].pointer, faults.list[0].pointer);
		faults_clear(&faults);
	}
}

static void domains_never_send_calls_on_to_each_other(void **state)
{
	struct fixture *fixture = *state;
	struct domain_call a = { 0 }, b = { 0 };

	text_copy(TEXT("a.example"), a.domain.name, DOMAIN_NAME_MAX);
	text_copy(TEXT("b.example"), b.domain.name, DOMAIN_NAME_MAX);
	text_copy(TEXT("sip:{user}@b.example"),
		  a.domain.settings.otherwise_template, ANSWER_TEMPLATE_MAX);
	text_copy(TEXT("sip:{user}@A.example"),
		  b.domain.settings.otherwise_template, ANSWER_TEMPLATE_MAX);
	a.domain.settings.redirects_otherwise = true;
	b.domain.settings.redirects_otherwise = true;
	assert_int_equal(0, fixture_run(fixture, run_create, &a));
	assert_int_equal(EINVAL, fixture_run(fixture, run_create, &b));
	assert_string_equal("/otherwise/target_template",
			    b.faults.list[0].pointer);
	faults_clear(&b.faults);
	b.domain.settings.redirects_otherwise = false;
	assert_int_equal(0, fixture_run(fixture, run_create, &b));
	b.domain.settings.redirects_otherwise = true;
	assert_int_equal(EINVAL, fixture_run(fixture, run_update, &b));
	faults_clear(&b.faults);
}

static void a_domain_that_begins_to_ignore_case_keys_its_addresses_anew(
	void **state)
{
	struct fixture *fixture = *state;
	struct domain_call call;
	struct address_call double_call;

	made_move(fixture, "sip:Alice@example.com",
		  "sip:Alice@hotel.example.net", AT(0), AT(10));
	made_move(fixture, "sip:carol@other.example", "sip:BOB@example.com",
		  AT(0), AT(10));
	made_address(fixture, "sip:Carol@other.example");
	made_address(fixture, "tel:+15550100");
	call = the_domain(fixture);
	assert_string_equal("example.com", call.domain.name);
	call.domain.settings.ignores_user_case = true;
	assert_int_equal(0, fixture_run(fixture, run_update, &call));

	assert_null(find(fixture, "sip:Alice@example.com"));
	assert_int_equal(1, find(fixture, "sip:alice@example.com")->move_count);
	assert_non_null(find(fixture, "sip:Carol@other.example"));
	assert_int_equal(1, fixture_number(fixture, "SELECT count(*) FROM move "
						    "WHERE address = "
						    "'sip:alice@example.com'"));
	assert_int_equal(1, fixture_number(fixture,
					   "SELECT count(*) FROM move_target "
					   "WHERE leads_to = "
					   "'sip:bob@example.com'"));
	assert_int_equal(1, fixture_number(fixture,
					   "SELECT count(*) FROM address "
					   "WHERE uri = 'sip:alice@example.com'"
					   " AND revision = (SELECT max("
					   "revision) FROM domain)"));
	/* From now on no case makes another address. */
	assert_int_equal(EEXIST, make_address(fixture, "sip:ALICE@example.com",
					      &double_call));
	assert_int_equal(
		0, make_address(fixture, "sip:Dave@example.com", &double_call));
	assert_string_equal("sip:dave@example.com", double_call.address.uri);
	fixture_reopen(fixture);
	assert_int_equal(1, find(fixture, "sip:alice@example.com")->move_count);
}

static void moves_and_loops_are_found_without_case(void **state)
{
	struct fixture *fixture = *state;
	struct domain_call call = { .domain.settings.ignores_user_case = true };
	struct move_call move;

	text_copy(TEXT("example.com"), call.domain.name, DOMAIN_NAME_MAX);
	assert_int_equal(0, fixture_run(fixture, run_create, &call));
	move = made_move(fixture, "sip:ALICE@example.com",
			 "sip:Bob@example.com", AT(0), AT(10));
	assert_string_equal("sip:alice@example.com", move.move.address);
	move = a_move("sip:alicE@example.com", "sip:x@hotel.example.net", AT(5),
		      AT(6));
	assert_int_equal(EEXIST, create_move(fixture, &move));
	assert_int_equal(MOVE_OVERLAPS, move.conflict.kind);
	move = a_move("sip:BOB@example.com", "sip:aLice@example.com", AT(5),
		      AT(6));
	assert_int_equal(EEXIST, create_move(fixture, &move));
	assert_int_equal(MOVE_LOOPS, move.conflict.kind);
	move = a_move("sip:Eve@example.com", "sip:EVE@example.com", AT(5),
		      AT(6));
	assert_int_equal(EEXIST, create_move(fixture, &move));
	assert_int_equal(MOVE_LOOPS, move.conflict.kind);
}

static void addresses_that_would_be_one_are_named(void **state)
{
	struct fixture *fixture = *state;
	struct domain_call call;

	made_address(fixture, "sip:Alice@example.com");
	made_address(fixture, "sip:alice@example.com");
	made_address(fixture, "sip:Bob@example.com");
	call = the_domain(fixture);
	call.domain.settings.ignores_user_case = true;
	assert_int_equal(EEXIST, fixture_run(fixture, run_update, &call));
	assert_int_equal(2, call.conflict.count);
	assert_string_equal("sip:Alice@example.com",
			    call.conflict.addresses[0]);
	assert_string_equal("sip:alice@example.com",
			    call.conflict.addresses[1]);
	assert_int_equal(0, strncmp(call.conflict.ids[0], "adr_", 4));
	assert_non_null(find(fixture, "sip:Bob@example.com"));
	assert_int_equal(
		0, fixture_number(fixture,
				  "SELECT sum(ignore_user_case) FROM domain"));
}

static void a_loop_that_would_come_to_be_is_shown(void **state)
{
	struct fixture *fixture = *state;
	struct domain_call call;

	made_move(fixture, "sip:alice@example.com", "sip:bob@example.com",
		  AT(0), AT(10));
	made_move(fixture, "sip:BOB@example.com", "sip:alice@example.com",
		  AT(5), AT(20));
	call = the_domain(fixture);
	call.domain.settings.ignores_user_case = true;
	assert_int_equal(EEXIST, fixture_run(fixture, run_update, &call));
	assert_int_equal(0, call.conflict.count);
	assert_int_equal(MOVE_LOOPS, call.conflict.loop.kind);
	assert_int_equal(3, call.conflict.loop.cycle_count);
	assert_non_null(find(fixture, "sip:BOB@example.com"));
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_domain_keeps_its_settings_and_calls_see_them),
		TEST(a_phrase_that_the_file_should_not_hold_is_never_said),
		cmocka_unit_test(settings_that_cannot_be_meant_are_faults),
		TEST(domains_never_send_calls_on_to_each_other),
		TEST(a_domain_that_begins_to_ignore_case_keys_its_addresses_anew),
		TEST(moves_and_loops_are_found_without_case),
		TEST(addresses_that_would_be_one_are_named),
		TEST(a_loop_that_would_come_to_be_is_shown),
	};
#undef TEST

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
