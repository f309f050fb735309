#include "api/resources.h"

#include "api/asset.h"
#include "api/problem.h"

void openapi_get(struct exchange *exchange)
{
	struct asset asset;

	if (asset_find(openapi_files, openapi_files_count, TEXT("openapi.json"),
		       &asset))
		asset_answer(exchange, &asset);
	else
		problem_answer(exchange, PROBLEM_NOT_FOUND,
			       "This build carries no document.");
}
