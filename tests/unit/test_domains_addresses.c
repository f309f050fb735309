#include "store_fixture.h"

struct domain_call {
	struct domain domain;
	int64_t if_revision;
	struct faults faults;
	struct domain_conflict conflict;
};

static int run_domain_create(struct changes *changes, void *arg)
{
	struct domain_call *call = arg;

	return domain_create(changes, &call->domain, &call->faults);
}

static int run_domain_update(struct changes *changes, void *arg)
{
	struct domain_call *call = arg;

	return domain_update(changes, &call->domain, call->if_revision,
			     &call->faults, &call->conflict);
}

static int run_domain_delete(struct changes *changes, void *arg)
{
	struct domain_call *call = arg;

	return domain_delete(changes, text_of(call->domain.id),
			     call->if_revision);
}

static int run_domain_get(struct changes *changes, void *arg)
{
	struct domain_call *call = arg;
	char id[OBJECT_ID_SIZE];

	text_copy(text_of(call->domain.id), id, sizeof(id));
	return domain_get(changes, text_of(id), &call->domain);
}

struct address_call {
	struct address address;
	bool may_create_domain;
	int64_t if_revision;
	struct faults faults;
};

static int run_address_create(struct changes *changes, void *arg)
{
	struct address_call *call = arg;

	return address_create(changes, &call->address, call->may_create_domain,
			      &call->faults);
}

static int run_address_update(struct changes *changes, void *arg)
{
	struct address_call *call = arg;

	return address_update(changes, &call->address, call->if_revision,
			      &call->faults);
}

static int run_address_delete(struct changes *changes, void *arg)
{
	struct address_call *call = arg;

	return address_delete(changes, text_of(call->address.id),
			      call->if_revision);
}

static struct domain_call a_domain(const char *name)
{
	struct domain_call call = { 0 };

	text_copy(text_of(name), call.domain.name, sizeof(call.domain.name));
	return call;
}

static struct address_call an_address(const char *uri)
{
	struct address_call call = { .may_create_domain = true };

	text_copy(text_of(uri), call.address.uri, sizeof(call.address.uri));
	return call;
}

static struct domain_call made_domain(struct fixture *fixture, const char *name)
{
	struct domain_call call = a_domain(name);

	assert_int_equal(0, fixture_run(fixture, run_domain_create, &call));
	return call;
}

static struct address_call made_address(struct fixture *fixture,
					const char *uri)
{
	struct address_call call = an_address(uri);

	assert_int_equal(0, fixture_run(fixture, run_address_create, &call));
	return call;
}

static const struct snapshot *snapshot_of(struct fixture *fixture)
{
	return publisher_current(store_publisher(fixture->store));
}

static void a_domain_is_served_from_its_creation_to_its_removal(void **state)
{
	struct fixture *fixture = *state;
	struct domain_call call = made_domain(fixture, "Example.COM.");

	assert_string_equal("example.com", call.domain.name);
	assert_int_equal(2, call.domain.revision);
	assert_non_null(
		snapshot_domain(snapshot_of(fixture), TEXT("example.com")));
	assert_int_equal(0, fixture_run(fixture, run_domain_delete, &call));
	assert_null(snapshot_domain(snapshot_of(fixture), TEXT("example.com")));
	assert_int_equal(ENOENT, fixture_run(fixture, run_domain_get, &call));
	assert_int_equal(2, fixture_number(fixture,
					   "SELECT count(*) FROM audit "
					   "WHERE action LIKE 'domain.%'"));
}

static void a_domain_of_the_same_name_is_refused(void **state)
{
	struct fixture *fixture = *state;
	struct domain_call call = a_domain("EXAMPLE.com");

	made_domain(fixture, "example.com");
	assert_int_equal(EEXIST,
			 fixture_run(fixture, run_domain_create, &call));
	call = a_domain("not a host");
	assert_int_equal(EINVAL,
			 fixture_run(fixture, run_domain_create, &call));
	assert_string_equal("/name", call.faults.list[0].pointer);
	faults_clear(&call.faults);
}

