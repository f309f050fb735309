#include "api/resources.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sodium.h>

#include "api/document_member.h"
#include "api/object_request.h"
#include "api/page.h"
#include "api/problem.h"
#include "base/sip_uri.h"
#include "db/sip_users.h"

enum {
	LOCATION_SIZE = 64,
};

struct user_request {
	struct object_request common;
	struct sip_user user;
	/* A view into the document, and never anywhere else. */
	struct text password;
	bool has_password;
};

static const char *const read_only[] = { "id",	       "password_changed_at",
					 "created_at", "updated_at",
					 "revision",   NULL };

static void user_request_free(void *state)
{
	struct user_request *request = state;

	object_request_clear(&request->common);
	sodium_memzero(request, sizeof(*request));
	free(request);
}

/* The password is written and never read. */
static void write_user(struct json_writer *writer, const struct sip_user *user)
{
	json_open_object(writer, NULL);
	json_put_string(writer, "id", text_of(user->id));
	json_put_string(writer, "username", text_of(user->username));
	json_put_string(writer, "domain", text_of(user->domain));
	json_put_string(writer, "note", text_of(user->note));
	json_put_time_ms(writer, "password_changed_at",
			 user->password_changed_at_ms);
	json_put_time_ms(writer, "created_at", user->created_at_ms);
	json_put_time_ms(writer, "updated_at", user->updated_at_ms);
	json_put_i64_string(writer, "revision", user->revision);
	json_close_object(writer);
}

static void answer_user(struct exchange *exchange, const char *location)
{
	struct user_request *request = exchange->state;
	struct json_writer writer = { 0 };

	write_user(&writer, &request->user);
	object_request_answer(exchange, &writer, request->user.revision,
			      location);
}

static void read_password(struct user_request *request, bool is_new)
{
	struct json_object *body = &request->common.body;
	enum json_presence presence = json_string(
		body, "password", SIP_PASSWORD_MAX, &request->password);

	request->has_password = presence == JSON_PRESENT;
	if (presence == JSON_NULL || (presence == JSON_ABSENT && is_new))
		json_missing(body, "password");
}

/* --- one user ------------------------------------------------------------ */

static int run_get(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct user_request *request = exchange->state;

	return sip_user_get(changes, text_of(exchange->path_id),
			    &request->user);
}

static void get_done(struct exchange *exchange)
{
	struct user_request *request = exchange->state;

	if (exchange->err)
		problem_answer_errno(exchange, exchange->err);
	else if (!exchange_not_modified(exchange, request->user.revision))
		answer_user(exchange, NULL);
}

void sip_users_get(struct exchange *exchange)
{
	if (!object_request_read(exchange, sizeof(struct user_request)))
		return;
	exchange->state_free = user_request_free;
	object_request_submit(exchange, STORE_READ, run_get, get_done);
}

/* --- changes ------------------------------------------------------------- */

static struct user_request *change_request(struct exchange *exchange,
					   bool has_body)
{
	struct user_request *request = object_request_change(
		exchange, sizeof(struct user_request), has_body);

	if (request)
		exchange->state_free = user_request_free;
	return request;
}

static int run_create(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct user_request *request = exchange->state;

	return object_request_settle(exchange,
				     sip_user_create(changes, &request->user,
						     request->password,
						     &request->common.found,
						     request->common.other_id));
}

static void create_done(struct exchange *exchange)
{
	struct user_request *request = exchange->state;
	char location[LOCATION_SIZE];

	if (!object_request_succeeded(exchange, ""))
		return;
	snprintf(location, sizeof(location), "/v1/sip-users/%s",
		 request->user.id);
	answer_user(exchange, location);
}

void sip_users_create(struct exchange *exchange)
{
	struct user_request *request = change_request(exchange, true);
	struct json_object *body;

	if (!request)
		return;
	body = &request->common.body;
	member_required_text(body, "username", true, request->user.username,
			     sizeof(request->user.username));
	member_required_text(body, "domain", true, request->user.domain,
			     sizeof(request->user.domain));
	member_text(body, "note", request->user.note,
		    sizeof(request->user.note));
	read_password(request, true);
	members_read_only(body, read_only);
	json_object_end(body);
	object_request_submit(exchange, STORE_CHANGE, run_create, create_done);
}

