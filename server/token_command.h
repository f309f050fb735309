/*
 * token_command.h - the verb `token create`: prints a new token alone on
 * stdout. With the server stopped it opens the database itself; with the server
 * running it asks it over the local socket.
 */
#ifndef SIPMOVED_TOKEN_COMMAND_H
#define SIPMOVED_TOKEN_COMMAND_H

#include "config.h"

struct token_request {
	const char *name;
	const char *role;
	unsigned expires_in_days;
};

/* Returns the exit code; what went wrong is said on stderr. */
int token_create_command(const struct config *config,
			 const struct token_request *request);

#endif
