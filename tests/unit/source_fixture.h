/*
 * source_fixture.h - snapshots with rules, bans and patterns on sources.
 */
#ifndef SIPMOVED_TESTS_SOURCE_FIXTURE_H
#define SIPMOVED_TESTS_SOURCE_FIXTURE_H

#include "db/snapshot_builder.h"
#include "db/snapshot_sources.h"
#include "db/snapshot_state.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Of the arrays that a test has; revision: another one for each picture. */
static inline struct snapshot *source_snapshot(
	const struct snapshot_source_rows *rows, int64_t revision)
{
	struct snapshot_builder *builder = NULL;

	assert_int_equal(0, snapshot_builder_begin(NULL, &builder));
	assert_int_equal(0, snapshot_builder_set_sources(builder, rows));
	return snapshot_builder_finish(builder, revision);
}

static inline struct ip_address source_address(const char *string)
{
	struct ip_address address = { .is_ipv4 = false };

	assert_int_equal(0, ip_address_parse(text_of(string), &address));
	return address;
}

#endif
