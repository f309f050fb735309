#include "user_command.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "api/activation_link.h"
#include "base/clock.h"
#include "db/password.h"
#include "db/users.h"
#include "first_admin.h"

enum {
	URL_SIZE = API_ORIGIN_SIZE + AUTH_SECRET_TEXT_SIZE + 16,
};

struct create_job {
	struct store_job job; /* first: a job is cast back */
	const char *name;
	struct user user;
	struct activation_link link;
	struct faults faults;
};

static int find_or_create(struct changes *changes, struct create_job *create)
{
	char other_id[OBJECT_ID_SIZE];
	int err = user_find(changes, text_of(create->name), &create->user);

	if (!err && strcmp(create->user.role, "admin") != 0)
		return EEXIST;
	/* The way back in goes for one who was locked out, too. */
	if (!err && !create->user.enabled) {
		create->user.enabled = true;
		return user_update(changes, &create->user, 0, &create->faults,
				   other_id);
	}
	if (err != ENOENT)
		return err;
	create->user = (struct user){ .enabled = true };
	text_copy(TEXT("admin"), create->user.role, sizeof(create->user.role));
	if (!text_copy(text_of(create->name), create->user.name,
		       sizeof(create->user.name)))
		create->user.name[0] = '\0'; /* which is a fault */
	return user_create(changes, &create->user, &create->faults, other_id);
}

static int run_create(struct changes *changes, struct store_job *job)
{
	struct create_job *create = (struct create_job *)job;
	const struct actor actor = {
		"local", "user create-admin", "offline", "", "admin", "", ""
	};
	int err;

	changes_set_actor(changes, &actor);
	err = find_or_create(changes, create);
	return err ? err
		   : activation_link_create(changes, &create->user,
					    create->link.sha256,
					    create->link.expires_at_ms);
}

static void tell(const struct create_job *create, int err)
{
	for (size_t i = 0; i < create->faults.count; i++)
		fprintf(stderr, "sipmoved: %s: %s\n",
			create->faults.list[i].pointer + 1,
			create->faults.list[i].detail);
	if (err == EEXIST)
		fprintf(stderr, "sipmoved: \"%s\" is a user who is no admin\n",
			create->name);
	else if (create->faults.count == 0)
		fprintf(stderr, "sipmoved: user create-admin: %s\n",
			strerror(err));
}

void user_print_link(const char *url)
{
	printf("%s\n", url);
	fputs("sipmoved: the link sets the password of this administrator, "
	      "once, within 72 hours\n",
	      stderr);
}

static int create_offline(const struct config *config, struct store *store,
			  const char *name)
{
	static struct create_job create;
	char origin[API_ORIGIN_SIZE], url[URL_SIZE];
	int err;

	create = (struct create_job){
		.job = { .kind = STORE_CHANGE, .run = run_create }, .name = name
	};
	activation_link_make(&create.link, clock_wall_ms());
	err = store_run_offline(store, &create.job);
	if (err) {
		tell(&create, err);
	} else {
		first_admin_origin(config,
				   config->http_listen_count > 0
					   ? &config->http_listens[0]
					   : NULL,
				   origin);
		snprintf(url, sizeof(url), "%s/#/activate/%s", origin,
			 create.link.text);
		user_print_link(url);
	}
	faults_clear(&create.faults);
	activation_link_wipe(&create.link);
	return err ? 1 : 0;
}

int user_create_admin_command(const struct config *config, const char *name)
{
	const struct store_config store_config = {
		.data_dir = config->data_dir,
		.allow_local_targets = config->moves_allow_local_targets,
	};
	struct store *store = NULL;
	const char *why = NULL;
	char folded[USER_NAME_MAX + 1];
	int code, err;

	if (!user_name_fold(text_of(name), folded)) {
		fprintf(stderr,
			"sipmoved: name: must be 1 to %d letters, digits, and "
			". _ - + @\n",
			USER_NAME_MAX);
		return 1;
	}
	err = store_open(&store_config, &store, &why);
	if (err == EBUSY)
		return user_create_admin_online(config, name);
	if (err) {
		fprintf(stderr, "sipmoved: %s: %s%s%s\n", config->data_dir,
			strerror(err), why ? ": " : "", why ? why : "");
		return 1;
	}
	code = create_offline(config, store, name);
	store_close(store);
	return code;
}

int hash_command(const struct config *config)
{
	char password[PASSWORD_BYTES_MAX + 2], phc[PASSWORD_HASH_SIZE];
	struct faults faults = { 0 };
	struct text text;
	int err = EINVAL;

	if (!fgets(password, sizeof(password), stdin))
		password[0] = '\0';
	text = (struct text){ password, strcspn(password, "\r\n") };
	password_validate(text, "", "/password", &faults);
	for (size_t i = 0; i < faults.count; i++)
		fprintf(stderr, "sipmoved: the password %s\n",
			faults.list[i].detail);
	if (!faults_any(&faults))
		err = password_hash(
			text, (unsigned)config->auth_password_memory_kib, phc);
	if (err == ENOMEM)
		fputs("sipmoved: hash: out of memory\n", stderr);
	if (!err)
		puts(phc);
	sodium_memzero(password, sizeof(password));
	faults_clear(&faults);
	return err ? 1 : 0;
}
