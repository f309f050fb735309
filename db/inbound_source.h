/*
 * inbound_source.h - a system that tells of travels by POST /hooks/{slug}: how
 * what it sends is checked, and how that becomes a move. A plain value.
 */
#ifndef SIPMOVED_DB_INBOUND_SOURCE_H
#define SIPMOVED_DB_INBOUND_SOURCE_H

#include "db/fault.h"
#include "db/object_id.h"

enum {
	INBOUND_SLUG_SIZE = 44, /* base64url of 32 random bytes, with the NUL */
	INBOUND_NAME_MAX = 63,
	INBOUND_NOTE_MAX = 500,
	INBOUND_SECRET_MIN = 16,
	INBOUND_SECRET_MAX = 255,
	INBOUND_HEADER_MAX = 63,
	INBOUND_PREFIX_MAX = 31,
	INBOUND_POINTER_MAX = 127,
	INBOUND_WINDOW_MAX_S = 3600,
	INBOUND_WINDOW_DEFAULT_S = 300,
	INBOUND_MAPPING_SIZE = 8192, /* of its JSON, with the NUL */
	INBOUND_BODY_MAX = 256 * 1024,
};

/* Whose way of signing it is. */
enum inbound_kind {
	INBOUND_BEARER,
	INBOUND_STANDARD_WEBHOOKS,
	INBOUND_GITHUB,
	INBOUND_STRIPE,
	INBOUND_SLACK,
	INBOUND_HMAC,
	INBOUND_SLACK_COMMAND, /* as Slack signs; its own words, no mapping */
};

enum inbound_encoding {
	INBOUND_HEX,
	INBOUND_BASE64
};
enum inbound_algorithm {
	INBOUND_SHA256,
	INBOUND_SHA512
};
enum inbound_on_conflict {
	INBOUND_FAIL,
	INBOUND_REPLACE
};

/* In order of their enums; NULL at the end. */
extern const char *const inbound_kind_names[];
extern const char *const inbound_encoding_names[];
extern const char *const inbound_algorithm_names[];
extern const char *const inbound_on_conflict_names[];

struct inbound_source {
	int64_t row_id;
	char id[OBJECT_ID_SIZE]; /* "ins_..." */
	char slug[INBOUND_SLUG_SIZE];
	char name[INBOUND_NAME_MAX + 1]; /* unique */
	char note[INBOUND_NOTE_MAX + 1];
	unsigned kind; /* enum inbound_kind; never changes */
	bool enabled;
	/* Text; of INBOUND_BEARER, SHA-256 of the token in hex. */
	char secret[INBOUND_SECRET_MAX + 1];
	/* INBOUND_HMAC: where the signature is, and how it is written. */
	char header[INBOUND_HEADER_MAX + 1];
	char prefix[INBOUND_PREFIX_MAX + 1];
	unsigned encoding, algorithm;
	int64_t window_seconds; /* a signed time may be so far off */
	/* What tells one event from another; both "": the kind's own way. */
	char dedupe_header[INBOUND_HEADER_MAX + 1];
	char dedupe_pointer[INBOUND_POINTER_MAX + 1]; /* RFC 6901 */
	unsigned on_conflict;
	char mapping[INBOUND_MAPPING_SIZE]; /* JSON, inbound_mapping.h */
	int64_t created_at_ms;
	int64_t updated_at_ms;
	int64_t revision;
};

/* All but the mapping and the secret, which their readers check. */
void inbound_source_validate(struct inbound_source *source,
			     struct faults *faults);
/* A field name, RFC 9110 5.1. */
bool inbound_header_is_valid(const char *header);

#endif
