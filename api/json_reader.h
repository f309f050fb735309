/*
 * json_reader.h - strict JSON in (RFC 8259, I-JSON RFC 7493): refuses what
 * cJSON lets through: bad UTF-8, \u0000, duplicate members, trailing bytes,
 * lone surrogates, numbers with leading zeros or outside 2^53, depth over 16.
 * The only file that includes <cjson/cJSON.h> for reading; json_writer.h is the
 * one for writing.
 *
 * A document is walked with typed getters that note every fault with its JSON
 * pointer and go on, so that a caller hears of all faults at once. Members that
 * no getter asked for are faults too: json_object_end().
 * One thread at a time.
 */
#ifndef SIPMOVED_API_JSON_READER_H
#define SIPMOVED_API_JSON_READER_H

#include "db/fault.h"

struct json_document;
struct json_value; /* a node of a document; lives as long as it */

enum {
	JSON_DEPTH_MAX = 16,
	JSON_MEMBERS_MAX = 64, /* of one object that is walked */
	JSON_PAYLOAD_MEMBERS_MAX = 512,
	JSON_KNOWN_MAX = 24, /* names told to whoever mistyped one */
};

/*
 * EBADMSG: *ret_detail (static or in the document's memory until free) says
 * what and at which byte. ENOMEM.
 */
int json_document_parse(struct text body, struct json_document **ret_document,
			char ret_detail[FAULT_DETAIL_SIZE])
	__attribute__((warn_unused_result));
/* The same for what somebody else's system sends: objects may have
 * JSON_PAYLOAD_MEMBERS_MAX members. It is for json_value.h. */
int json_payload_parse(struct text body, struct json_document **ret_document,
		       char ret_detail[FAULT_DETAIL_SIZE])
	__attribute__((warn_unused_result));
void json_document_free(struct json_document *document); /* takes NULL */

/* An object being walked: which of its members were asked for, and which names
 * (static memory) may be written, for whoever mistyped one. */
struct json_object {
	const struct json_value *value;
	char pointer[FAULT_POINTER_SIZE];
	struct faults *faults; /* borrowed */
	uint64_t seen;
	const char *known[JSON_KNOWN_MAX];
	size_t known_count;
};

/* The top level, which must be an object: false (and a fault) if not. */
bool json_document_object(const struct json_document *document,
			  struct faults *faults,
			  struct json_object *ret_object);

enum json_presence {
	JSON_ABSENT,
	JSON_NULL,
	JSON_PRESENT, /* with the asked type, and *ret filled */
	JSON_WRONG,   /* there, but a fault was noted */
};

/* max_bytes counts UTF-8 bytes; longer: FAULT_TOO_LONG. The text is NUL
 * terminated, holds no NUL, and lives as long as the document. */
enum json_presence json_string(struct json_object *object, const char *name,
			       size_t max_bytes, struct text *ret_text);
enum json_presence json_bool(struct json_object *object, const char *name,
			     bool *ret_value);
enum json_presence json_number(struct json_object *object, const char *name,
			       double minimum, double maximum,
			       double *ret_value);
enum json_presence json_integer(struct json_object *object, const char *name,
				int64_t minimum, int64_t maximum,
				int64_t *ret_value);
/* Elements are read with json_array_...; count over maximum: FAULT_TOO_MANY. */
struct json_array {
	const struct json_value *value;
	char pointer[FAULT_POINTER_SIZE];
	struct faults *faults;
	size_t count;
};
enum json_presence json_array(struct json_object *object, const char *name,
			      size_t maximum, struct json_array *ret_array);
/* The element must be an object / a string: false (and a fault) if not. */
bool json_array_object(const struct json_array *array, size_t index,
		       struct json_object *ret_object);
/* The same; example: what one looks like, for the fault's detail. */
bool json_array_object_like(const struct json_array *array, size_t index,
			    const char *example,
			    struct json_object *ret_object);
bool json_array_string(const struct json_array *array, size_t index,
		       size_t max_bytes, struct text *ret_text);
enum json_presence json_member_object(struct json_object *object,
				      const char *name,
				      struct json_object *ret_object);

/* FAULT_MISSING_MEMBER for a member that must be there. */
void json_missing(const struct json_object *object, const char *name);
/* Adds a fault at object/name. */
void json_fault(const struct json_object *object, const char *name,
		enum fault_code code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* Whatever it is (json_value.h); NULL: there is none. */
const struct json_value *json_any(struct json_object *object, const char *name);
/* Is there such a member? It counts as asked for. */
bool json_has(struct json_object *object, const char *name);
/* Members that are known but may not be set: FAULT_READ_ONLY_MEMBER. */
void json_read_only(struct json_object *object, const char *name);
/* FAULT_UNKNOWN_MEMBER for each member that nothing asked for; the detail lists
 * what was asked for. */
void json_object_end(const struct json_object *object);

#endif
