/*
 * audit_event_document.h - an audit event as JSON: who did what to which
 * object, from where, and what it was before and after.
 */
#ifndef SIPMOVED_API_AUDIT_EVENT_DOCUMENT_H
#define SIPMOVED_API_AUDIT_EVENT_DOCUMENT_H

#include "api/json_writer.h"
#include "api/number_id.h"
#include "db/audit_events.h"

enum {
	AUDIT_ID_SIZE = NUMBER_ID_SIZE,
};

void audit_id_format(int64_t number, char id[AUDIT_ID_SIZE]);
/* EBADMSG: it is no id of an audit event. */
int audit_id_parse(struct text id, int64_t *ret_number)
	__attribute__((warn_unused_result));
/* name NULL: an element of an array, or the top level. Left open, without what
 * was before and after, which may be large. */
void audit_event_document_open(struct json_writer *writer, const char *name,
			       const struct audit_event *event);
void audit_event_document_write(struct json_writer *writer, const char *name,
				const struct audit_event *event);
/* As whoever owns what was changed is shown it. */
void own_change_document_write(struct json_writer *writer,
			       const struct audit_event *event);

#endif
