#include "api/resources.h"

#include "api/problem.h"
#include "base/embedded.h"

void openapi_get(struct exchange *exchange)
{
	const struct embedded_file *file = &openapi_files[0];

	query_end(exchange);
	if (faults_any(&exchange->faults))
		problem_answer_faults(exchange);
	else
		exchange_answer_text(
			exchange, 200, "application/json",
			(struct text){ (const char *)file->bytes, file->size });
}
