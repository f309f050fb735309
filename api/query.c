#include "api/query.h"
#include "api/http_guard.h"
#include "base/timestamp.h"
#include "base/utf8.h"

#include <errno.h>
#include <string.h>

enum {
	LIMIT_DEFAULT = 50,
	LIMIT_MAX = 1000,
};

/* --- parsing -------------------------------------------------------------- */

/* *memory moves behind what was written. */
static const char *decode(struct text raw, char **memory, struct text *ret_text)
{
	char *start = *memory;
	struct text text;

	for (size_t i = 0; i < raw.len; i++) {
		int c = (unsigned char)raw.ptr[i];

		if (c == '+')
			c = ' ';
		if (c == '%') {
			c = http_percent(
				(struct text){ raw.ptr + i, raw.len - i });
			if (c < 0)
				return "A percent escape in the query is "
				       "malformed.";
			i += 2;
		}
		*(*memory)++ = (char)c;
	}
	text = (struct text){ start, (size_t)(*memory - start) };
	if (!utf8_is_printable(text))
		return "The query holds a control character, or is not UTF-8.";
	*ret_text = text;
	return NULL;
}

static bool is_known(const struct query_parameter *parameters, size_t count,
		     struct text name)
{
	for (size_t i = 0; i < count; i++)
		if (text_equals(parameters[i].name, name))
			return true;
	return false;
}

static const char *add_pair(struct text raw, char **memory,
			    struct query_parameter *parameters, size_t *count)
{
	struct query_parameter parameter = { .value = TEXT("") };
	const char *equals = memchr(raw.ptr, '=', raw.len);
	struct text name = raw;
	const char *why;

	if (*count == QUERY_PARAMETERS_MAX)
		return "There are too many parameters.";
	if (equals)
		name.len = (size_t)(equals - raw.ptr);
	why = decode(name, memory, &parameter.name);
	if (!why && equals)
		why = decode(
			(struct text){ equals + 1, raw.len - name.len - 1 },
			memory, &parameter.value);
	if (why)
		return why;
	if (parameter.name.len == 0)
		return "A parameter has no name.";
	if (is_known(parameters, *count, parameter.name))
		return "A parameter is given twice.";
	parameters[(*count)++] = parameter;
	return NULL;
}

const char *query_parse(struct text raw, char *memory,
			struct query_parameter parameters[QUERY_PARAMETERS_MAX],
			size_t *ret_count)
{
	size_t count = 0;

	while (raw.len > 0) {
		const char *amp = memchr(raw.ptr, '&', raw.len);
		size_t len = amp ? (size_t)(amp - raw.ptr) : raw.len;
		const char *why = NULL;

		if (len > 0)
			why = add_pair((struct text){ raw.ptr, len }, &memory,
				       parameters, &count);
		if (why)
			return why;
		len += amp != NULL;
		raw.ptr += len;
		raw.len -= len;
	}
	*ret_count = count;
	return NULL;
}

/* --- getters -------------------------------------------------------------- */

static void note_known(struct exchange *exchange, const char *name)
{
	for (size_t i = 0; i < exchange->query_known_count; i++)
		if (!strcmp(exchange->query_known[i], name))
			return;
	if (exchange->query_known_count < QUERY_KNOWN_MAX)
		exchange->query_known[exchange->query_known_count++] = name;
}

bool query_text(struct exchange *exchange, const char *name,
		struct text *ret_value)
{
	note_known(exchange, name);
	for (size_t i = 0; i < exchange->query_count; i++)
		if (text_equals(exchange->query[i].name, text_of(name))) {
			exchange->query[i].used = true;
			*ret_value = exchange->query[i].value;
			return true;
		}
	return false;
}

static int to_integer(struct text text, int64_t *ret_value)
{
	bool negative = text.len > 0 && text.ptr[0] == '-';
	uint64_t value;
	int err;

	if (negative) {
		text.ptr++;
		text.len--;
	}
	err = text_to_u64(text, &value);
	if (err)
		return err;
	*ret_value = negative ? -(int64_t)value : (int64_t)value;
	return 0;
}

bool query_integer(struct exchange *exchange, const char *name, int64_t minimum,
		   int64_t maximum, int64_t *ret_value)
{
	struct text text;
	int64_t value = 0;
	int err;

	if (!query_text(exchange, name, &text))
		return false;
	err = to_integer(text, &value);
	if (err == EBADMSG) {
		faults_add_parameter(&exchange->faults, FAULT_BAD_FORMAT, name,
				     "must be an integer");
		return false;
	}
	if (err || value < minimum || value > maximum) {
		faults_add_parameter(&exchange->faults, FAULT_OUT_OF_RANGE,
				     name, "must be between %lld and %lld",
				     (long long)minimum, (long long)maximum);
		return false;
	}
	*ret_value = value;
	return true;
}

bool query_time(struct exchange *exchange, const char *name,
		int64_t *ret_time_ms)
{
	bool has_offset = false;
	struct text text;
	int64_t time_ms;

	if (!query_text(exchange, name, &text))
		return false;
	if (timestamp_parse(text, &time_ms, &has_offset) != 0 || !has_offset) {
		faults_add_parameter(&exchange->faults, FAULT_BAD_TIME, name,
				     "must be a time such as "
				     "2026-12-01T09:00:00Z, with an offset");
		return false;
	}
	*ret_time_ms = time_ms;
	return true;
}

bool query_bool(struct exchange *exchange, const char *name, bool *ret_value)
{
	struct text text;

	if (!query_text(exchange, name, &text))
		return false;
	if (!text_equals(text, TEXT("true")) &&
	    !text_equals(text, TEXT("false"))) {
		faults_add_parameter(&exchange->faults, FAULT_BAD_FORMAT, name,
				     "must be true or false");
		return false;
	}
	*ret_value = text.ptr[0] == 't';
	return true;
}

void query_end(struct exchange *exchange)
{
	char known[FAULT_DETAIL_SIZE - 64];

	text_join(exchange->query_known, exchange->query_known_count, known,
		  sizeof(known));
	for (size_t i = 0; i < exchange->query_count; i++) {
		char name[FAULT_POINTER_SIZE];

		if (exchange->query[i].used)
			continue;
		text_copy(exchange->query[i].name, name, sizeof(name));
		faults_add_parameter(&exchange->faults, FAULT_UNKNOWN_PARAMETER,
				     name,
				     known[0] ? "is not a parameter of this "
						"path; it has: %s"
					      : "is not a parameter of this "
						"path, which has none%s",
				     known);
	}
}

size_t query_limit(struct exchange *exchange)
{
	int64_t limit = LIMIT_DEFAULT;

	query_integer(exchange, "limit", 1, INT64_MAX, &limit);
	return limit > LIMIT_MAX ? LIMIT_MAX : (size_t)limit;
}
