#include "api/problem_kind.h"

#include "api/resources.h"

enum {
	SLUG_SIZE = 64,
	PAGE_SIZE = 1024, /* above the longest advice and what is around it */
};

static const char folder[] = "/docs/problems/";

/* clang-format off */
const struct problem_kind problem_kinds[PROBLEM_CODES] = {
	[PROBLEM_BAD_REQUEST] = {
		400, "MALFORMED_REQUEST",
		"The request is malformed",
		"The request breaks a rule of HTTP, or asks in a way that two "
		"readers could understand differently. `detail` says which rule. "
		"Use an ordinary HTTP client and send the request again.",
	},
	[PROBLEM_MALFORMED_JSON] = {
		400, "MALFORMED_JSON",
		"The body is not valid JSON",
		"The body could not be read as JSON; `detail` says what and at "
		"which byte. Numbers, strings and names are read strictly (RFC "
		"8259), and no member may stand twice.",
	},
	[PROBLEM_BAD_PARAMETER] = {
		400, "BAD_PARAMETER",
		"A query parameter is wrong",
		"`errors` names each query parameter that is wrong, and says why. "
		"Percent-encode values: a + in a time is %2B.",
	},
	[PROBLEM_CURSOR_MISMATCH] = {
		400, "CURSOR_MISMATCH",
		"The cursor does not fit the query",
		"A cursor belongs to the query that gave it, and to this run of the "
		"server. Start again without `cursor`, or follow `next_cursor` with "
		"the same filters.",
	},
	[PROBLEM_UNAUTHENTICATED] = {
		401, "UNAUTHENTICATED",
		"A valid token is needed",
		"Send `Authorization: Bearer smv_...` with a token that is known, "
		"not expired and not revoked. `sipmoved token create` makes one, "
		"`sipmoved token list` shows them. On the local socket root needs "
		"none.",
	},
	[PROBLEM_FORBIDDEN] = {
		403, "FORBIDDEN",
		"The token does not allow this",
		"The token lacks the scope that `detail` names. Make one with a "
		"role that has it.",
	},
	[PROBLEM_FOREIGN_ORIGIN] = {
		403, "FOREIGN_ORIGIN",
		"The request came from another site",
		"Changes that a session's cookie stands for are taken from pages "
		"of this server alone: from a browser with Sec-Fetch-Site: "
		"same-origin, or with an Origin that [http] public_origin names. "
		"Programs use a token.",
	},
	[PROBLEM_BAD_CREDENTIALS] = {
		401, "BAD_CREDENTIALS",
		"The log-in failed",
		"Name, password or code is wrong, or the account is not enabled. "
		"Whoever forgot the password asks an administrator for a new "
		"activation link.",
	},
	[PROBLEM_NOT_FOUND] = {
		404, "NOT_FOUND",
		"Not found",
		"There is no such path, or no object with this id. Ids come from "
		"lists and from the answers to POST.",
	},
	[PROBLEM_METHOD_NOT_ALLOWED] = {
		405, "METHOD_NOT_ALLOWED",
		"The method is not allowed here",
		"The path exists, but not with this method; the Allow field names "
		"those it takes.",
	},
	[PROBLEM_NOT_ACCEPTABLE] = {
		406, "NOT_ACCEPTABLE",
		"No acceptable media type",
		"The Accept field leaves out what this path answers with. Leave "
		"Accept out, or add the media type that `detail` names.",
	},
	[PROBLEM_MOVE_OVERLAPS] = {
		409, "MOVE_OVERLAPS",
		"The address has another move then",
		"An address is moved to one place at a time: another move, "
		"scheduled or active, shares some time with this one. `conflicting` "
		"names it. Give other times, end the other one (DELETE), or ask "
		"with ?on_conflict=replace, which cancels it.",
	},
	[PROBLEM_MOVE_LOOPS] = {
		409, "MOVE_LOOPS",
		"The move would lead back to its address",
		"Following the targets would lead back to the address that moves; "
		"`cycle` shows the way. End one of those moves, or choose another "
		"target.",
	},
	[PROBLEM_ALREADY_EXISTS] = {
		409, "ALREADY_EXISTS",
		"It exists already",
		"Another object has this name, address, rule or external_id; "
		"`conflicting_ids` names it. Change that one with PATCH, or choose "
		"another name.",
	},
	[PROBLEM_ADDRESSES_COLLIDE] = {
		409, "ADDRESSES_COLLIDE",
		"Addresses differ in case alone",
		"With `ignore_user_case` these addresses of the domain would be "
		"one; `conflicting_ids` names them. Delete or rename all but one, "
		"then try again.",
	},
	[PROBLEM_TOO_MANY_ADDRESSES] = {
		409, "TOO_MANY_ADDRESSES",
		"Too many addresses would change",
		"One change may rename only so many addresses; `detail` names the "
		"limit. Switch it while the domain has fewer.",
	},
	[PROBLEM_LAST_ADMIN] = {
		409, "LAST_ADMIN",
		"This is the last administrator",
		"The last administrator who is enabled cannot be deleted, "
		"disabled or given another role. Make another one first; on the "
		"machine itself `sipmoved user create-admin` does so.",
	},
	[PROBLEM_CALENDAR_DISABLED] = {
		409, "CALENDAR_DISABLED",
		"The calendar is disabled",
		"`disabled_reason` says why: somebody asked for it, it answered "
		"410 Gone, or it could not be read ten times in a row. Set "
		"`enabled` to true, perhaps with another `url`.",
	},
	[PROBLEM_NOT_EMPTY] = {
		409, "NOT_EMPTY",
		"It is still in use",
		"Something still depends on it; `detail` says what. Delete that "
		"first.",
	},
	[PROBLEM_MOVE_CANCELLED] = {
		409, "MOVE_CANCELLED",
		"The move is cancelled",
		"A cancelled move is kept as history and cannot be changed. Make a "
		"new one.",
	},
	[PROBLEM_PRECONDITION_FAILED] = {
		412, "PRECONDITION_FAILED",
		"It has changed meanwhile",
		"Somebody changed the object after the revision that If-Match "
		"names. Read it again, and repeat the change with the new ETag.",
	},
	[PROBLEM_TOO_LARGE] = {
		413, "TOO_LARGE",
		"The body is too large",
		"The body is longer than this path takes; `detail` names the limit. "
		"Send less at a time.",
	},
	[PROBLEM_UNSUPPORTED_MEDIA_TYPE] = {
		415, "UNSUPPORTED_MEDIA_TYPE",
		"The body's media type is not supported",
		"The body must be application/json, for PATCH also "
		"application/merge-patch+json, and not compressed. Set "
		"Content-Type.",
	},
	[PROBLEM_INVALID] = {
		422, "INVALID",
		"The values are not valid",
		"The body is JSON, but some values in it are not valid; nothing was "
		"changed. `errors` lists every fault with its place (`pointer`), "
		"its `code`, and what would be right.",
	},
	[PROBLEM_PRECONDITION_REQUIRED] = {
		428, "PRECONDITION_REQUIRED",
		"If-Match is needed",
		"This change is made only with If-Match. Read the object, and send "
		"its ETag.",
	},
	[PROBLEM_TOO_MANY_REQUESTS] = {
		429, "TOO_MANY_REQUESTS",
		"Too many requests",
		"There are more requests than the server takes. Wait as long as "
		"Retry-After says, then go on more slowly.",
	},
	[PROBLEM_INTERNAL] = {
		500, "INTERNAL",
		"Internal error",
		"Something went wrong that should not have. Look for `instance` in "
		"the server's log, and report it.",
	},
	[PROBLEM_UNAVAILABLE] = {
		503, "UNAVAILABLE",
		"Temporarily not available",
		"The database or the log cannot do this at the moment, or the "
		"search took too long. Wait as long as Retry-After says and repeat "
		"it; ask for less time in a search.",
	},
	[PROBLEM_STORAGE_FULL] = {
		507, "STORAGE_FULL",
		"The storage is full",
		"The disk is full; nothing was changed, and calls are still "
		"answered. Make room on the disk of the data folder.",
	},
	[PROBLEM_MISDIRECTED] = {
		421, "MISDIRECTED_REQUEST",
		"This server does not answer for that host",
		"The Host field names a host that this server does not answer for, "
		"which keeps foreign web pages out. Use the address it listens on, "
		"or add the name to [http] host_names.",
	},
	[PROBLEM_IMPORT_REFUSED] = {
		422, "IMPORT_REFUSED",
		"Some rows cannot be imported",
		"An import with mode=atomic takes all rows or none; nothing was "
		"changed. `errors` lists what is wrong, with row and line (the "
		"first 1000; `error_count` counts all). Mend those rows, or ask "
		"with ?mode=partial, which takes the good ones.",
	},
	[PROBLEM_BAD_SIGNATURE] = {
		401, "BAD_SIGNATURE",
		"The webhook is not signed as it should be",
		"The token or signature is missing or wrong. Compare the secret "
		"and the kind of the inbound source with what the sender has, and "
		"sign the bytes of the body as they are sent. The source's list of "
		"events has it.",
	},
	[PROBLEM_STALE_EVENT] = {
		401, "STALE_EVENT",
		"The webhook was signed at another time",
		"The signature is right, but the time that it covers is further off "
		"than the source's `window_seconds`. It may be a replay; or one of "
		"the two clocks is wrong.",
	},
	[PROBLEM_EVENT_ID_REUSED] = {
		409, "EVENT_ID_REUSED",
		"Another event had this id",
		"An event of the same id was taken before, with another body. "
		"Nothing was changed. Each event needs an id of its own; see "
		"`dedupe_header` and `dedupe_pointer` of the source.",
	},
	[PROBLEM_EVENT_NOT_VERIFIED] = {
		409, "EVENT_NOT_VERIFIED",
		"The event was never verified",
		"Who sent it is not known, and only the beginning of it was kept: "
		"it cannot be replayed. Let the sender send it again.",
	},
	[PROBLEM_EVENT_REFUSED] = {
		422, "EVENT_REFUSED",
		"The event gives no valid move",
		"The event is genuine and was kept, but what the mapping makes of it "
		"cannot be done: `errors` says which member of the move is wrong. Try "
		"it with POST /v1/inbound-sources/{id}/simulations, mend the mapping, "
		"and replay the event.",
	},
	[PROBLEM_NOT_IMPLEMENTED] = {
		501, "NOT_IMPLEMENTED",
		"Not implemented",
		"The method or the transfer coding is not known here. The API uses "
		"GET, POST, PUT, PATCH and DELETE.",
	},
	[PROBLEM_IDEMPOTENCY_KEY_IN_USE] = {
		409, "IDEMPOTENCY_KEY_IN_USE",
		"A request with this Idempotency-Key is under way",
		"The first request with this key has not been answered yet. Wait as "
		"long as Retry-After says and send it again: it gets the first "
		"one's answer.",
	},
	[PROBLEM_IDEMPOTENCY_KEY_REUSED] = {
		422, "IDEMPOTENCY_KEY_REUSED",
		"The Idempotency-Key was used for another request",
		"Within a day the same key came with another body or other "
		"parameters. A key stands for one thing to be done: make a new one "
		"for each, such as a random UUID.",
	},
	[PROBLEM_QUOTA_EXCEEDED] = {
		429, "QUOTA_EXCEEDED",
		"Too many requests in a minute",
		"The caller has made as many requests as the limit allows; "
		"`violated-policies` names it, and RateLimit-Policy says how large "
		"it is. Wait as long as Retry-After says. The limits are settings: "
		"[http] reads_per_minute and its neighbours.",
	},
	[PROBLEM_HISTORY_LOST] = {
		410, "HISTORY_LOST",
		"The changes since then are not known",
		"The server cannot tell what has changed since that revision: an "
		"older backup was put back, or it is another server's revision. "
		"Read the whole list again, and watch from the `revision` it leads "
		"to.",
	},
};
/* clang-format on */

