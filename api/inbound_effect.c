#include "api/inbound_effect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/move_document.h"

void inbound_effect_clear(struct inbound_effect *effect)
{
	move_import_clear(&effect->import);
}

bool inbound_effect_is_refused(const struct inbound_effect *effect)
{
	return effect->import.error_count > 0;
}

/* --- reading
 * ---------------------------------------------------------------------- */

static int note(struct inbound_effect *effect, const char *pointer,
		const char *code, const char *detail)
{
	struct move_import_error error = { .place = { 1, 1 } };

	text_copy(text_of(pointer), error.member, sizeof(error.member));
	text_copy(text_of(code), error.code, sizeof(error.code));
	text_copy(text_of(detail), error.detail, sizeof(error.detail));
	return move_import_add_error(&effect->import, &error);
}

static int note_faults(struct inbound_effect *effect, struct faults *faults)
{
	int err = 0;

	for (size_t i = 0; !err && i < faults->count; i++)
		err = note(effect, faults->list[i].pointer,
			   fault_code_name(faults->list[i].code),
			   faults->list[i].detail);
	faults_clear(faults);
	return err;
}

static bool has_user(const struct mapped_event *mapped)
{
	return mapped->has[MAPPED_USER_NAME] ||
	       mapped->has[MAPPED_USER_EMAIL] ||
	       mapped->has[MAPPED_USER_EXTERNAL_ID];
}

/* What a cancellation needs. */
static void read_cancellation(struct inbound_effect *effect,
			      struct faults *faults)
{
	const struct mapped_event *mapped = &effect->mapped;

	if (!mapped->has[MAPPED_EXTERNAL_ID])
		faults_add(faults, FAULT_MISSING_MEMBER, "/external_id",
			   "is required: it says which move to cancel");
	else if (!text_copy(text_of(mapped->texts[MAPPED_EXTERNAL_ID]),
			    effect->move.external_id,
			    sizeof(effect->move.external_id)))
		faults_add(faults, FAULT_TOO_LONG, "/external_id",
			   "must be at most %d bytes long",
			   MOVE_EXTERNAL_ID_MAX);
}

/* The same reader as that of POST /v1/moves, over what was mapped. */
static int read_move(struct inbound_effect *effect, struct faults *faults)
{
	const struct mapped_event *mapped = &effect->mapped;
	struct json_writer writer = { 0 };
	struct json_document *document = NULL;
	struct json_object object;
	char detail[FAULT_DETAIL_SIZE], *json;
	size_t len;
	int err;

	mapped_event_write_move(mapped, &writer);
	err = json_writer_finish(&writer, &json, &len);
	if (err)
		return err;
	err = json_document_parse((struct text){ json, len }, &document,
				  detail);
	/* The payload's own JSON was sound, so this is. */
	if (!err && json_document_object(document, faults, &object))
		err = has_user(mapped)
			      ? move_document_read_own(&object, &effect->move)
			      : move_document_read(&object, &effect->move);
	if (!err && !mapped->has[MAPPED_EXTERNAL_ID])
		faults_add(faults, FAULT_MISSING_MEMBER, "/external_id",
			   "is required: by it the move is found again");
	json_document_free(document);
	free(json);
	return err;
}

int inbound_effect_map(struct inbound_effect *effect,
		       const struct inbound_mapping *mapping,
		       const struct json_value *payload)
{
	struct faults faults = { 0 };
	int err = 0;

	inbound_mapping_run(mapping, payload, &effect->mapped, &faults);
	if (effect->mapped.action == MAPPED_CANCEL)
		read_cancellation(effect, &faults);
	/* With faults as well: all of them are told. */
	if (effect->mapped.action == MAPPED_UPSERT)
		err = read_move(effect, &faults);
	if (err)
		faults_clear(&faults);
	return err ? err : note_faults(effect, &faults);
}

static int map_payload(struct inbound_effect *effect,
		       const struct inbound_mapping *mapping, struct text body)
{
	struct json_document *payload = NULL;
	char detail[FAULT_DETAIL_SIZE];
	int err = json_payload_parse(body, &payload, detail);

	if (err == EBADMSG)
		return note(effect, "", "MALFORMED_JSON", detail);
	if (!err)
		err = inbound_effect_map(effect, mapping,
					 json_document_root(payload));
	json_document_free(payload);
	return err;
}

int inbound_effect_read(struct inbound_effect *effect, struct text mapping_json,
			struct text body)
{
	struct json_document *rules = NULL;
	struct inbound_mapping *mapping = NULL;
	struct faults faults = { 0 };
	char detail[FAULT_DETAIL_SIZE];
	int err = json_document_parse(mapping_json, &rules, detail);

