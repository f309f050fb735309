#include "api/resources.h"
#include "api/object_request.h"
#include "api/own_request.h"
#include "api/problem.h"
#include "api/token_document.h"
#include "base/ip_network.h"
#include "db/token.h"

#include <errno.h>
#include <stdlib.h>
#include <sodium.h>

enum {
	EXPIRES_DAYS_DEFAULT = 90,
	EXPIRES_DAYS_MAX = 366,
	MS_PER_DAY = 86400000,
	SCOPES_MAX = 11,
	ROLE_MAX = 15,
};

struct token_request {
	struct token token;
	char text[TOKEN_TEXT_SIZE]; /* handed out once, then wiped */
};

static void free_request(void *state)
{
	struct token_request *request = state;

	sodium_memzero(request, sizeof(*request));
	free(request);
}

/* --- reading ---------------------------------------------------------------
 */

static uint32_t scope_of(struct text name)
{
	for (uint32_t bit = 1; bit <= SCOPES_ALL; bit <<= 1) {
		const char *known = token_scope_name(bit);

		if (known && text_equals(name, text_of(known)))
			return bit;
	}
	return 0;
}

static void read_name(struct json_object *object, struct token *token)
{
	struct text name;

	switch (json_string(object, "name", TOKEN_NAME_MAX, &name)) {
	case JSON_PRESENT:
		if (name.len == 0)
			json_fault(object, "name", FAULT_BAD_FORMAT,
				   "must not be empty");
		text_copy(name, token->name, sizeof(token->name));
		break;
	case JSON_NULL:
	case JSON_ABSENT:
		json_missing(object, "name");
		break;
	case JSON_WRONG:
		break;
	}
}

static bool read_role(struct json_object *object, struct token *token)
{
	enum json_presence presence;
	struct text role;

	presence = json_string(object, "role", ROLE_MAX, &role);
	if (presence != JSON_PRESENT)
		return presence == JSON_WRONG;
	if (token_role_scopes(role, &token->scopes) != 0)
		json_fault(object, "role", FAULT_BAD_FORMAT,
			   "must be admin, operator, helpdesk or service");
	text_copy(role, token->role, sizeof(token->role));
	return true;
}

static bool read_scopes(struct json_object *object, struct token *token)
{
	enum json_presence presence;
	struct json_array array;
	struct text name;

	presence = json_array(object, "scopes", SCOPES_MAX, &array);
	if (presence != JSON_PRESENT)
		return presence == JSON_WRONG;
	for (size_t i = 0; i < array.count; i++) {
		uint32_t scope;

		if (!json_array_string(&array, i, 32, &name))
			continue;
		scope = scope_of(name);
		if (!scope)
			json_fault(object, "scopes", FAULT_BAD_FORMAT,
				   "element %zu is no scope that is known", i);
		token->scopes |= scope;
	}
	if (array.count == 0)
		json_fault(object, "scopes", FAULT_OUT_OF_RANGE,
			   "must name at least one scope");
	return true;
}

/* What a role stands for is fixed when the token is made. */
static void read_rights(struct json_object *object, struct token *token)
{
	bool has_role = read_role(object, token);
	struct token by_scopes = { .scopes = 0 };
	bool has_scopes = read_scopes(object, &by_scopes);

	if (has_role && has_scopes)
		json_fault(object, "scopes", FAULT_CONFLICTS_WITH_OTHER_MEMBER,
			   "cannot stand beside role");
	if (!has_role && !has_scopes)
		json_missing(object, "role");
	if (has_scopes) {
		token->scopes = by_scopes.scopes;
		text_copy(TEXT("service"), token->role, sizeof(token->role));
	}
}

static void read_expiry(struct json_object *object, struct token *token,
			int64_t now_ms)
{
	int64_t days = EXPIRES_DAYS_DEFAULT;

	if (json_integer(object, "expires_in_days", 1, EXPIRES_DAYS_MAX,
			 &days) != JSON_WRONG)
		token->expires_at_ms = now_ms + days * MS_PER_DAY;
}

static void read_networks(struct json_object *object, struct token *token)
{
	struct writer writer =
		writer_over(token->networks, sizeof(token->networks) - 1);
	struct json_array array;
	struct ip_network network;
	struct text name;

	if (json_array(object, "networks", TOKEN_NETWORKS_MAX, &array) !=
	    JSON_PRESENT)
		return;
	for (size_t i = 0; i < array.count; i++) {
		if (!json_array_string(&array, i, IP_NETWORK_SIZE, &name))
			continue;
		if (ip_network_parse(name, &network)) {
			json_fault(object, "networks", FAULT_BAD_FORMAT,
				   "element %zu is no network, such as "
				   "192.0.2.0/24",
				   i);
			continue;
		}
		if (writer.len > 0)
			writer_byte(&writer, ' ');
		ip_network_write(&network, &writer);
	}
	token->networks[writer.len] = '\0';
}

