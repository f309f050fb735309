/*
 * activation_link.h - what is handed out once so that somebody sets their own
 * password: a secret, the address of the page that takes it, and until when.
 */
#ifndef SIPMOVED_API_ACTIVATION_LINK_H
#define SIPMOVED_API_ACTIVATION_LINK_H

#include "api/api.h"
#include "api/auth.h"
#include "api/json_writer.h"

struct activation_link {
	char text[AUTH_SECRET_TEXT_SIZE];
	unsigned char sha256[32];
	int64_t expires_at_ms;
};

/* Good for 72 h. */
void activation_link_make(struct activation_link *link, int64_t now_ms);
/* {url, token, expires_at}; the url begins with api_origin(). */
void activation_link_write(struct json_writer *writer, const struct api *api,
			   const struct activation_link *link);
void activation_link_wipe(struct activation_link *link);

#endif
