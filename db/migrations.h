/*
 * migrations.h - brings a database to the shape this program knows.
 *
 * A migration is a file NNN_name.sql, NNN its version, numbered from 1 without
 * a gap. It is applied once, in one transaction, and never changes afterwards:
 * schema_migration keeps the SHA-256 of what was applied, and a database that
 * was made by another text is refused. The thread that opens the store.
 */
#ifndef SIPMOVED_DB_MIGRATIONS_H
#define SIPMOVED_DB_MIGRATIONS_H

#include "base/embedded.h"
#include "db/data_dir.h"
#include "db/database.h"

/*
 * An existing database is copied to before-NNN-TIME.db in dir first.
 * Errors: ENOTSUP the database is newer, or was made
 * by other migrations, or is no database of ours; EINVAL a file's name is
 * wrong; what SQLite says. *why: a sentence after the first two, else as it
 * was.
 */
int migrations_apply(struct database *database, const struct data_dir *dir,
		     const struct embedded_file *files, size_t count,
		     const char **why) __attribute__((warn_unused_result));

#endif
