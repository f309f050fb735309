#include "api/resources.h"

#include <string.h>

#include "api/api_state.h"
#include "api/resource.h"
#include "api/session_document.h"

struct session_filter {
	char user_id[OBJECT_ID_SIZE]; /* "": of all */
};

static void write_session(const struct exchange *exchange,
			  struct json_writer *writer, const void *value)
{
	struct session session = *(const struct session *)value;

	session.used_at_ms =
		session_activity_last_ms(&exchange->api->session_activity,
					 session.id, session.used_at_ms);
	session_document_write(
		writer, &session,
		!strcmp(session.id, exchange->principal.session_id));
}

static struct resource_head head(const void *value)
{
	const struct session *session = value;

	return (struct resource_head){ .id = session->id };
}

/* One's own; an administrator may ask for another's, or with `*` for all. */
static void read_filter(struct exchange *exchange, void *own)
{
	struct session_filter *filter = own;
	const struct principal *principal = &exchange->principal;
	struct text user;
	bool is_given = query_text(exchange, "user", &user);
	bool is_own = is_given &&
		      text_equals(user, text_of(principal->user_id));

	text_copy(text_of(principal->user_id), filter->user_id,
		  sizeof(filter->user_id));
	if (!is_given || is_own)
		return;
	if (!(principal->scopes & SCOPE_USERS_ADMIN))
		faults_add_parameter(&exchange->faults, FAULT_NOT_OWNED, "user",
				     "needs the scope users:admin");
	else if (text_equals(user, TEXT("*")))
		filter->user_id[0] = '\0';
	else if (object_id_is_valid(user, "usr"))
		text_copy(user, filter->user_id, sizeof(filter->user_id));
	else
		faults_add_parameter(&exchange->faults, FAULT_BAD_FORMAT,
				     "user", "must be the id of a user, or *");
}

static int list(struct changes *changes, struct exchange *exchange, void *own)
{
	struct resource_request *request = exchange->state;
	const struct session_filter *filter = own;
	struct page *page = &request->page;

	return session_list(changes, filter->user_id, page->after.id,
			    page->limit, request->items, &page->count,
			    &page->more);
}

static const struct resource sessions = {
	.value_size = sizeof(struct session),
	.filter_size = sizeof(struct session_filter),
	.list_is_always_new = true,
	.write = write_session,
	.head = head,
	.read_filter = read_filter,
	.list = list,
};

void sessions_list(struct exchange *exchange)
{
	resource_list(exchange, &sessions);
}
