#include "api/own_request.h"

#include "api/problem.h"

bool own_request_begin(struct exchange *exchange)
{
	struct principal *principal = &exchange->principal;

	if (principal->user_id[0]) {
		text_copy(text_of(principal->user_id), principal->owner_id,
			  sizeof(principal->owner_id));
		return true;
	}
	problem_answer(exchange, PROBLEM_FORBIDDEN,
		       "This is about the user who is logged in, and a token "
		       "is none: log in with POST /v1/sessions.");
	return false;
}
