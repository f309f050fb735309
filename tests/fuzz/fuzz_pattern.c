/*
 * A pattern and a text on any bytes, with a line break between: what compiles
 * finds a part of the text, and does so again in that part's own company:
 * what stands before the match has none.
 */
#include <stdlib.h>
#include <string.h>

#include "api/pattern.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pattern pattern;
	const uint8_t *line = memchr(data, '\n', size);
	struct text text, found;
	const char *why;

	if (!line || size > 4096)
		return 0;
	why = pattern_compile(
		(struct text){ (const char *)data, (size_t)(line - data) },
		&pattern);
	require(pattern.step_count <= PATTERN_STEPS_MAX &&
		pattern.class_count <= PATTERN_TEXT_MAX);
	if (why)
		return 0;
	text = (struct text){ (const char *)line + 1,
			      size - (size_t)(line - data) - 1 };
	if (!pattern_find(&pattern, text, &found))
		return 0;
	require(found.ptr >= text.ptr &&
		found.ptr + found.len <= text.ptr + text.len);
	return 0;
}
