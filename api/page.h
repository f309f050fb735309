/*
 * page.h - one page of a list: what every list reads last and writes around
 * its items.
 */
#ifndef SIPMOVED_API_PAGE_H
#define SIPMOVED_API_PAGE_H

#include "api/cursor.h"

enum {
	PAGE_TOTAL_MAX = 10000,
};

struct page {
	struct cursor after; /* the item before the page; empty: the first */
	struct cursor last;  /* the page's last item: set by the resource */
	size_t limit;
	size_t count; /* filled by the job */
	bool more;    /* filled by the job */
	/* `count` was asked for: filled by the job, as far as PAGE_TOTAL_MAX.
	 */
	bool wants_total;
	size_t total;
	bool total_more;
	/* What names the list as it is now, for its ETag: "r17"; "" without.
	 */
	char tag[48];
	bool is_known; /* a job found that the client has it */
};

/* limit and cursor, after the resource's own parameters. False: what is wrong
 * in the query was answered. */
bool page_read(struct exchange *exchange, struct page *ret_page);

/* `count`, for a list that can; before page_read(), which keeps it. */
void page_read_count(struct exchange *exchange, struct page *page);

/*
 * For a list that changes with the revision alone, after page_read(): true if
 * the client has it as it is, which was answered. No job is run for that.
 */
bool page_not_modified(struct exchange *exchange, struct page *page);

void page_open(struct json_writer *writer);
/* What follows the items; the object stays open, for more. */
void page_end(struct exchange *exchange, struct json_writer *writer,
	      const struct page *page);
/* Closes what page_open opened, and answers. */
void page_answer(struct exchange *exchange, struct json_writer *writer,
		 const struct page *page);

#endif
