#include "store_fixture.h"

#include "db/sip_users.h"

struct user_call {
	struct sip_user user;
	struct text password;
	bool keeps_password;
	int64_t if_revision;
	struct faults faults;
	char other_id[OBJECT_ID_SIZE];
};

struct authentication_call {
	char domain_id[OBJECT_ID_SIZE];
	struct domain_authentication authentication;
	int64_t if_revision;
	struct faults faults;
};

static int run_domain_create(struct changes *changes, void *arg)
{
	struct faults faults = { 0 };

	return domain_create(changes, arg, &faults);
}

static int run_domain_delete(struct changes *changes, void *arg)
{
	return domain_delete(changes, text_of(arg), 0);
}

static int run_create(struct changes *changes, void *arg)
{
	struct user_call *call = arg;

	return sip_user_create(changes, &call->user, call->password,
			       &call->faults, call->other_id);
}

static int run_update(struct changes *changes, void *arg)
{
	struct user_call *call = arg;

	return sip_user_update(changes, &call->user,
			       call->keeps_password ? NULL : &call->password,
			       call->if_revision, &call->faults);
}

static int run_delete(struct changes *changes, void *arg)
{
	struct user_call *call = arg;

	return sip_user_delete(changes, text_of(call->user.id),
			       call->if_revision);
}

static int run_put(struct changes *changes, void *arg)
{
	struct authentication_call *call = arg;

	return domain_authentication_put(changes, text_of(call->domain_id),
					 &call->authentication,
					 call->if_revision, &call->faults);
}

static struct domain a_domain(struct fixture *fixture, const char *name)
{
	struct domain domain = { 0 };

	text_copy(text_of(name), domain.name, sizeof(domain.name));
	assert_int_equal(0, fixture_run(fixture, run_domain_create, &domain));
	return domain;
}

static struct user_call a_user(const char *username, const char *password)
{
	struct user_call call = { .user = { .domain = "Example.COM" },
				  .password = text_of(password) };

	text_copy(text_of(username), call.user.username,
		  sizeof(call.user.username));
	return call;
}

static struct authentication_call asked_of(const struct domain *domain)
{
	struct authentication_call call = {
		.authentication = { .required = true,
				    .algorithms = DIGEST_ALL,
				    .nonce_seconds = 60 },
	};

	text_copy(text_of(domain->id), call.domain_id, sizeof(call.domain_id));
	return call;
}

static const struct snapshot *snapshot_of(struct fixture *fixture)
{
	return publisher_current(store_publisher(fixture->store));
}

static bool knows(struct fixture *fixture, const char *username,
		  const char *password)
{
	const struct digest_secrets *found = snapshot_sip_user(
		snapshot_of(fixture), TEXT("example.com"), text_of(username));
	struct digest_secrets secrets;

	assert_int_equal(0, digest_secrets_make(text_of(username),
						TEXT("example.com"),
						text_of(password), &secrets));
	return found && !memcmp(found, &secrets, sizeof(secrets));
}

static void a_user_is_known_from_his_making_to_his_removal(void **state)
{
	struct fixture *fixture = *state;
	struct user_call call = a_user("bob", "zanzibar");

	a_domain(fixture, "example.com");
	assert_int_equal(0, fixture_run(fixture, run_create, &call));
	assert_string_equal("example.com", call.user.domain);
	assert_true(knows(fixture, "bob", "zanzibar"));
	assert_false(knows(fixture, "Bob", "zanzibar"));
	assert_null(snapshot_sip_user(snapshot_of(fixture), TEXT("example.net"),
				      TEXT("bob")));

	fixture_reopen(fixture);
	assert_true(knows(fixture, "bob", "zanzibar"));

	call.password = TEXT("changed it");
	call.if_revision = call.user.revision + 1;
	assert_int_equal(ESTALE, fixture_run(fixture, run_update, &call));
	call.if_revision = 0;
	assert_int_equal(0, fixture_run(fixture, run_update, &call));
	assert_true(knows(fixture, "bob", "changed it"));
	call.keeps_password = true;
	assert_int_equal(0, fixture_run(fixture, run_update, &call));
	assert_true(knows(fixture, "bob", "changed it"));

	assert_int_equal(0, fixture_run(fixture, run_delete, &call));
	assert_false(knows(fixture, "bob", "changed it"));
	assert_int_equal(ENOENT, fixture_run(fixture, run_delete, &call));
}

static void no_password_is_written_anywhere(void **state)
{
	struct fixture *fixture = *state;
	struct user_call call = a_user("bob", "zanzibar");

	a_domain(fixture, "example.com");
	assert_int_equal(0, fixture_run(fixture, run_create, &call));
	call.password = TEXT("changed it");
	assert_int_equal(0, fixture_run(fixture, run_update, &call));
	assert_int_equal(0, fixture_run(fixture, run_delete, &call));
	assert_int_equal(3, fixture_number(fixture,
					   "SELECT count(*) FROM audit "
					   "WHERE action LIKE 'sip_user.%'"));
	assert_int_equal(
		0, fixture_number(
			   fixture,
			   "SELECT count(*) FROM (SELECT ifnull(before, '') || "
			   "ifnull(after, '') AS text FROM audit) WHERE text "
			   "GLOB '*ha1*' OR text LIKE '%zanzibar%'"));
}

