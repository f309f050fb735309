/*
 * token_command.h - the verbs `token create`, `token list`, `token revoke`.
 * With the server stopped they open the database themselves; with the server
 * running they ask it over the local socket.
 */
#ifndef SIPMOVED_TOKEN_COMMAND_H
#define SIPMOVED_TOKEN_COMMAND_H

#include "config.h"

struct token_request {
	const char *name; /* list: NULL any */
	const char *role; /* create */
	unsigned expires_in_days;
};

/*
 * All return the exit code; what went wrong is said on stderr.
 * create prints the new token alone on stdout, and on stderr when it expires.
 */
int token_create_command(const struct config *config,
			 const struct token_request *request);
int token_list_command(const struct config *config,
		       const struct token_request *request);
int token_revoke_command(const struct config *config,
			 const struct token_request *request);

#endif
