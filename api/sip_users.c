#include "api/resources.h"

#include <sodium.h>

#include "api/document_member.h"
#include "api/resource.h"
#include "base/sip_uri.h"
#include "db/sip_users.h"

struct user_request {
	struct sip_user user;
	/* A view into the document, and never anywhere else. */
	struct text password;
	bool has_password;
};

static const char *const read_only[] = { "id",	       "password_changed_at",
					 "created_at", "updated_at",
					 "revision",   NULL };

/* The password is written and never read. */
static void write_user(const struct exchange *exchange,
		       struct json_writer *writer, const void *value)
{
	const struct sip_user *user = value;

	(void)exchange;
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

static void read_password(struct json_object *body, bool is_new,
			  struct user_request *request)
{
	enum json_presence presence = json_string(
		body, "password", SIP_PASSWORD_MAX, &request->password);

	request->has_password = presence == JSON_PRESENT;
	if (presence == JSON_NULL || (presence == JSON_ABSENT && is_new))
		json_missing(body, "password");
}

/* Name and domain are part of what is hashed: another name is another user. */
static int read_user(struct exchange *exchange, bool is_new, void *value)
{
	struct object_request *request = exchange->state;
	struct json_object *body = &request->body;
	struct user_request *own = value;
	struct sip_user *user = &own->user;

	if (is_new) {
		member_required_text(body, "username", true, user->username,
				     sizeof(user->username));
		member_required_text(body, "domain", true, user->domain,
				     sizeof(user->domain));
	}
	member_text(body, "note", user->note, sizeof(user->note));
	read_password(body, is_new, own);
	if (!is_new) {
		json_read_only(body, "username");
		json_read_only(body, "domain");
	}
	members_read_only(body, read_only);
	json_object_end(body);
	return 0;
}

static struct resource_head head(const void *value)
{
	const struct sip_user *user = value;

	return (struct resource_head){ user->id, user->revision };
}

static void clear(void *value)
{
	sodium_memzero(value, sizeof(struct sip_user));
}

/* --- in the store --------------------------------------------------------- */

static int get(struct changes *changes, struct exchange *exchange, void *value)
{
	return sip_user_get(changes, text_of(exchange->path_id), value);
}

static int create(struct changes *changes, struct exchange *exchange,
		  void *value)
{
	struct object_request *request = exchange->state;
	struct user_request *own = value;

	return sip_user_create(changes, &own->user, own->password,
			       &request->found, request->other_id);
}

static int update(struct changes *changes, struct exchange *exchange,
		  void *value)
{
	struct object_request *request = exchange->state;
	struct user_request *own = value;

	return sip_user_update(changes, &own->user,
			       own->has_password ? &own->password : NULL,
			       request->if_revision, &request->found);
}

static int delete_one(struct changes *changes, struct exchange *exchange,
		      void *value)
{
	const struct object_request *request = exchange->state;

	(void)value;
	return sip_user_delete(changes, text_of(exchange->path_id),
			       request->if_revision);
}

/* --- the list ------------------------------------------------------------ */

struct user_filter {
	char domain[DOMAIN_NAME_MAX + 1]; /* "": any */
	char username[SIP_USERNAME_MAX + 1];
};

static void read_filter(struct exchange *exchange, void *own)
{
	struct user_filter *filter = own;
	struct writer writer =
		writer_over(filter->domain, sizeof(filter->domain) - 1);
	struct text value;

	if (query_text(exchange, "domain", &value) &&
	    (sip_host_canonical(value, &writer) ||
	     !writer_is_complete(&writer)))
		faults_add_parameter(&exchange->faults, FAULT_BAD_FORMAT,
				     "domain", "must be the name of a domain");
	if (query_text(exchange, "username", &value) &&
	    (value.len == 0 ||
	     !text_copy(value, filter->username, sizeof(filter->username))))
		faults_add_parameter(&exchange->faults, FAULT_BAD_FORMAT,
				     "username", "must be the name of a user");
}

static int list(struct changes *changes, struct exchange *exchange, void *own)
{
	struct resource_request *request = exchange->state;
	const struct user_filter *wanted = own;
	struct page *page = &request->page;
	const struct sip_user_filter filter = {
		.domain = wanted->domain,
		.username = wanted->username,
		.after_id = page->after.id,
		.limit = page->limit,
	};

	return sip_user_list(changes, &filter, request->items, &page->count,
			     &page->more);
}

static const struct resource sip_users = {
	.path = "/v1/sip-users",
	.value_size = sizeof(struct sip_user),
	.request_size = sizeof(struct user_request),
	.filter_size = sizeof(struct user_filter),
	.read = read_user,
	.write = write_user,
	.head = head,
	.get = get,
	.create = create,
	.update = update,
	.remove = delete_one,
	.read_filter = read_filter,
	.list = list,
	.clear = clear,
};

void sip_users_list(struct exchange *exchange)
{
	resource_list(exchange, &sip_users);
}

void sip_users_create(struct exchange *exchange)
{
	resource_create(exchange, &sip_users);
}

void sip_users_get(struct exchange *exchange)
{
	resource_get(exchange, &sip_users);
}

void sip_users_patch(struct exchange *exchange)
{
	resource_patch(exchange, &sip_users);
}

void sip_users_delete(struct exchange *exchange)
{
	resource_delete(exchange, &sip_users);
}
