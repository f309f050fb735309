#include "api/move_import_document.h"

#include <string.h>

const char *move_import_on_conflict_name(enum move_import_on_conflict value)
{
	static const char *const names[] = {
		[MOVE_IMPORT_FAIL] = "fail",
		[MOVE_IMPORT_SKIP] = "skip",
		[MOVE_IMPORT_REPLACE] = "replace",
	};

	return names[value];
}

static void put_error(struct json_writer *writer, bool is_csv,
		      const struct move_import_error *error)
{
	json_open_object(writer, NULL);
	json_put_integer(writer, "row", error->place.row);
	json_put_integer(writer, "line", error->place.line);
	json_put_string_or_null(writer, is_csv ? "column" : "pointer",
				text_of(error->member));
	json_put_string(writer, "code", text_of(error->code));
	json_put_string(writer, "detail", text_of(error->detail));
	json_close_object(writer);
}

void move_import_document_put_result(struct json_writer *writer,
				     const struct move_import *import,
				     bool with_errors)
{
	json_put_integer(writer, "rows", import->row_count);
	json_put_integer(writer, "created", import->created);
	json_put_integer(writer, "updated", import->updated);
	json_put_integer(writer, "unchanged", import->unchanged);
	json_put_integer(writer, "skipped", import->skipped);
	json_put_integer(writer, "failed", import->failed);
	json_put_integer(writer, "error_count", import->error_count);
	if (!with_errors)
		return;
	json_open_array(writer, "errors");
	for (size_t i = 0; i < import->kept_count; i++)
		put_error(writer,
			  !strcmp(import->format, "csv") ||
				  !strcmp(import->format, "ics"),
			  &import->errors[i]);
	json_close_array(writer);
}

void move_import_document_write(struct json_writer *writer,
				const struct move_import *import,
				bool with_errors)
{
	json_open_object(writer, NULL);
	json_put_string_or_null(writer, "id", text_of(import->id));
	json_put_string(writer, "format", text_of(import->format));
	json_put_string(writer, "mode",
			import->is_atomic ? TEXT("atomic") : TEXT("partial"));
	json_put_string(
		writer, "on_conflict",
		text_of(move_import_on_conflict_name(import->on_conflict)));
	json_put_string(writer, "state",
			import->is_complete ? TEXT("complete")
					    : TEXT("incomplete"));
	move_import_document_put_result(writer, import, with_errors);
	json_put_time_ms(writer, "created_at", import->created_at_ms);
	json_put_time_ms(writer, "updated_at", import->updated_at_ms);
	json_put_string(writer, "created_by", text_of(import->created_by));
	json_put_i64_string(writer, "revision", import->revision);
	json_close_object(writer);
}