static void a_user_needs_a_name_a_password_and_a_served_domain(void **state)
{
	static const struct {
		const char *username, *password, *pointer;
	} rows[] = {
		{ "", "zanzibar", "/username" },
		{ "a:b", "zanzibar", "/username" },
		{ "a\"b", "zanzibar", "/username" },
		{ "a\\b", "zanzibar", "/username" },
		{ "a\r\nb", "zanzibar", "/username" },
		{ "bob", "zanziba", "/password" },
		{ "bob", "zanzi\tbar", "/password" },
	};
	struct fixture *fixture = *state;
	struct user_call call = a_user("bob", "zanzibar");

	assert_int_equal(EINVAL, fixture_run(fixture, run_create, &call));
	assert_string_equal("/domain", call.faults.list[0].pointer);
	assert_int_equal(FAULT_UNKNOWN_DOMAIN, call.faults.list[0].code);
	faults_clear(&call.faults);
	a_domain(fixture, "example.com");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		call = a_user(rows[i].username, rows[i].password);
		assert_int_equal(EINVAL,
				 fixture_run(fixture, run_create, &call));
		assert_int_equal(1, call.faults.count);
		assert_string_equal(rows[i].pointer,
				    call.faults.list[0].pointer);
		faults_clear(&call.faults);
	}
}

static void a_name_is_taken_once_in_a_domain(void **state)
{
	struct fixture *fixture = *state;
	struct user_call first = a_user("bob", "zanzibar");
	struct user_call second = a_user("bob", "zanzibar");

	a_domain(fixture, "example.com");
	a_domain(fixture, "example.net");
	assert_int_equal(0, fixture_run(fixture, run_create, &first));
	assert_int_equal(EEXIST, fixture_run(fixture, run_create, &second));
	assert_string_equal(first.user.id, second.other_id);
	text_copy(TEXT("example.net"), second.user.domain,
		  sizeof(second.user.domain));
	assert_int_equal(0, fixture_run(fixture, run_create, &second));
}

static void what_a_domain_asks_holds_until_it_is_gone(void **state)
{
	struct fixture *fixture = *state;
	struct domain domain = a_domain(fixture, "example.com");
	struct authentication_call call = asked_of(&domain);
	const struct snapshot_authentication *found;

	assert_false(snapshot_has_authentication(snapshot_of(fixture)));
	call.if_revision = domain.revision;
	assert_int_equal(0, fixture_run(fixture, run_put, &call));
	assert_int_equal(ESTALE, fixture_run(fixture, run_put, &call));
	fixture_reopen(fixture);
	found = snapshot_authentication(snapshot_of(fixture),
					TEXT("example.com"));
	assert_non_null(found);
	assert_int_equal(DIGEST_ALL, found->algorithms);
	assert_int_equal(60000, found->nonce_lifetime_ms);
	assert_true(text_equals(found->realm, TEXT("example.com")));
	assert_null(snapshot_authentication(snapshot_of(fixture),
					    TEXT("example.net")));

	call.if_revision = 0;
	call.authentication.required = false;
	assert_int_equal(0, fixture_run(fixture, run_put, &call));
	assert_false(snapshot_has_authentication(snapshot_of(fixture)));
	call.authentication.required = true;
	assert_int_equal(0, fixture_run(fixture, run_put, &call));
	assert_int_equal(
		3, fixture_number(fixture,
				  "SELECT count(*) FROM audit WHERE "
				  "action = 'domain_authentication.replace'"));
	assert_int_equal(0, fixture_run(fixture, run_domain_delete, domain.id));
	assert_false(snapshot_has_authentication(snapshot_of(fixture)));
	assert_int_equal(ENOENT, fixture_run(fixture, run_put, &call));
}

static void a_domain_with_users_is_not_deleted(void **state)
{
	struct fixture *fixture = *state;
	struct domain domain = a_domain(fixture, "example.com");
	struct user_call call = a_user("bob", "zanzibar");

	assert_int_equal(0, fixture_run(fixture, run_create, &call));
	assert_int_equal(ENOTEMPTY,
			 fixture_run(fixture, run_domain_delete, domain.id));
	assert_int_equal(0, fixture_run(fixture, run_delete, &call));
	assert_int_equal(0, fixture_run(fixture, run_domain_delete, domain.id));
}

static void faults_in_what_a_domain_asks_are_found(void **state)
{
	struct fixture *fixture = *state;
	struct domain domain = a_domain(fixture, "example.com");
	struct authentication_call call = asked_of(&domain);

	call.authentication.algorithms = 0;
	call.authentication.nonce_seconds = NONCE_SECONDS_MAX + 1;
	assert_int_equal(EINVAL, fixture_run(fixture, run_put, &call));
	assert_int_equal(2, call.faults.count);
	faults_clear(&call.faults);
	assert_false(snapshot_has_authentication(snapshot_of(fixture)));
}

static void every_one_of_many_users_is_found(void **state)
{
	struct fixture *fixture = *state;
	char name[16];

	a_domain(fixture, "example.com");
	for (int i = 0; i < 50; i++) {
		struct user_call call;

		snprintf(name, sizeof(name), "user%d", i);
		call = a_user(name, "zanzibar");
		assert_int_equal(0, fixture_run(fixture, run_create, &call));
	}
	for (int i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "user%d", i);
		assert_true(knows(fixture, name, "zanzibar"));
	}
	assert_false(knows(fixture, "user50", "zanzibar"));
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_user_is_known_from_his_making_to_his_removal),
		TEST(no_password_is_written_anywhere),
		TEST(a_user_needs_a_name_a_password_and_a_served_domain),
		TEST(a_name_is_taken_once_in_a_domain),
		TEST(what_a_domain_asks_holds_until_it_is_gone),
		TEST(a_domain_with_users_is_not_deleted),
		TEST(faults_in_what_a_domain_asks_are_found),
		TEST(every_one_of_many_users_is_found),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
