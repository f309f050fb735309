#include "api/document_member.h"

#include <string.h>

#include "base/timestamp.h"

void member_text(struct json_object *object, const char *name, char *buffer,
		 size_t size)
{
	struct text value;
	enum json_presence presence =
		json_string(object, name, size - 1, &value);

	if (presence == JSON_PRESENT)
		text_copy(value, buffer, size);
	else if (presence == JSON_NULL)
		buffer[0] = '\0';
}

void member_required_text(struct json_object *object, const char *name,
			  bool is_new, char *buffer, size_t size)
{
	struct text value;
	enum json_presence presence =
		json_string(object, name, size - 1, &value);

	if (presence == JSON_PRESENT)
		text_copy(value, buffer, size);
	else if (presence == JSON_NULL || (presence == JSON_ABSENT && is_new))
		json_missing(object, name);
}

void member_bool(struct json_object *object, const char *name,
		 bool default_value, bool *value)
{
	if (json_bool(object, name, value) == JSON_NULL)
		*value = default_value;
}

void member_word(struct json_object *object, const struct word_member *member,
		 bool is_new, unsigned *value)
{
	char known[64];
	struct writer writer = writer_over(known, sizeof(known));
	struct text word;
	enum json_presence presence =
		json_string(object, member->name, 32, &word);

	if (presence == JSON_NULL || (presence == JSON_ABSENT && is_new)) {
		*value = 0;
		if (!member->has_default)
			json_missing(object, member->name);
	}
	if (presence != JSON_PRESENT)
		return;
	for (unsigned i = 0; member->words[i]; i++) {
		if (text_equals(word, text_of(member->words[i]))) {
			*value = i;
			return;
		}
		writer_put(&writer, i > 0 ? TEXT(" or ") : TEXT(""));
		writer_put(&writer, text_of(member->words[i]));
	}
	json_fault(object, member->name, FAULT_BAD_FORMAT, "must be %.*s",
		   TEXT_ARG(writer_text(&writer)));
}

void member_instant(struct json_object *object, const char *name,
		    int64_t *time_ms)
{
	bool has_offset = false;
	int64_t read_ms;
	struct text text;

	if (json_string(object, name, TIMESTAMP_SIZE * 2, &text) !=
	    JSON_PRESENT)
		return;
	if (timestamp_parse(text, &read_ms, &has_offset) || !has_offset)
		json_fault(object, name, FAULT_BAD_TIME,
			   "must be a time such as 2026-12-01T09:00:00Z, with "
			   "an offset");
	else
		*time_ms = read_ms;
}

void members_read_only(struct json_object *object, const char *const *names)
{
	for (; *names; names++)
		json_read_only(object, *names);
}

static bool is_known(const struct faults *faults, const struct fault *fault)
{
	for (size_t i = 0; i < faults->count; i++) {
		const char *pointer = faults->list[i].pointer;
		size_t len = strlen(pointer);

		if (len > 0 && faults->list[i].is_parameter == false &&
		    strncmp(pointer, fault->pointer, len) == 0 &&
		    (fault->pointer[len] == '\0' || fault->pointer[len] == '/'))
			return true;
	}
	return false;
}

void faults_join(struct faults *faults, struct faults *found)
{
	/* Two faults at one place are both told if both are news. */
	struct faults before = *faults;

	for (size_t i = 0; i < found->count; i++) {
		const struct fault *fault = &found->list[i];

		before.list = faults->list;
		if (!is_known(&before, fault))
			faults_add(faults, fault->code, fault->pointer, "%s",
				   fault->detail);
	}
	faults->dropped += found->dropped;
	faults_clear(found);
}
