/*
 * peer_profile_table.h - how peer profiles lie in the database. Inside db/
 * only; a row of source_tables.c.
 */
#ifndef SIPMOVED_DB_PEER_PROFILE_TABLE_H
#define SIPMOVED_DB_PEER_PROFILE_TABLE_H

#include "db/source_tables.h"

extern const struct source_table peer_profile_table;

#endif
