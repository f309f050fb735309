#include "api/page.h"

#include "api/problem.h"

bool page_read(struct exchange *exchange, struct page *ret_page)
{
	*ret_page = (struct page){ .limit = query_limit(exchange) };
	if (!cursor_read(exchange, &ret_page->after))
		return false;
	query_end(exchange);
	if (!faults_any(&exchange->faults))
		return true;
	problem_answer_faults(exchange);
	return false;
}

void page_open(struct json_writer *writer)
{
	json_open_object(writer, NULL);
	json_open_array(writer, "items");
}

void page_answer(struct exchange *exchange, struct json_writer *writer,
		 const struct page *page)
{
	json_close_array(writer);
	cursor_write(exchange, writer, &page->last, page->more);
	json_close_object(writer);
	exchange_answer_json(exchange, 200, writer, 0, NULL);
}
