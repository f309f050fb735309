/*
 * singleton.h - what there is one of, stored, as REST: GET (ETag, 304), PUT
 * (what is left out takes its default) and PATCH (merge patch). A kind is a
 * table; the handlers are its own file's.
 *
 * A handler runs on the "http" thread, a step on the store's.
 */
#ifndef SIPMOVED_API_SINGLETON_H
#define SIPMOVED_API_SINGLETON_H

#include "api/object_request.h"

struct singleton {
	size_t value_size;
	/* PATCH is not for who has not seen it; PUT never is. */
	bool is_patched_by_revision;
	/* is_new: what is absent takes its default. */
	void (*read)(struct json_object *body, bool is_new, void *value);
	void (*write)(struct json_writer *writer, const void *value);
	int64_t (*revision)(const void *value);

	/* Inside a store job. set: EINVAL see faults; ESTALE. */
	int (*get)(struct changes *changes, void *ret_value);
	int (*set)(struct changes *changes, void *value, int64_t if_revision,
		   struct faults *faults);
};

void singleton_get(struct exchange *exchange,
		   const struct singleton *singleton);
void singleton_put(struct exchange *exchange,
		   const struct singleton *singleton);
void singleton_patch(struct exchange *exchange,
		     const struct singleton *singleton);

#endif