void problem_slug_put(struct writer *writer, const char *code)
{
	for (; *code; code++)
		writer_byte(writer, *code == '_' ? '-' : ascii_lower(*code));
}

static void put_kind(struct json_writer *json, const struct problem_kind *kind)
{
	char type[SLUG_SIZE + sizeof(folder)];
	struct writer writer = writer_over(type, sizeof(type));

	writer_put(&writer, text_of(folder));
	problem_slug_put(&writer, kind->code);
	json_open_object(json, NULL);
	json_put_string(json, "type", writer_text(&writer));
	json_put_string(json, "code", text_of(kind->code));
	json_put_integer(json, "status", kind->status);
	json_put_string(json, "title", text_of(kind->title));
	json_put_string(json, "advice", text_of(kind->advice));
	json_close_object(json);
}

void problems_list(struct exchange *exchange)
{
	struct json_writer json = { 0 };

	query_end(exchange);
	if (faults_any(&exchange->faults)) {
		problem_answer_faults(exchange);
		return;
	}
	json_open_object(&json, NULL);
	json_open_array(&json, "items");
	for (size_t i = 0; i < PROBLEM_CODES; i++)
		put_kind(&json, &problem_kinds[i]);
	json_close_array(&json);
	json_put_null(&json, "next_cursor");
	json_close_object(&json);
	exchange_answer_json(exchange, 200, &json, 0, NULL);
}

