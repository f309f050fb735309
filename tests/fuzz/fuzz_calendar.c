/*
 * A calendar on any bytes, cut where the first byte says: how it is cut changes
 * nothing of what is read; every text ends within its array and is UTF-8; and
 * what an event gives is a JSON document, or has a fault.
 */
#include "api/json_reader.h"
#include "base/utf8.h"
#include "import_body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_texts(const struct calendar_event *event)
{
	const struct {
		const char *text;
		size_t size;
	} texts[] = {
		{ event->uid, sizeof(event->uid) },
		{ event->summary, sizeof(event->summary) },
		{ event->location, sizeof(event->location) },
		{ event->target, sizeof(event->target) },
		{ event->address, sizeof(event->address) },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		require(memchr(texts[i].text, '\0', texts[i].size) != NULL);
		require(utf8_is_valid(text_of(texts[i].text)));
	}
}

static void check_document(const struct move_import_reader *reader)
{
	const struct calendar_event *event = &reader->calendar.event;
	struct json_writer writer = { 0 };
	struct json_document *document = NULL;
	struct faults faults = { 0 };
	char detail[FAULT_DETAIL_SIZE], *json;
	size_t len;

	calendar_move_write(event, &reader->defaults, reader->calendar.zone,
			    &writer, &faults);
	require(json_writer_finish(&writer, &json, &len) == 0);
	/* A zone's name is the one text that may not be UTF-8: it is replaced
	 * where it is written. */
	require(json_document_parse((struct text){ json, len }, &document,
				    detail) == 0);
	json_document_free(document);
	free(json);
	faults_clear(&faults);
}

static void check_row(const struct move_import_reader *reader)
{
	check_texts(&reader->calendar.event);
	check_document(reader);
	/* Either it can be written, or it says why not. */
	require(faults_any(&reader->faults) || reader->move.external_id[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	import_body_check(MOVE_IMPORT_CALENDAR,
			  (struct text){ (const char *)data + 1, size - 1 },
			  1 + data[0] % 64, check_row);
	return 0;
}