	if (err == EBADMSG)
		return note(effect, "", "INTERNAL", detail);
	if (err)
		return err;
	err = inbound_mapping_compile(json_document_root(rules), "/mapping",
				      &faults, &mapping);
	if (!err && !mapping)
		err = note_faults(effect, &faults);
	if (!err && mapping)
		err = map_payload(effect, mapping, body);
	faults_clear(&faults);
	inbound_mapping_free(mapping);
	json_document_free(rules);
	return err;
}

/* --- applying
 * ---------------------------------------------------------------------- */

/* The address of the user that the event names. */
static int find_address(struct inbound_effect *effect, struct changes *changes)
{
	static const struct {
		enum mapped_member member;
		enum user_key key;
	} keys[] = {
		{ MAPPED_USER_EXTERNAL_ID, USER_BY_EXTERNAL_ID },
		{ MAPPED_USER_EMAIL, USER_BY_EMAIL },
		{ MAPPED_USER_NAME, USER_BY_NAME },
	};
	const struct mapped_event *mapped = &effect->mapped;
	char detail[FAULT_DETAIL_SIZE];
	struct writer writer = writer_over(detail, sizeof(detail) - 1);
	const char *why = "";
	size_t i = 0;
	int err;

	if (effect->move.address[0])
		return 0;
	while (!mapped->has[keys[i].member])
		i++;
	err = inbound_address_of(changes, keys[i].key,
				 mapped->texts[keys[i].member],
				 effect->move.address, &why);
	if (err != ENOENT)
		return err;
	writer_put(&writer, text_of(why));
	writer_put(&writer, TEXT(": "));
	writer_put(&writer, text_of(mapped->texts[keys[i].member]));
	detail[writer.len] = '\0';
	effect->import.failed++;
	effect->move.address[0] = '\0';
	return note(effect, "/address", "UNKNOWN_USER", detail);
}

static int apply_move(struct inbound_effect *effect, struct changes *changes)
{
	const struct move_import_options options = { 0 };
	const struct move_intent intent = { .cancels = effect->mapped.action ==
						       MAPPED_CANCEL };
	struct move_batch batch = { 0 };
	int err = move_batch_add(&batch, &effect->move,
				 &(struct move_place){ 1, 1 }, &intent);

	if (!err)
		err = move_import_apply(changes, &effect->import, &batch,
					&options);
	move_batch_clear(&batch);
	return err;
}

static int find_stored(struct inbound_effect *effect, struct changes *changes)
{
	int err = move_find_external(changes, text_of(effect->move.external_id),
				     &effect->stored);

	effect->has_stored |= err == 0;
	return err == ENOENT ? 0 : err;
}

int inbound_effect_apply(struct inbound_effect *effect, struct changes *changes,
			 unsigned on_conflict)
{
	struct move_import *import = &effect->import;
	int err = 0;

	if (effect->mapped.action == MAPPED_IGNORE ||
	    inbound_effect_is_refused(effect))
		return 0;
	import->on_conflict = on_conflict == INBOUND_REPLACE
				      ? MOVE_IMPORT_REPLACE
				      : MOVE_IMPORT_FAIL;
	if (effect->mapped.action == MAPPED_UPSERT)
		err = find_address(effect, changes);
	if (err || inbound_effect_is_refused(effect))
		return err;
	/* Before, for one that is cancelled; and as it has become. */
	err = find_stored(effect, changes);
	if (!err)
		err = apply_move(effect, changes);
	return err ? err : find_stored(effect, changes);
}

/* --- telling
 * -------------------------------------------------------------------------- */

const char *inbound_effect_change(const struct inbound_effect *effect)
{
	const struct move_import *import = &effect->import;

	if (import->created > 0)
		return "created";
	if (import->updated > 0)
		return effect->mapped.action == MAPPED_CANCEL ? "cancelled"
							      : "updated";
	return effect->has_stored ? "unchanged" : "none";
}

void inbound_effect_write_errors(struct json_writer *writer,
				 const struct inbound_effect *effect,
				 size_t max)
{
	const struct move_import *import = &effect->import;

	json_open_array(writer, "errors");
	for (size_t i = 0; i < import->kept_count && i < max; i++) {
		const struct move_import_error *error = &import->errors[i];

		json_open_object(writer, NULL);
		json_put_string(writer, "pointer", text_of(error->member));
		json_put_string(writer, "code", text_of(error->code));
		json_put_string(writer, "detail", text_of(error->detail));
		json_close_object(writer);
	}
	json_close_array(writer);
}

void inbound_effect_put_errors(struct json_writer *writer, void *effect)
{
	inbound_effect_write_errors(writer, effect, MOVE_IMPORT_ERRORS_MAX);
}
