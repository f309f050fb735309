/*
 * inbound_source_document.h - an inbound source as JSON. Its secret is written
 * and never read, but for one that was made here, which is shown once.
 */
#ifndef SIPMOVED_API_INBOUND_SOURCE_DOCUMENT_H
#define SIPMOVED_API_INBOUND_SOURCE_DOCUMENT_H

#include "api/json_reader.h"
#include "api/json_writer.h"
#include "db/inbound_source.h"

/* A source that is created or changed. */
struct inbound_source_edit {
	struct inbound_source source;
	char made_secret[INBOUND_SECRET_MAX + 1]; /* "": none was made */
};

/* Faults are the document's; ENOMEM. */
int inbound_source_document_read(struct json_object *document, bool is_new,
				 struct inbound_source_edit *edit)
	__attribute__((warn_unused_result));
/* made_secret "": there is none to show. public_origin "": not known. */
void inbound_source_document_write(struct json_writer *writer,
				   const struct inbound_source *source,
				   const char *public_origin,
				   const char *made_secret);

#endif
