/*
 * problem_kind.h - what each problem is called, what it means, and what to do:
 * the table behind the answers and behind the pages that `type` leads to.
 */
#ifndef SIPMOVED_API_PROBLEM_KIND_H
#define SIPMOVED_API_PROBLEM_KIND_H

#include "api/problem.h"

struct problem_kind {
	unsigned status;
	const char *code;
	const char *title;
	const char *advice;
};

extern const struct problem_kind problem_kinds[PROBLEM_CODES];

/* The code in lower case with hyphens: the last segment of `type`. */
void problem_slug_put(struct writer *writer, const char *code);

#endif
