#include "api/resources.h"

#include <sodium.h>

#include "api/api.h"
#include "api/inbound_source_document.h"
#include "api/resource.h"
#include "db/inbound_sources.h"

static int read_source(struct exchange *exchange, bool is_new, void *value)
{
	struct object_request *request = exchange->state;

	return inbound_source_document_read(&request->body, is_new, value);
}

static void write_source(const struct exchange *exchange,
			 struct json_writer *writer, const void *value)
{
	const struct resource_request *request = exchange->state;
	const struct inbound_source_edit *edit = (const void *)request->own;

	inbound_source_document_write(
		writer, value, exchange_config(exchange)->public_origin,
		request->is_list ? "" : edit->made_secret);
}

static struct resource_head head(const void *value)
{
	const struct inbound_source *source = value;

	return (struct resource_head){ source->id, source->revision };
}

static void clear(void *value)
{
	struct inbound_source *source = value;

	sodium_memzero(source->secret, sizeof(source->secret));
}

/* --- in the store
 * ------------------------------------------------------------------------ */

static int get(struct changes *changes, struct exchange *exchange, void *value)
{
	return inbound_source_get(changes, text_of(exchange->path_id), value);
}

static int create(struct changes *changes, struct exchange *exchange,
		  void *value)
{
	struct object_request *request = exchange->state;

	return inbound_source_create(changes, value, &request->found,
				     request->other_id);
}

static int update(struct changes *changes, struct exchange *exchange,
		  void *value)
{
	struct object_request *request = exchange->state;

	return inbound_source_update(changes, value, request->if_revision,
				     &request->found, request->other_id);
}

static int delete_one(struct changes *changes, struct exchange *exchange,
		      void *value)
{
	const struct object_request *request = exchange->state;

	(void)value;
	return inbound_source_delete(changes, text_of(exchange->path_id),
				     request->if_revision);
}

static int list(struct changes *changes, struct exchange *exchange, void *own)
{
	struct resource_request *request = exchange->state;
	struct page *page = &request->page;

	(void)own;
	return inbound_source_list(changes, page->after.id, page->limit,
				   request->items, &page->count, &page->more);
}

static const struct resource inbound_sources = {
	.path = "/v1/inbound-sources",
	.value_size = sizeof(struct inbound_source),
	.request_size = sizeof(struct inbound_source_edit),
	.read = read_source,
	.write = write_source,
	.head = head,
	.get = get,
	.create = create,
	.update = update,
	.remove = delete_one,
	.list = list,
	.clear = clear,
};

void inbound_sources_list(struct exchange *exchange)
{
	resource_list(exchange, &inbound_sources);
}

void inbound_sources_create(struct exchange *exchange)
{
	resource_create(exchange, &inbound_sources);
}

void inbound_sources_get(struct exchange *exchange)
{
	resource_get(exchange, &inbound_sources);
}

void inbound_sources_patch(struct exchange *exchange)
{
	resource_patch(exchange, &inbound_sources);
}

void inbound_sources_delete(struct exchange *exchange)
{
	resource_delete(exchange, &inbound_sources);
}