static void an_edit_of_a_domain_changes_its_note_and_never_its_name(
	void **state)
{
	struct fixture *fixture = *state;
	struct domain_call call = made_domain(fixture, "example.com");

	text_copy(TEXT("ours"), call.domain.note, DOMAIN_NOTE_MAX);
	text_copy(TEXT("other.example"), call.domain.name, DOMAIN_NAME_MAX);
	call.if_revision = 1;
	assert_int_equal(ESTALE,
			 fixture_run(fixture, run_domain_update, &call));
	call.if_revision = 2;
	assert_int_equal(0, fixture_run(fixture, run_domain_update, &call));
	assert_int_equal(0, fixture_run(fixture, run_domain_get, &call));
	assert_string_equal("ours", call.domain.note);
	assert_string_equal("example.com", call.domain.name);
	assert_int_equal(3, call.domain.revision);
}

static void a_domain_with_addresses_is_not_removed(void **state)
{
	struct fixture *fixture = *state;
	struct domain_call domain = made_domain(fixture, "example.com");
	struct address_call address =
		made_address(fixture, "sip:alice@example.com");

	assert_int_equal(ENOTEMPTY,
			 fixture_run(fixture, run_domain_delete, &domain));
	assert_int_equal(0, fixture_run(fixture, run_address_delete, &address));
	domain.if_revision = 1;
	assert_int_equal(ESTALE,
			 fixture_run(fixture, run_domain_delete, &domain));
	domain.if_revision = 2;
	assert_int_equal(0, fixture_run(fixture, run_domain_delete, &domain));
}

static void an_address_is_known_without_a_move(void **state)
{
	struct fixture *fixture = *state;
	struct address_call call =
		made_address(fixture, "sip:alice@EXAMPLE.com:5070;x=y");
	const struct snapshot_address *known = snapshot_address(
		snapshot_of(fixture), TEXT("sip:alice@example.com"));

	assert_string_equal("sip:alice@example.com", call.address.uri);
	assert_non_null(known);
	assert_int_equal(0, known->move_count);
	assert_int_equal(0, fixture_run(fixture, run_address_delete, &call));
	assert_null(snapshot_address(snapshot_of(fixture),
				     TEXT("sip:alice@example.com")));
	assert_int_equal(ENOENT,
			 fixture_run(fixture, run_address_delete, &call));
}

static void an_address_needs_a_served_domain_or_the_right_to_create_it(
	void **state)
{
	struct fixture *fixture = *state;
	struct address_call call = an_address("sip:alice@example.com");

	call.may_create_domain = false;
	assert_int_equal(EINVAL,
			 fixture_run(fixture, run_address_create, &call));
	assert_int_equal(FAULT_UNKNOWN_DOMAIN, call.faults.list[0].code);
	assert_string_equal("/uri", call.faults.list[0].pointer);
	faults_clear(&call.faults);
	made_address(fixture, "sip:alice@example.com");
	call = an_address("sips:alice@Example.com");
	assert_int_equal(EEXIST,
			 fixture_run(fixture, run_address_create, &call));
	made_address(fixture, "tel:+1(555)0100");
	assert_int_equal(
		1, fixture_number(fixture, "SELECT count(*) FROM domain"));
}

static void an_edit_of_an_address_changes_its_note(void **state)
{
	struct fixture *fixture = *state;
	struct address_call call =
		made_address(fixture, "sip:alice@example.com");

	text_copy(TEXT("desk 5"), call.address.note, ADDRESS_NOTE_MAX);
	text_copy(TEXT("sip:bob@example.com"), call.address.uri,
		  MOVE_ADDRESS_MAX);
	call.if_revision = 7;
	assert_int_equal(ESTALE,
			 fixture_run(fixture, run_address_update, &call));
	call.if_revision = 2;
	assert_int_equal(0, fixture_run(fixture, run_address_update, &call));
	assert_string_equal("sip:alice@example.com", call.address.uri);
	assert_string_equal("desk 5", call.address.note);
	assert_int_equal(
		1, fixture_number(fixture,
				  "SELECT count(*) FROM audit WHERE action = "
				  "'address.update' AND after ->> '$.note' = "
				  "'desk 5' AND before ->> '$.note' = ''"));
}

static int cancel_move(struct changes *changes, void *arg)
{
	struct move_call *call = arg;

	return move_end(changes, text_of(call->move.id), 0, &call->move);
}

static int delete_alice(struct changes *changes, void *arg)
{
	struct address addresses[1];
	size_t count;
	bool more;
	int err = address_list(changes, "", "sip:alice@example.com", "", 1,
			       addresses, &count, &more);

	(void)arg;
	if (err)
		return err;
	assert_int_equal(1, count);
	return address_delete(changes, text_of(addresses[0].id), 0);
}

