#include "api/resources.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "api/document_member.h"
#include "api/domain_settings_document.h"
#include "api/problem.h"
#include "api/query_address.h"
#include "api/resource.h"

struct domain_request {
	struct domain domain;
	struct domain_conflict conflict; /* of a change */
};

static const char *const read_only[] = { "id", "created_at", "updated_at",
					 "revision", NULL };

static void write_domain(const struct exchange *exchange,
			 struct json_writer *writer, const void *value)
{
	const struct domain *domain = value;

	(void)exchange;
	json_open_object(writer, NULL);
	json_put_string(writer, "id", text_of(domain->id));
	json_put_string(writer, "name", text_of(domain->name));
	json_put_string(writer, "note", text_of(domain->note));
	domain_settings_document_write(writer, &domain->settings);
	json_put_time_ms(writer, "created_at", domain->created_at_ms);
	json_put_time_ms(writer, "updated_at", domain->updated_at_ms);
	json_put_i64_string(writer, "revision", domain->revision);
	json_close_object(writer);
}

static int read_domain(struct exchange *exchange, bool is_new, void *value)
{
	struct object_request *request = exchange->state;
	struct json_object *body = &request->body;
	struct domain *domain = value;

	if (is_new)
		member_required_text(body, "name", true, domain->name,
				     sizeof(domain->name));
	member_text(body, "note", domain->note, sizeof(domain->note));
	domain_settings_document_merge(body, &domain->settings);
	if (!is_new)
		json_read_only(body, "name");
	members_read_only(body, read_only);
	json_object_end(body);
	return 0;
}

static struct resource_head head(const void *value)
{
	const struct domain *domain = value;

	return (struct resource_head){ domain->id, domain->revision };
}

/* Did it fail because case may not be ignored? Then that is answered. */
static bool answer_case_conflict(struct exchange *exchange)
{
	const struct resource_request *state = exchange->state;
	const struct domain_request *request = (const void *)state->own;
	const struct domain_conflict *conflict = &request->conflict;

	if (exchange->err == EEXIST && conflict->count > 0)
		problem_answer_collision(exchange, conflict);
	else if (exchange->err == EEXIST &&
		 conflict->loop.kind != MOVE_NO_CONFLICT)
		problem_answer_conflict(exchange, &conflict->loop);
	else if (exchange->err == E2BIG)
		problem_answer(exchange, PROBLEM_TOO_MANY_ADDRESSES,
			       "More than 100000 addresses or moves would have "
			       "to change. Ignore case before they are made.");
	else
		return false;
	return true;
}

/* --- in the store --------------------------------------------------------- */

static int get(struct changes *changes, struct exchange *exchange, void *value)
{
	return domain_get(changes, text_of(exchange->path_id), value);
}

/*
 * The one of that name. Names are found by what follows a name: DEL sorts
 * behind every byte that a name may hold, so nothing lies between "example.cn"
 * DEL and "example.co".
 */
static int find_named(struct changes *changes, const char *name,
		      struct domain *domain, size_t *ret_count)
{
	char before[DOMAIN_NAME_MAX + 2];
	size_t len = strlen(name);
	bool more;
	int err;

	*ret_count = 0;
	if (len == 0)
		return 0;
	snprintf(before, sizeof(before), "%s\x7f", name);
	before[len - 1]--;
	err = domain_list(changes, before, 1, domain, ret_count, &more);
	if (!err && *ret_count == 1 && strcmp(domain->name, name) != 0)
		*ret_count = 0;
	return err;
}

/* Which one has the name already; "" if that cannot be told. */
static void find_other(struct changes *changes, const char *name,
		       char other_id[OBJECT_ID_SIZE])
{
	struct domain other;
	size_t count;

	if (!find_named(changes, name, &other, &count) && count == 1)
		text_copy(text_of(other.id), other_id, OBJECT_ID_SIZE);
}

static int create(struct changes *changes, struct exchange *exchange,
		  void *value)
{
	struct object_request *request = exchange->state;
	struct domain *domain = value;
	int err = domain_create(changes, domain, &request->found);

	if (err == EEXIST)
		find_other(changes, domain->name, request->other_id);
	return err;
}

static int update(struct changes *changes, struct exchange *exchange,
		  void *value)
{
	struct object_request *request = exchange->state;
	struct domain_request *own = value;

	return domain_update(changes, &own->domain, request->if_revision,
			     &request->found, &own->conflict);
}

static int delete_one(struct changes *changes, struct exchange *exchange,
		      void *value)
{
	const struct object_request *request = exchange->state;

	(void)value;
	return domain_delete(changes, text_of(exchange->path_id),
			     request->if_revision);
}

/* --- the list ------------------------------------------------------------ */

struct domain_filter {
	char name[DOMAIN_NAME_MAX + 1]; /* "": any */
};

static void read_filter(struct exchange *exchange, void *own)
{
	struct domain_filter *filter = own;

	query_domain(exchange, "name", filter->name, sizeof(filter->name));
}

static int list(struct changes *changes, struct exchange *exchange, void *own)
{
	struct resource_request *request = exchange->state;
	const struct domain_filter *filter = own;
	struct page *page = &request->page;

	if (filter->name[0])
		return find_named(changes, filter->name, request->items,
				  &page->count);
	return domain_list(changes, page->after.key, page->limit,
			   request->items, &page->count, &page->more);
}

/* They are listed by name. */
static void place(const void *value, struct cursor *ret_place)
{
	const struct domain *domain = value;

	text_copy(text_of(domain->name), ret_place->key,
		  sizeof(ret_place->key));
}

static const struct resource domains = {
	.path = "/v1/domains",
	.value_size = sizeof(struct domain),
	.request_size = sizeof(struct domain_request),
	.filter_size = sizeof(struct domain_filter),
	.read = read_domain,
	.write = write_domain,
	.head = head,
	.get = get,
	.create = create,
	.update = update,
	.remove = delete_one,
	.refused = answer_case_conflict,
	.not_empty_detail =
		"The domain still has addresses or SIP users. Delete "
		"them first.",
	.read_filter = read_filter,
	.list = list,
	.place = place,
};

void domains_list(struct exchange *exchange)
{
	resource_list(exchange, &domains);
}

void domains_create(struct exchange *exchange)
{
	resource_create(exchange, &domains);
}

void domains_get(struct exchange *exchange)
{
	resource_get(exchange, &domains);
}

void domains_patch(struct exchange *exchange)
{
	resource_patch(exchange, &domains);
}

void domains_delete(struct exchange *exchange)
{
	resource_delete(exchange, &domains);
}
