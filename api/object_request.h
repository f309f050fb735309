/*
 * object_request.h - what requests on one stored object share: the body,
 * If-Match, dry_run, and the faults of the reader and of the store told in one
 * answer. A resource's state is a struct that begins with this one.
 *
 * Made and answered on the "http" thread; between submit and resumed it is the
 * store thread's.
 */
#ifndef SIPMOVED_API_OBJECT_REQUEST_H
#define SIPMOVED_API_OBJECT_REQUEST_H

#include "api/http_exchange.h"
#include "api/json_reader.h"

struct object_request {
	struct json_document *document; /* owned; NULL without a body */
	struct json_object body;
	int64_t if_revision; /* If-Match; 0: any */
	struct faults found; /* by the store, joined by settle */
	bool dry_run;
	bool dry_run_passed;	       /* rolled back, and nothing was wrong */
	char other_id[OBJECT_ID_SIZE]; /* with EEXIST: what is in the way */
};

/*
 * Both allocate exchange->state, `size` bytes of zeros that begin with a struct
 * object_request, and give it back; NULL: a problem was answered.
 * change reads If-Match and, where there has to be one, the body.
 */
void *object_request_read(struct exchange *exchange, size_t size);
void *object_request_change(struct exchange *exchange, size_t size,
			    bool has_body);

/* For a state that owns more: it sets exchange->state_free to a function of
 * its own that calls this one and frees the state. */
void object_request_clear(struct object_request *request);

/* After the resource's own parameters. Answers what is wrong in the query;
 * otherwise a job goes to the store. A change takes `dry_run` by itself. */
void object_request_submit(struct exchange *exchange, enum store_job_kind kind,
			   int (*run)(struct changes *changes,
				      struct store_job *job),
			   void (*resumed)(struct exchange *exchange));

/*
 * The end of a change's run. err: what the store said with `found` as its list
 * of faults. Gives what run returns: EINVAL with any fault, so that a change
 * that was tried with half a document, to learn of all its faults, is undone;
 * ECANCELED to undo a dry run.
 */
int object_request_settle(struct exchange *exchange, int err);
/* True if the change was made, or would have been. Else a problem was answered:
 * for ENOTEMPTY with this detail. */
bool object_request_succeeded(struct exchange *exchange,
			      const char *not_empty_detail);

/*
 * Answers with the document: 201 with its Location for what was created (a dry
 * run gives 200: there is nothing at that location), with the ETag.
 */
void object_request_answer(struct exchange *exchange,
			   struct json_writer *writer, int64_t revision,
			   const char *created_path);

#endif
