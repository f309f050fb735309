/*
 * GET /v1/moves as a file. The moves are read by id, page by page, so that
 * other jobs have their turn in between: those that are made after the first
 * page are left out, and one that is changed meanwhile is shown as it was when
 * its page was read. The end mark tells whether that has happened: its two
 * revisions are then not the same.
 */
#include "api/resources.h"

#include <errno.h>
#include <stdlib.h>

#include "api/export.h"
#include "api/move_csv.h"
#include "api/move_document.h"
#include "api/move_query.h"
#include "api/problem.h"

enum {
	PAGE_MOVES = 500,
};

struct move_export {
	struct export export;
	struct move_query query;
	struct zoned_clock clock;
	int64_t began_at_ms;
	struct move *moves; /* PAGE_MOVES, owned */
	size_t count, next; /* of the page */
	bool more;
};

static void state_free(void *state)
{
	struct move_export *request = state;

	if (!request)
		return;
	export_clear(&request->export);
	zoned_clock_clear(&request->clock);
	free(request->moves);
	free(request);
}

/* Ids are in order of creation: what is behind one that is too new is, too. */
static void leave_out_new_ones(struct move_export *request)
{
	size_t count = request->count;

	while (count > 0 &&
	       request->moves[count - 1].created_at_ms > request->began_at_ms)
		count--;
	if (count < request->count)
		request->more = false;
	request->count = count;
}

static int run_page(struct changes *changes, struct store_job *job)
{
	struct move_export *request = exchange_of_job(job)->state;
	struct list_part part = { .count = 0 };
	int err;

	if (!request->began_at_ms)
		request->began_at_ms = changes_now_ms(changes);
	request->next = 0;
	err = move_list_part(changes, &request->query.filter, request->moves,
			     &part);
	if (err)
		return err;
	request->count = part.count;
	request->more = part.more || !part.is_done;
	leave_out_new_ones(request);
	if (part.more && request->count > 0)
		text_copy(text_of(request->moves[request->count - 1].id),
			  request->query.filter.after_id,
			  sizeof(request->query.filter.after_id));
	return 0;
}

static bool fetch(struct exchange *exchange)
{
	struct move_export *request = exchange->state;

	if (!request->more)
		return false;
	exchange_run_job(exchange, STORE_READ, run_page, export_page_fetched);
	return true;
}

static bool put_row(struct exchange *exchange, struct export *export)
{
	struct move_export *request = exchange->state;
	const struct move *move;

	if (request->next == request->count)
		return false;
	move = &request->moves[request->next++];
	if (export->is_csv)
		move_csv_put(&export->csv, move, request->began_at_ms);
	else
		move_document_write(&export->json, move, &request->clock,
				    request->began_at_ms);
	return true;
}

static bool begin(struct exchange *exchange, struct move_export *request)
{
	move_query_read(exchange, &request->query);
	query_end(exchange);
	if (faults_any(&exchange->faults)) {
		problem_answer_faults(exchange);
		return false;
	}
	request->query.filter.sort = MOVE_SORT_CREATED_AT;
	request->query.filter.limit = PAGE_MOVES;
	request->more = true;
	request->moves = calloc(PAGE_MOVES, sizeof(*request->moves));
	if (!request->moves)
		problem_answer_errno(exchange, ENOMEM);
	return request->moves != NULL;
}

bool moves_export(struct exchange *exchange)
{
	static const struct export_rows rows = { "moves", true,
						 move_csv_put_header, put_row,
						 fetch };
	struct move_export *request;
	bool is_csv, is_raw;

	if (!export_is_asked(exchange, &is_csv, &is_raw))
		return false;
	request = calloc(1, sizeof(*request));
	exchange->state = request;
	exchange->state_free = state_free;
	if (!request) {
		problem_answer_errno(exchange, ENOMEM);
		return true;
	}
	request->export.is_csv = is_csv;
	request->export.csv.is_guarded = is_csv && !is_raw;
	if (begin(exchange, request))
		export_begin(exchange, &rows);
	return true;
}
