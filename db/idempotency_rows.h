/*
 * idempotency_rows.h - answers kept for requests that may be sent again. Inside
 * a store job, as changes.h; what the answer holds is sealed by the caller.
 */
#ifndef SIPMOVED_DB_IDEMPOTENCY_ROWS_H
#define SIPMOVED_DB_IDEMPOTENCY_ROWS_H

#include "db/changes.h"

enum {
	IDEMPOTENCY_KEY_SIZE = 32,
	IDEMPOTENCY_FINGERPRINT_SIZE = 32,
	IDEMPOTENCY_LIFE_MS = 24 * 3600 * 1000,
};

struct idempotency_row {
	unsigned char key[IDEMPOTENCY_KEY_SIZE];
	unsigned char fingerprint[IDEMPOTENCY_FINGERPRINT_SIZE];
	unsigned status;
	unsigned char *sealed; /* malloc'ed */
	size_t sealed_len;
};

/* By ret_row->key. ENOENT: none, or older than its life. On success
 * ret_row->sealed is the caller's. */
int idempotency_find(struct changes *changes, struct idempotency_row *ret_row)
	__attribute__((warn_unused_result));
/* In place of one that is past its life; forgets some others that are. */
int idempotency_put(struct changes *changes, const struct idempotency_row *row)
	__attribute__((warn_unused_result));

#endif
