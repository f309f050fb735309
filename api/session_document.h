/*
 * session_document.h - a session as JSON. Its secret is only ever in a cookie.
 */
#ifndef SIPMOVED_API_SESSION_DOCUMENT_H
#define SIPMOVED_API_SESSION_DOCUMENT_H

#include "api/json_writer.h"
#include "db/sessions.h"

void session_document_write(struct json_writer *writer,
			    const struct session *session, bool is_current);

#endif
