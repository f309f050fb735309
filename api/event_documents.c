#include "api/event_documents.h"

#include "api/backup_document.h"
#include "api/move_document.h"
#include "api/move_import_document.h"
#include "api/redirect_log_document.h"

static int finish(struct json_writer *writer, char **ret_json)
{
	size_t len;

	return json_writer_finish(writer, ret_json, &len);
}

static int describe_move(const struct move *move, int64_t now_ms,
			 char **ret_json)
{
	struct json_writer writer = { 0 };
	struct zoned_clock clock = { .zone = NULL };

	move_document_write(&writer, move, &clock, now_ms);
	zoned_clock_clear(&clock);
	return finish(&writer, ret_json);
}

static int describe_import(const struct move_import *import, char **ret_json)
{
	struct json_writer writer = { 0 };

	move_import_document_write(&writer, import, false);
	return finish(&writer, ret_json);
}

static int describe_backup(const struct backup *backup, char **ret_json)
{
	struct json_writer writer = { 0 };

	backup_document_write(&writer, backup);
	return finish(&writer, ret_json);
}

static int describe_call(const struct redirect_log_entry *entry,
			 char **ret_json)
{
	struct json_writer writer = { 0 };

	redirect_log_document_write(&writer, entry);
	return finish(&writer, ret_json);
}

const struct webhook_documents event_documents = {
	.move = describe_move,
	.move_import = describe_import,
	.backup = describe_backup,
	.call = describe_call,
};
