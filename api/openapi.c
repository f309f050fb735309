#include "api/resources.h"

#include "api/asset.h"

void openapi_get(struct exchange *exchange)
{
	asset_answer(exchange, &openapi_files[0]);
}
