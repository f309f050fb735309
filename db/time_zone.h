/*
 * time_zone.h - IANA time zones from the system's tzdata (RFC 9636 TZif), read
 * without touching the process's TZ. Any thread; opening reads a file.
 */
#ifndef SIPMOVED_DB_TIME_ZONE_H
#define SIPMOVED_DB_TIME_ZONE_H

#include "base/text.h"
#include "base/timestamp.h"

struct time_zone;

/*
 * name: "Asia/Jakarta". Errors: ENOENT unknown (also for names that try to
 * leave the folder), EBADMSG a broken file, ENOMEM.
 */
int time_zone_open(struct text name, struct time_zone **ret_zone)
	__attribute__((warn_unused_result));
void time_zone_close(struct time_zone *zone); /* takes NULL */

int time_zone_offset_s(const struct time_zone *zone, int64_t utc_ms);

enum local_time_kind {
	LOCAL_TIME_UNIQUE,
	LOCAL_TIME_GAP,	    /* skipped: no such local time */
	LOCAL_TIME_OVERLAP, /* twice */
};

/*
 * What a local reading (as if it were UTC) means. UNIQUE: *ret_first ==
 * *ret_second. OVERLAP: the earlier and the later instant. GAP: the instants of
 * the two nearest local times that exist, before and after the gap.
 */
enum local_time_kind time_zone_from_local(const struct time_zone *zone,
					  int64_t local_ms,
					  int64_t *ret_first_ms,
					  int64_t *ret_second_ms);

#endif
