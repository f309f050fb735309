#include <stdlib.h>

#include "db/snapshot_load_rows.h"
#include "db/snapshot_state.h"
#include "db/source_tables.h"
#include "db/target_loading.h"

int snapshot_load_sources(struct database *database,
			  struct snapshot_builder *builder)
{
	void *rules = NULL, *bans = NULL, *patterns = NULL;
	struct snapshot_source_rows rows = { 0 };
	int err = source_limit_read(database, &rows.limit);

	if (!err)
		err = source_table_read_all(database,
					    source_table(SOURCE_RULES), &rules,
					    &rows.rule_count);
	if (!err)
		err = source_table_read_all(database, source_table(SOURCE_BANS),
					    &bans, &rows.ban_count);
	if (!err)
		err = source_table_read_all(database,
					    source_table(SCANNER_PATTERNS),
					    &patterns, &rows.pattern_count);
	rows.rules = rules;
	rows.bans = bans;
	rows.patterns = patterns;
	if (!err)
		err = snapshot_builder_set_sources(builder, &rows);
	free(rules);
	free(bans);
	free(patterns);
	return err;
}

int snapshot_load_peer_profiles(struct database *database,
				struct snapshot_builder *builder)
{
	void *profiles = NULL;
	size_t count = 0;
	int err = source_table_read_all(database, source_table(PEER_PROFILES),
					&profiles, &count);

	if (!err)
		err = snapshot_builder_set_peer_profiles(builder, profiles,
							 count);
	free(profiles);
	return err;
}

int snapshot_load_targets(struct database *database,
			  struct snapshot_builder *builder)
{
	struct target_screen *screen;
	int err = target_screen_load(database, snapshot_builder_key(builder),
				     &screen);

	if (!err)
		snapshot_builder_take_target_screen(builder, screen);
	return err;
}
