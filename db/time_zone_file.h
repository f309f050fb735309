/*
 * time_zone_file.h - a zone as its TZif bytes say (RFC 9636 3). Inside db/
 * only. Every byte is checked: the file may be broken, or no zone at all.
 */
#ifndef SIPMOVED_DB_TIME_ZONE_FILE_H
#define SIPMOVED_DB_TIME_ZONE_FILE_H

#include "db/time_zone.h"
#include "db/time_zone_rule.h"

enum {
	TIME_ZONE_FILE_MAX = 64 * 1024, /* the largest real one has 4 KiB */
	TIME_ZONE_OFFSET_MAX_S = 26 * 3600,
};

struct time_zone_transition {
	int64_t at_s;	  /* Unix seconds, ascending */
	int32_t offset_s; /* from then on; east of UTC */
};

struct time_zone {
	int32_t first_offset_s; /* before the first transition */
	bool has_rule;		/* after the last transition */
	struct time_zone_rule rule;
	size_t count;
	struct time_zone_transition transitions[];
};

/* Errors: EBADMSG; ENOMEM. Zones that count leap seconds are EBADMSG: Unix time
 * does not. */
int time_zone_parse(const unsigned char *bytes, size_t size,
		    struct time_zone **ret_zone)
	__attribute__((warn_unused_result));

#endif
