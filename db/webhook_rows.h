/*
 * webhook_rows.h - endpoints as rows: what webhook_endpoint_rows.c and the
 * queue share. Inside db/ only; store thread.
 */
#ifndef SIPMOVED_DB_WEBHOOK_ROWS_H
#define SIPMOVED_DB_WEBHOOK_ROWS_H

#include "db/webhook_endpoint.h"

/* ENOENT. The caller clears it. */
int webhook_endpoint_get_row(struct changes *changes, int64_t row_id,
			     struct webhook_endpoint *ret_endpoint)
	__attribute__((warn_unused_result));
/* By itself: what waits goes to the dead letters, and others are told. */
int webhook_endpoint_disable(struct changes *changes,
			     struct webhook_endpoint *endpoint,
			     enum webhook_disabled reason)
	__attribute__((warn_unused_result));

#endif
