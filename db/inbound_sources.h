/*
 * inbound_sources.h - reading and changing inbound sources, and the events that
 * came from them. Inside a store job, like all of changes.h, with the same
 * common errors.
 *
 * An event is stored before anything is done with it. What was done is kept as
 * a receipt under its dedupe key, for INBOUND_RECEIPT_MS at most, so that the
 * same event is answered, and not done again; events are kept for people to
 * look at, the latest INBOUND_EVENTS_KEPT of each source.
 */
#ifndef SIPMOVED_DB_INBOUND_SOURCES_H
#define SIPMOVED_DB_INBOUND_SOURCES_H

#include "db/changes.h"
#include "db/inbound_source.h"

enum {
	INBOUND_SOURCES_MAX = 1000,
	INBOUND_EVENTS_KEPT = 50,
	INBOUND_KEY_MAX = 255,
	INBOUND_RESULT_SIZE = 8192,    /* JSON of an answer, with the NUL */
	INBOUND_RECEIPTS_KEPT = 10000, /* a source */
	INBOUND_RECEIPT_MS = 7 * 24 * 3600 * 1000,
	INBOUND_UNVERIFIED_BODY_MAX = 1024,
};

int inbound_source_get(struct changes *changes, struct text id,
		       struct inbound_source *ret_source)
	__attribute__((warn_unused_result));
/* By what its URL ends with; ENOENT also for one that is not enabled. */
int inbound_source_find(struct changes *changes, struct text slug,
			struct inbound_source *ret_source)
	__attribute__((warn_unused_result));
/* The slug is made here. EINVAL see faults; EEXIST the name is taken:
 * *ret_other_id. */
int inbound_source_create(struct changes *changes,
			  struct inbound_source *source, struct faults *faults,
			  char ret_other_id[OBJECT_ID_SIZE])
	__attribute__((warn_unused_result));
/* ENOENT, ESTALE; EINVAL and EEXIST as above. */
int inbound_source_update(struct changes *changes,
			  struct inbound_source *source, int64_t if_revision,
			  struct faults *faults,
			  char ret_other_id[OBJECT_ID_SIZE])
	__attribute__((warn_unused_result));
/* With its events. ENOENT, ESTALE. */
int inbound_source_delete(struct changes *changes, struct text id,
			  int64_t if_revision)
	__attribute__((warn_unused_result));
/* By id, after an id. */
int inbound_source_list(struct changes *changes, const char *after_id,
			size_t limit, struct inbound_source *sources,
			size_t *ret_count, bool *ret_more)
	__attribute__((warn_unused_result));

enum inbound_outcome {
	INBOUND_RECEIVED, /* stored, and nothing else yet */
	INBOUND_APPLIED,
	INBOUND_IGNORED,
	INBOUND_DUPLICATE,
	INBOUND_REFUSED,
};
extern const char *const inbound_outcome_names[];

struct inbound_event {
	int64_t row_id, source_row_id;
	char id[OBJECT_ID_SIZE]; /* "iev_..." */
	char source_id[OBJECT_ID_SIZE];
	int64_t received_at_ms;
	char peer[64];
	char content_type[64];
	char key[INBOUND_KEY_MAX + 1]; /* "": none */
	bool is_verified;
	unsigned outcome; /* enum inbound_outcome */
	int status;	  /* that it was answered with; 0: not yet */
	char result[INBOUND_RESULT_SIZE]; /* JSON of the answer; "" */
	size_t body_bytes;
	char *body; /* owned; NULL in lists */
};
void inbound_event_clear(struct inbound_event *event);

/* id, received_at_ms are filled in; of the source only the latest stay, and
 * those that nothing was done with yet. Neither a revision nor an audit row
 * comes of it. */
int inbound_event_add(struct changes *changes, struct inbound_event *event,
		      struct text body) __attribute__((warn_unused_result));
/* outcome, status and result of the one with this id. */
int inbound_event_settle(struct changes *changes,
			 const struct inbound_event *event)
	__attribute__((warn_unused_result));
/* With its body: the caller's to clear. ENOENT. */
int inbound_event_get(struct changes *changes, struct text id,
		      struct inbound_event *ret_event)
	__attribute__((warn_unused_result));
/* The oldest that nothing was done with, though it is genuine; with its body:
 * the caller's to clear. ENOENT. */
int inbound_event_next_received(struct changes *changes,
				struct inbound_event *ret_event)
	__attribute__((warn_unused_result));
/* Was something done that came later, from the same source? */
int inbound_event_is_overtaken(struct changes *changes,
			       const struct inbound_event *event,
			       bool *ret_is_overtaken)
	__attribute__((warn_unused_result));
/* The latest first, after an id ("": from the start). */
int inbound_event_list(struct changes *changes, int64_t source_row_id,
		       const char *after_id, size_t limit,
		       struct inbound_event *events, size_t *ret_count,
		       bool *ret_more) __attribute__((warn_unused_result));

/* ENOENT: nothing was done under this key. EEXIST: something was, for another
 * body. 0: *result is what was answered. */
int inbound_receipt_find(struct changes *changes, int64_t source_row_id,
			 const char *key, const unsigned char body_sha256[32],
			 char result[INBOUND_RESULT_SIZE])
	__attribute__((warn_unused_result));
int inbound_receipt_add(struct changes *changes,
			const struct inbound_event *event,
			const unsigned char body_sha256[32])
	__attribute__((warn_unused_result));

enum user_key {
	USER_BY_NAME,
	USER_BY_EMAIL,
	USER_BY_EXTERNAL_ID,
};
/* The address of the one user who is called so. ENOENT: *ret_why says what is
 * missing, or ambiguous. */
int inbound_address_of(struct changes *changes, enum user_key key,
		       const char *value, char address[MOVE_ADDRESS_MAX + 1],
		       const char **ret_why)
	__attribute__((warn_unused_result));

#endif
