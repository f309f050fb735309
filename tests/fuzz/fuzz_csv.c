/*
 * A body of an import on any bytes, in the format that the first byte says, cut
 * where the second says: how it is cut changes nothing of what is read, every
 * cell lies within its record, and a record that was read is read back the same
 * when it is written.
 */
#include "api/csv_writer.h"
#include "import_body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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

static void check_row(const struct move_import_reader *reader)
{
	if (reader->format == MOVE_IMPORT_CSV)
		check_cells(&reader->csv);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	import_body_check((enum move_import_format)(data[0] % 3),
			  (struct text){ (const char *)data + 2, size - 2 },
			  1 + data[1] % 64, check_row);
	return 0;
}