static const struct problem_kind *kind_of_slug(struct text slug)
{
	for (size_t i = 0; i < PROBLEM_CODES; i++) {
		char buffer[SLUG_SIZE];
		struct writer writer = writer_over(buffer, sizeof(buffer));

		problem_slug_put(&writer, problem_kinds[i].code);
		if (text_equals(slug, writer_text(&writer)))
			return &problem_kinds[i];
	}
	return NULL;
}

static void answer_page(struct exchange *exchange,
			const struct problem_kind *kind)
{
	char page[PAGE_SIZE];
	struct writer writer = writer_over(page, sizeof(page));

	writer_put(&writer, text_of(kind->title));
	writer_put(&writer, TEXT(" ("));
	writer_u64(&writer, kind->status);
	writer_put(&writer, TEXT(" "));
	writer_put(&writer, text_of(kind->code));
	writer_put(&writer, TEXT(")\n\n"));
	writer_put(&writer, text_of(kind->advice));
	writer_put(&writer, TEXT("\n"));
	exchange_answer_text(exchange, 200, "text/plain; charset=utf-8",
			     writer_text(&writer));
}

void problems_get(struct exchange *exchange)
{
	const struct problem_kind *kind =
		kind_of_slug(text_of(exchange->path_id));

	query_end(exchange);
	if (faults_any(&exchange->faults))
		problem_answer_faults(exchange);
	else if (!kind)
		problem_answer(exchange, PROBLEM_NOT_FOUND,
			       "There is no problem of this name.");
	else
		answer_page(exchange, kind);
}
