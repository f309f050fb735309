#include "store_fixture.h"

#include "db/peer_profile.h"
#include "db/snapshot_peer_profiles.h"
#include "db/source_rows.h"
#include "source_fixture.h"

#define HERE "udp:192.0.2.1:5060"

#define PROFILE(network_, listener_, contacts)                               \
	{                                                                    \
		.network = network_, .listener = listener_, .enabled = true, \
		.style.contacts_max = contacts                               \
	}

static struct snapshot *snapshot_of(const struct peer_profile *profiles,
				    size_t count)
{
	struct snapshot_builder *builder = NULL;

	assert_int_equal(0, snapshot_builder_begin(NULL, &builder));
	assert_int_equal(0, snapshot_builder_set_peer_profiles(
				    builder, profiles, count));
	return snapshot_builder_finish(builder, 1);
}

/* Contacts of the profile that holds; 0: none does. */
static unsigned chosen(const struct snapshot *snapshot, const char *listener,
		       const char *address)
{
	const struct snapshot_peer_profiles *profiles =
		snapshot_peer_profiles(snapshot);
	struct ip_address parsed = source_address(address);
	const struct snapshot_peer_profile *profile =
		profiles ? snapshot_peer_profiles_find(
				   profiles, text_of(listener), &parsed)
			 : NULL;

	return profile ? profile->style.contacts_max : 0;
}

static void the_longest_prefix_decides_and_a_listeners_own_profile_first(
	void **state)
{
	static const struct peer_profile profiles[] = {
		PROFILE("203.0.113.0/24", "", 1),
		PROFILE("203.0.113.64/26", "", 2),
		PROFILE("198.51.100.0/24", HERE, 3),
		PROFILE("198.51.100.7/32", "", 4),
		PROFILE("2001:db8::/32", "", 5),
		PROFILE("no network", "", 6),
		{ .network = "10.0.0.0/8", .style.contacts_max = 7 },
	};
	static const struct {
		const char *listener, *address;
		unsigned contacts;
	} rows[] = {
		{ "", "203.0.113.1", 1 },
		{ HERE, "203.0.113.1", 1 },
		{ "", "203.0.113.64", 2 },
		{ "", "::ffff:203.0.113.64", 2 },
		{ "", "198.51.100.7", 4 },
		{ HERE, "198.51.100.7", 3 },
		{ "tcp:192.0.2.1:5060", "198.51.100.8", 0 },
		{ "", "2001:db8:1::1", 5 },
		{ "", "2001:db9::1", 0 },
		{ "", "10.0.0.1", 0 },
	};
	struct snapshot *snapshot = snapshot_of(profiles, COUNT_OF(profiles));
	(void)state;

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_int_equal(
			rows[i].contacts,
			chosen(snapshot, rows[i].listener, rows[i].address));
	snapshot_free_whole(snapshot);
}

static void a_profile_for_any_network_holds_where_no_network_does(void **state)
{
	static const struct peer_profile profiles[] = {
		PROFILE("", "", 1),
		PROFILE("0.0.0.0/0", "", 2),
		PROFILE("", HERE, 3),
		PROFILE("192.0.2.0/24", "", 4),
	};
	struct snapshot *snapshot = snapshot_of(profiles, COUNT_OF(profiles));
	(void)state;

	assert_int_equal(2, chosen(snapshot, "", "203.0.113.1"));
	assert_int_equal(1, chosen(snapshot, "", "2001:db8::1"));
	assert_int_equal(4, chosen(snapshot, "", "192.0.2.1"));
	assert_int_equal(3, chosen(snapshot, HERE, "192.0.2.1"));
	assert_int_equal(3, chosen(snapshot, HERE, "2001:db8::1"));
	snapshot_free_whole(snapshot);
}

static void without_a_profile_in_force_there_is_no_section(void **state)
{
	static const struct peer_profile off = { .network = "192.0.2.0/24" };
	struct snapshot *snapshot = snapshot_of(&off, 1);
	(void)state;

	assert_null(snapshot_peer_profiles(snapshot));
	snapshot_free_whole(snapshot);
}

