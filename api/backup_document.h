/*
 * backup_document.h - a backup as JSON: the members of its manifest.
 */
#ifndef SIPMOVED_API_BACKUP_DOCUMENT_H
#define SIPMOVED_API_BACKUP_DOCUMENT_H

#include "api/json_writer.h"
#include "db/backup.h"

void backup_document_write(struct json_writer *writer,
			   const struct backup *backup);

#endif