/* Nobody makes a token that may do more than its maker. */
static bool check_rights(struct exchange *exchange, const struct token *token)
{
	if ((token->scopes & ~exchange->principal.scopes) == 0)
		return true;
	problem_answer(exchange, PROBLEM_FORBIDDEN,
		       "The new token would have scopes that yours lacks.");
	return false;
}

/* What the user may do with their own: the token's holder is held to it. */
static void read_own_rights(struct token *token)
{
	text_copy(TEXT("user"), token->role, sizeof(token->role));
	(void)user_role_scopes(TEXT("user"), &token->scopes);
}

static bool read_body(struct exchange *exchange, bool is_own,
		      struct token *token)
{
	char detail[FAULT_DETAIL_SIZE];
	struct json_document *document;
	struct json_object object;
	int err = json_document_parse(exchange->body, &document, detail);

	if (err == EBADMSG) {
		problem_answer(exchange, PROBLEM_MALFORMED_JSON, "%s", detail);
		return false;
	}
	if (err) {
		problem_answer_errno(exchange, err);
		return false;
	}
	if (json_document_object(document, &exchange->faults, &object)) {
		read_name(&object, token);
		if (is_own)
			read_own_rights(token);
		else
			read_rights(&object, token);
		read_expiry(&object, token, exchange->now_ms);
		read_networks(&object, token);
		json_object_end(&object);
	}
	json_document_free(document);
	query_end(exchange);
	if (!faults_any(&exchange->faults))
		return is_own || check_rights(exchange, token);
	problem_answer_faults(exchange);
	return false;
}

/* --- writing ---------------------------------------------------------------
 */

static int create(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct token_request *request = exchange->state;

	return token_create(changes, &request->token, &exchange->faults);
}

static void created(struct exchange *exchange)
{
	struct token_request *request = exchange->state;
	const struct token *token = &request->token;
	struct json_writer writer = { 0 };

	if (exchange->err == EEXIST) {
		problem_answer(exchange, PROBLEM_ALREADY_EXISTS,
			       "There is a token of this name.");
		return;
	}
	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	token_document_write(&writer, token, request->text, exchange->now_ms);
	exchange_answer_json(exchange, 201, &writer, 0, NULL);
}

static void begin_create(struct exchange *exchange, bool is_own)
{
	struct token_request *request = calloc(1, sizeof(*request));

	if (!request) {
		problem_answer_errno(exchange, ENOMEM);
		return;
	}
	exchange->state = request;
	exchange->state_free = free_request;
	if (!read_body(exchange, is_own, &request->token))
		return;
	token_make_secret(&request->token, request->text);
	exchange_run_job(exchange, STORE_CHANGE, create, created);
}

void tokens_create(struct exchange *exchange)
{
	begin_create(exchange, false);
}

void me_tokens_create(struct exchange *exchange)
{
	if (own_request_begin(exchange))
		begin_create(exchange, true);
}

/* --- a new secret ----------------------------------------------------------
 */

struct token_rotation {
	struct object_request common;
	struct token token;
	char text[TOKEN_TEXT_SIZE];
};

/* Nobody gets hold of a token that may do more than they, or is another's. */
static int run_rotate(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct token_rotation *request = exchange->state;
	struct token *token = &request->token;
	int err = token_get(changes, text_of(exchange->path_id), token);

	if (!err &&
	    (token->user_id[0] ? !exchange->principal.owner_id[0]
			       : token->scopes & ~exchange->principal.scopes))
		err = EACCES;
	if (err)
		return err;
	token_renew_secret(token, request->text);
	return object_request_settle(exchange, token_rotate(changes, token));
}

static void rotated(struct exchange *exchange)
{
	struct token_rotation *request = exchange->state;
	struct json_writer writer = { 0 };

	if (exchange->err == EACCES) {
		problem_answer(exchange, PROBLEM_FORBIDDEN,
			       "The token has scopes that yours lacks, or is a "
			       "user's own.");
		return;
	}
	if (!object_request_succeeded(exchange, ""))
		return;
	token_document_write(&writer, &request->token,
			     request->common.dry_run ? NULL : request->text,
			     exchange->now_ms);
	exchange_answer_json(exchange, 200, &writer, 0, NULL);
	sodium_memzero(request->text, sizeof(request->text));
}

void tokens_rotate(struct exchange *exchange)
{
	struct token_rotation *request = object_request_change(
		exchange, sizeof(struct token_rotation), true);

	if (!request)
		return;
	json_object_end(&request->common.body);
	if (faults_any(&exchange->faults))
		problem_answer_faults(exchange);
	else
		object_request_submit(exchange, STORE_CHANGE, run_rotate,
				      rotated);
}

void me_tokens_rotate(struct exchange *exchange)
{
	if (own_request_begin(exchange))
		tokens_rotate(exchange);
}