static void every_preset_is_a_style_that_may_be_set(void **state)
{
	(void)state;
	for (size_t i = 0; i < peer_preset_count; i++) {
		struct peer_profile profile = { .style =
							peer_presets[i].style };
		struct faults faults = { 0 };

		text_copy(text_of(peer_presets[i].name), profile.preset,
			  sizeof(profile.preset));
		peer_profile_validate(&profile, &faults);
		assert_false(faults_any(&faults));
		assert_string_equal(peer_presets[i].name, profile.preset);
		assert_true(peer_presets[i].text[0] != '\0');
		assert_ptr_equal(
			&peer_presets[i],
			peer_preset_of_name(text_of(peer_presets[i].name)));
	}
	assert_null(peer_preset_of_name(TEXT("asteris")));
}

static void a_style_that_differs_is_no_preset_and_a_name_is_found(void **state)
{
	struct peer_profile profile = {
		.preset = "asterisk",
		.network = "192.0.2.7",
		.listener = "UDP:192.0.2.1:5060",
		.style = peer_preset_of_name(TEXT("asterisk"))->style,
	};
	struct faults faults = { 0 };
	(void)state;

	profile.style.contacts_max = 1;
	peer_profile_validate(&profile, &faults);
	assert_false(faults_any(&faults));
	assert_string_equal("", profile.preset);
	assert_string_equal("192.0.2.7/32", profile.network);
	assert_string_equal(HERE, profile.listener);
	assert_string_equal("asterisk 192.0.2.7/32 " HERE, profile.name);
}

static void the_longest_name_that_is_found_fits(void **state)
{
	struct peer_profile profile = {
		.preset = "freeswitch",
		.network = "1111:2222:3333:4444:5555:6666:7777:8888/128",
		.listener =
			"udp:[1111:2222:3333:4444:5555:6666:7777:8888]:65535",
		.style = peer_preset_of_name(TEXT("freeswitch"))->style,
	};
	struct faults faults = { 0 };
	(void)state;

	peer_profile_validate(&profile, &faults);
	assert_false(faults_any(&faults));
	assert_non_null(strstr(profile.name, ":8888]:65535"));
}

static void every_fault_is_told_at_once(void **state)
{
	struct peer_profile profile = {
		.name = "two\nlines",
		.preset = "pabx",
		.network = "192.0.2.1/24",
		.listener = "udp:here:5060",
		.note = "two\nlines",
		.style = { .status = 301, .contacts_max = 9 },
	};
	struct faults faults = { 0 };
	(void)state;

	peer_profile_validate(&profile, &faults);
	assert_int_equal(7, faults.count);
	faults_clear(&faults);
}

/* --- rows --- */

struct profile_call {
	struct peer_profile profile;
	struct faults faults;
	char other_id[OBJECT_ID_SIZE];
	int64_t if_revision;
};

static int run_create(struct changes *changes, void *arg)
{
	struct profile_call *call = arg;

	return source_row_create(changes, PEER_PROFILES, &call->profile,
				 &call->faults, call->other_id);
}

static int run_update(struct changes *changes, void *arg)
{
	struct profile_call *call = arg;

	return source_row_update(changes, PEER_PROFILES, &call->profile,
				 call->if_revision, &call->faults,
				 call->other_id);
}

static int run_delete(struct changes *changes, void *arg)
{
	struct profile_call *call = arg;

	return source_row_delete(changes, PEER_PROFILES,
				 text_of(call->profile.object.id),
				 call->if_revision);
}

static int run_get(struct changes *changes, void *arg)
{
	struct profile_call *call = arg;
	char id[OBJECT_ID_SIZE];

	memcpy(id, call->profile.object.id, sizeof(id));
	return source_row_get(changes, PEER_PROFILES, text_of(id),
			      &call->profile);
}

static unsigned chosen_now(struct fixture *fixture, const char *address)
{
	return chosen(publisher_current(store_publisher(fixture->store)), "",
		      address);
}

