/*
 * backups.c - /v1/backups: made by the "backup" thread while the request waits;
 * shown from the list in memory.
 */
#include "api/resources.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/api.h"
#include "api/backup_document.h"
#include "api/http_stream.h"
#include "api/http_wire.h"
#include "api/object_request.h"
#include "api/page.h"
#include "api/problem.h"
#include "db/backups.h"

static struct backups *backups_of(const struct exchange *exchange)
{
	return exchange_config(exchange)->backups;
}

/* False: a problem was answered. */
static bool has_folder(struct exchange *exchange)
{
	if (backups_of(exchange))
		return true;
	problem_answer(exchange, PROBLEM_UNAVAILABLE,
		       "The folder of the backups could not be made at the "
		       "start; the log says why.");
	return false;
}

/* --- making one -------------------------------------------------------------
 */

struct backup_creation {
	struct object_request common;
	struct backup_request request;
	struct exchange *exchange;
	int err;
};

static int run_audit(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct backup_creation *creation = exchange->state;

	return backup_audit(changes, "backup.create",
			    &creation->request.backup);
}

static void created(struct exchange *exchange)
{
	struct backup_creation *creation = exchange->state;
	const struct backup *backup = &creation->request.backup;
	struct json_writer writer = { 0 };
	char location[64];

	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	snprintf(location, sizeof(location), "/v1/backups/%s", backup->id);
	backup_document_write(&writer, backup);
	exchange_answer_json(exchange, 201, &writer, backup->revision,
			     location);
}

static void made(struct exchange *exchange)
{
	const struct backup_creation *creation = exchange->state;

	if (creation->err == ENOSPC)
		problem_answer(exchange, PROBLEM_STORAGE_FULL,
			       "There is not enough room for a backup on its "
			       "disk; nothing of it was kept.");
	else if (creation->err == EBADMSG)
		problem_answer(exchange, PROBLEM_UNAVAILABLE,
			       "The copy was found damaged and was not kept: "
			       "the database is. Older backups are untouched.");
	else if (creation->err)
		problem_answer_errno(exchange, creation->err);
	else
		exchange_run_job(exchange, STORE_CHANGE, run_audit, created);
}

/* "backup" thread. */
static void request_done(struct backup_request *request, int err)
{
	struct backup_creation *creation =
		(struct backup_creation *)((char *)request -
					   offsetof(struct backup_creation,
						    request));

	creation->err = err;
	exchange_end_wait(creation->exchange);
}

static void read_body(struct exchange *exchange,
		      struct backup_creation *creation)
{
	struct json_object *body = &creation->common.body;
	struct backup *backup = &creation->request.backup;
	struct text note;

	if (json_string(body, "note", BACKUP_NOTE_MAX, &note) == JSON_PRESENT)
		text_copy(note, backup->note, sizeof(backup->note));
	json_object_end(body);
	query_end(exchange);
	text_copy(text_of(exchange->principal.name), backup->created_by,
		  sizeof(backup->created_by));
}

void backups_create(struct exchange *exchange)
{
	struct backup_creation *creation;

	if (!has_folder(exchange))
		return;
	creation = object_request_change(exchange, sizeof(*creation), true);
	if (!creation)
		return;
	read_body(exchange, creation);
	if (faults_any(&exchange->faults)) {
		problem_answer_faults(exchange);
		return;
	}
	creation->exchange = exchange;
	creation->request.done = request_done;
	exchange_begin_wait(exchange, made);
	backups_submit(backups_of(exchange), &creation->request);
}

/* --- the list, and one -------------------------------------------------------
 */

void backups_list(struct exchange *exchange)
{
	struct json_writer writer = { 0 };
	struct backup *backups;
	struct page page = { 0 };

	if (!has_folder(exchange) || !page_read(exchange, &page))
		return;
	backups = calloc(page.limit, sizeof(*backups));
	if (!backups) {
		problem_answer_errno(exchange, ENOMEM);
		return;
	}
	backups_page(backups_of(exchange), page.after.id, page.limit, backups,
		     &page.count, &page.more);
	page_open(&writer);
	for (size_t i = 0; i < page.count; i++)
		backup_document_write(&writer, &backups[i]);
	if (page.count > 0)
		text_copy(text_of(backups[page.count - 1].id), page.last.id,
			  sizeof(page.last.id));
	page_answer(exchange, &writer, &page);
	free(backups);
}

