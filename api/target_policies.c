#include "api/resources.h"

#include "api/singleton.h"
#include "api/target_document.h"
#include "db/target_policy_rows.h"

static void read_value(struct json_object *body, bool is_new, void *value)
{
	target_policy_document_read(body, is_new, value);
}

static void write_value(struct json_writer *writer, const void *value)
{
	target_policy_document_write(writer, value);
}

static int64_t revision(const void *value)
{
	return ((const struct target_policy *)value)->revision;
}

static int get(struct changes *changes, void *ret_value)
{
	return target_policy_get(changes, ret_value);
}

static int set(struct changes *changes, void *value, int64_t if_revision,
	       struct faults *faults)
{
	return target_policy_set(changes, value, if_revision, faults);
}

static const struct singleton policy = {
	.value_size = sizeof(struct target_policy),
	/* It decides over every target. */
	.is_patched_by_revision = true,
	.read = read_value,
	.write = write_value,
	.revision = revision,
	.get = get,
	.set = set,
};

void target_policy_show(struct exchange *exchange)
{
	singleton_get(exchange, &policy);
}

void target_policy_put(struct exchange *exchange)
{
	singleton_put(exchange, &policy);
}

void target_policy_patch(struct exchange *exchange)
{
	singleton_patch(exchange, &policy);
}