static void an_address_with_a_move_to_come_is_not_removed(void **state)
{
	struct fixture *fixture = *state;
	struct move_call call = made_move(fixture, "sip:alice@example.com",
					  "sip:alice@hotel.example.net", AT(0),
					  AT(10));

	assert_int_equal(ENOTEMPTY, fixture_run(fixture, delete_alice, NULL));
	assert_int_equal(0, fixture_run(fixture, cancel_move, &call));
	assert_int_equal(0, fixture_run(fixture, delete_alice, NULL));
	assert_int_equal(1,
			 fixture_number(fixture, "SELECT count(*) FROM move"));
}

static int list_domains(struct changes *changes, void *arg)
{
	static const char *const names[] = { "a.example", "b.example",
					     "c.example" };
	struct domain page[2];
	char after[DOMAIN_NAME_MAX + 1] = "";
	size_t count, seen = 0;
	bool more = true;

	(void)arg;
	while (more) {
		assert_int_equal(
			0, domain_list(changes, after, 2, page, &count, &more));
		for (size_t i = 0; i < count; i++)
			assert_string_equal(names[seen++], page[i].name);
		text_copy(text_of(page[count - 1].name), after, sizeof(after));
	}
	assert_int_equal(3, seen);
	return 0;
}

static void domains_are_listed_by_name_page_by_page(void **state)
{
	struct fixture *fixture = *state;

	made_domain(fixture, "c.example");
	made_domain(fixture, "a.example");
	made_domain(fixture, "b.example");
	assert_int_equal(0, fixture_run(fixture, list_domains, NULL));
}

struct address_page {
	const char *domain, *uri, *after;
	size_t limit;
	const char *first;
	size_t count;
	bool more;
};

static int check_address_page(struct changes *changes, void *arg)
{
	const struct address_page *page = arg;
	struct address addresses[8];
	size_t count;
	bool more;

	assert_int_equal(0, address_list(changes, page->domain, page->uri,
					 page->after, page->limit, addresses,
					 &count, &more));
	assert_int_equal(page->count, count);
	assert_int_equal(page->more, more);
	if (count)
		assert_string_equal(page->first, addresses[0].uri);
	return 0;
}

static void addresses_are_listed_by_uri_within_a_domain_or_all(void **state)
{
	static const struct address_page pages[] = {
		{ "", "", "", 8, "sip:a@one.example", 4, false },
		{ "", "", "", 2, "sip:a@one.example", 2, true },
		{ "", "", "sip:a@two.example", 2, "sip:b@one.example", 2,
		  false },
		{ "one.example", "", "", 8, "sip:a@one.example", 2, false },
		{ "one.example", "", "", 1, "sip:a@one.example", 1, true },
		{ "one.example", "", "sip:a@one.example", 1,
		  "sip:b@one.example", 1, false },
		{ "none.example", "", "", 8, NULL, 0, false },
		{ "", "sip:b@one.example", "", 8, "sip:b@one.example", 1,
		  false },
		{ "two.example", "sip:b@one.example", "", 8, NULL, 0, false },
		{ "one.example", "sip:b@one.example", "", 8,
		  "sip:b@one.example", 1, false },
	};
	struct fixture *fixture = *state;

	made_address(fixture, "sip:b@one.example");
	made_address(fixture, "tel:+15550100");
	made_address(fixture, "sip:a@two.example");
	made_address(fixture, "sip:a@one.example");
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		struct address_page page = pages[i];

		assert_int_equal(
			0, fixture_run(fixture, check_address_page, &page));
	}
}

int main(void)
{
#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_domain_is_served_from_its_creation_to_its_removal),
		TEST(a_domain_of_the_same_name_is_refused),
		TEST(an_edit_of_a_domain_changes_its_note_and_never_its_name),
		TEST(a_domain_with_addresses_is_not_removed),
		TEST(an_address_is_known_without_a_move),
		TEST(an_address_needs_a_served_domain_or_the_right_to_create_it),
		TEST(an_edit_of_an_address_changes_its_note),
		TEST(an_address_with_a_move_to_come_is_not_removed),
		TEST(domains_are_listed_by_name_page_by_page),
		TEST(addresses_are_listed_by_uri_within_a_domain_or_all),
	};
#undef TEST

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