/* Both are part of what is hashed: another name is another user. */
static int run_patch(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct user_request *request = exchange->state;
	struct object_request *common = &request->common;
	int err = sip_user_get(changes, text_of(exchange->path_id),
			       &request->user);

	if (err)
		return err;
	member_text(&common->body, "note", request->user.note,
		    sizeof(request->user.note));
	read_password(request, false);
	json_read_only(&common->body, "username");
	json_read_only(&common->body, "domain");
	members_read_only(&common->body, read_only);
	json_object_end(&common->body);
	return object_request_settle(
		exchange,
		sip_user_update(changes, &request->user,
				request->has_password ? &request->password
						      : NULL,
				common->if_revision, &common->found));
}

static void patch_done(struct exchange *exchange)
{
	if (object_request_succeeded(exchange, ""))
		answer_user(exchange, NULL);
}

void sip_users_patch(struct exchange *exchange)
{
	if (change_request(exchange, true))
		object_request_submit(exchange, STORE_CHANGE, run_patch,
				      patch_done);
}

static int run_delete(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct user_request *request = exchange->state;

	return object_request_settle(
		exchange, sip_user_delete(changes, text_of(exchange->path_id),
					  request->common.if_revision));
}

static void delete_done(struct exchange *exchange)
{
	if (object_request_succeeded(exchange, ""))
		exchange_answer_empty(exchange, 204);
}

void sip_users_delete(struct exchange *exchange)
{
	if (change_request(exchange, false))
		object_request_submit(exchange, STORE_CHANGE, run_delete,
				      delete_done);
}

/* --- the list ------------------------------------------------------------ */

struct user_page {
	struct page page;
	char domain[DOMAIN_NAME_MAX + 1];
	char username[SIP_USERNAME_MAX + 1];
	struct sip_user *users; /* page.limit of them, owned */
};

static void page_free(void *state)
{
	struct user_page *list = state;

	if (!list)
		return;
	if (list->users)
		sodium_memzero(list->users,
			       list->page.limit * sizeof(*list->users));
	free(list->users);
	free(list);
}

static int run_list(struct changes *changes, struct store_job *job)
{
	struct user_page *list = exchange_of_job(job)->state;
	const struct sip_user_filter filter = {
		.domain = list->domain,
		.username = list->username,
		.after_id = list->page.after.id,
		.limit = list->page.limit,
	};

	return sip_user_list(changes, &filter, list->users, &list->page.count,
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
		write_user(&writer, &list->users[i]);
	if (list->page.count > 0)
		text_copy(text_of(list->users[list->page.count - 1].id),
			  list->page.last.id, sizeof(list->page.last.id));
	page_answer(exchange, &writer, &list->page);
}

static void read_filter(struct exchange *exchange, struct user_page *list)
{
	struct writer writer =
		writer_over(list->domain, sizeof(list->domain) - 1);
	struct text value;

	if (query_text(exchange, "domain", &value) &&
	    (sip_host_canonical(value, &writer) ||
	     !writer_is_complete(&writer)))
		faults_add_parameter(&exchange->faults, FAULT_BAD_FORMAT,
				     "domain", "must be the name of a domain");
	if (query_text(exchange, "username", &value) &&
	    (value.len == 0 ||
	     !text_copy(value, list->username, sizeof(list->username))))
		faults_add_parameter(&exchange->faults, FAULT_BAD_FORMAT,
				     "username", "must be the name of a user");
}

void sip_users_list(struct exchange *exchange)
{
	struct user_page *list = calloc(1, sizeof(*list));

	exchange->state = list;
	exchange->state_free = page_free;
	if (!list) {
		problem_answer_errno(exchange, ENOMEM);
		return;
	}
	read_filter(exchange, list);
	if (!page_read(exchange, &list->page) ||
	    page_not_modified(exchange, &list->page))
		return;
	list->users = calloc(list->page.limit, sizeof(*list->users));
	if (!list->users)
		problem_answer_errno(exchange, ENOMEM);
	else
		exchange_run_job(exchange, STORE_READ, run_list, list_done);
}
