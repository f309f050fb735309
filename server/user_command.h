/*
 * user_command.h - the verbs `user create-admin` and `hash`. The first opens
 * the database itself while the server is stopped, and asks the server over the
 * local socket while it runs.
 */
#ifndef SIPMOVED_USER_COMMAND_H
#define SIPMOVED_USER_COMMAND_H

#include "config.h"

/*
 * Makes an administrator, or finds the one of that name, and prints a link that
 * sets their password once. The exit code; what went wrong is said on stderr.
 */
int user_create_admin_command(const struct config *config, const char *name);
/* Reads a password from stdin, one line, and prints its hash: for
 * [auth] bootstrap_admin_hash_file. */
int hash_command(const struct config *config);

/* user_online.c */
int user_create_admin_online(const struct config *config, const char *name);
void user_print_link(const char *url);

#endif
