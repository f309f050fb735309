#include "api/resources.h"

#include "api/own_request.h"
#include "api/resource.h"
#include "api/token_document.h"

/* --- the list ------------------------------------------------------------ */

static void write_token(const struct exchange *exchange,
			struct json_writer *writer, const void *value)
{
	token_document_write(writer, value, NULL, exchange->now_ms);
}

static void read_filter(struct exchange *exchange, void *own)
{
	struct token_filter *filter = own;
	bool revoked = true;

	query_text(exchange, "name", &filter->name);
	query_bool(exchange, "revoked", &revoked);
	filter->not_revoked = !revoked;
}

static int list(struct changes *changes, struct exchange *exchange, void *own)
{
	struct resource_request *request = exchange->state;
	struct token_filter *filter = own;
	struct page *page = &request->page;

	filter->after_name = page->after.key;
	filter->after_id = page->after.id;
	filter->limit = page->limit;
	return token_list(changes, filter, request->items, &page->count,
			  &page->more);
}

/* They are listed by name, then id. */
static void place(const void *value, struct cursor *ret_place)
{
	const struct token *token = value;

	text_copy(text_of(token->name), ret_place->key, sizeof(ret_place->key));
	text_copy(text_of(token->public_id), ret_place->id,
		  sizeof(ret_place->id));
}

static const struct resource tokens = {
	.value_size = sizeof(struct token),
	.filter_size = sizeof(struct token_filter),
	.list_is_always_new = true,
	.write = write_token,
	.read_filter = read_filter,
	.list = list,
	.place = place,
};

void tokens_list(struct exchange *exchange)
{
	resource_list(exchange, &tokens);
}

void me_tokens_list(struct exchange *exchange)
{
	if (own_request_begin(exchange))
		tokens_list(exchange);
}

/* --- one token ----------------------------------------------------------- */

struct token_end {
	struct object_request common;
	struct token token;
};

static int run_revoke(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct token_end *request = exchange->state;
	struct text id = text_of(exchange->path_id);
	int err = token_revoke(changes, id);

	if (!err)
		err = token_get(changes, id, &request->token);
	return object_request_settle(exchange, err);
}

static void revoke_done(struct exchange *exchange)
{
	struct token_end *request = exchange->state;
	struct json_writer writer = { 0 };

	if (!object_request_succeeded(exchange, ""))
		return;
	token_document_write(&writer, &request->token, NULL, exchange->now_ms);
	object_request_answer(exchange, &writer, 0, NULL);
}

void tokens_revoke(struct exchange *exchange)
{
	if (object_request_read(exchange, sizeof(struct token_end)))
		object_request_submit(exchange, STORE_CHANGE, run_revoke,
				      revoke_done);
}

void me_tokens_revoke(struct exchange *exchange)
{
	if (own_request_begin(exchange))
		tokens_revoke(exchange);
}
