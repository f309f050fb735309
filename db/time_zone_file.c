#include "db/time_zone_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	HEADER_SIZE = 44,
	VERSION_AT = 4,
	COUNTS_AT = 20,
	TYPE_SIZE = 6,
};

/* In the order of the header. */
enum count {
	UT_INDICATORS,
	STANDARD_INDICATORS,
	LEAP_SECONDS,
	TRANSITIONS,
	TYPES,
	NAME_BYTES,
	COUNTS,
};

/* One header and its data; times have 4 or 8 bytes. */
struct block {
	size_t counts[COUNTS];
	size_t time_size;
	const unsigned char *times, *type_of_time, *types;
	size_t size; /* with the header */
	unsigned char version;
};

static uint32_t read_u32(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
	       (uint32_t)bytes[2] << 8 | bytes[3];
}

static int64_t read_time(const unsigned char *bytes, size_t size)
{
	if (size == 4)
		return (int32_t)read_u32(bytes);
	return (int64_t)((uint64_t)read_u32(bytes) << 32 | read_u32(bytes + 4));
}

/* Where the parts of a block stand; EBADMSG if they do not fit. */
static int find_parts(const unsigned char *bytes, size_t size, size_t time_size,
		      struct block *block)
{
	const size_t *counts = block->counts;

	if (size < HEADER_SIZE || memcmp(bytes, "TZif", 4) != 0)
		return EBADMSG;
	block->version = bytes[VERSION_AT];
	block->time_size = time_size;
	for (size_t i = 0; i < COUNTS; i++) {
		block->counts[i] = read_u32(bytes + COUNTS_AT + 4 * i);
		/* Each counts bytes, at the least: the sum cannot overflow. */
		if (block->counts[i] > size)
			return EBADMSG;
	}
	block->size = HEADER_SIZE + counts[TRANSITIONS] * (time_size + 1) +
		      counts[TYPES] * TYPE_SIZE + counts[NAME_BYTES] +
		      counts[LEAP_SECONDS] * (time_size + 4) +
		      counts[STANDARD_INDICATORS] + counts[UT_INDICATORS];
	if (block->size > size)
		return EBADMSG;
	block->times = bytes + HEADER_SIZE;
	block->type_of_time = block->times + counts[TRANSITIONS] * time_size;
	block->types = block->type_of_time + counts[TRANSITIONS];
	return 0;
}

static int read_offset(const struct block *block, size_t type,
		       int32_t *ret_offset_s)
{
	int64_t offset_s;

	if (type >= block->counts[TYPES])
		return EBADMSG;
	offset_s = read_time(block->types + type * TYPE_SIZE, 4);
	if (offset_s > TIME_ZONE_OFFSET_MAX_S ||
	    offset_s < -TIME_ZONE_OFFSET_MAX_S)
		return EBADMSG;
	*ret_offset_s = (int32_t)offset_s;
	return 0;
}

static int read_transitions(const struct block *block, struct time_zone *zone)
{
	int err = read_offset(block, 0, &zone->first_offset_s);

	zone->count = block->counts[TRANSITIONS];
	for (size_t i = 0; !err && i < zone->count; i++) {
		struct time_zone_transition *made = &zone->transitions[i];

		made->at_s = read_time(block->times + i * block->time_size,
				       block->time_size);
		if (i > 0 && made->at_s <= zone->transitions[i - 1].at_s)
			return EBADMSG;
		err = read_offset(block, block->type_of_time[i],
				  &made->offset_s);
	}
	return err;
}

/* NL, a TZ string or nothing, NL. */
static int read_footer(const unsigned char *bytes, size_t size,
		       struct time_zone *zone)
{
	const unsigned char *end;
	struct text footer;

	if (size < 2 || bytes[0] != '\n')
		return EBADMSG;
	end = memchr(bytes + 1, '\n', size - 1);
	if (!end)
		return EBADMSG;
	footer = (struct text){ (const char *)bytes + 1,
				(size_t)(end - bytes) - 1 };
	if (footer.len == 0)
		return 0;
	zone->has_rule = true;
	return time_zone_rule_parse(footer, &zone->rule);
}

int time_zone_parse(const unsigned char *bytes, size_t size,
		    struct time_zone **ret_zone)
{
	struct time_zone *zone;
	struct block block = { 0 };
	int err;

	if (size > TIME_ZONE_FILE_MAX)
		return EBADMSG;
	err = find_parts(bytes, size, 4, &block);
	/* From version 2 on a second block with times of 8 bytes follows. */
	if (!err && block.version >= '2') {
		bytes += block.size;
		size -= block.size;
		err = find_parts(bytes, size, 8, &block);
	}
	if (err || block.counts[LEAP_SECONDS] > 0)
		return EBADMSG;
	zone = calloc(1, sizeof(*zone) + block.counts[TRANSITIONS] *
						 sizeof(zone->transitions[0]));
	if (!zone)
		return ENOMEM;
	err = read_transitions(&block, zone);
	if (!err && block.version >= '2')
		err = read_footer(bytes + block.size, size - block.size, zone);
	if (err) {
		free(zone);
		return err;
	}
	*ret_zone = zone;
	return 0;
}
