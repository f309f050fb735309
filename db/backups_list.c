#include "db/backups_state.h"

#include "db/changes_state.h"
#include "db/webhook_outbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* With folder_lock held. */
static int read_list(struct backups *backups)
{
	struct backup *list;
	size_t count;
	int err = backup_folder_list(&backups->folder, &list, &count);

	if (err)
		return err;
	pthread_mutex_lock(&backups->list_lock);
	free(backups->list);
	backups->list = list;
	backups->count = count;
	backups->health.count = count;
	backups->health.newest_at_ms = count ? list[0].created_at_ms : 0;
	pthread_mutex_unlock(&backups->list_lock);
	return 0;
}

int backups_read_list(struct backups *backups)
{
	int err;

	pthread_mutex_lock(&backups->folder_lock);
	err = read_list(backups);
	pthread_mutex_unlock(&backups->folder_lock);
	return err;
}

void backups_page(struct backups *backups, const char *after_id, size_t limit,
		  struct backup *list, size_t *ret_count, bool *ret_more)
{
	size_t at = 0, count = 0;

	pthread_mutex_lock(&backups->list_lock);
	while (after_id[0] && at < backups->count &&
	       strcmp(backups->list[at].id, after_id) >= 0)
		at++;
	while (count < limit && at < backups->count)
		list[count++] = backups->list[at++];
	*ret_more = at < backups->count;
	pthread_mutex_unlock(&backups->list_lock);
	*ret_count = count;
}

int backups_find(struct backups *backups, struct text id,
		 struct backup *ret_backup)
{
	int err = ENOENT;

	pthread_mutex_lock(&backups->list_lock);
	for (size_t i = 0; err && i < backups->count; i++)
		if (text_equals(id, text_of(backups->list[i].id))) {
			*ret_backup = backups->list[i];
			err = 0;
		}
	pthread_mutex_unlock(&backups->list_lock);
	return err;
}

int backups_open_copy(struct backups *backups, const char *id, int *ret_fd)
{
	struct backup backup;
	int err = backups_find(backups, text_of(id), &backup);

	return err ? err
		   : backup_folder_open_copy(&backups->folder, id, ret_fd);
}

int backups_remove(struct backups *backups, const char *id)
{
	struct backup backup;
	int err = backups_find(backups, text_of(id), &backup);

	if (err)
		return err;
	pthread_mutex_lock(&backups->folder_lock);
	err = backup_folder_remove(&backups->folder, id);
	if (!err || err == ENOENT)
		(void)!read_list(backups); /* the next look reads it */
	pthread_mutex_unlock(&backups->folder_lock);
	return err;
}

int backup_audit(struct changes *changes, const char *action,
		 const struct backup *backup)
{
	static const char sql[] =
		"SELECT json_object('revision', ?1, 'size_bytes', ?2, "
		"'sha256', ?3, 'note', ?4)";
	bool is_removal = !strcmp(action, "backup.delete");
	char json[1024] = "";
	sqlite3_stmt *statement;
	bool row;
	int err = database_statement(changes->database, sql, &statement);

	if (err)
		return err;
	sqlite3_bind_int64(statement, 1, backup->revision);
	sqlite3_bind_int64(statement, 2, backup->size_bytes);
	statement_bind_string(statement, 3, backup->sha256);
	statement_bind_string(statement, 4, backup->note);
	err = statement_step(statement, &row);
	if (err)
		return err;
	text_copy(statement_text(statement, 0), json, sizeof(json));
	err = statement_finish(statement);
	if (!err && !is_removal)
		err = webhook_backup_ended(changes, backup, 0);
	return err ? err
		   : audit_write(changes, action, backup->id,
				 is_removal ? json : NULL,
				 is_removal ? NULL : json);
}

int backup_tell(struct changes *changes, const struct backup *backup,
		int backup_err)
{
	return backup_err ? webhook_backup_ended(changes, backup, backup_err)
			  : backup_audit(changes, "backup.create", backup);
}
