#include "api/resources.h"

#include "api/document_member.h"
#include "api/resource.h"
#include "db/destination.h"

static const char *const read_only[] = { "id", "created_at", "updated_at",
					 "revision", NULL };

static int read_destination(struct exchange *exchange, bool is_new, void *value)
{
	struct object_request *request = exchange->state;
	struct json_object *body = &request->body;
	struct destination *destination = value;

	member_required_text(body, "label", is_new, destination->label,
			     sizeof(destination->label));
	member_required_text(body, "uri", is_new, destination->uri,
			     sizeof(destination->uri));
	members_read_only(body, read_only);
	json_object_end(body);
	return 0;
}

static void write_destination(const struct exchange *exchange,
			      struct json_writer *writer, const void *value)
{
	const struct destination *destination = value;

	(void)exchange;
	json_open_object(writer, NULL);
	json_put_string(writer, "id", text_of(destination->id));
	json_put_string(writer, "label", text_of(destination->label));
	json_put_string(writer, "uri", text_of(destination->uri));
	json_put_time_ms(writer, "created_at", destination->created_at_ms);
	json_put_time_ms(writer, "updated_at", destination->updated_at_ms);
	json_put_i64_string(writer, "revision", destination->revision);
	json_close_object(writer);
}

static struct resource_head head(const void *value)
{
	const struct destination *destination = value;

	return (struct resource_head){ destination->id, destination->revision };
}

/* --- in the store --------------------------------------------------------- */

static int get(struct changes *changes, struct exchange *exchange, void *value)
{
	return destination_get(changes, text_of(exchange->path_id), value);
}

static int create(struct changes *changes, struct exchange *exchange,
		  void *value)
{
	struct object_request *request = exchange->state;

	return destination_create(changes, value, &request->found,
				  request->other_id);
}

static int update(struct changes *changes, struct exchange *exchange,
		  void *value)
{
	struct object_request *request = exchange->state;

	return destination_update(changes, value, request->if_revision,
				  &request->found, request->other_id);
}

static int delete_one(struct changes *changes, struct exchange *exchange,
		      void *value)
{
	const struct object_request *request = exchange->state;

	(void)value;
	return destination_delete(changes, text_of(exchange->path_id),
				  request->if_revision);
}

static int list(struct changes *changes, struct exchange *exchange, void *own)
{
	struct resource_request *request = exchange->state;
	struct page *page = &request->page;

	(void)own;
	return destination_list(changes, page->after.id, page->limit,
				request->items, &page->count, &page->more);
}

static const struct resource destinations = {
	.path = "/v1/destinations",
	.value_size = sizeof(struct destination),
	.read = read_destination,
	.write = write_destination,
	.head = head,
	.get = get,
	.create = create,
	.update = update,
	.remove = delete_one,
	.list = list,
};

void destinations_list(struct exchange *exchange)
{
	resource_list(exchange, &destinations);
}

void destinations_create(struct exchange *exchange)
{
	resource_create(exchange, &destinations);
}

void destinations_get(struct exchange *exchange)
{
	resource_get(exchange, &destinations);
}

void destinations_patch(struct exchange *exchange)
{
	resource_patch(exchange, &destinations);
}

void destinations_delete(struct exchange *exchange)
{
	resource_delete(exchange, &destinations);
}
