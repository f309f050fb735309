#include "backup_online.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/json_reader.h"
#include "api/json_writer.h"
#include "db/backup.h"
#include "local_api.h"

enum {
	/* Of a large database on a slow disk. */
	WAIT_S = 3600,
	ID_MAX = 63,
	PATH_SIZE = ID_MAX + 32,
};

struct made_backup {
	char id[ID_MAX + 1];
	char sha256[BACKUP_SHA256_SIZE];
	char revision[24];
};

static bool take(struct json_object *object, const char *name, char *buffer,
		 size_t size)
{
	struct text value;

	return json_string(object, name, size - 1, &value) == JSON_PRESENT &&
	       text_copy(value, buffer, size);
}

static bool read_made(const struct local_answer *answer,
		      struct made_backup *made)
{
	struct json_document *document = NULL;
	struct faults faults = { 0 };
	char detail[FAULT_DETAIL_SIZE];
	struct json_object object;
	bool is_read =
		json_document_parse((struct text){ answer->bytes, answer->len },
				    &document, detail) == 0 &&
		json_document_object(document, &faults, &object) &&
		take(&object, "id", made->id, sizeof(made->id)) &&
		take(&object, "sha256", made->sha256, sizeof(made->sha256)) &&
		take(&object, "revision", made->revision,
		     sizeof(made->revision));

	faults_clear(&faults);
	json_document_free(document);
	return is_read;
}

static int ask_for_backup(const struct config *config,
			  const struct backup_order *order,
			  struct local_answer *answer, struct made_backup *made)
{
	struct json_writer writer = { 0 };
	char *body;
	size_t len;
	int err;

	json_open_object(&writer, NULL);
	json_put_string(&writer, "note",
			text_of(order->note ? order->note : ""));
	json_close_object(&writer);
	err = json_writer_finish(&writer, &body, &len);
	if (err)
		return err;
	err = local_api_ask(config,
			    &(struct local_request){ .method = "POST",
						     .path = "/v1/backups",
						     .body = { body, len },
						     .timeout_s = WAIT_S },
			    answer);
	free(body);
	if (err)
		return err;
	if (answer->status == 201 && read_made(answer, made))
		return 0;
	local_api_tell_problem(answer);
	return EIO;
}

/* --- into a file of the caller's ---------------------------------------------
 */

static int fetch(const struct config *config, const struct made_backup *made,
		 int fd)
{
	static struct local_answer answer;
	struct backup found = { .revision = 0 };
	char path[PATH_SIZE];
	FILE *sink = fdopen(dup(fd), "w");
	int err;

	if (!sink)
		return errno;
	snprintf(path, sizeof(path), "/v1/backups/%s/content", made->id);
	err = local_api_ask(config,
			    &(struct local_request){ .method = "GET",
						     .path = path,
						     .sink = sink,
						     .timeout_s = WAIT_S },
			    &answer);
	if (fclose(sink) != 0 && !err)
		err = errno;
	if (!err && fsync(fd) != 0)
		err = errno;
	if (!err)
		err = backup_measure(fd, NULL, &found);
	if (!err &&
	    (answer.status != 200 || strcmp(found.sha256, made->sha256) != 0))
		err = EBADMSG;
	return err;
}

static int write_manifest(const char *path, struct text document)
{
	FILE *file = fopen(path, "w");
	bool is_written;

	if (!file)
		return errno;
	is_written = fwrite(document.ptr, 1, document.len, file) ==
			     document.len &&
		     fflush(file) == 0 && fsync(fileno(file)) == 0;
	return fclose(file) == 0 && is_written ? 0 : EIO;
}

/* Under another name until it is whole. */
static int fetch_to(const struct config *config, const struct made_backup *made,
		    struct text document, const char *output)
{
	char partial[CONFIG_PATH_MAX + 16], manifest[CONFIG_PATH_MAX];
	int fd, err;

	if (!backup_manifest_path(output, manifest))
		return ENAMETOOLONG;
	snprintf(partial, sizeof(partial), "%s.partial", output);
	fd = open(partial, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return errno;
	err = fetch(config, made, fd);
	close(fd);
	if (!err)
		err = write_manifest(manifest, document);
	if (!err && rename(partial, output) != 0)
		err = errno;
	if (err)
		unlink(partial);
	return err;
}

/* It is in the caller's file now, or nowhere. */
static void delete_made(const struct config *config,
			const struct made_backup *made)
{
	static struct local_answer answer;
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "/v1/backups/%s", made->id);
	(void)!local_api_ask(
		config,
		&(struct local_request){ .method = "DELETE", .path = path },
		&answer);
}

int backup_online(const struct config *config, const struct backup_order *order)
{
	static struct local_answer answer;
	struct made_backup made;
	int err;

	if (ask_for_backup(config, order, &answer, &made))
		return 1;
	if (!order->output) {
		printf("%s%s%s.db\n",
		       config->backup_dir[0] ? config->backup_dir
					     : config->data_dir,
		       config->backup_dir[0] ? "/" : "/backups/", made.id);
	} else {
		err = fetch_to(config, &made,
			       (struct text){ answer.bytes, answer.len },
			       order->output);
		delete_made(config, &made);
		if (err) {
			fprintf(stderr, "sipmoved: backup: %s: %s\n",
				order->output, strerror(err));
			return 1;
		}
		printf("%s\n", order->output);
	}
	fprintf(stderr, "sipmoved: revision %s, checked and complete\n",
		made.revision);
	return 0;
}
