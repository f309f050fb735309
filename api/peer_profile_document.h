/*
 * peer_profile_document.h - a peer profile as a JSON document:
 *
 *   {"name": "office PBX", "preset": "asterisk", "network": "192.0.2.0/24",
 *    "listener": null, "answer_style": {...}, "enabled": true, "note": ""}
 */
#ifndef SIPMOVED_API_PEER_PROFILE_DOCUMENT_H
#define SIPMOVED_API_PEER_PROFILE_DOCUMENT_H

#include "api/json_reader.h"
#include "api/json_writer.h"

/* See struct source_document; value: struct peer_profile. A preset sets the
 * whole style, then what answer_style says is merged into that. */
void peer_profile_document_read(struct json_object *object, bool is_new,
				int64_t now_ms, void *value);
void peer_profile_document_write(struct json_writer *writer, const void *value);

#endif
