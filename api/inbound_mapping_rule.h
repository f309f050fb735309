/*
 * inbound_mapping_rule.h - a mapping as it was compiled: inbound_mapping.c
 * makes it, inbound_mapping_run.c runs it. Nowhere else.
 */
#ifndef SIPMOVED_API_INBOUND_MAPPING_RULE_H
#define SIPMOVED_API_INBOUND_MAPPING_RULE_H

#include "api/inbound_mapping.h"
#include "api/pattern.h"

enum mapping_type {
	MAPPING_TEXT,
	MAPPING_DATETIME, /* RFC 3339; without an offset in its zone */
	MAPPING_DATE,	  /* 2026-12-24: that day's beginning */
	MAPPING_DATE_END, /* that day's end */
	MAPPING_UNIX_SECONDS,
	MAPPING_UNIX_MILLISECONDS,
	MAPPING_BOOLEAN,
};

struct mapping_condition {
	struct text from;
	const struct json_value *equals; /* NULL: not asked */
	bool asks_exists, exists;
};

struct mapping_part {
	struct text literal;
	struct text from;
	bool is_literal;
};

/* Views are into the document that it was compiled from. */
struct mapping_rule {
	enum mapped_member to;
	enum mapping_type type;
	bool has_from, has_zone, lower;
	struct text from, time_zone_from;
	const struct json_value *otherwise; /* `default`; NULL: none */
	const struct json_value *map;	    /* an object; NULL: none */
	struct mapping_part parts[MAPPING_PARTS_MAX];
	size_t part_count;
	struct mapping_condition conditions[MAPPING_CONDITIONS_MAX];
	size_t condition_count;
	struct pattern *pattern; /* owned; NULL: none */
};

struct inbound_mapping {
	struct mapping_rule rules[MAPPING_RULES_MAX];
	size_t count;
};

#endif
