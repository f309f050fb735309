/*
 * ctl_verb.h - verbs that are one request: what their row says is asked, and
 * the answer is told as a table, JSON or CSV. Verbs of more than one request
 * use the pieces.
 */
#ifndef SIPMOVED_CTL_VERB_H
#define SIPMOVED_CTL_VERB_H

#include "api/json_writer.h"
#include "ctl_request.h"
#include "ctl_table.h"

#define CTL_OPTIONS_END             \
	{                           \
		NULL, CTL_END, NULL \
	}

/* GET of a list: its pages, up to --limit objects (100; 0: all). */
int ctl_run_list(struct ctl *ctl);
/* GET of one object: every member. */
int ctl_run_show(struct ctl *ctl);
/* A change: the object as it is then, in the row's columns. */
int ctl_run_change(struct ctl *ctl);

/* The verb's flags that are parameters of the query, and dry_run. */
void ctl_verb_query(const struct ctl *ctl, struct ctl_path *path);
/* Operands and flags that are members of the body. False: it was told. */
bool ctl_verb_body(const struct ctl *ctl, struct json_writer *writer);
/* Sends writer's document, and tells the answer in the verb's columns. */
int ctl_verb_send(struct ctl *ctl, const struct ctl_path *path,
		  struct json_writer *writer);

struct ctl_table ctl_table_for(const struct ctl *ctl,
			       const struct ctl_column *columns,
			       const char *headings[CTL_COLUMNS_MAX]);
void ctl_table_put_object(struct ctl_table *table,
			  const struct ctl_column *columns,
			  struct ctl_json object);
/* One object as a row, or as JSON. */
int ctl_print_object(const struct ctl *ctl, const struct ctl_column *columns,
		     struct ctl_json object);
/* "name  value", one member a line; JSON and CSV as asked. */
int ctl_print_members(const struct ctl *ctl, struct ctl_json object);

/* Asks on the terminal, if there is one and nobody said --yes. */
bool ctl_is_sure(const struct ctl *ctl, const char *what);

/* "alice@example.com" is sip:alice@example.com, "+6221" is tel:+6221. */
void ctl_uri_of(const char *written, char *uri, size_t size);

#endif
