#include "api/resources.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/activation_link.h"
#include "api/object_request.h"
#include "api/page.h"
#include "api/problem.h"
#include "api/query_address.h"
#include "api/user_document.h"
#include "db/user_totp.h"

enum {
	LOCATION_SIZE = 64,
};

struct user_request {
	struct object_request common;
	struct user user;
	struct activation_link link;
};

static void answer_user(struct exchange *exchange, const char *location)
{
	struct user_request *request = exchange->state;
	struct json_writer writer = { 0 };

	user_document_write(&writer, &request->user);
	object_request_answer(exchange, &writer, request->user.revision,
			      location);
}

/* Nobody gives, or takes over, more than they may do themselves: EACCES. */
static int check_rank(const struct exchange *exchange, const struct user *user)
{
	uint32_t scopes;

	if (user_role_scopes(text_of(user->role), &scopes))
		return 0; /* a fault that is told with the others */
	return scopes & ~exchange->principal.scopes ? EACCES : 0;
}

static bool succeeded(struct exchange *exchange)
{
	if (exchange->err == EPERM) {
		problem_answer(exchange, PROBLEM_LAST_ADMIN,
			       "Nobody else is an administrator who is "
			       "enabled. Make another one first, with "
			       "`sipmoved user create-admin` for example.");
		return false;
	}
	if (exchange->err != EACCES)
		return object_request_succeeded(exchange, "");
	problem_answer(exchange, PROBLEM_FORBIDDEN,
		       "The user has, or would have, scopes that you lack.");
	return false;
}

/* --- one user ------------------------------------------------------------ */

static int run_get(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct user_request *request = exchange->state;

	return user_get(changes, text_of(exchange->path_id), &request->user);
}

/* last_login_at changes without a revision: nothing is "not modified". */
static void get_done(struct exchange *exchange)
{
	if (exchange->err)
		problem_answer_errno(exchange, exchange->err);
	else
		answer_user(exchange, NULL);
}

void users_get(struct exchange *exchange)
{
	if (object_request_read(exchange, sizeof(struct user_request)))
		object_request_submit(exchange, STORE_READ, run_get, get_done);
}

/* --- changes ------------------------------------------------------------- */

static int run_create(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct user_request *request = exchange->state;
	int err = check_rank(exchange, &request->user);

	if (!err)
		err = user_create(changes, &request->user,
				  &request->common.found,
				  request->common.other_id);
	return object_request_settle(exchange, err);
}

static void create_done(struct exchange *exchange)
{
	struct user_request *request = exchange->state;
	char location[LOCATION_SIZE];

	if (!succeeded(exchange))
		return;
	snprintf(location, sizeof(location), "/v1/users/%s", request->user.id);
	answer_user(exchange, location);
}

void users_create(struct exchange *exchange)
{
	struct user_request *request = object_request_change(
		exchange, sizeof(struct user_request), true);
	int err;

	if (!request)
		return;
	err = user_document_read(&request->common.body, true, &request->user);
	if (err)
		problem_answer_errno(exchange, err);
	else
		object_request_submit(exchange, STORE_CHANGE, run_create,
				      create_done);
}

static int run_patch(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct user_request *request = exchange->state;
	struct object_request *common = &request->common;
	int err = user_get(changes, text_of(exchange->path_id), &request->user);

	if (!err)
		err = check_rank(exchange, &request->user);
	if (!err)
		err = user_document_read(&common->body, false, &request->user);
	if (!err)
		err = check_rank(exchange, &request->user);
	if (err)
		return err;
	return object_request_settle(
		exchange,
		user_update(changes, &request->user, common->if_revision,
			    &common->found, common->other_id));
}

static void update_done(struct exchange *exchange)
{
	if (succeeded(exchange))
		answer_user(exchange, NULL);
}

void users_patch(struct exchange *exchange)
{
	if (object_request_change(exchange, sizeof(struct user_request), true))
		object_request_submit(exchange, STORE_CHANGE, run_patch,
				      update_done);
}

static int run_delete(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct user_request *request = exchange->state;
	int err = user_get(changes, text_of(exchange->path_id), &request->user);

	if (!err)
		err = check_rank(exchange, &request->user);
	if (!err)
		err = user_delete(changes, text_of(exchange->path_id),
				  request->common.if_revision);
	return object_request_settle(exchange, err);
}

static void delete_done(struct exchange *exchange)
{
	if (succeeded(exchange))
		exchange_answer_empty(exchange, 204);
}

void users_delete(struct exchange *exchange)
{
	if (object_request_change(exchange, sizeof(struct user_request), false))
		object_request_submit(exchange, STORE_CHANGE, run_delete,
				      delete_done);
}

