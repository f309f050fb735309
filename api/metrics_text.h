/*
 * metrics_text.h - Prometheus text format 0.0.4 into a buffer that grows: a
 * family's HELP and TYPE once, then its samples. After a failed allocation
 * nothing more is written.
 */
#ifndef SIPMOVED_API_METRICS_TEXT_H
#define SIPMOVED_API_METRICS_TEXT_H

#include "base/text.h"

struct metrics_text {
	char *buffer; /* owned */
	size_t len, size;
	bool failed;
	const char *family;
};

/* type: "counter", "gauge", "histogram". */
void metrics_family(struct metrics_text *text, const char *name,
		    const char *type, const char *help);
/* labels: "method=\"INVITE\"", or "". suffix: "", "_bucket", "_sum". */
void metrics_sample(struct metrics_text *text, const char *suffix,
		    uint64_t value, const char *labels_format, ...)
	__attribute__((format(printf, 4, 5)));
/* A value in microseconds, written in seconds. */
void metrics_seconds(struct metrics_text *text, const char *suffix,
		     uint64_t value_us);
/* counts: not cumulative, bounds_us: count - 1 of them. */
void metrics_histogram(struct metrics_text *text, const uint64_t *counts,
		       const uint32_t *bounds_us, size_t count,
		       uint64_t sum_us);

#endif
