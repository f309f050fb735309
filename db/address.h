/*
 * address.h - an address-of-record that we know: calls to it are answered 302
 * or 480, to any other 404. A plain value.
 */
#ifndef SIPMOVED_DB_ADDRESS_H
#define SIPMOVED_DB_ADDRESS_H

#include "db/fault.h"
#include "db/move.h"
#include "db/object_id.h"

enum {
	ADDRESS_NOTE_MAX = 500,
};

struct address {
	char id[OBJECT_ID_SIZE];	/* "adr_..." */
	char uri[MOVE_ADDRESS_MAX + 1]; /* canonical: "sip:alice@example.com" */
	char note[ADDRESS_NOTE_MAX + 1];
	int64_t created_at_ms;
	int64_t updated_at_ms;
	int64_t revision;
};

/* Canonicalises the URI in place. */
void address_validate(struct address *address, struct faults *faults);

#endif