/* For who has lost the device and the codes for recovery. */
static int run_remove_totp(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct user_request *request = exchange->state;
	int err = user_get(changes, text_of(exchange->path_id), &request->user);

	if (!err)
		err = check_rank(exchange, &request->user);
	if (!err)
		err = user_totp_remove(changes, &request->user);
	return object_request_settle(exchange, err);
}

void users_remove_totp(struct exchange *exchange)
{
	if (object_request_change(exchange, sizeof(struct user_request), false))
		object_request_submit(exchange, STORE_CHANGE, run_remove_totp,
				      delete_done);
}

/* --- a link that lets them set a password -------------------------------- */

static int run_link(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct user_request *request = exchange->state;
	int err = user_get(changes, text_of(exchange->path_id), &request->user);

	if (!err)
		err = check_rank(exchange, &request->user);
	if (!err)
		err = activation_link_create(changes, &request->user,
					     request->link.sha256,
					     request->link.expires_at_ms);
	return object_request_settle(exchange, err);
}

static void link_done(struct exchange *exchange)
{
	struct user_request *request = exchange->state;
	struct json_writer writer = { 0 };

	if (!succeeded(exchange))
		return;
	activation_link_write(&writer, exchange_config(exchange),
			      &request->link);
	exchange_answer_json(exchange, request->common.dry_run ? 200 : 201,
			     &writer, 0, NULL);
	activation_link_wipe(&request->link);
}

void activation_links_create(struct exchange *exchange)
{
	struct user_request *request = object_request_change(
		exchange, sizeof(struct user_request), true);

	if (!request)
		return;
	json_object_end(&request->common.body);
	if (faults_any(&exchange->faults)) {
		problem_answer_faults(exchange);
		return;
	}
	activation_link_make(&request->link, exchange->now_ms);
	object_request_submit(exchange, STORE_CHANGE, run_link, link_done);
}

/* --- the list ------------------------------------------------------------ */

struct user_page {
	struct page page;
	char name[USER_NAME_MAX + 1], role[USER_ROLE_SIZE];
	char address[MOVE_ADDRESS_MAX + 1];
	int enabled;
	struct user *users; /* page.limit of them, owned */
};

static void page_free(void *state)
{
	struct user_page *list = state;

	if (!list)
		return;
	free(list->users);
	free(list);
}

static int run_list(struct changes *changes, struct store_job *job)
{
	struct user_page *list = exchange_of_job(job)->state;
	const struct user_filter filter = {
		.name = list->name,
		.role = list->role,
		.address = list->address,
		.enabled = list->enabled,
		.after_id = list->page.after.id,
		.limit = list->page.limit,
	};

	return user_list(changes, &filter, list->users, &list->page.count,
			 &list->page.more);
}

static void list_done(struct exchange *exchange)
{
	struct user_page *list = exchange->state;
	struct json_writer writer = { 0 };

	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	page_open(&writer);
	for (size_t i = 0; i < list->page.count; i++)
		user_document_write(&writer, &list->users[i]);
	if (list->page.count > 0)
		text_copy(text_of(list->users[list->page.count - 1].id),
			  list->page.last.id, sizeof(list->page.last.id));
	page_answer(exchange, &writer, &list->page);
}

static void read_filter(struct exchange *exchange, struct user_page *list)
{
	struct text value;
	uint32_t scopes;
	bool enabled;

	if (query_text(exchange, "name", &value) &&
	    !user_name_fold(value, list->name))
		faults_add_parameter(&exchange->faults, FAULT_BAD_FORMAT,
				     "name", "must be the name of a user");
	if (query_text(exchange, "role", &value) &&
	    (user_role_scopes(value, &scopes) ||
	     !text_copy(value, list->role, sizeof(list->role))))
		faults_add_parameter(
			&exchange->faults, FAULT_BAD_FORMAT, "role",
			"must be admin, operator, helpdesk or user");
	query_address(exchange, "address", list->address,
		      sizeof(list->address));
	list->enabled = query_bool(exchange, "enabled", &enabled) ? enabled
								  : -1;
}

void users_list(struct exchange *exchange)
{
	struct user_page *list = calloc(1, sizeof(*list));

	exchange->state = list;
	exchange->state_free = page_free;
	if (!list) {
		problem_answer_errno(exchange, ENOMEM);
		return;
	}
	read_filter(exchange, list);
	if (!page_read(exchange, &list->page))
		return;
	list->users = calloc(list->page.limit, sizeof(*list->users));
	if (!list->users)
		problem_answer_errno(exchange, ENOMEM);
	else
		exchange_run_job(exchange, STORE_READ, run_list, list_done);
}
