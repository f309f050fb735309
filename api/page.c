#include "api/page.h"

#include "api/http_wire.h"
#include "api/problem.h"

#include <stdio.h>

bool page_read(struct exchange *exchange, struct page *ret_page)
{
	*ret_page = (struct page){ .limit = query_limit(exchange),
				   .wants_total = ret_page->wants_total };
	if (!cursor_read(exchange, &ret_page->after))
		return false;
	query_end(exchange);
	if (!faults_any(&exchange->faults))
		return true;
	problem_answer_faults(exchange);
	return false;
}

void page_read_count(struct exchange *exchange, struct page *page)
{
	struct text value;

	if (!query_text(exchange, "count", &value))
		return;
	page->wants_total = true;
	if (!text_equals(value, TEXT("exact")) &&
	    !text_equals(value, TEXT("estimated")))
		faults_add_parameter(&exchange->faults, FAULT_BAD_FORMAT,
				     "count", "must be `exact` or `estimated`");
}

bool page_not_modified(struct exchange *exchange, struct page *page)
{
	/* What the job reads is this old or newer: at worst the client gets it
	 * once more. */
	snprintf(page->tag, sizeof(page->tag), "r%lld",
		 (long long)snapshot_revision(exchange->snapshot));
	if (!exchange_has_tag(exchange, page->tag))
		return false;
	exchange_answer_known(exchange, page->tag);
	return true;
}

void page_open(struct json_writer *writer)
{
	json_open_object(writer, NULL);
	json_open_array(writer, "items");
}

void page_end(struct exchange *exchange, struct json_writer *writer,
	      const struct page *page)
{
	json_close_array(writer);
	cursor_write(exchange, writer, &page->last, page->more);
	if (!page->wants_total)
		return;
	json_open_object(writer, "total");
	json_put_integer(writer, "count", (int64_t)page->total);
	json_put_bool(writer, "more", page->total_more);
	json_close_object(writer);
}

void page_answer(struct exchange *exchange, struct json_writer *writer,
		 const struct page *page)
{
	page_end(exchange, writer, page);
	json_close_object(writer);
	if (page->tag[0])
		exchange_put_tag(exchange, page->tag);
	exchange_answer_json(exchange, 200, writer, 0, NULL);
}
