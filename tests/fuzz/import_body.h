/*
 * import_body.h - a body of an import read to its end in parts of some length,
 * and what was read, in short: how it is cut changes nothing of it.
 */
#ifndef SIPMOVED_TESTS_FUZZ_IMPORT_BODY_H
#define SIPMOVED_TESTS_FUZZ_IMPORT_BODY_H

#include <stdlib.h>
#include <string.h>

#include "api/move_import_reader.h"

static inline void require(bool holds)
{
	if (!holds)
		abort();
}

struct import_sum {
	uint64_t hash;
	uint32_t rows, faulty;
	enum move_read end;
};

static inline void import_sum_add(struct import_sum *sum, const void *bytes,
				  size_t len)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < len; i++)
		sum->hash = (sum->hash ^ at[i]) * UINT64_C(0x100000001b3);
}

/* check: of each row, besides. */
static inline struct import_sum import_body_read(
	enum move_import_format format, struct text body, size_t part_len,
	void (*check)(const struct move_import_reader *reader))
{
	struct move_import_reader *reader = malloc(sizeof(*reader));
	struct import_sum sum = { .end = MOVE_READ_MORE };
	bool is_last = false;

	require(reader && move_import_reader_init(reader, format, false) == 0);
	text_copy(TEXT("sip:me@example.com"), reader->defaults.address,
		  sizeof(reader->defaults.address));
	while (!is_last && sum.end == MOVE_READ_MORE) {
		struct text part = { body.ptr, body.len < part_len ? body.len
								   : part_len };

		is_last = part.len == 0;
		body.ptr += part.len;
		body.len -= part.len;
		while ((sum.end = move_import_reader_next(
				reader, &part, is_last)) == MOVE_READ_ROW) {
			sum.rows++;
			sum.faulty += faults_any(&reader->faults);
			import_sum_add(&sum, &reader->move,
				       sizeof(reader->move));
			import_sum_add(&sum, &reader->place,
				       sizeof(reader->place));
			check(reader);
		}
	}
	move_import_reader_clear(reader);
	free(reader);
	return sum;
}

static inline void import_body_check(
	enum move_import_format format, struct text body, size_t part_len,
	void (*check)(const struct move_import_reader *reader))
{
	struct import_sum whole =
		import_body_read(format, body, body.len + 1, check);
	struct import_sum cut = import_body_read(format, body, part_len, check);

	require(whole.hash == cut.hash && whole.rows == cut.rows &&
		whole.faulty == cut.faulty && whole.end == cut.end);
}

#endif
