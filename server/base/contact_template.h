/*
 * contact_template.h - a URI with places for the parts of another one:
 * "sip:{user}@gw.example.net{port};transport=tcp".
 *
 * In base because a template is checked where it is written (db/) and filled in
 * where calls are answered (server/sip/). Pure functions. Any thread.
 */
#ifndef SIPMOVED_BASE_CONTACT_TEMPLATE_H
#define SIPMOVED_BASE_CONTACT_TEMPLATE_H

#include "base/sip_uri.h"

/*
 * Writes the template with {user} (commas, semicolons and question marks in it
 * escaped), {host} (an IPv6 address in brackets), {port} (":5060" or nothing)
 * and {params} (";..." or nothing) of the URI in their places.
 * Errors: EBADMSG a brace that belongs to none of these.
 * What comes out need not be a URI that may be sent: that is looked at behind.
 */
int contact_template_write(struct text template, const struct sip_uri *uri,
			   struct writer *writer)
	__attribute__((warn_unused_result));

#endif
