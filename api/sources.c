/*
 * sources.c - /v1/source-rules, /v1/bans, /v1/scanner-patterns,
 * /v1/peer-profiles and /v1/target-rules: resources that differ in their
 * documents alone.
 */
#include "api/resources.h"

#include "api/resource.h"
#include "api/source_document.h"
#include "db/peer_profile.h"
#include "db/target_rule.h"

static enum source_kind kind_of(const struct exchange *exchange)
{
	const struct resource_request *request = exchange->state;

	return request->resource->kind;
}

static int read_document(struct exchange *exchange, bool is_new, void *value)
{
	struct object_request *request = exchange->state;

	source_document(kind_of(exchange))
		->read(&request->body, is_new, exchange->now_ms, value);
	return 0;
}

static void write_document(const struct exchange *exchange,
			   struct json_writer *writer, const void *value)
{
	source_document(kind_of(exchange))->write(writer, value);
}

static struct resource_head head(const void *value)
{
	const struct source_object *object = value; /* each begins with it */

	return (struct resource_head){ object->id, object->revision };
}

static int get(struct changes *changes, struct exchange *exchange, void *value)
{
	return source_row_get(changes, kind_of(exchange),
			      text_of(exchange->path_id), value);
}

static int create(struct changes *changes, struct exchange *exchange,
		  void *value)
{
	struct object_request *request = exchange->state;

	return source_row_create(changes, kind_of(exchange), value,
				 &request->found, request->other_id);
}

static int update(struct changes *changes, struct exchange *exchange,
		  void *value)
{
	struct object_request *request = exchange->state;

	return source_row_update(changes, kind_of(exchange), value,
				 request->if_revision, &request->found,
				 request->other_id);
}

static int delete_one(struct changes *changes, struct exchange *exchange,
		      void *value)
{
	const struct object_request *request = exchange->state;

	(void)value;
	return source_row_delete(changes, kind_of(exchange),
				 text_of(exchange->path_id),
				 request->if_revision);
}

static int list(struct changes *changes, struct exchange *exchange, void *own)
{
	struct resource_request *request = exchange->state;
	struct page *page = &request->page;

	(void)own;
	return source_row_list(changes, kind_of(exchange), page->after.id,
			       page->limit, request->items, &page->count,
			       &page->more);
}

/* clang-format off */
#define ALIKE .read = read_document, .write = write_document, .head = head, \
	      .get = get, .create = create, .update = update, \
	      .remove = delete_one, .list = list
/* clang-format on */

static const struct resource kinds[] = {
	[SOURCE_RULES] = {
		.path = "/v1/source-rules",
		.kind = SOURCE_RULES,
		.value_size = sizeof(struct source_rule),
		ALIKE,
	},
	[SOURCE_BANS] = {
		.path = "/v1/bans",
		.kind = SOURCE_BANS,
		/* A ban ends by itself. */
		.list_is_always_new = true,
		.value_size = sizeof(struct source_ban),
		ALIKE,
	},
	[SCANNER_PATTERNS] = {
		.path = "/v1/scanner-patterns",
		.kind = SCANNER_PATTERNS,
		.value_size = sizeof(struct scanner_pattern),
		ALIKE,
	},
	[PEER_PROFILES] = {
		.path = "/v1/peer-profiles",
		.kind = PEER_PROFILES,
		.value_size = sizeof(struct peer_profile),
		ALIKE,
	},
	[TARGET_RULES] = {
		.path = "/v1/target-rules",
		.kind = TARGET_RULES,
		.value_size = sizeof(struct target_rule),
		ALIKE,
	},
};

void source_rules_list(struct exchange *exchange)
{
	resource_list(exchange, &kinds[SOURCE_RULES]);
}

void source_rules_create(struct exchange *exchange)
{
	resource_create(exchange, &kinds[SOURCE_RULES]);
}

void source_rules_get(struct exchange *exchange)
{
	resource_get(exchange, &kinds[SOURCE_RULES]);
}

void source_rules_patch(struct exchange *exchange)
{
	resource_patch(exchange, &kinds[SOURCE_RULES]);
}

void source_rules_delete(struct exchange *exchange)
{
	resource_delete(exchange, &kinds[SOURCE_RULES]);
}

void bans_list(struct exchange *exchange)
{
	resource_list(exchange, &kinds[SOURCE_BANS]);
}

void bans_create(struct exchange *exchange)
{
	resource_create(exchange, &kinds[SOURCE_BANS]);
}

void bans_get(struct exchange *exchange)
{
	resource_get(exchange, &kinds[SOURCE_BANS]);
}

void bans_delete(struct exchange *exchange)
{
	resource_delete(exchange, &kinds[SOURCE_BANS]);
}

void scanner_patterns_list(struct exchange *exchange)
{
	resource_list(exchange, &kinds[SCANNER_PATTERNS]);
}

void scanner_patterns_create(struct exchange *exchange)
{
	resource_create(exchange, &kinds[SCANNER_PATTERNS]);
}

void scanner_patterns_get(struct exchange *exchange)
{
	resource_get(exchange, &kinds[SCANNER_PATTERNS]);
}

void scanner_patterns_patch(struct exchange *exchange)
{
	resource_patch(exchange, &kinds[SCANNER_PATTERNS]);
}

void scanner_patterns_delete(struct exchange *exchange)
{
	resource_delete(exchange, &kinds[SCANNER_PATTERNS]);
}

void peer_profiles_list(struct exchange *exchange)
{
	resource_list(exchange, &kinds[PEER_PROFILES]);
}

void peer_profiles_create(struct exchange *exchange)
{
	resource_create(exchange, &kinds[PEER_PROFILES]);
}

void peer_profiles_get(struct exchange *exchange)
{
	resource_get(exchange, &kinds[PEER_PROFILES]);
}

void peer_profiles_patch(struct exchange *exchange)
{
	resource_patch(exchange, &kinds[PEER_PROFILES]);
}

void peer_profiles_delete(struct exchange *exchange)
{
	resource_delete(exchange, &kinds[PEER_PROFILES]);
}

void target_rules_list(struct exchange *exchange)
{
	resource_list(exchange, &kinds[TARGET_RULES]);
}

void target_rules_create(struct exchange *exchange)
{
	resource_create(exchange, &kinds[TARGET_RULES]);
}

void target_rules_get(struct exchange *exchange)
{
	resource_get(exchange, &kinds[TARGET_RULES]);
}

void target_rules_patch(struct exchange *exchange)
{
	resource_patch(exchange, &kinds[TARGET_RULES]);
}

void target_rules_delete(struct exchange *exchange)
{
	resource_delete(exchange, &kinds[TARGET_RULES]);
}
