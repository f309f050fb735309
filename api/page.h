/*
 * page.h - one page of a list: what every list reads last and writes around
 * its items.
 */
#ifndef SIPMOVED_API_PAGE_H
#define SIPMOVED_API_PAGE_H

#include "api/cursor.h"

struct page {
	struct cursor after; /* the item before the page; empty: the first */
	struct cursor last;  /* the page's last item: set by the resource */
	size_t limit;
	size_t count; /* filled by the job */
	bool more;    /* filled by the job */
};

/* limit and cursor, after the resource's own parameters. False: what is wrong
 * in the query was answered. */
bool page_read(struct exchange *exchange, struct page *ret_page);

void page_open(struct json_writer *writer);
/* Closes what page_open opened, and answers. */
void page_answer(struct exchange *exchange, struct json_writer *writer,
		 const struct page *page);

#endif
