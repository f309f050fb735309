#include "api/metrics_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	FIRST_SIZE = 16384,
	LINE_MAX_BYTES = 512,
};

static void put(struct metrics_text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void put(struct metrics_text *text, const char *format, ...)
{
	va_list args;
	int len;

	if (text->size - text->len < LINE_MAX_BYTES) {
		size_t size = text->size ? text->size * 2 : FIRST_SIZE;
		char *buffer = text->failed ? NULL
					    : realloc(text->buffer, size);

		text->failed = !buffer;
		if (!buffer)
			return;
		text->buffer = buffer;
		text->size = size;
	}
	va_start(args, format);
	len = vsnprintf(text->buffer + text->len, LINE_MAX_BYTES, format, args);
	va_end(args);
	/* A line that was cut would not be a line. */
	if (len > 0 && len < LINE_MAX_BYTES)
		text->len += (size_t)len;
}

void metrics_family(struct metrics_text *text, const char *name,
		    const char *type, const char *help)
{
	text->family = name;
	put(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void metrics_sample(struct metrics_text *text, const char *suffix,
		    uint64_t value, const char *labels_format, ...)
{
	char labels[256];
	va_list args;

	va_start(args, labels_format);
	vsnprintf(labels, sizeof(labels), labels_format, args);
	va_end(args);
	put(text, labels[0] ? "%s%s{%s} %llu\n" : "%s%s%s %llu\n", text->family,
	    suffix, labels, (unsigned long long)value);
}

void metrics_seconds(struct metrics_text *text, const char *suffix,
		     uint64_t value_us)
{
	put(text, "%s%s %llu.%06llu\n", text->family, suffix,
	    (unsigned long long)(value_us / 1000000),
	    (unsigned long long)(value_us % 1000000));
}

void metrics_histogram(struct metrics_text *text, const uint64_t *counts,
		       const uint32_t *bounds_us, size_t count, uint64_t sum_us)
{
	uint64_t total = 0;

	for (size_t i = 0; i + 1 < count; i++) {
		total += counts[i];
		metrics_sample(text, "_bucket", total, "le=\"%g\"",
			       bounds_us[i] / 1e6);
	}
	total += counts[count - 1];
	metrics_sample(text, "_bucket", total, "le=\"+Inf\"");
	metrics_seconds(text, "_sum", sum_us);
	metrics_sample(text, "_count", total, "%s", "");
}
