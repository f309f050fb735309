#include "api/resources.h"

#include <errno.h>
#include <string.h>

#include "api/document_member.h"
#include "api/query_address.h"
#include "api/resource.h"

static const char *const read_only[] = { "id",	       "domain",   "created_at",
					 "updated_at", "revision", NULL };

/* The domain an address belongs to; a canonical tel: address has none. */
static struct text domain_of(const struct address *address)
{
	const char *at = strrchr(address->uri, '@');

	return at ? text_of(at + 1) : (struct text){ 0 };
}

static void write_address(const struct exchange *exchange,
			  struct json_writer *writer, const void *value)
{
	const struct address *address = value;

	(void)exchange;
	json_open_object(writer, NULL);
	json_put_string(writer, "id", text_of(address->id));
	json_put_string(writer, "uri", text_of(address->uri));
	json_put_string_or_null(writer, "domain", domain_of(address));
	json_put_string(writer, "note", text_of(address->note));
	json_put_time_ms(writer, "created_at", address->created_at_ms);
	json_put_time_ms(writer, "updated_at", address->updated_at_ms);
	json_put_i64_string(writer, "revision", address->revision);
	json_close_object(writer);
}

static int read_address(struct exchange *exchange, bool is_new, void *value)
{
	struct object_request *request = exchange->state;
	struct json_object *body = &request->body;
	struct address *address = value;

	if (is_new)
		member_required_text(body, "uri", true, address->uri,
				     sizeof(address->uri));
	member_text(body, "note", address->note, sizeof(address->note));
	if (!is_new)
		json_read_only(body, "uri");
	members_read_only(body, read_only);
	json_object_end(body);
	return 0;
}

static struct resource_head head(const void *value)
{
	const struct address *address = value;

	return (struct resource_head){ address->id, address->revision };
}

/* --- in the store --------------------------------------------------------- */

static int get(struct changes *changes, struct exchange *exchange, void *value)
{
	return address_get(changes, text_of(exchange->path_id), value);
}

/* Which one has the URI already; "" if that cannot be told. */
static void find_other(struct changes *changes, const char *uri,
		       char other_id[OBJECT_ID_SIZE])
{
	struct address other;
	size_t count;
	bool more;

	if (!address_list(changes, "", uri, "", 1, &other, &count, &more) &&
	    count == 1)
		text_copy(text_of(other.id), other_id, OBJECT_ID_SIZE);
}

static int create(struct changes *changes, struct exchange *exchange,
		  void *value)
{
	struct object_request *request = exchange->state;
	struct address *address = value;
	bool may_create_domain =
		(exchange->principal.scopes & SCOPE_SYSTEM_ADMIN) != 0;
	int err = address_create(changes, address, may_create_domain,
				 &request->found);

	if (err == EEXIST)
		find_other(changes, address->uri, request->other_id);
	return err;
}

static int update(struct changes *changes, struct exchange *exchange,
		  void *value)
{
	struct object_request *request = exchange->state;

	return address_update(changes, value, request->if_revision,
			      &request->found);
}

static int delete_one(struct changes *changes, struct exchange *exchange,
		      void *value)
{
	const struct object_request *request = exchange->state;

	(void)value;
	return address_delete(changes, text_of(exchange->path_id),
			      request->if_revision);
}

/* --- the list ------------------------------------------------------------ */

struct address_filter {
	char domain[DOMAIN_NAME_MAX + 1]; /* "": any */
	char uri[MOVE_ADDRESS_MAX + 1];
};

static void read_filter(struct exchange *exchange, void *own)
{
	struct address_filter *filter = own;

	query_domain(exchange, "domain", filter->domain,
		     sizeof(filter->domain));
	query_address(exchange, "uri", filter->uri, sizeof(filter->uri));
}

static int list(struct changes *changes, struct exchange *exchange, void *own)
{
	struct resource_request *request = exchange->state;
	const struct address_filter *filter = own;
	struct page *page = &request->page;

	return address_list(changes, filter->domain, filter->uri,
			    page->after.key, page->limit, request->items,
			    &page->count, &page->more);
}

/* They are listed by URI. */
static void place(const void *value, struct cursor *ret_place)
{
	const struct address *address = value;

	text_copy(text_of(address->uri), ret_place->key,
		  sizeof(ret_place->key));
}

static const struct resource addresses = {
	.path = "/v1/addresses",
	.value_size = sizeof(struct address),
	.filter_size = sizeof(struct address_filter),
	.read = read_address,
	.write = write_address,
	.head = head,
	.get = get,
	.create = create,
	.update = update,
	.remove = delete_one,
	.not_empty_detail = "The address still has moves to come or in force. "
			    "Cancel them first.",
	.read_filter = read_filter,
	.list = list,
	.place = place,
};

void addresses_list(struct exchange *exchange)
{
	resource_list(exchange, &addresses);
}

void addresses_create(struct exchange *exchange)
{
	resource_create(exchange, &addresses);
}

void addresses_get(struct exchange *exchange)
{
	resource_get(exchange, &addresses);
}

void addresses_patch(struct exchange *exchange)
{
	resource_patch(exchange, &addresses);
}

void addresses_delete(struct exchange *exchange)
{
	resource_delete(exchange, &addresses);
}
