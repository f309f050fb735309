#include "api/json_splitter.h"

#include <errno.h>
#include <stdlib.h>

enum state {
	BEFORE_LIST, /* collects what opens it */
	FIRST,	     /* an element, or the end of the list */
	ELEMENT,
	BEHIND_ELEMENT,
	NEXT, /* an element: a comma was seen */
	BEHIND_LIST,
	BROKEN,
};

int json_splitter_init(struct json_splitter *splitter, bool is_lines)
{
	*splitter = (struct json_splitter){ .is_lines = is_lines, .line = 1 };
	splitter->bytes = malloc(RECORD_BYTES_MAX);
	return splitter->bytes ? 0 : ENOMEM;
}

void json_splitter_clear(struct json_splitter *splitter)
{
	free(splitter->bytes);
	splitter->bytes = NULL;
}

static enum record_read broken(struct json_splitter *splitter, const char *why)
{
	splitter->state = BROKEN;
	splitter->why = why;
	splitter->record_line = splitter->line;
	return RECORD_BROKEN;
}

static enum record_read put(struct json_splitter *splitter, char c)
{
	if (splitter->len == RECORD_BYTES_MAX)
		return broken(splitter,
			      "an element is longer than 65536 bytes");
	if (splitter->len == 0)
		splitter->record_line = splitter->line;
	splitter->bytes[splitter->len++] = c;
	return RECORD_PARTIAL;
}

static enum record_read whole(struct json_splitter *splitter)
{
	splitter->element = (struct text){ splitter->bytes, splitter->len };
	splitter->is_done = true;
	return RECORD_WHOLE;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* --- lines -----------------------------------------------------------------
 */

static enum record_read end_of_line(struct json_splitter *splitter)
{
	bool has_any = false;

	for (size_t i = 0; i < splitter->len && !has_any; i++)
		has_any = !is_blank(splitter->bytes[i]);
	if (has_any)
		return whole(splitter);
	splitter->len = 0;
	return RECORD_PARTIAL;
}

static enum record_read take_of_line(struct json_splitter *splitter, char c)
{
	return c == '\n' ? end_of_line(splitter) : put(splitter, c);
}

/* --- an array --------------------------------------------------------------
 */

static enum record_read take_before(struct json_splitter *splitter, char c)
{
	const struct text open = TEXT("{\"items\":");

	if (c == '[') {
		struct text seen = { splitter->bytes, splitter->len };

		splitter->has_object = seen.len > 0;
		splitter->state = FIRST;
		if (seen.len > 0 && !text_equals(seen, open))
			return broken(splitter,
				      "the body must be an array, or an object "
				      "with `items` alone");
		splitter->len = 0;
		return RECORD_PARTIAL;
	}
	if (splitter->len == open.len || c != open.ptr[splitter->len])
		return broken(splitter, "the body must be an array, or an "
					"object with `items` alone");
	return put(splitter, c);
}

static enum record_read begin_element(struct json_splitter *splitter, char c)
{
	if (c == ']' && splitter->state == FIRST) {
		splitter->state = BEHIND_LIST;
		return RECORD_PARTIAL;
	}
	if (c != '{')
		return broken(splitter, "an element of the list must be an "
					"object");
	splitter->state = ELEMENT;
	splitter->depth = 1;
	return put(splitter, c);
}

static enum record_read take_of_element(struct json_splitter *splitter, char c)
{
	enum record_read read = put(splitter, c);

	if (splitter->in_string) {
		if (!splitter->is_escaped && c == '"')
			splitter->in_string = false;
		splitter->is_escaped = !splitter->is_escaped && c == '\\';
		return read;
	}
	splitter->in_string = c == '"';
	if (c == '{' || c == '[')
		splitter->depth++;
	if ((c == '}' || c == ']') && --splitter->depth == 0 &&
	    read == RECORD_PARTIAL) {
		splitter->state = BEHIND_ELEMENT;
		return whole(splitter);
	}
	return read;
}

static enum record_read take_behind(struct json_splitter *splitter, char c)
{
	bool in_list = splitter->state == BEHIND_ELEMENT;

	if (in_list && c == ',') {
		splitter->state = NEXT;
		return RECORD_PARTIAL;
	}
	if (in_list && c == ']') {
		splitter->state = BEHIND_LIST;
		return RECORD_PARTIAL;
	}
	if (!in_list && c == '}' && splitter->has_object) {
		splitter->has_object = false;
		return RECORD_PARTIAL;
	}
	return broken(splitter, in_list ? "behind an element there is neither "
					  "a comma nor the end of the list"
					: "there is something behind the end "
					  "of the list");
}

static enum record_read take_of_array(struct json_splitter *splitter, char c)
{
	if (splitter->state != ELEMENT && is_blank(c))
		return RECORD_PARTIAL;
	switch ((enum state)splitter->state) {
	case BEFORE_LIST:
		return take_before(splitter, c);
	case FIRST:
	case NEXT:
		return begin_element(splitter, c);
	case ELEMENT:
		return take_of_element(splitter, c);
	case BEHIND_ELEMENT:
	case BEHIND_LIST:
	case BROKEN:
		break;
	}
	return take_behind(splitter, c);
}

/* --- both ------------------------------------------------------------------
 */

enum record_read json_splitter_feed(struct json_splitter *splitter,
				    struct text *part)
{
	enum record_read read = RECORD_PARTIAL;

	if (splitter->state == BROKEN)
		return RECORD_BROKEN;
	if (splitter->is_done)
		splitter->len = 0;
	splitter->is_done = false;
	while (part->len > 0 && read == RECORD_PARTIAL) {
		char c = *part->ptr++;

		part->len--;
		read = splitter->is_lines ? take_of_line(splitter, c)
					  : take_of_array(splitter, c);
		if (c == '\n')
			splitter->line++;
	}
	return read;
}

enum record_read json_splitter_end(struct json_splitter *splitter)
{
	if (splitter->state == BROKEN)
		return RECORD_BROKEN;
	if (splitter->is_done)
		splitter->len = 0;
	if (splitter->is_lines)
		return end_of_line(splitter);
	if (splitter->state != BEHIND_LIST || splitter->has_object)
		return broken(splitter, "the body ends before the list does");
	return RECORD_PARTIAL;
}