/* False: a problem was answered. */
static bool find(struct exchange *exchange, struct backup *ret_backup)
{
	int err;

	if (!has_folder(exchange))
		return false;
	query_end(exchange);
	if (faults_any(&exchange->faults)) {
		problem_answer_faults(exchange);
		return false;
	}
	err = backups_find(backups_of(exchange), text_of(exchange->path_id),
			   ret_backup);
	if (err)
		problem_answer_errno(exchange, err);
	return !err;
}

void backups_get(struct exchange *exchange)
{
	struct json_writer writer = { 0 };
	struct backup backup;

	if (!find(exchange, &backup) ||
	    exchange_not_modified(exchange, backup.revision))
		return;
	backup_document_write(&writer, &backup);
	exchange_answer_json(exchange, 200, &writer, backup.revision, NULL);
}

/* --- its bytes --------------------------------------------------------------
 */

struct download {
	int fd;
	off_t sent, size;
};

static void download_free(void *state)
{
	struct download *download = state;

	if (download)
		close(download->fd);
	free(download);
}

/* A file that became shorter is cut off, so that nobody takes it for whole. */
static enum http_piece read_copy(struct exchange *exchange, char *buffer,
				 size_t size, size_t *ret_len)
{
	struct download *download = exchange->state;
	ssize_t count;

	if (download->sent == download->size)
		return HTTP_PIECE_END;
	if ((off_t)size > download->size - download->sent)
		size = (size_t)(download->size - download->sent);
	count = pread(download->fd, buffer, size, download->sent);
	if (count <= 0)
		return HTTP_PIECE_ABORT;
	download->sent += count;
	*ret_len = (size_t)count;
	return HTTP_PIECE_MORE;
}

/* RFC 9530, so that what arrived can be checked. */
static void add_digest(struct exchange *exchange, const struct backup *backup)
{
	unsigned char digest[crypto_hash_sha256_BYTES];
	char base64[64], value[96];

	if (sodium_hex2bin(digest, sizeof(digest), backup->sha256,
			   strlen(backup->sha256), NULL, NULL, NULL))
		return;
	sodium_bin2base64(base64, sizeof(base64), digest, sizeof(digest),
			  sodium_base64_VARIANT_ORIGINAL);
	snprintf(value, sizeof(value), "sha-256=:%s:", base64);
	exchange_add_header(exchange, "Repr-Digest", value);
}

void backups_content(struct exchange *exchange)
{
	static const struct http_source source = { .read = read_copy };
	struct download *download;
	struct backup backup;
	char name[96];
	int fd, err;

	if (!find(exchange, &backup))
		return;
	err = backups_open_copy(backups_of(exchange), backup.id, &fd);
	if (err) {
		problem_answer_errno(exchange, err);
		return;
	}
	download = calloc(1, sizeof(*download));
	if (!download) {
		close(fd);
		problem_answer_errno(exchange, ENOMEM);
		return;
	}
	*download = (struct download){ .fd = fd, .size = backup.size_bytes };
	exchange->state = download;
	exchange->state_free = download_free;
	snprintf(name, sizeof(name), "attachment; filename=\"%s.db\"",
		 backup.id);
	exchange_add_header(exchange, "Content-Disposition", name);
	add_digest(exchange, &backup);
	exchange_answer_stream(exchange, 200, "application/vnd.sqlite3",
			       &source);
}

/* --- removing one -----------------------------------------------------------
 */

struct backup_removal {
	struct object_request common;
	struct backup backup;
};

static int run_delete(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct backup_removal *removal = exchange->state;
	int64_t wanted = removal->common.if_revision;
	int err = backups_find(backups_of(exchange), text_of(exchange->path_id),
			       &removal->backup);

	if (!err && wanted && wanted != removal->backup.revision)
		err = ESTALE;
	if (!err)
		err = backup_audit(changes, "backup.delete", &removal->backup);
	return object_request_settle(exchange, err);
}

/* The file goes once the audit row is on the disk. */
static void deleted(struct exchange *exchange)
{
	struct backup_removal *removal = exchange->state;
	int err = 0;

	if (!object_request_succeeded(exchange, ""))
		return;
	if (!removal->common.dry_run)
		err = backups_remove(backups_of(exchange), removal->backup.id);
	if (err && err != ENOENT)
		problem_answer_errno(exchange, err);
	else
		exchange_answer_empty(exchange, 204);
}

void backups_delete(struct exchange *exchange)
{
	if (has_folder(exchange) &&
	    object_request_change(exchange, sizeof(struct backup_removal),
				  false))
		object_request_submit(exchange, STORE_CHANGE, run_delete,
				      deleted);
}
