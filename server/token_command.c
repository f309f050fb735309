#include "token_command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/timestamp.h"
#include "db/changes.h"
#include "db/store.h"
#include "token_online.h"

enum {
	LIST_LIMIT = 100,
};

/* --- the server is stopped: in the database --------------------------------
 */

struct offline_job {
	struct store_job job; /* first: a job is cast back */
	struct token token;
	struct faults faults;
	const struct token_request *request;
	/* A page of the list. */
	struct token tokens[LIST_LIMIT];
	size_t count;
	bool more;
};

static void set_actor(struct changes *changes, const char *name)
{
	const struct actor actor = { "local", name, "offline", "",
				     "admin", "",   "" };

	changes_set_actor(changes, &actor);
}

static int run_create(struct changes *changes, struct store_job *job)
{
	struct offline_job *offline = (struct offline_job *)job;

	set_actor(changes, "token create");
	return token_create(changes, &offline->token, &offline->faults);
}

static void tell_offline(const struct offline_job *offline, int err)
{
	if (err == EEXIST)
		fprintf(stderr, "sipmoved: there is a token named \"%s\"\n",
			offline->token.name);
	for (size_t i = 0; i < offline->faults.count; i++)
		fprintf(stderr, "sipmoved: %s: %s\n",
			offline->faults.list[i].pointer + 1,
			offline->faults.list[i].detail);
	if (err != EEXIST && offline->faults.count == 0)
		fprintf(stderr, "sipmoved: token create: %s\n", strerror(err));
}

static void tell_created(const struct token *token, const char *text)
{
	char expires_at[TIMESTAMP_SIZE];

	timestamp_format(token->expires_at_ms, expires_at);
	puts(text);
	fprintf(stderr, "sipmoved: the token expires at %s\n", expires_at);
}

static int create_offline(struct store *store,
			  const struct token_request *request)
{
	static struct offline_job offline = { .job = { .kind = STORE_CHANGE,
						       .run = run_create } };
	char text[TOKEN_TEXT_SIZE];
	int err;

	if (!text_copy(text_of(request->name), offline.token.name,
		       sizeof(offline.token.name))) {
		fprintf(stderr, "sipmoved: the name is longer than %d bytes\n",
			TOKEN_NAME_MAX);
		return 1;
	}
	text_copy(text_of(request->role), offline.token.role,
		  sizeof(offline.token.role));
	if (token_role_scopes(text_of(request->role), &offline.token.scopes)) {
		fprintf(stderr,
			"sipmoved: \"%s\" is no role: admin, operator, "
			"helpdesk or service\n",
			request->role);
		return 1;
	}
	offline.token.expires_at_ms =
		clock_wall_ms() +
		(int64_t)request->expires_in_days * 86400 * 1000;
	token_make_secret(&offline.token, text);
	err = store_run_offline(store, &offline.job);
	if (err)
		tell_offline(&offline, err);
	else
		tell_created(&offline.token, text);
	faults_clear(&offline.faults);
	return err ? 1 : 0;
}

/* The page behind the one that it holds. */
static int run_list(struct changes *changes, struct store_job *job)
{
	struct offline_job *offline = (struct offline_job *)job;
	struct token last = offline->token;
	struct token_filter filter = {
		.name = text_of(offline->request->name ? offline->request->name
						       : ""),
		.after_name = last.name,
		.after_id = last.public_id,
		.limit = LIST_LIMIT
	};

	return token_list(changes, &filter, offline->tokens, &offline->count,
			  &offline->more);
}

static void print_token(const struct token *token, int64_t now_ms)
{
	char expires_at[TIMESTAMP_SIZE];

	timestamp_format(token->expires_at_ms, expires_at);
	token_line_print(&(struct token_line){
		text_of(token->public_id),
		text_of(token_state_name(token, now_ms)), text_of(token->role),
		text_of(expires_at), text_of(token->name) });
}

