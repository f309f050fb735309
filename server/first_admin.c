#include "first_admin.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "db/password.h"
#include "db/users.h"

enum {
	LIFE_MS = 30 * 60 * 1000,
	URL_SIZE = API_ORIGIN_SIZE + 64,
};

struct admin_job {
	struct store_job job; /* first: a job is cast back */
	struct user user;
	char phc[PASSWORD_HASH_SIZE];
	struct faults faults;
	bool has_admin;
};

static int run_look(struct changes *changes, struct store_job *job)
{
	return user_has_admin(changes, &((struct admin_job *)job)->has_admin);
}

static int run_create(struct changes *changes, struct store_job *job)
{
	struct admin_job *admin = (struct admin_job *)job;
	const struct actor actor = { "local", "bootstrap", "offline", "",
				     "admin", "",	   "" };
	char other_id[OBJECT_ID_SIZE];
	int err;

	changes_set_actor(changes, &actor);
	err = user_create(changes, &admin->user, &admin->faults, other_id);
	return err ? err
		   : user_password_set(changes, &admin->user, admin->phc, "");
}

/* The file's first line. */
static int read_hash(const char *path, char phc[PASSWORD_HASH_SIZE])
{
	FILE *file = fopen(path, "re");
	const char *line;

	if (!file)
		return errno;
	line = fgets(phc, PASSWORD_HASH_SIZE, file);
	fclose(file);
	if (!line)
		return EINVAL;
	phc[strcspn(phc, "\r\n")] = '\0';
	return password_phc_is_valid(phc) ? 0 : EINVAL;
}

static int create_from_file(const struct config *config, struct store *store)
{
	static struct admin_job admin;
	int err;

	admin = (struct admin_job){ .job = { .kind = STORE_CHANGE,
					     .run = run_create } };
	err = read_hash(config->auth_bootstrap_admin_hash_file, admin.phc);
	if (err) {
		log_error(
			"bootstrap_failed",
			"path=%s error=%s hint=\"sipmoved hash\"",
			log_quoted(text_of(
				config->auth_bootstrap_admin_hash_file)),
			log_quoted(text_of(
				err == EINVAL ? "its first line is no argon2id "
						"hash"
					      : strerror(err))));
		return err;
	}
	admin.user.enabled = true;
	text_copy(TEXT("admin"), admin.user.role, sizeof(admin.user.role));
	text_copy(text_of(config->auth_bootstrap_admin_name), admin.user.name,
		  sizeof(admin.user.name));
	err = store_run_offline(store, &admin.job);
	faults_clear(&admin.faults);
	if (err)
		log_error(
			"bootstrap_failed", "name=%s error=%s",
			log_quoted(text_of(config->auth_bootstrap_admin_name)),
			log_quoted(text_of(strerror(err))));
	else
		log_info("admin_created", "name=%s",
			 log_quoted(text_of(admin.user.name)));
	sodium_memzero(admin.phc, sizeof(admin.phc));
	return err;
}

int first_admin_prepare(const struct config *config, struct store *store,
			struct first_admin *ret_admin)
{
	static struct admin_job look;
	int err;

	look = (struct admin_job){ .job = { .kind = STORE_READ,
					    .run = run_look } };
	*ret_admin = (struct first_admin){ 0 };
	snprintf(ret_admin->path, sizeof(ret_admin->path), "%s/setup-url",
		 config->data_dir);
	/* That of an earlier start opens nothing any more. */
	unlink(ret_admin->path);
	err = store_run_offline(store, &look.job);
	if (err || look.has_admin)
		return err;
	if (config->auth_bootstrap_admin_hash_file[0])
		return create_from_file(config, store);
	auth_secret_make(ret_admin->secret, ret_admin->secret_sha256);
	ret_admin->expires_at_ms = clock_wall_ms() + LIFE_MS;
	return 0;
}

void first_admin_origin(const struct config *config,
			const struct api_listen *http_at,
			char origin[API_ORIGIN_SIZE])
{
	if (config->http_public_origin[0] || !http_at)
		text_copy(text_of(config->http_public_origin), origin,
			  API_ORIGIN_SIZE);
	else
		api_listen_origin(http_at, origin);
}

static int write_file(const char *path, const char *url)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	int err = 0;

	if (!file) {
		err = errno;
		if (fd >= 0)
			close(fd);
		return err;
	}
	if (fprintf(file, "%s\n", url) < 0)
		err = EIO;
	if (fclose(file) != 0)
		err = errno;
	return err;
}

void first_admin_tell(struct first_admin *admin, const struct config *config,
		      const struct api_listen *http_at)
{
	char origin[API_ORIGIN_SIZE], url[URL_SIZE];
	int err;

	if (!admin->secret[0])
		return;
	first_admin_origin(config, http_at, origin);
	snprintf(url, sizeof(url), "%s/#/setup/%s", origin, admin->secret);
	printf("\nThere is no administrator yet. This link makes one, once, "
	       "within 30 minutes (it is in %s, too):\n%s\n",
	       admin->path, url);
	err = write_file(admin->path, url);
	if (err)
		log_warning("setup_url_not_written", "path=%s error=%s",
			    log_quoted(text_of(admin->path)),
			    log_quoted(text_of(strerror(err))));
	sodium_memzero(url, sizeof(url));
	sodium_memzero(admin->secret, sizeof(admin->secret));
}
