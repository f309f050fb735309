#include "api/resources.h"

#include <errno.h>
#include <stdlib.h>

#include "api/move_import_document.h"
#include "api/page.h"
#include "api/problem.h"

/* --- one import ------------------------------------------------------------
 */

static void get_free(void *state)
{
	if (state)
		move_import_clear(state);
	free(state);
}

static int run_get(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);

	return move_import_get(changes, text_of(exchange->path_id),
			       exchange->state);
}

static void get_done(struct exchange *exchange)
{
	const struct move_import *import = exchange->state;
	struct json_writer writer = { 0 };

	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	if (exchange_not_modified(exchange, import->revision))
		return;
	move_import_document_write(&writer, import, true);
	exchange_answer_json(exchange, 200, &writer, import->revision, NULL);
}

void move_imports_get(struct exchange *exchange)
{
	exchange->state = calloc(1, sizeof(struct move_import));
	exchange->state_free = get_free;
	query_end(exchange);
	if (faults_any(&exchange->faults))
		problem_answer_faults(exchange);
	else if (!exchange->state)
		problem_answer_errno(exchange, ENOMEM);
	else
		exchange_run_job(exchange, STORE_READ, run_get, get_done);
}

/* --- the list --------------------------------------------------------------
 */

struct import_page {
	struct page page;
	struct move_import *imports; /* page.limit of them, owned */
};

static void list_free(void *state)
{
	struct import_page *list = state;

	if (list)
		free(list->imports);
	free(list);
}

static int run_list(struct changes *changes, struct store_job *job)
{
	struct import_page *list = exchange_of_job(job)->state;

	return move_import_list(changes, list->page.after.id, list->page.limit,
				list->imports, &list->page.count,
				&list->page.more);
}

static void list_done(struct exchange *exchange)
{
	struct import_page *list = exchange->state;
	struct json_writer writer = { 0 };

	if (exchange->err) {
		problem_answer_errno(exchange, exchange->err);
		return;
	}
	page_open(&writer);
	for (size_t i = 0; i < list->page.count; i++)
		move_import_document_write(&writer, &list->imports[i], false);
	if (list->page.count > 0)
		text_copy(text_of(list->imports[list->page.count - 1].id),
			  list->page.last.id, sizeof(list->page.last.id));
	page_answer(exchange, &writer, &list->page);
}

void move_imports_list(struct exchange *exchange)
{
	struct import_page *list = calloc(1, sizeof(*list));

	exchange->state = list;
	exchange->state_free = list_free;
	if (!list) {
		problem_answer_errno(exchange, ENOMEM);
		return;
	}
	if (!page_read(exchange, &list->page))
		return;
	list->imports = calloc(list->page.limit, sizeof(*list->imports));
	if (!list->imports)
		problem_answer_errno(exchange, ENOMEM);
	else
		exchange_run_job(exchange, STORE_READ, run_list, list_done);
}
