/*
 * answer_style_document.h - an answer style as the member of a document:
 *
 *   "answer_style": {"status": null | 300 | 302, "contacts_max": 1..8,
 *     "one_header": false, "contact_expires": "off" | "next_change",
 *     "diversion": false, "history_info": false, "cause": false,
 *     "contact_template": null | "sip:{user}@gw.example.net"}
 */
#ifndef SIPMOVED_API_ANSWER_STYLE_DOCUMENT_H
#define SIPMOVED_API_ANSWER_STYLE_DOCUMENT_H

#include "api/json_reader.h"
#include "api/json_writer.h"
#include "db/answer_style.h"

void answer_style_document_write(struct json_writer *writer, const char *name,
				 const struct answer_style *style);

/*
 * Merges what the member says into the style (RFC 7396): absent leaves all of
 * it, null takes all back to ANSWER_STYLE_DEFAULT. Reads types alone; values
 * are answer_style_validate()'s.
 */
void answer_style_document_merge(struct json_object *document, const char *name,
				 struct answer_style *style);

#endif
