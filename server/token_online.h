/*
 * token_online.h - what the token verbs do through the server that runs.
 */
#ifndef SIPMOVED_TOKEN_ONLINE_H
#define SIPMOVED_TOKEN_ONLINE_H

#include "token_command.h"

int token_create_online(const struct config *config,
			const struct token_request *request);
int token_list_online(const struct config *config,
		      const struct token_request *request);
int token_revoke_online(const struct config *config,
			const struct token_request *request);

/* A line of `token list`, the same from both sides; all NULL: the heading. */
struct token_line {
	struct text id, state, role, expires_at, name;
};
void token_line_print(const struct token_line *line);

#endif
