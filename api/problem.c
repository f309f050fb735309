#include "api/problem.h"
#include "api/http_wire.h"
#include "api/problem_kind.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	DETAIL_SIZE = 512,
};

static void put_type(struct json_writer *writer, const char *code)
{
	char type[64];
	struct writer text = writer_over(type, sizeof(type));

	writer_put(&text, TEXT("/docs/problems/"));
	problem_slug_put(&text, code);
	json_put_string(writer, "type", writer_text(&text));
}

static void put_instance(struct json_writer *writer, const char *request_id)
{
	char instance[96];
	struct writer text = writer_over(instance, sizeof(instance));

	writer_put(&text, TEXT("urn:sipmoved:request:"));
	writer_put(&text, text_of(request_id));
	json_put_string(writer, "instance", writer_text(&text));
}

static void put_faults(struct json_writer *writer, const struct faults *faults)
{
	if (!faults_any(faults))
		return;
	json_open_array(writer, "errors");
	for (size_t i = 0; i < faults->count; i++) {
		const struct fault *fault = &faults->list[i];

		json_open_object(writer, NULL);
		json_put_string(writer,
				fault->is_parameter ? "parameter" : "pointer",
				text_of(fault->pointer));
		json_put_string(writer, "code",
				text_of(fault_code_name(fault->code)));
		json_put_string(writer, "detail", text_of(fault->detail));
		json_close_object(writer);
	}
	json_close_array(writer);
	if (faults->dropped > 0)
		json_put_integer(writer, "errors_left_out",
				 (int64_t)faults->dropped);
}

/* Opens the object, for a caller that has members of its own to add. */
static void begin(struct exchange *exchange, struct json_writer *writer,
		  enum problem_code code, struct text detail)
{
	const struct problem_kind *kind = &problem_kinds[code];

	json_open_object(writer, NULL);
	put_type(writer, kind->code);
	json_put_string(writer, "title", text_of(kind->title));
	json_put_integer(writer, "status", kind->status);
	json_put_string(writer, "detail", detail);
	put_instance(writer, exchange->request_id);
	json_put_string(writer, "code", text_of(kind->code));
	put_faults(writer, &exchange->faults);
}

static void finish(struct exchange *exchange, struct json_writer *writer,
		   enum problem_code code)
{
	unsigned status = problem_kinds[code].status;

	json_close_object(writer);
	if ((status == 429 || status == 503) &&
	    !exchange_header(exchange, "Retry-After"))
		exchange_add_header(exchange, "Retry-After", "1");
	exchange_set_header(exchange, "Content-Type",
			    "application/problem+json");
	if (exchange_header(exchange, "Content-Type")) {
		exchange_answer_json(exchange, status, writer, 0, NULL);
	} else {
		json_writer_clear(writer);
		exchange_answer_last_resort(exchange);
	}
}

void problem_answer(struct exchange *exchange, enum problem_code code,
		    const char *detail_format, ...)
{
	struct json_writer writer = { 0 };
	char detail[DETAIL_SIZE];
	va_list args;

	va_start(args, detail_format);
	vsnprintf(detail, sizeof(detail), detail_format, args);
	va_end(args);
	begin(exchange, &writer, code, text_of(detail));
	finish(exchange, &writer, code);
}

void problem_answer_faults(struct exchange *exchange)
{
	const struct faults *faults = &exchange->faults;
	bool in_body = false;

	for (size_t i = 0; i < faults->count; i++)
		in_body |= !faults->list[i].is_parameter;
	/* Without a list, memory ran out while one was noted. */
	if (faults->count == 0)
		problem_answer(exchange, PROBLEM_INTERNAL,
			       "The request could not be checked.");
	else if (in_body)
		problem_answer(exchange, PROBLEM_INVALID,
			       "Nothing was changed; `errors` lists what is "
			       "wrong.");
	else
		problem_answer(exchange, PROBLEM_BAD_PARAMETER,
			       "`errors` lists the parameters that are wrong.");
}

void problem_answer_errno(struct exchange *exchange, int err)
{
	switch (err) {
	case ENOENT:
		problem_answer(exchange, PROBLEM_NOT_FOUND,
			       "There is no such object.");
		break;
	case ESTALE:
		problem_answer(exchange, PROBLEM_PRECONDITION_FAILED,
			       "It was changed since the revision in If-Match; "
			       "read it again.");
		break;
	case ENOSPC:
		problem_answer(exchange, PROBLEM_STORAGE_FULL,
			       "The disk is full: nothing was changed. Calls "
			       "are still answered.");
		break;
	case EIO:
	case EBADMSG:
	case EBUSY:
	case EROFS:
	case ECANCELED:
	case ETIMEDOUT:
		problem_answer(exchange, PROBLEM_UNAVAILABLE,
			       "The database cannot do this at the moment.");
		break;
	case EINVAL:
		problem_answer_faults(exchange);
		break;
	default:
		problem_answer(exchange, PROBLEM_INTERNAL,
			       "Something went wrong on the server.");
	}
}

static void put_ids(struct json_writer *writer,
		    const struct move_conflict *conflict)
{
	json_open_array(writer, "conflicting_ids");
	for (size_t i = 0; i < conflict->id_count; i++)
		json_put_string(writer, NULL, text_of(conflict->ids[i]));
	json_close_array(writer);
}

