/*
 * calendar_event_rows.h - which events of a subscribed calendar are moves, as
 * they were when that was written, as rows. Inside db/ only; store thread.
 */
#ifndef SIPMOVED_DB_CALENDAR_EVENT_ROWS_H
#define SIPMOVED_DB_CALENDAR_EVENT_ROWS_H

#include "db/changes.h"

enum {
	CALENDAR_HASH_LEN = 32, /* SHA-256 */
};

struct calendar_event_known {
	bool is_known;
	bool is_there; /* it was kept in this job */
	unsigned char sha256[CALENDAR_HASH_LEN];
};
int calendar_event_find(struct changes *changes, int64_t subscription_row,
			const char *external_id,
			struct calendar_event_known *ret_known)
	__attribute__((warn_unused_result));
/* It is there. sha256 NULL: as it was, if it is known. */
int calendar_event_keep(struct changes *changes, int64_t subscription_row,
			const char *external_id, const unsigned char *sha256)
	__attribute__((warn_unused_result));
int calendar_event_forget(struct changes *changes, int64_t subscription_row,
			  const char *external_id)
	__attribute__((warn_unused_result));
/* In all calendars of the user: its move is ended, and is made anew by the next
 * that has it. */
int calendar_event_forget_all(struct changes *changes, const char *external_id)
	__attribute__((warn_unused_result));
/* Another calendar of the same user may have it still; one that is not read any
 * more does not count. */
int calendar_event_is_elsewhere(struct changes *changes,
				int64_t subscription_row,
				const char *external_id, bool *ret_elsewhere)
	__attribute__((warn_unused_result));
/* One that was not kept in this job. ENOENT: there is none. */
int calendar_event_find_gone(struct changes *changes, int64_t subscription_row,
			     char external_id[MOVE_EXTERNAL_ID_MAX + 1])
	__attribute__((warn_unused_result));

#endif
