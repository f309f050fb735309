#include "api/resources.h"

#include "api/singleton.h"
#include "api/source_document.h"

static void read_value(struct json_object *body, bool is_new, void *value)
{
	source_limit_document_read(body, is_new, value);
}

static void write_value(struct json_writer *writer, const void *value)
{
	source_limit_document_write(writer, value);
}

static int64_t revision(const void *value)
{
	return ((const struct source_limit *)value)->revision;
}

static int get(struct changes *changes, void *ret_value)
{
	return source_limit_get(changes, ret_value);
}

static int set(struct changes *changes, void *value, int64_t if_revision,
	       struct faults *faults)
{
	return source_limit_set(changes, value, if_revision, faults);
}

static const struct singleton limit = {
	.value_size = sizeof(struct source_limit),
	.read = read_value,
	.write = write_value,
	.revision = revision,
	.get = get,
	.set = set,
};

void source_limit_show(struct exchange *exchange)
{
	singleton_get(exchange, &limit);
}

void source_limit_put(struct exchange *exchange)
{
	singleton_put(exchange, &limit);
}

void source_limit_patch(struct exchange *exchange)
{
	singleton_patch(exchange, &limit);
}