static void put_others(struct json_writer *writer,
		       const struct move_conflict *conflict)
{
	put_ids(writer, conflict);
	json_open_array(writer, "conflicting");
	for (size_t i = 0; i < conflict->id_count; i++) {
		json_open_object(writer, NULL);
		json_put_string(writer, "id", text_of(conflict->ids[i]));
		json_put_time_ms(writer, "starts_at",
				 conflict->starts_at_ms[i]);
		if (conflict->ends_at_ms[i] == MOVE_OPEN_END)
			json_put_null(writer, "ends_at");
		else
			json_put_time_ms(writer, "ends_at",
					 conflict->ends_at_ms[i]);
		json_close_object(writer);
	}
	json_close_array(writer);
}

static void put_cycle(struct json_writer *writer,
		      const struct move_conflict *conflict)
{
	json_open_array(writer, "cycle");
	for (size_t i = 0; i < conflict->cycle_count; i++)
		json_put_string(writer, NULL, text_of(conflict->cycle[i]));
	json_close_array(writer);
}

void problem_answer_conflict(struct exchange *exchange,
			     const struct move_conflict *conflict)
{
	static const struct {
		enum problem_code code;
		const char *detail;
		void (*put)(struct json_writer *writer,
			    const struct move_conflict *conflict);
	} rows[] = {
		[MOVE_NO_CONFLICT] = { PROBLEM_INTERNAL,
				       "Something went wrong on the server.",
				       put_ids },
		[MOVE_OVERLAPS] = { PROBLEM_MOVE_OVERLAPS,
				    "Another move of this address overlaps in "
				    "time; end it first, or ask with "
				    "on_conflict=replace.",
				    put_others },
		[MOVE_LOOPS] = { PROBLEM_MOVE_LOOPS,
				 "Calls would come back to where they started; "
				 "`cycle` shows the way.",
				 put_cycle },
		[MOVE_EXTERNAL_ID_TAKEN] = { PROBLEM_ALREADY_EXISTS,
					     "Another move has this "
					     "external_id.",
					     put_others },
	};
	enum problem_code code = rows[conflict->kind].code;
	struct json_writer writer = { 0 };
	char detail[DETAIL_SIZE];

	snprintf(detail, sizeof(detail), "%s%s", rows[conflict->kind].detail,
		 conflict->is_open_ended
			 ? " This one has no end; give `ends_at`."
			 : "");
	begin(exchange, &writer, code, text_of(detail));
	rows[conflict->kind].put(&writer, conflict);
	finish(exchange, &writer, code);
}

void problem_answer_collision(struct exchange *exchange,
			      const struct domain_conflict *conflict)
{
	struct json_writer writer = { 0 };

	begin(exchange, &writer, PROBLEM_ADDRESSES_COLLIDE,
	      TEXT("Without case some addresses would be one; "
		   "`conflicting_addresses` shows them. Delete all but one of "
		   "each first."));
	json_open_array(&writer, "conflicting_ids");
	for (size_t i = 0; i < conflict->count; i++)
		json_put_string(&writer, NULL, text_of(conflict->ids[i]));
	json_close_array(&writer);
	json_open_array(&writer, "conflicting_addresses");
	for (size_t i = 0; i < conflict->count; i++)
		json_put_string(&writer, NULL, text_of(conflict->addresses[i]));
	json_close_array(&writer);
	finish(exchange, &writer, PROBLEM_ADDRESSES_COLLIDE);
}

void problem_answer_members(struct exchange *exchange, enum problem_code code,
			    const char *detail,
			    void (*put)(struct json_writer *writer, void *arg),
			    void *arg)
{
	struct json_writer writer = { 0 };

	begin(exchange, &writer, code, text_of(detail));
	put(&writer, arg);
	finish(exchange, &writer, code);
}

void problem_answer_exists(struct exchange *exchange, const char *other_id)
{
	struct json_writer writer = { 0 };

	begin(exchange, &writer, PROBLEM_ALREADY_EXISTS,
	      TEXT("Another object stands in its place; `conflicting_ids` "
		   "names it."));
	json_open_array(&writer, "conflicting_ids");
	if (other_id[0])
		json_put_string(&writer, NULL, text_of(other_id));
	json_close_array(&writer);
	finish(exchange, &writer, PROBLEM_ALREADY_EXISTS);
}

/* The member is named as draft-ietf-httpapi-ratelimit-headers has it. */
void problem_answer_quota(struct exchange *exchange, const char *policy,
			  uint64_t per_minute)
{
	struct json_writer writer = { 0 };
	char detail[DETAIL_SIZE];

	snprintf(detail, sizeof(detail),
		 "There may be %llu requests of the kind `%s` in a minute.",
		 (unsigned long long)per_minute, policy);
	begin(exchange, &writer, PROBLEM_QUOTA_EXCEEDED, text_of(detail));
	json_open_array(&writer, "violated-policies");
	json_put_string(&writer, NULL, text_of(policy));
	json_close_array(&writer);
	finish(exchange, &writer, PROBLEM_QUOTA_EXCEEDED);
}
