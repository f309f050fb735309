/*
 * backup_online.h - what the verb `backup` does through the server that runs.
 */
#ifndef SIPMOVED_BACKUP_ONLINE_H
#define SIPMOVED_BACKUP_ONLINE_H

#include "backup_command.h"

/* The exit code. */
int backup_online(const struct config *config,
		  const struct backup_order *order);
/* FILE's manifest: .json in place of .db. False: the path is too long. */
bool backup_manifest_path(const char *file, char path[CONFIG_PATH_MAX]);

#endif
