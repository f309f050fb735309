/*
 * domain_settings_document.h - the members of a domain that say how its calls
 * are answered:
 *
 *   "ignore_user_case", "uniform_refusal", "reject_anonymous": false,
 *   "otherwise": {"action": "refuse" | "redirect",
 *                 "target_template": null | "sip:{user}@pbx.example.net"},
 *   "register": {"action": "refuse" | "redirect",
 *                "target": null | "sip:registrar.example.net"},
 *   "retry_after": {"mode": "off" | "next_start" | "fixed",
 *                   "seconds": null | 1..86400},
 *   "answer_style": see answer_style_document.h
 */
#ifndef SIPMOVED_API_DOMAIN_SETTINGS_DOCUMENT_H
#define SIPMOVED_API_DOMAIN_SETTINGS_DOCUMENT_H

#include "api/json_reader.h"
#include "api/json_writer.h"
#include "db/domain_settings.h"

void domain_settings_document_write(struct json_writer *writer,
				    const struct domain_settings *settings);
/* POST and merge patch alike: absent leaves, null takes back the default. */
void domain_settings_document_merge(struct json_object *document,
				    struct domain_settings *settings);

#endif
