/*
 * target_rule_table.h - how target rules lie in the database. Inside db/ only;
 * a row of source_tables.c.
 */
#ifndef SIPMOVED_DB_TARGET_RULE_TABLE_H
#define SIPMOVED_DB_TARGET_RULE_TABLE_H

#include "db/source_tables.h"

extern const struct source_table target_rule_table;

#endif
