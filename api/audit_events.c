#include "api/resources.h"

#include <errno.h>
#include <stdlib.h>

#include "api/audit_event_document.h"
#include "api/object_request.h"
#include "api/own_request.h"
#include "api/page.h"
#include "api/problem.h"

/* --- the list ------------------------------------------------------------- */

typedef void audit_write_fn(struct json_writer *writer,
			    const struct audit_event *event);

struct audit_page {
	struct page page;
	audit_write_fn *write;
	struct audit_filter filter;
	struct audit_event *events; /* page.limit of them, owned */
	struct list_part part;	    /* each job does one */
};

static void page_free(void *state)
{
	struct audit_page *list = state;

	if (!list)
		return;
	for (size_t i = 0; list->events && i < list->part.count; i++)
		audit_event_clear(&list->events[i]);
	free(list->events);
	free(list);
}

static int run_list(struct changes *changes, struct store_job *job)
{
	struct audit_page *list = exchange_of_job(job)->state;

	return audit_event_list(changes, &list->filter, list->events,
				&list->part);
}

static void list_done(struct exchange *exchange)
{
	struct audit_page *list = exchange->state;
	struct json_writer writer = { 0 };

	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	if (!list->part.is_done) {
		exchange_run_job(exchange, STORE_READ, run_list, list_done);
		return;
	}
	list->page.count = list->part.count;
	list->page.more = list->part.more;
	page_open(&writer);
	for (size_t i = 0; i < list->page.count; i++)
		list->write(&writer, &list->events[i]);
	if (list->page.count > 0)
		audit_id_format(list->events[list->page.count - 1].number,
				list->page.last.id);
	page_answer(exchange, &writer, &list->page);
}

static void read_times(struct exchange *exchange, struct audit_filter *filter)
{
	query_time(exchange, "from", &filter->from_ms);
	query_time(exchange, "until", &filter->until_ms);
	if (filter->from_ms && filter->until_ms &&
	    filter->until_ms <= filter->from_ms)
		faults_add_parameter(&exchange->faults, FAULT_END_BEFORE_START,
				     "until", "must be after `from`");
}

static void read_filter(struct exchange *exchange, struct audit_filter *filter)
{
	struct text *action = &filter->action;

	query_text(exchange, "object_id", &filter->object_id);
	if (query_text(exchange, "action", action) && action->len > 0 &&
	    action->ptr[action->len - 1] == '*') {
		filter->action_is_start = true;
		action->len--;
	}
	query_text(exchange, "actor", &filter->actor);
	query_text(exchange, "request_id", &filter->request_id);
	read_times(exchange, filter);
}

/* From its filter, and whatever else it has read, to its first job. */
static void begin_list(struct exchange *exchange, struct audit_page *list)
{
	if (!page_read(exchange, &list->page))
		return;
	/* The cursor is one that we signed. */
	if (list->page.after.id[0] != '\0' &&
	    audit_id_parse(text_of(list->page.after.id),
			   &list->filter.before_number)) {
		problem_answer(exchange, PROBLEM_CURSOR_MISMATCH,
			       "The cursor is not one of this list.");
		return;
	}
	list->filter.limit = list->page.limit;
	list->events = calloc(list->page.limit, sizeof(*list->events));
	if (list->events)
		exchange_run_job(exchange, STORE_READ, run_list, list_done);
	else
		problem_answer_errno(exchange, ENOMEM);
}

/* NULL: 503 was answered. */
static struct audit_page *new_page(struct exchange *exchange,
				   audit_write_fn *write)
{
	struct audit_page *list = calloc(1, sizeof(*list));

	exchange->state = list;
	exchange->state_free = page_free;
	if (list)
		list->write = write;
	else
		problem_answer_errno(exchange, ENOMEM);
	return list;
}

static void write_event(struct json_writer *writer,
			const struct audit_event *event)
{
	audit_event_document_write(writer, NULL, event);
}

void audit_events_list(struct exchange *exchange)
{
	struct audit_page *list = new_page(exchange, write_event);

	if (!list)
		return;
	read_filter(exchange, &list->filter);
	begin_list(exchange, list);
}

/* --- what an owner is shown ------------------------------------------------
 */

/* Of what is theirs, whoever did it; not from where, and in which request. */
void me_changes_list(struct exchange *exchange)
{
	struct audit_page *list;
	bool by_other = false;

	if (!own_request_begin(exchange))
		return;
	list = new_page(exchange, own_change_document_write);
	if (!list)
		return;
	list->filter.owner_id = text_of(exchange->principal.user_id);
	query_text(exchange, "object_id", &list->filter.object_id);
	read_times(exchange, &list->filter);
	if (query_bool(exchange, "by_other", &by_other))
		list->filter.author = by_other ? AUDIT_BY_OTHERS
					       : AUDIT_BY_OWNER;
	begin_list(exchange, list);
}

/* --- one event ------------------------------------------------------------ */

struct audit_get {
	struct object_request common;
	int64_t number;
	struct audit_event event;
};

static void get_free(void *state)
{
	struct audit_get *request = state;

	if (!request)
		return;
	audit_event_clear(&request->event);
	object_request_clear(&request->common);
	free(request);
}

static int run_get(struct changes *changes, struct store_job *job)
{
	struct audit_get *request = exchange_of_job(job)->state;

	return audit_event_get(changes, request->number, &request->event);
}

static void get_done(struct exchange *exchange)
{
	const struct audit_get *request = exchange->state;
	struct json_writer writer = { 0 };

	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	audit_event_document_write(&writer, NULL, &request->event);
	exchange_answer_json(exchange, 200, &writer, 0, NULL);
}

void audit_events_get(struct exchange *exchange)
{
	struct audit_get *request =
		object_request_read(exchange, sizeof(*request));

	if (!request)
		return;
	exchange->state_free = get_free;
	if (audit_id_parse(text_of(exchange->path_id), &request->number))
		problem_answer_errno(exchange, ENOENT);
	else
		object_request_submit(exchange, STORE_READ, run_get, get_done);
}
