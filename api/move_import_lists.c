#include "api/resources.h"

#include "api/move_import_document.h"
#include "api/resource.h"

/* A list leaves their errors out. */
static void write_import(const struct exchange *exchange,
			 struct json_writer *writer, const void *value)
{
	const struct resource_request *request = exchange->state;

	move_import_document_write(writer, value, !request->is_list);
}

static struct resource_head head(const void *value)
{
	const struct move_import *import = value;

	return (struct resource_head){ import->id, import->revision };
}

static void clear(void *value)
{
	move_import_clear(value);
}

static int get(struct changes *changes, struct exchange *exchange, void *value)
{
	return move_import_get(changes, text_of(exchange->path_id), value);
}

static int list(struct changes *changes, struct exchange *exchange, void *own)
{
	struct resource_request *request = exchange->state;
	struct page *page = &request->page;

	(void)own;
	return move_import_list(changes, page->after.id, page->limit,
				request->items, &page->count, &page->more);
}

static const struct resource move_imports = {
	.path = "/v1/move-imports",
	.value_size = sizeof(struct move_import),
	.list_is_always_new = true,
	.write = write_import,
	.head = head,
	.get = get,
	.list = list,
	.clear = clear,
};

void move_imports_list(struct exchange *exchange)
{
	resource_list(exchange, &move_imports);
}

void move_imports_get(struct exchange *exchange)
{
	resource_get(exchange, &move_imports);
}