static int list_offline(struct store *store,
			const struct token_request *request)
{
	static struct offline_job offline = { .job = { .kind = STORE_READ,
						       .run = run_list } };
	int64_t now_ms = clock_wall_ms();
	int err;

	offline.request = request;
	token_line_print(NULL);
	do {
		err = store_run_offline(store, &offline.job);
		for (size_t i = 0; !err && i < offline.count; i++)
			print_token(&offline.tokens[i], now_ms);
		if (!err && offline.count > 0)
			offline.token = offline.tokens[offline.count - 1];
	} while (!err && offline.more);
	if (err)
		fprintf(stderr, "sipmoved: token list: %s\n", strerror(err));
	return err ? 1 : 0;
}

static int run_revoke(struct changes *changes, struct store_job *job)
{
	struct offline_job *offline = (struct offline_job *)job;
	const struct token_filter filter = { .name = text_of(
						     offline->request->name),
					     .not_revoked = true,
					     .after_name = "",
					     .after_id = "",
					     .limit = 1 };
	int err = token_list(changes, &filter, offline->tokens, &offline->count,
			     &offline->more);

	if (err)
		return err;
	if (offline->count == 0)
		return ENOENT;
	set_actor(changes, "token revoke");
	return token_revoke(changes, text_of(offline->tokens[0].public_id));
}

static int revoke_offline(struct store *store,
			  const struct token_request *request)
{
	static struct offline_job offline = { .job = { .kind = STORE_CHANGE,
						       .run = run_revoke } };
	int err;

	offline.request = request;
	err = store_run_offline(store, &offline.job);
	if (err == ENOENT)
		fprintf(stderr, "sipmoved: there is no token named \"%s\"\n",
			request->name);
	else if (err)
		fprintf(stderr, "sipmoved: token revoke: %s\n", strerror(err));
	return err ? 1 : 0;
}

/* --- either way -------------------------------------------------------------
 */

struct token_verb {
	int (*offline)(struct store *store,
		       const struct token_request *request);
	int (*online)(const struct config *config,
		      const struct token_request *request);
	bool makes_folder; /* one that was named, for a first start later */
};

/* A folder in the wrong place is not made by mistake. */
static bool has_data(const struct config *config, bool may_make)
{
	char path[CONFIG_PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/sipmoved.db", config->data_dir);
	if (access(path, F_OK) == 0 || errno != ENOENT ||
	    (may_make && !config_is_default(config, "server", "data_dir")))
		return true;
	fprintf(stderr,
		"sipmoved: no sipmoved data in %s; name it with --data-dir, or "
		"start the server once\n",
		config->data_dir);
	return false;
}

static int run_verb(const struct config *config,
		    const struct token_request *request,
		    const struct token_verb *verb)
{
	const struct store_config store_config = {
		.data_dir = config->data_dir,
		.allow_local_targets = config->moves_allow_local_targets,
	};
	struct store *store = NULL;
	const char *why = NULL;
	int err, code;

	if (!has_data(config, verb->makes_folder))
		return 1;
	err = store_open(&store_config, &store, &why);
	if (err == EBUSY)
		return verb->online(config, request);
	if (err) {
		fprintf(stderr, "sipmoved: %s: %s%s%s\n", config->data_dir,
			strerror(err), why ? ": " : "", why ? why : "");
		return 1;
	}
	code = verb->offline(store, request);
	store_close(store);
	return code;
}

int token_create_command(const struct config *config,
			 const struct token_request *request)
{
	return run_verb(config, request,
			&(struct token_verb){ create_offline,
					      token_create_online, true });
}

int token_list_command(const struct config *config,
		       const struct token_request *request)
{
	return run_verb(
		config, request,
		&(struct token_verb){ list_offline, token_list_online, false });
}

int token_revoke_command(const struct config *config,
			 const struct token_request *request)
{
	return run_verb(config, request,
			&(struct token_verb){ revoke_offline,
					      token_revoke_online, false });
}
