#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "db/address.h"

static void an_address_is_kept_in_its_canonical_form(void **state)
{
	struct address address = { .uri = "sips:%61lice@EXAMPLE.com:5061",
				   .note = "front desk" };
	struct faults faults = { 0 };
	(void)state;

	address_validate(&address, &faults);
	assert_false(faults_any(&faults));
	assert_string_equal("sip:alice@example.com", address.uri);
}

static void faults_name_the_members_of_an_address(void **state)
{
	struct address address = { .uri = "alice@example.com", .note = "\r" };
	struct faults faults = { 0 };
	(void)state;

	address_validate(&address, &faults);
	assert_int_equal(2, faults.count);
	assert_string_equal("/uri", faults.list[0].pointer);
	assert_int_equal(FAULT_BAD_ADDRESS, faults.list[0].code);
	assert_string_equal("/note", faults.list[1].pointer);
	assert_string_equal("alice@example.com", address.uri);
	faults_clear(&faults);
}

static void an_address_longer_than_255_bytes_is_refused(void **state)
{
	struct address address = { .uri = "sip:alice@example.com" };
	struct faults faults = { 0 };
	(void)state;

	/* The array is full, without a NUL. */
	memset(address.uri + 21, 'm', sizeof(address.uri) - 21);
	address_validate(&address, &faults);
	assert_int_equal(1, faults.count);
	assert_string_equal("/uri", faults.list[0].pointer);
	faults_clear(&faults);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_kept_in_its_canonical_form),
		cmocka_unit_test(faults_name_the_members_of_an_address),
		cmocka_unit_test(an_address_longer_than_255_bytes_is_refused),
	};

	return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
