/*
 * redirect_log_document.h - a record of the redirect log as JSON. Its texts
 * came from the network: any byte may be in them.
 */
#ifndef SIPMOVED_API_REDIRECT_LOG_DOCUMENT_H
#define SIPMOVED_API_REDIRECT_LOG_DOCUMENT_H

#include "api/json_writer.h"
#include "db/redirect_log.h"

/* Left open, for members of the caller's. */
void redirect_log_document_open(struct json_writer *writer,
				const struct redirect_log_entry *entry);
void redirect_log_document_write(struct json_writer *writer,
				 const struct redirect_log_entry *entry);

#endif
