/*
 * snapshot_load_rows.h - the small sections' rows into a builder: each reads
 * its whole table. Inside db/ only; snapshot_load.c is the one caller.
 * Errors: those of SQLite; EBADMSG a rule with a number that means nothing.
 */
#ifndef SIPMOVED_DB_SNAPSHOT_LOAD_ROWS_H
#define SIPMOVED_DB_SNAPSHOT_LOAD_ROWS_H

#include "db/database.h"
#include "db/snapshot_builder.h"

int snapshot_load_domains(struct database *database,
			  struct snapshot_builder *builder)
	__attribute__((warn_unused_result));
int snapshot_load_rules(struct database *database,
			struct snapshot_builder *builder)
	__attribute__((warn_unused_result));
int snapshot_load_tokens(struct database *database,
			 struct snapshot_builder *builder)
	__attribute__((warn_unused_result));
/* snapshot_load_sources.c */
int snapshot_load_sources(struct database *database,
			  struct snapshot_builder *builder)
	__attribute__((warn_unused_result));
int snapshot_load_peer_profiles(struct database *database,
				struct snapshot_builder *builder)
	__attribute__((warn_unused_result));
int snapshot_load_targets(struct database *database,
			  struct snapshot_builder *builder)
	__attribute__((warn_unused_result));
/* session_rows.c */
int snapshot_load_sessions(struct database *database,
			   const struct session_pages *touched, /* NULL: all */
			   struct snapshot_builder *builder)
	__attribute__((warn_unused_result));
/* snapshot_users.c: all of them, or what there is now of this name. */
int snapshot_load_users(struct database *database,
			struct snapshot_builder *builder)
	__attribute__((warn_unused_result));
int snapshot_load_user(struct database *database, struct text name,
		       struct snapshot_builder *builder)
	__attribute__((warn_unused_result));
/* snapshot_load_sip_users.c */
int snapshot_load_sip_users(struct database *database,
			    struct snapshot_builder *builder)
	__attribute__((warn_unused_result));

#endif
