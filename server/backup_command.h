/*
 * backup_command.h - the verbs `backup` and `restore`. A backup is made by the
 * server if one runs on the data folder (asked over its local socket), else by
 * the command itself; a restore needs the server stopped.
 */
#ifndef SIPMOVED_BACKUP_COMMAND_H
#define SIPMOVED_BACKUP_COMMAND_H

#include "config.h"

struct backup_order {
	const char *output; /* backup: NULL: into the folder of backups */
	const char *note;   /* backup: NULL: none */
	const char *file;   /* restore */
	bool is_forced;	    /* restore */
};

/* Both return the exit code; what went wrong is said on stderr. backup prints
 * the path of the backup on stdout. */
int backup_command(const struct config *config,
		   const struct backup_order *order);
int restore_command(const struct config *config,
		    const struct backup_order *order);

#endif
