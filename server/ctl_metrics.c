#include "ctl_metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_text.h"

enum {
	NUMBER_SIZE = 64,
};

/* The next line that is a sample of the family: what is behind its name. */
static bool next_sample(struct text *rest, struct text family,
			struct text *ret_sample)
{
	while (rest->len > 0) {
		const char *end = memchr(rest->ptr, '\n', rest->len);
		size_t len = end ? (size_t)(end - rest->ptr) : rest->len;
		struct text line = { rest->ptr, len };

		*rest = text_after(*rest, len + 1);
		if (line.len <= family.len ||
		    memcmp(line.ptr, family.ptr, family.len) != 0)
			continue;
		line = text_after(line, family.len);
		if (line.ptr[0] != ' ' && line.ptr[0] != '{')
			continue;
		*ret_sample = line;
		return true;
	}
	return false;
}

static double value_of(struct text sample)
{
	const char *blank = memrchr(sample.ptr, ' ', sample.len);
	char number[NUMBER_SIZE];

	if (!blank)
		return 0;
	text_copy(text_after(sample, (size_t)(blank + 1 - sample.ptr)), number,
		  sizeof(number));
	return strtod(number, NULL);
}

double ctl_metric(struct text metrics, const char *family, const char *label)
{
	struct text sample;
	double sum = 0;

	while (next_sample(&metrics, text_of(family), &sample))
		if (!label ||
		    memmem(sample.ptr, sample.len, label, strlen(label)))
			sum += value_of(sample);
	return sum;
}

struct text ctl_metric_label(struct text metrics, const char *family,
			     const char *label)
{
	char wanted[NUMBER_SIZE];
	struct text sample, value;
	const char *at, *end;

	snprintf(wanted, sizeof(wanted), "%s=\"", label);
	if (!next_sample(&metrics, text_of(family), &sample))
		return TEXT("");
	at = memmem(sample.ptr, sample.len, wanted, strlen(wanted));
	if (!at)
		return TEXT("");
	value = text_after(sample, (size_t)(at - sample.ptr) + strlen(wanted));
	end = memchr(value.ptr, '"', value.len);
	value.len = end ? (size_t)(end - value.ptr) : 0;
	return value;
}
