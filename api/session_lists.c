#include "api/resources.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_state.h"
#include "api/page.h"
#include "api/problem.h"
#include "api/session_document.h"

struct session_page {
	struct page page;
	char user_id[OBJECT_ID_SIZE]; /* "": of all */
	struct session *sessions;     /* page.limit of them, owned */
};

static void page_free(void *state)
{
	struct session_page *list = state;

	if (!list)
		return;
	free(list->sessions);
	free(list);
}

static int run_list(struct changes *changes, struct store_job *job)
{
	struct session_page *list = exchange_of_job(job)->state;

	return session_list(changes, list->user_id, list->page.after.id,
			    list->page.limit, list->sessions, &list->page.count,
			    &list->page.more);
}

static void list_done(struct exchange *exchange)
{
	struct session_page *list = exchange->state;
	struct json_writer writer = { 0 };

	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	page_open(&writer);
	for (size_t i = 0; i < list->page.count; i++) {
		struct session *session = &list->sessions[i];

		session->used_at_ms = session_activity_last_ms(
			&exchange->api->session_activity, session->id,
			session->used_at_ms);
		session_document_write(
			&writer, session,
			!strcmp(session->id, exchange->principal.session_id));
	}
	if (list->page.count > 0)
		text_copy(text_of(list->sessions[list->page.count - 1].id),
			  list->page.last.id, sizeof(list->page.last.id));
	page_answer(exchange, &writer, &list->page);
}

/* One's own; an administrator may ask for another's, or with `*` for all. */
static void read_user(struct exchange *exchange, struct session_page *list)
{
	const struct principal *principal = &exchange->principal;
	struct text user;
	bool is_given = query_text(exchange, "user", &user);
	bool is_own = is_given &&
		      text_equals(user, text_of(principal->user_id));

	text_copy(text_of(principal->user_id), list->user_id,
		  sizeof(list->user_id));
	if (!is_given || is_own)
		return;
	if (!(principal->scopes & SCOPE_USERS_ADMIN))
		faults_add_parameter(&exchange->faults, FAULT_NOT_OWNED, "user",
				     "needs the scope users:admin");
	else if (text_equals(user, TEXT("*")))
		list->user_id[0] = '\0';
	else if (object_id_is_valid(user, "usr"))
		text_copy(user, list->user_id, sizeof(list->user_id));
	else
		faults_add_parameter(&exchange->faults, FAULT_BAD_FORMAT,
				     "user", "must be the id of a user, or *");
}

void sessions_list(struct exchange *exchange)
{
	struct session_page *list = calloc(1, sizeof(*list));

	exchange->state = list;
	exchange->state_free = page_free;
	if (!list) {
		problem_answer_errno(exchange, ENOMEM);
		return;
	}
	read_user(exchange, list);
	if (!page_read(exchange, &list->page))
		return;
	list->sessions = calloc(list->page.limit, sizeof(*list->sessions));
	if (!list->sessions)
		problem_answer_errno(exchange, ENOMEM);
	else
		exchange_run_job(exchange, STORE_READ, run_list, list_done);
}
