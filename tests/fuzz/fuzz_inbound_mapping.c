/*
 * A mapping and a payload on any bytes, one behind the other with a line break
 * between: what compiles runs on any payload, gives texts that end within their
 * arrays, and a move's document that is JSON.
 */
#include <stdlib.h>
#include <string.h>

#include "api/inbound_mapping.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void run(const struct inbound_mapping *mapping,
		const struct json_value *payload)
{
	struct mapped_event *event = malloc(sizeof(*event));
	struct json_writer writer = { 0 };
	struct json_document *document = NULL;
	struct faults faults = { 0 };
	char detail[FAULT_DETAIL_SIZE], *json;
	size_t len;

	require(event != NULL);
	inbound_mapping_run(mapping, payload, event, &faults);
	require(event->step_count == inbound_mapping_count(mapping));
	require(event->target_count <= MOVE_TARGETS_MAX);
	for (size_t i = 0; i < MAPPED_MEMBERS; i++)
		require(memchr(event->texts[i], '\0',
			       sizeof(event->texts[i])) != NULL);
	for (size_t i = 0; i < event->step_count; i++)
		require(event->steps[i].step != MAPPING_TAKEN ||
			event->has[event->steps[i].to]);
	mapped_event_write_move(event, &writer);
	require(json_writer_finish(&writer, &json, &len) == 0);
	require(json_document_parse((struct text){ json, len }, &document,
				    detail) == 0);
	json_document_free(document);
	faults_clear(&faults);
	free(json);
	free(event);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *line = memchr(data, '\n', size);
	struct json_document *rules = NULL, *payload = NULL;
	struct inbound_mapping *mapping = NULL;
	struct faults faults = { 0 };
	char detail[FAULT_DETAIL_SIZE];
	size_t rules_len = line ? (size_t)(line - data) : 0;

	if (!line ||
	    json_document_parse((struct text){ (const char *)data, rules_len },
				&rules, detail))
		return 0;
	require(inbound_mapping_compile(json_document_root(rules), "/mapping",
					&faults, &mapping) == 0);
	require((mapping != NULL) == !faults_any(&faults));
	if (mapping && json_payload_parse((struct text){ (const char *)line + 1,
							 size - rules_len - 1 },
					  &payload, detail) == 0)
		run(mapping, json_document_root(payload));
	inbound_mapping_free(mapping);
	json_document_free(payload);
	json_document_free(rules);
	faults_clear(&faults);
	return 0;
}
