/*
 * A calendar on any bytes, cut where the first byte says: how it is cut changes
 * nothing of what is read; every text ends within its array and is UTF-8; and
 * what an event gives is a JSON document, or has a fault.
 */
#include <stdlib.h>
#include <string.h>

#include "api/json_reader.h"
#include "api/move_import_reader.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* What was read, in short. */
struct sum {
	uint64_t hash;
	uint32_t rows;
	enum move_read end;
};

static void add(struct sum *sum, const void *bytes, size_t len)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < len; i++)
		sum->hash = (sum->hash ^ at[i]) * UINT64_C(0x100000001b3);
}

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

static struct sum read_all(struct text body, size_t part_len)
{
	struct move_import_reader *reader = malloc(sizeof(*reader));
	struct sum sum = { .end = MOVE_READ_MORE };
	bool is_last = false;

	require(reader && move_import_reader_init(reader, MOVE_IMPORT_CALENDAR,
						  false) == 0);
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
			check_texts(&reader->calendar.event);
			check_document(reader);
			add(&sum, &reader->move, sizeof(reader->move));
			add(&sum, &reader->place, sizeof(reader->place));
			add(&sum, &reader->intent.sequence,
			    sizeof(reader->intent.sequence));
			/* Either it can be written, or it says why not. */
			require(faults_any(&reader->faults) ||
				reader->move.external_id[0]);
		}
	}
	move_import_reader_clear(reader);
	free(reader);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text body;
	struct sum whole, cut;

	if (size < 1)
		return 0;
	body = (struct text){ (const char *)data + 1, size - 1 };
	whole = read_all(body, size);
	cut = read_all(body, 1 + data[0] % 64);
	require(whole.hash == cut.hash && whole.rows == cut.rows &&
		whole.end == cut.end);
	return 0;
}
