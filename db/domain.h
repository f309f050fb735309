/*
 * domain.h - a host part that calls are answered for. A plain value.
 */
#ifndef SIPMOVED_DB_DOMAIN_H
#define SIPMOVED_DB_DOMAIN_H

#include "db/domain_settings.h"
#include "db/fault.h"
#include "db/object_id.h"

enum {
	DOMAIN_NAME_MAX = 253, /* canonical: sip_host_canonical() */
	DOMAIN_NOTE_MAX = 500,
};

struct domain {
	int64_t row_id;
	char id[OBJECT_ID_SIZE]; /* "dom_..." */
	char name[DOMAIN_NAME_MAX + 1];
	char note[DOMAIN_NOTE_MAX + 1];
	int64_t created_at_ms;
	int64_t updated_at_ms;
	int64_t revision;
	struct domain_settings settings;
};

/* Canonicalises the name in place; its settings are checked with it. */
void domain_validate(struct domain *domain, struct faults *faults);

#endif
