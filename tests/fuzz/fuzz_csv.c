/*
 * A body of an import on any bytes, in the format that the first byte says, cut
 * where the second says: how it is cut changes nothing of what is read, every
 * cell lies within its record, and a record that was read is read back the same
 * when it is written.
 */
#include <stdlib.h>
#include <string.h>

#include "api/csv_writer.h"
#include "api/move_import_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* What was read, in short. */
struct sum {
	uint64_t hash;
	uint32_t rows, faulty;
	enum move_read end;
};

static void add(struct sum *sum, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < len; i++)
		sum->hash = (sum->hash ^ at[i]) * UINT64_C(0x100000001b3);
}

static void check_cells(const struct csv_reader *csv)
{
	struct csv_writer writer = { .is_guarded = true };
	struct csv_reader again;
	struct text part;

	for (size_t i = 0; i < csv->cell_count; i++)
		csv_put(&writer, csv->cells[i]);
	csv_end_record(&writer);
	require(csv_reader_init(&again) == 0);
	again.separator = ',';
	again.mark_len = 4; /* at no file's beginning */
	part = (struct text){ writer.bytes, writer.len };
	if (csv_reader_feed(&again, &part) == RECORD_WHOLE) {
		require(again.cell_count == csv->cell_count);
		for (size_t i = 0; i < csv->cell_count; i++)
			require(text_equals(csv_unguarded(again.cells[i]),
					    csv->cells[i]));
	}
	csv_reader_clear(&again);
	csv_writer_clear(&writer);
}

static struct sum read_all(enum move_import_format format, struct text body,
			   size_t part_len)
{
	struct move_import_reader *reader = malloc(sizeof(*reader));
	struct sum sum = { .end = MOVE_READ_MORE };
	bool is_last = false;

	require(reader && move_import_reader_init(reader, format, false) == 0);
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
			add(&sum, &reader->move, sizeof(reader->move));
			add(&sum, &reader->place, sizeof(reader->place));
			if (format == MOVE_IMPORT_CSV)
				check_cells(&reader->csv);
		}
	}
	move_import_reader_clear(reader);
	free(reader);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum move_import_format format;
	struct text body;
	struct sum whole, cut;

	if (size < 2)
		return 0;
	format = (enum move_import_format)(data[0] % 3);
	body = (struct text){ (const char *)data + 2, size - 2 };
	whole = read_all(format, body, size);
	cut = read_all(format, body, 1 + data[1] % 64);
	require(whole.hash == cut.hash && whole.rows == cut.rows &&
		whole.faulty == cut.faulty && whole.end == cut.end);
	return 0;
}
