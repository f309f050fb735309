#include "store_fixture.h"

#include "base/clock.h"

struct token_call {
	struct token token;
	char text[TOKEN_TEXT_SIZE];
	struct faults faults;
};

static int run_create(struct changes *changes, void *arg)
{
	struct token_call *call = arg;

	return token_create(changes, &call->token, &call->faults);
}

static int run_revoke(struct changes *changes, void *arg)
{
	const struct token_call *call = arg;

	return token_revoke(changes, text_of(call->token.public_id));
}

static struct token_call a_token(const char *name)
{
	struct token_call call = { .token.role = "admin",
				   .token.scopes = SCOPES_ALL };

	text_copy(text_of(name), call.token.name, sizeof(call.token.name));
	call.token.expires_at_ms = clock_wall_ms() + 3600000;
	token_make_secret(&call.token, call.text);
	return call;
}

/* As a request with this text would find it. */
static bool is_let_in(struct fixture *fixture, const struct token_call *call)
{
	const struct snapshot *snapshot =
		publisher_current(store_publisher(fixture->store));
	const struct token *token;
	struct text public_id, secret;

	assert_int_equal(0,
			 token_parse(text_of(call->text), &public_id, &secret));
	token = snapshot_token(snapshot, public_id);
	return token && token_accepts(token, secret, clock_wall_ms());
}

static void a_token_lets_in_until_it_is_revoked(void **state)
{
	struct fixture *fixture = *state;
	struct token_call call = a_token("calendar");

	assert_false(is_let_in(fixture, &call));
	assert_int_equal(0, fixture_run(fixture, run_create, &call));
	assert_true(is_let_in(fixture, &call));
	fixture_reopen(fixture);
	assert_true(is_let_in(fixture, &call));
	assert_int_equal(0, fixture_run(fixture, run_revoke, &call));
	assert_false(is_let_in(fixture, &call));
	assert_int_equal(0, fixture_run(fixture, run_revoke, &call));
	assert_int_equal(3, store_health(fixture->store).revision);
}

static void the_audit_does_not_hold_the_secret(void **state)
{
	struct fixture *fixture = *state;
	struct token_call call = a_token("calendar");

	assert_int_equal(0, fixture_run(fixture, run_create, &call));
	assert_int_equal(1, fixture_number(fixture,
					   "SELECT count(*) FROM audit "
					   "WHERE action = 'token.create'"));
	assert_int_equal(0, fixture_number(fixture,
					   "SELECT count(*) FROM audit "
					   "WHERE after LIKE '%secret%'"));
}

static void a_name_is_free_again_after_its_token_was_revoked(void **state)
{
	struct fixture *fixture = *state;
	struct token_call first = a_token("calendar");
	struct token_call second = a_token("calendar");

	assert_int_equal(0, fixture_run(fixture, run_create, &first));
	assert_int_equal(EEXIST, fixture_run(fixture, run_create, &second));
	assert_int_equal(0, fixture_run(fixture, run_revoke, &first));
	assert_int_equal(0, fixture_run(fixture, run_create, &second));
}

static void every_fault_of_a_token_is_told(void **state)
{
	struct fixture *fixture = *state;
	struct token_call call = a_token("two\nlines");

	text_copy(TEXT("king"), call.token.role, sizeof(call.token.role));
	call.token.scopes = SCOPES_ALL + 1;
	call.token.expires_at_ms = 1;
	assert_int_equal(EINVAL, fixture_run(fixture, run_create, &call));
	assert_int_equal(4, call.faults.count);
	faults_clear(&call.faults);
}

static void a_token_that_is_not_there_cannot_be_revoked(void **state)
{
	struct fixture *fixture = *state;
	struct token_call call = a_token("calendar");

	assert_int_equal(ENOENT, fixture_run(fixture, run_revoke, &call));
}

struct list_call {
	struct token_filter filter;
	struct token tokens[2];
	size_t count;
	bool more;
};

static int run_list(struct changes *changes, void *arg)
{
	struct list_call *call = arg;

	return token_list(changes, &call->filter, call->tokens, &call->count,
			  &call->more);
}

static void tokens_are_listed_page_by_page_without_their_secrets(void **state)
{
	static const unsigned char nothing[32];
	struct fixture *fixture = *state;
	struct token_call first = a_token("calendar");
	struct token_call second = a_token("calendar");
	struct token_call third = a_token("portal");
	struct list_call call = {
		.filter = { .after_name = "", .after_id = "", .limit = 2 }
	};

	assert_int_equal(0, fixture_run(fixture, run_create, &first));
	assert_int_equal(0, fixture_run(fixture, run_revoke, &first));
	assert_int_equal(0, fixture_run(fixture, run_create, &second));
	assert_int_equal(0, fixture_run(fixture, run_create, &third));

	assert_int_equal(0, fixture_run(fixture, run_list, &call));
	assert_int_equal(2, call.count);
	assert_true(call.more);
	assert_string_equal("calendar", call.tokens[1].name);
	assert_memory_equal(nothing, call.tokens[1].secret_sha256, 32);
	call.filter.after_name = "calendar";
	call.filter.after_id = call.tokens[1].public_id;
	assert_int_equal(0, fixture_run(fixture, run_list, &call));
	assert_int_equal(1, call.count);
	assert_false(call.more);
	assert_string_equal("portal", call.tokens[0].name);

	call.filter = (struct token_filter){ .name = TEXT("calendar"),
					     .not_revoked = true,
					     .after_name = "",
					     .after_id = "",
					     .limit = 2 };
	assert_int_equal(0, fixture_run(fixture, run_list, &call));
	assert_int_equal(1, call.count);
	assert_string_equal(second.token.public_id, call.tokens[0].public_id);
	assert_string_equal("active",
			    token_state_name(&call.tokens[0], clock_wall_ms()));
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_token_lets_in_until_it_is_revoked),
		TEST(the_audit_does_not_hold_the_secret),
		TEST(a_name_is_free_again_after_its_token_was_revoked),
		TEST(every_fault_of_a_token_is_told),
		TEST(a_token_that_is_not_there_cannot_be_revoked),
		TEST(tokens_are_listed_page_by_page_without_their_secrets),
	};
#undef TEST

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
