/*
 * event_documents.h - what events tell of objects: the same documents as the
 * API shows. Given to the store, which puts them into messages.
 */
#ifndef SIPMOVED_API_EVENT_DOCUMENTS_H
#define SIPMOVED_API_EVENT_DOCUMENTS_H

#include "db/webhook_outbox.h"

/* The store's thread. */
extern const struct webhook_documents event_documents;

#endif
