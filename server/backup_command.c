#include "backup_command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "backup_online.h"
#include "base/timestamp.h"
#include "db/backup_folder.h"
#include "db/backups.h"
#include "db/restore.h"
#include "version.h"

bool backup_manifest_path(const char *file, char path[CONFIG_PATH_MAX])
{
	struct writer writer = writer_over(path, CONFIG_PATH_MAX - 1);
	struct text stem = text_of(file);

	if (stem.len > 3 && !strcmp(file + stem.len - 3, ".db"))
		stem.len -= 3;
	writer_put(&writer, stem);
	writer_put(&writer, TEXT(".json"));
	path[writer.len] = '\0';
	return writer_is_complete(&writer);
}

/* --- backup, the server is stopped ------------------------------------------
 */

static void tell_made(const char *path, const struct backup *backup)
{
	printf("%s\n", path);
	fprintf(stderr,
		"sipmoved: revision %lld, %lld bytes, checked and complete\n",
		(long long)backup->revision, (long long)backup->size_bytes);
}

/* From the folder that it was made in, beside FILE, to its name. */
static int give_names(const char *dir, const struct backup *backup,
		      const char *output)
{
	char manifest[CONFIG_PATH_MAX], from[CONFIG_PATH_MAX + 64];

	if (!backup_manifest_path(output, manifest))
		return ENAMETOOLONG;
	snprintf(from, sizeof(from), "%s/%s.json", dir, backup->id);
	if (rename(from, manifest) != 0)
		return errno;
	snprintf(from, sizeof(from), "%s/%s.db", dir, backup->id);
	return rename(from, output) == 0 ? 0 : errno;
}

/* "" if it names none: the folder that we are in. */
static bool folder_of(const char *path, char dir[CONFIG_PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	struct text folder = { path, slash ? (size_t)(slash - path) : 0 };

	if (!slash)
		folder = TEXT(".");
	else if (folder.len == 0)
		folder = TEXT("/");
	return text_copy(folder, dir, CONFIG_PATH_MAX);
}

static int backup_offline(const struct config *config, struct store *store,
			  const struct backup_order *order)
{
	struct backup backup = { .created_by = "local" };
	char dir[CONFIG_PATH_MAX], path[CONFIG_PATH_MAX + 64];
	struct backups_config backups_config = {
		.store = store,
		.data_dir = config->data_dir,
		.dir = config->backup_dir,
		.program_version = SIPMOVED_VERSION,
	};
	int err = 0;

	if (order->note &&
	    !text_copy(text_of(order->note), backup.note, sizeof(backup.note)))
		err = EMSGSIZE;
	if (!err && order->output && !folder_of(order->output, dir))
		err = ENAMETOOLONG;
	if (order->output)
		backups_config.dir = dir;
	if (!err)
		err = backups_make_offline(&backups_config, &backup);
	if (!err && order->output)
		err = give_names(dir, &backup, order->output);
	if (err) {
		fprintf(stderr, "sipmoved: backup: %s%s\n", strerror(err),
			err == EBADMSG ? ": the database is damaged" : "");
		return 1;
	}
	snprintf(path, sizeof(path), "%s%s%s.db",
		 config->backup_dir[0] ? config->backup_dir : config->data_dir,
		 config->backup_dir[0] ? "/" : "/backups/", backup.id);
	tell_made(order->output ? order->output : path, &backup);
	return 0;
}

static bool has_data(const struct config *config)
{
	char path[CONFIG_PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/sipmoved.db", config->data_dir);
	if (access(path, F_OK) == 0 || errno != ENOENT)
		return true;
	fprintf(stderr,
		"sipmoved: no sipmoved data in %s; name it with --data-dir\n",
		config->data_dir);
	return false;
}

int backup_command(const struct config *config,
		   const struct backup_order *order)
{
	const struct store_config store_config = {
		.data_dir = config->data_dir,
		.allow_local_targets = config->moves_allow_local_targets,
	};
	struct store *store = NULL;
	const char *why = NULL;
	int err, code;

	if (!has_data(config))
		return 1;
	err = store_open(&store_config, &store, &why);
	if (err == EBUSY)
		return backup_online(config, order);
	if (err) {
		fprintf(stderr, "sipmoved: %s: %s%s%s\n", config->data_dir,
			strerror(err), why ? ": " : "", why ? why : "");
		return 1;
	}
	code = backup_offline(config, store, order);
	store_close(store);
	return code;
}

/* --- restore ----------------------------------------------------------------
 */

static void tell_restored(const struct config *config,
			  const struct restore_report *report)
{
	char created_at[TIMESTAMP_SIZE];

	if (report->has_manifest) {
		timestamp_format(report->backup.created_at_ms, created_at);
		printf("restored %s of %s", report->backup.id, created_at);
	} else {
		printf("restored a file without a manifest");
	}
	printf(": revision %lld\n", (long long)report->backup.revision);
	printf("the history goes on at revision %lld of a new epoch, %s\n",
	       (long long)report->position.revision, report->position.epoch);
	if (report->moved_to[0])
		printf("the database that was there is kept in %s/%s\n",
		       config->data_dir, report->moved_to);
}

int restore_command(const struct config *config,
		    const struct backup_order *order)
{
	const struct restore_request request = {
		.data_dir = config->data_dir,
		.file = order->file,
		.is_forced = order->is_forced,
	};
	struct restore_report report;
	const char *why = NULL;
	int err = restore_run(&request, &report, &why);

	if (!err) {
		tell_restored(config, &report);
		return 0;
	}
	if (err == EBUSY)
		fprintf(stderr,
			"sipmoved: a server runs on %s: stop it, restore, and "
			"start it again\n",
			config->data_dir);
	else
		fprintf(stderr, "sipmoved: restore: %s: %s (%s)\n", order->file,
			why ? why : "it failed", strerror(err));
	return 1;
}
