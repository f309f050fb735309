#include "api/backup_document.h"

void backup_document_write(struct json_writer *writer,
			   const struct backup *backup)
{
	json_open_object(writer, NULL);
	json_put_string(writer, "id", text_of(backup->id));
	json_put_time_ms(writer, "created_at", backup->created_at_ms);
	json_put_string(writer, "created_by", text_of(backup->created_by));
	json_put_bool(writer, "scheduled", backup->is_scheduled);
	json_put_string(writer, "note", text_of(backup->note));
	json_put_i64_string(writer, "revision", backup->revision);
	json_put_string(writer, "epoch", text_of(backup->epoch));
	json_put_integer(writer, "schema_version", backup->schema_version);
	json_put_string(writer, "program_version",
			text_of(backup->program_version));
	json_put_integer(writer, "size_bytes", backup->size_bytes);
	json_put_string(writer, "sha256", text_of(backup->sha256));
	json_close_object(writer);
}
