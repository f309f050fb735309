/*
 * move_links.c - /move-links/{id}: the page behind a link of a reminder. GET
 * changes nothing, as mail scanners follow every link they see; the button on
 * the page does, once.
 */
#include "api/resources.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "api/http_stream.h"
#include "api/problem.h"
#include "base/timestamp.h"
#include "db/move_links.h"

enum {
	PAGE_SIZE = 4096,
};

static const char policy[] =
	"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
	"base-uri 'none'; frame-ancestors 'none'";

struct link_request {
	struct move_link link;
	struct faults faults;
	struct move_conflict conflict;
};

static void request_free(void *state)
{
	struct link_request *request = state;

	if (request)
		faults_clear(&request->faults);
	free(request);
}

static bool begin(struct exchange *exchange)
{
	exchange->state = calloc(1, sizeof(struct link_request));
	exchange->state_free = request_free;
	if (!exchange->state) {
		problem_answer_errno(exchange, ENOMEM);
		return false;
	}
	query_end(exchange);
	if (!faults_any(&exchange->faults))
		return true;
	problem_answer_faults(exchange);
	return false;
}

/* --- the page ----------------------------------------------------------------
 */

static void put_escaped(struct writer *writer, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '<':
			writer_put(writer, TEXT("&lt;"));
			break;
		case '>':
			writer_put(writer, TEXT("&gt;"));
			break;
		case '&':
			writer_put(writer, TEXT("&amp;"));
			break;
		case '"':
			writer_put(writer, TEXT("&quot;"));
			break;
		default:
			writer_byte(writer, *text);
		}
}

static void put_time(struct writer *writer, int64_t time_ms)
{
	char text[TIMESTAMP_SIZE];

	timestamp_format(time_ms, text);
	writer_put(writer, TEXT("<time>"));
	writer_put(writer, (struct text){ text, 10 });
	writer_byte(writer, ' ');
	writer_put(writer, (struct text){ text + 11, 5 });
	writer_put(writer, TEXT(" UTC</time>"));
}

static void put_move(struct writer *writer, const struct move *move)
{
	writer_put(writer, TEXT("<p>Calls to <b>"));
	put_escaped(writer, move->address);
	writer_put(writer, TEXT("</b> are sent elsewhere from "));
	put_time(writer, move->starts_at_ms);
	if (move->ends_at_ms == MOVE_OPEN_END) {
		writer_put(writer, TEXT(" on, without an end.</p>"));
		return;
	}
	writer_put(writer, TEXT(" until "));
	put_time(writer, move->ends_at_ms);
	writer_put(writer, TEXT(".</p>"));
}

/* move NULL: nothing is known of it. button NULL: there is nothing to press. */
static void answer_page(struct exchange *exchange, unsigned status,
			const char *heading, const struct move *move,
			const char *button)
{
	char page[PAGE_SIZE];
	struct writer writer = writer_over(page, sizeof(page));

	writer_put(&writer,
		   TEXT("<!doctype html><html lang=\"en\"><meta "
			"charset=\"utf-8\"><meta name=\"viewport\" "
			"content=\"width=device-width\"><title>sipmoved"
			"</title><style>body{font:1.1em/1.5 sans-serif;"
			"max-width:32em;margin:2em auto;padding:0 1em}"
			"button{font:inherit;padding:.7em 1.4em}</style><h1>"));
	writer_put(&writer, text_of(heading));
	writer_put(&writer, TEXT("</h1>"));
	if (move)
		put_move(&writer, move);
	if (button) {
		writer_put(&writer, TEXT("<form method=\"post\"><button>"));
		writer_put(&writer, text_of(button));
		writer_put(&writer, TEXT("</button></form>"));
	}
	writer_put(&writer, TEXT("</html>\n"));
	exchange_add_header(exchange, "Content-Security-Policy", policy);
	exchange_add_header(exchange, "Referrer-Policy", "no-referrer");
	exchange_answer_text(exchange, status, "text/html; charset=utf-8",
			     writer_text(&writer));
}

/* --- looking -----------------------------------------------------------------
 */

static int run_show(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct link_request *request = exchange->state;

	return move_link_find(changes, text_of(exchange->path_id),
			      &request->link);
}

static bool answer_bad_link(struct exchange *exchange)
{
	const struct link_request *request = exchange->state;

	if (exchange->err == ENOENT)
		answer_page(exchange, 404, "There is no such link", NULL, NULL);
	else if (exchange->err == ESTALE ||
		 (!exchange->err &&
		  !move_link_is_good(&request->link, exchange->now_ms)))
		answer_page(exchange, 410,
			    "This link was used already, or its time is over",
			    NULL, NULL);
	else if (exchange->err)
		problem_answer_errno(exchange, exchange->err);
	else
		return false;
	return true;
}

static void shown(struct exchange *exchange)
{
	const struct link_request *request = exchange->state;
	bool extends = request->link.action == MOVE_LINK_EXTEND;

	if (answer_bad_link(exchange))
		return;
	answer_page(exchange, 200, extends ? "One day longer?" : "End it now?",
		    &request->link.move,
		    extends ? "Extend by one day" : "End now");
}

void move_links_show(struct exchange *exchange)
{
	if (begin(exchange))
		exchange_run_job(exchange, STORE_READ, run_show, shown);
}

/* --- doing -------------------------------------------------------------------
 */

static int run_use(struct changes *changes, struct store_job *job)
{
	struct exchange *exchange = exchange_of_job(job);
	struct link_request *request = exchange->state;
	const struct move_write write = {
		.faults = &request->faults,
		.conflict = &request->conflict,
	};

	return move_link_use(changes, text_of(exchange->path_id), &write,
			     &request->link);
}

static void used(struct exchange *exchange)
{
	const struct link_request *request = exchange->state;
	bool extends = request->link.action == MOVE_LINK_EXTEND;
	bool is_in_the_way = exchange->err == EEXIST || exchange->err == EINVAL;

	if (is_in_the_way)
		answer_page(exchange, 409,
			    "It cannot be extended: another move follows, or "
			    "it would be longer than is allowed",
			    NULL, NULL);
	else if (exchange->err)
		answer_bad_link(exchange);
	else
		answer_page(exchange, 200,
			    extends ? "It is one day longer now"
				    : "It has ended",
			    extends ? &request->link.move : NULL, NULL);
}

/* That it was sent says it all. */
static size_t drop(struct exchange *exchange, struct text part)
{
	(void)exchange;
	return part.len;
}

static void use(struct exchange *exchange)
{
	exchange_run_job(exchange, STORE_CHANGE, run_use, used);
}

void move_links_use(struct exchange *exchange)
{
	static const struct http_sink sink = { .take = drop, .end = use };

	if (begin(exchange))
		exchange_read_stream(exchange, &sink);
}
