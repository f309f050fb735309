/*
 * The pages that show /openapi.json to people: api/docs. They are files of
 * ours alone, which fetch from here alone.
 */
#include "api/resources.h"

#include "api/asset.h"
#include "api/problem.h"

static const char policy[] =
	"default-src 'none'; script-src 'self'; style-src 'self'; "
	"connect-src 'self'; img-src 'self' data:; base-uri 'none'; "
	"form-action 'none'; frame-ancestors 'none'; "
	"require-trusted-types-for 'script'";

static void answer_file(struct exchange *exchange, struct text name)
{
	struct asset asset;

	if (!asset_find(docs_files, docs_files_count, name, &asset)) {
		problem_answer(exchange, PROBLEM_NOT_FOUND,
			       "There is no file of this name.");
		return;
	}
	exchange_add_header(exchange, "Content-Security-Policy", policy);
	asset_answer(exchange, &asset);
}

void docs_get(struct exchange *exchange)
{
	answer_file(exchange, TEXT("index.html"));
}

void docs_files_get(struct exchange *exchange)
{
	answer_file(exchange, text_of(exchange->path_id));
}
