/*
 * calendar_rows.h - subscriptions of calendars as rows: what
 * calendar_subscription_rows.c and calendar_poll.c share. Inside db/ only;
 * store thread.
 */
#ifndef SIPMOVED_DB_CALENDAR_ROWS_H
#define SIPMOVED_DB_CALENDAR_ROWS_H

#include <sqlite3.h>

#include "db/calendar_subscription.h"

#define CALENDAR_COLUMNS                                                      \
	"calendar_subscription.row_id, calendar_subscription.id, user.id, "   \
	"calendar_subscription.name, url, address, target, "                  \
	"calendar_subscription.time_zone, etag, last_modified, last_error, "  \
	"errors, on_conflict, interval_seconds, next_poll_at, last_poll_at, " \
	"last_success_at, failures, calendar_subscription.created_at, "       \
	"calendar_subscription.updated_at, calendar_subscription.revision, "  \
	"created, updated, cancelled, unchanged, skipped, failed, "           \
	"calendar_subscription.enabled, disabled_reason, last_status "        \
	"FROM calendar_subscription JOIN user ON "                            \
	"user.row_id = calendar_subscription.user_id "

/* A row_read_fn. */
void calendar_row_read(sqlite3_stmt *row, void *ret_subscription);

#endif
