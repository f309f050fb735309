/*
 * first_admin.h - how the first administrator comes to be: by a hash that a
 * file holds, or by a link that is printed once at the start and good for 30
 * minutes. Main thread, between store_open() and api_start(); no account has a
 * password that we chose.
 */
#ifndef SIPMOVED_FIRST_ADMIN_H
#define SIPMOVED_FIRST_ADMIN_H

#include "api/auth.h"
#include "config.h"

struct first_admin {
	char secret[AUTH_SECRET_TEXT_SIZE]; /* "": there is an admin */
	unsigned char secret_sha256[32];
	int64_t expires_at_ms;
	char path[CONFIG_PATH_MAX + 16]; /* of the file that holds the link */
};

/* Errors of the store; what is wrong with the hash file was logged: EINVAL. */
int first_admin_prepare(const struct config *config, struct store *store,
			struct first_admin *ret_admin)
	__attribute__((warn_unused_result));
/* Prints the link, and writes it to DATA/setup-url, if there is one; wipes it.
 * http_at: where we listen. */
void first_admin_tell(struct first_admin *admin, const struct config *config,
		      const struct api_listen *http_at);

/* "https://moves.example.com": what the settings say, or where we listen (NULL:
 * nowhere). */
void first_admin_origin(const struct config *config,
			const struct api_listen *http_at,
			char origin[API_ORIGIN_SIZE]);

#endif
