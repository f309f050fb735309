/*
 * pattern.h - a regular expression that finds a part of a text, in time linear
 * in the text whatever the pattern: all ways to match are followed side by
 * side (Thompson's construction), none is gone back to.
 *
 * What it knows: . [a-z] [^a-z] \d \w \s and their opposites \D \W \S, other
 * characters behind a backslash as themselves, * + ? and their lazy forms *? +?
 * ??, |, (...), ^ and $. Bytes, not characters. Any thread.
 */
#ifndef SIPMOVED_API_PATTERN_H
#define SIPMOVED_API_PATTERN_H

#include "base/text.h"

enum {
	PATTERN_TEXT_MAX = 200, /* bytes of it */
	PATTERN_STEPS_MAX = 420,
	PATTERN_DEPTH_MAX = 8, /* of brackets */
};

enum pattern_op {
	PATTERN_CLASS, /* one byte of a set */
	PATTERN_SPLIT, /* both ways, the first one preferred */
	PATTERN_JUMP,
	PATTERN_OPEN,  /* the first bracket begins */
	PATTERN_CLOSE, /* and ends */
	PATTERN_START,
	PATTERN_END,
	PATTERN_MATCH,
};

struct pattern_step {
	uint8_t op;
	uint16_t first, second; /* steps, or a class */
};

struct pattern {
	struct pattern_step steps[PATTERN_STEPS_MAX];
	size_t step_count;
	uint64_t classes[PATTERN_TEXT_MAX][4]; /* 256 bits each */
	size_t class_count;
	bool has_bracket;
};

/* NULL, or what is wrong with it: a static sentence. */
const char *pattern_compile(struct text text, struct pattern *ret_pattern);
/*
 * The leftmost match: what its first bracket holds, or all of it without one.
 * False: there is none. *ret_found is a part of text.
 */
bool pattern_find(const struct pattern *pattern, struct text text,
		  struct text *ret_found);

#endif