static void a_profile_is_in_the_snapshot_of_its_revision(void **state)
{
	struct profile_call call = { .profile =
					     PROFILE("203.0.113.0/24", "", 3) };

	assert_int_equal(0, chosen_now(*state, "203.0.113.1"));
	assert_int_equal(0, fixture_run(*state, run_create, &call));
	assert_int_equal(3, chosen_now(*state, "203.0.113.1"));
	call.profile.style.contacts_max = 2;
	assert_int_equal(0, fixture_run(*state, run_update, &call));
	assert_int_equal(2, chosen_now(*state, "203.0.113.1"));
	fixture_reopen(*state);
	assert_int_equal(2, chosen_now(*state, "203.0.113.1"));
	call.if_revision = 1;
	assert_int_equal(ESTALE, fixture_run(*state, run_delete, &call));
	call.if_revision = call.profile.object.revision;
	assert_int_equal(0, fixture_run(*state, run_delete, &call));
	assert_int_equal(0, chosen_now(*state, "203.0.113.1"));
	assert_int_equal(
		3, fixture_number(*state,
				  "SELECT count(*) FROM audit WHERE action IN "
				  "('peer_profile.create', "
				  "'peer_profile.update', "
				  "'peer_profile.delete')"));
}

static void every_member_of_a_profile_is_kept(void **state)
{
	static const struct peer_profile all = {
		.name = "the PBX",
		.network = "203.0.113.0/24",
		.listener = HERE,
		.enabled = true,
		.note = "a note",
		.style = { .status = 302,
			   .contacts_max = 5,
			   .is_one_header = true,
			   .expires = CONTACT_EXPIRES_NEXT_CHANGE,
			   .has_diversion = true,
			   .has_history_info = true,
			   .has_cause = true,
			   .contact_template = "sip:{user}@gw.example.net" },
	};
	struct profile_call call = { .profile = all };

	assert_int_equal(0, fixture_run(*state, run_create, &call));
	memset(call.profile.name, 0, sizeof(all.name));
	memset(&call.profile.style, 0, sizeof(all.style));
	assert_int_equal(0, fixture_run(*state, run_get, &call));
	assert_string_equal(all.name, call.profile.name);
	assert_string_equal("", call.profile.preset);
	assert_string_equal(all.network, call.profile.network);
	assert_string_equal(all.listener, call.profile.listener);
	assert_string_equal(all.note, call.profile.note);
	assert_true(call.profile.enabled);
	assert_true(answer_style_equals(&all.style, &call.profile.style));
}

static void a_name_and_a_place_belong_to_one_profile(void **state)
{
	struct profile_call first = { .profile = PROFILE("203.0.113.0/24", "",
							 1) };
	struct profile_call place = first;
	struct profile_call name = { .profile = PROFILE("", HERE, 1) };
	struct profile_call free_place = name;

	text_copy(TEXT("one"), first.profile.name, sizeof("one"));
	text_copy(TEXT("one"), name.profile.name, sizeof("one"));
	assert_int_equal(0, fixture_run(*state, run_create, &first));
	assert_int_equal(EEXIST, fixture_run(*state, run_create, &place));
	assert_string_equal(first.profile.object.id, place.other_id);
	assert_int_equal(EEXIST, fixture_run(*state, run_create, &name));
	assert_string_equal(first.profile.object.id, name.other_id);
	assert_int_equal(0, fixture_run(*state, run_create, &free_place));
}

#define ROW_TEST(name) \
	cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			the_longest_prefix_decides_and_a_listeners_own_profile_first),
		cmocka_unit_test(
			a_profile_for_any_network_holds_where_no_network_does),
		cmocka_unit_test(
			without_a_profile_in_force_there_is_no_section),
		cmocka_unit_test(every_preset_is_a_style_that_may_be_set),
		cmocka_unit_test(
			a_style_that_differs_is_no_preset_and_a_name_is_found),
		cmocka_unit_test(the_longest_name_that_is_found_fits),
		cmocka_unit_test(every_fault_is_told_at_once),
		ROW_TEST(a_profile_is_in_the_snapshot_of_its_revision),
		ROW_TEST(every_member_of_a_profile_is_kept),
		ROW_TEST(a_name_and_a_place_belong_to_one_profile),
	};

	if (sodium_init() < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
