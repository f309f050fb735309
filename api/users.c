#include "api/resources.h"

#include <errno.h>

#include "api/activation_link.h"
#include "api/problem.h"
#include "api/query_address.h"
#include "api/resource.h"
#include "api/user_document.h"
#include "db/user_totp.h"

struct user_request {
	struct user user;
	struct activation_link link;
};

static int read_user(struct exchange *exchange, bool is_new, void *value)
{
	struct object_request *request = exchange->state;

	return user_document_read(&request->body, is_new, value);
}

static void write_user(const struct exchange *exchange,
		       struct json_writer *writer, const void *value)
{
	(void)exchange;
	user_document_write(writer, value);
}

static struct resource_head head(const void *value)
{
	const struct user *user = value;

	return (struct resource_head){ user->id, user->revision };
}

/* Nobody gives, or takes over, more than they may do themselves: EACCES. */
static int check_rank(const struct exchange *exchange, const void *value)
{
	const struct user *user = value;
	uint32_t scopes;

	if (user_role_scopes(text_of(user->role), &scopes))
		return 0; /* a fault that is told with the others */
	return scopes & ~exchange->principal.scopes ? EACCES : 0;
}

static bool answer_rank(struct exchange *exchange)
{
	if (exchange->err == EPERM) {
		problem_answer(exchange, PROBLEM_LAST_ADMIN,
			       "Nobody else is an administrator who is "
			       "enabled. Make another one first, with "
			       "`sipmoved user create-admin` for example.");
		return false;
	}
	if (exchange->err != EACCES)
		return false;
	problem_answer(exchange, PROBLEM_FORBIDDEN,
		       "The user has, or would have, scopes that you lack.");
	return true;
}

/* --- in the store --------------------------------------------------------- */

static int get(struct changes *changes, struct exchange *exchange, void *value)
{
	return user_get(changes, text_of(exchange->path_id), value);
}

static int create(struct changes *changes, struct exchange *exchange,
		  void *value)
{
	struct object_request *request = exchange->state;

	return user_create(changes, value, &request->found, request->other_id);
}

static int update(struct changes *changes, struct exchange *exchange,
		  void *value)
{
	struct object_request *request = exchange->state;

	return user_update(changes, value, request->if_revision,
			   &request->found, request->other_id);
}

static int delete_one(struct changes *changes, struct exchange *exchange,
		      void *value)
{
	const struct object_request *request = exchange->state;

	(void)value;
	return user_delete(changes, text_of(exchange->path_id),
			   request->if_revision);
}

/* --- the list ------------------------------------------------------------ */

struct user_choice {
	char name[USER_NAME_MAX + 1], role[USER_ROLE_SIZE];
	char address[MOVE_ADDRESS_MAX + 1];
	struct text contains;
	int enabled;
};

static void read_filter(struct exchange *exchange, void *own)
{
	struct user_choice *choice = own;
	struct text value;
	uint32_t scopes;
	bool enabled;

	if (query_text(exchange, "name", &value) &&
	    !user_name_fold(value, choice->name))
		faults_add_parameter(&exchange->faults, FAULT_BAD_FORMAT,
				     "name", "must be the name of a user");
	if (query_text(exchange, "role", &value) &&
	    (user_role_scopes(value, &scopes) ||
	     !text_copy(value, choice->role, sizeof(choice->role))))
		faults_add_parameter(
			&exchange->faults, FAULT_BAD_FORMAT, "role",
			"must be admin, operator, helpdesk or user");
	query_address(exchange, "address", choice->address,
		      sizeof(choice->address));
	query_text(exchange, "q", &choice->contains);
	choice->enabled = query_bool(exchange, "enabled", &enabled) ? enabled
								    : -1;
}

static int list(struct changes *changes, struct exchange *exchange, void *own)
{
	struct resource_request *request = exchange->state;
	const struct user_choice *choice = own;
	struct page *page = &request->page;
	const struct user_filter filter = {
		.name = choice->name,
		.role = choice->role,
		.address = choice->address,
		.enabled = choice->enabled,
		.contains = choice->contains,
		.after_id = page->after.id,
		.limit = page->limit,
	};

	return user_list(changes, &filter, request->items, &page->count,
			 &page->more);
}

static const struct resource users = {
	.path = "/v1/users",
	.value_size = sizeof(struct user),
	.request_size = sizeof(struct user_request),
	.filter_size = sizeof(struct user_choice),
	/* last_login_at changes without a revision. */
	.one_is_always_new = true,
	.list_is_always_new = true,
	.read = read_user,
	.write = write_user,
	.head = head,
	.get = get,
	.create = create,
	.update = update,
	.remove = delete_one,
	.check = check_rank,
	.refused = answer_rank,
	.read_filter = read_filter,
	.list = list,
};

void users_list(struct exchange *exchange)
{
	resource_list(exchange, &users);
}

void users_create(struct exchange *exchange)
{
	resource_create(exchange, &users);
}

void users_get(struct exchange *exchange)
{
	resource_get(exchange, &users);
}

void users_patch(struct exchange *exchange)
{
	resource_patch(exchange, &users);
}

void users_delete(struct exchange *exchange)
{
	resource_delete(exchange, &users);
}

/* --- what else is done to one --------------------------------------------- */

/* The user that the request names, if the caller may change them. */
static int get_to_change(struct changes *changes, struct exchange *exchange,
			 struct user *ret_user)
{
	int err = get(changes, exchange, ret_user);

	return err ? err : check_rank(exchange, ret_user);
}

static struct user_request *own_of(struct exchange *exchange)
{
	struct resource_request *request = exchange->state;

	return (void *)request->own;
}

/* For who has lost the device and the codes for recovery. */
static int run_remove_totp(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct user *user = &own_of(exchange)->user;
	int err = get_to_change(changes, exchange, user);

	if (!err)
		err = user_totp_remove(changes, user);
	return object_request_settle(exchange, err);
}

void users_remove_totp(struct exchange *exchange)
{
	if (resource_change(exchange, &users, false))
		object_request_submit(exchange, STORE_CHANGE, run_remove_totp,
				      resource_answer_deleted);
}

/* A link that lets them set a password. */
static int run_link(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct user_request *own = own_of(exchange);
	int err = get_to_change(changes, exchange, &own->user);

	if (!err)
		err = activation_link_create(changes, &own->user,
					     own->link.sha256,
					     own->link.expires_at_ms);
	return object_request_settle(exchange, err);
}

static void link_done(struct exchange *exchange)
{
	const struct object_request *request = exchange->state;
	struct activation_link *link = &own_of(exchange)->link;
	struct json_writer writer = { 0 };

	if (!resource_changed(exchange))
		return;
	activation_link_write(&writer, exchange->api, link);
	exchange_answer_json(exchange, request->dry_run ? 200 : 201, &writer, 0,
			     NULL);
	activation_link_wipe(link);
}

void activation_links_create(struct exchange *exchange)
{
	struct user_request *own = resource_change(exchange, &users, true);
	struct object_request *request = exchange->state;

	if (!own)
		return;
	json_object_end(&request->body);
	if (faults_any(&exchange->faults)) {
		problem_answer_faults(exchange);
		return;
	}
	activation_link_make(&own->link, exchange->now_ms);
	object_request_submit(exchange, STORE_CHANGE, run_link, link_done);
}
