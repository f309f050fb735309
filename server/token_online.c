#include "token_online.h"

#include <curl/curl.h>
#include <stdlib.h>

#include "api/json_reader.h"
#include "api/json_writer.h"
#include "local_api.h"

enum {
	LIST_LIMIT = 100, /* of them fit LOCAL_ANSWER_MAX */
	PATH_MAX_BYTES = 960,
	MEMBER_MAX = 255,
};

/* Its members are read as optional text: an answer of ours needs no faults. */
struct reading {
	struct json_document *document; /* owned */
	struct json_object object;
	struct faults faults;
};

static bool reading_open(const struct local_answer *answer,
			 struct reading *ret_reading)
{
	struct reading *reading = ret_reading;
	char detail[FAULT_DETAIL_SIZE];

	*reading = (struct reading){ 0 };
	return json_document_parse((struct text){ answer->bytes, answer->len },
				   &reading->document, detail) == 0 &&
	       json_document_object(reading->document, &reading->faults,
				    &reading->object);
}

static void reading_close(struct reading *reading)
{
	faults_clear(&reading->faults);
	json_document_free(reading->document);
}

static struct text member(struct json_object *object, const char *name)
{
	struct text value = TEXT("");

	if (json_string(object, name, PATH_MAX_BYTES, &value) != JSON_PRESENT)
		value = TEXT("");
	return value;
}

/* --- create --------------------------------------------------------------- */

static int request_body(const struct token_request *request, char **ret_body,
			size_t *ret_len)
{
	struct json_writer writer = { 0 };

	json_open_object(&writer, NULL);
	json_put_string(&writer, "name", text_of(request->name));
	json_put_string(&writer, "role", text_of(request->role));
	json_put_integer(&writer, "expires_in_days", request->expires_in_days);
	json_close_object(&writer);
	return json_writer_finish(&writer, ret_body, ret_len);
}

static int tell_created(const struct local_answer *answer)
{
	struct reading reading;
	struct text token, expires_at;
	bool is_there = false;

	if (answer->status == 201 && reading_open(answer, &reading)) {
		token = member(&reading.object, "token");
		expires_at = member(&reading.object, "expires_at");
		is_there = token.len > 0;
		if (is_there) {
			printf("%.*s\n", TEXT_ARG(token));
			fprintf(stderr, "sipmoved: the token expires at %.*s\n",
				TEXT_ARG(expires_at));
		}
		reading_close(&reading);
	}
	if (!is_there)
		local_api_tell_problem(answer);
	return is_there ? 0 : 1;
}

int token_create_online(const struct config *config,
			const struct token_request *request)
{
	static struct local_answer answer;
	char *body;
	size_t len;
	int err;

	if (request_body(request, &body, &len)) {
		fputs("sipmoved: token create: out of memory\n", stderr);
		return 1;
	}
	err = local_api_ask(config,
			    &(struct local_request){ .method = "POST",
						     .path = "/v1/tokens",
						     .body = { body, len } },
			    &answer);
	free(body);
	return err ? 1 : tell_created(&answer);
}

/* --- list and revoke -------------------------------------------------------
 */

void token_line_print(const struct token_line *line)
{
	static const struct token_line heading = { TEXT("ID"), TEXT("STATE"),
						   TEXT("ROLE"),
						   TEXT("EXPIRES"),
						   TEXT("NAME") };

	if (!line)
		line = &heading;
	printf("%-8.*s  %-7.*s  %-8.*s  %-24.*s  %.*s\n", TEXT_ARG(line->id),
	       TEXT_ARG(line->state), TEXT_ARG(line->role),
	       TEXT_ARG(line->expires_at), TEXT_ARG(line->name));
}

static void print_items(struct json_object *list)
{
	struct json_array items = { .count = 0 };

	json_array(list, "items", LIST_LIMIT, &items);
	for (size_t i = 0; i < items.count; i++) {
		struct json_object item;

		if (!json_array_object(&items, i, &item))
			continue;
		token_line_print(&(struct token_line){
			member(&item, "id"), member(&item, "state"),
			member(&item, "role"), member(&item, "expires_at"),
			member(&item, "name") });
	}
}

/* name NULL: any; more: the rest of the query. */
static int ask_list(const struct config *config, const char *name,
		    const char *more, struct local_answer *answer)
{
	char path[PATH_MAX_BYTES];
	char *escaped = curl_easy_escape(NULL, name ? name : "", 0);
	int err;

	snprintf(path, sizeof(path), "/v1/tokens?limit=%d%s%s%s", LIST_LIMIT,
		 name ? "&name=" : "", escaped ? escaped : "", more);
	curl_free(escaped);
	err = local_api_ask(
		config,
		&(struct local_request){ .method = "GET", .path = path },
		answer);
	if (!err && answer->status != 200) {
		local_api_tell_problem(answer);
		err = 1;
	}
	return err;
}

int token_list_online(const struct config *config,
		      const struct token_request *request)
{
	static struct local_answer answer;
	char more[PATH_MAX_BYTES / 2] = "";
	struct reading reading;
	struct text cursor;

	token_line_print(NULL);
	do {
		if (ask_list(config, request->name, more, &answer))
			return 1;
		if (!reading_open(&answer, &reading)) {
			reading_close(&reading);
			return 1;
		}
		print_items(&reading.object);
		cursor = member(&reading.object, "next_cursor");
		snprintf(more, sizeof(more), "&cursor=%.*s", TEXT_ARG(cursor));
		reading_close(&reading);
	} while (more[sizeof("&cursor=") - 1]);
	return 0;
}

/* "" if there is none of the name that is not revoked. */
static void first_id(const struct local_answer *answer, char *id, size_t size)
{
	struct json_array items = { .count = 0 };
	struct json_object item;
	struct reading reading;

	id[0] = '\0';
	if (reading_open(answer, &reading)) {
		json_array(&reading.object, "items", LIST_LIMIT, &items);
		if (items.count > 0 && json_array_object(&items, 0, &item))
			text_copy(member(&item, "id"), id, size);
	}
	reading_close(&reading);
}

int token_revoke_online(const struct config *config,
			const struct token_request *request)
{
	static struct local_answer answer;
	char id[MEMBER_MAX + 1], path[MEMBER_MAX + 32];

	if (ask_list(config, request->name, "&revoked=false", &answer))
		return 1;
	first_id(&answer, id, sizeof(id));
	if (!id[0]) {
		fprintf(stderr, "sipmoved: there is no token named \"%s\"\n",
			request->name);
		return 1;
	}
	snprintf(path, sizeof(path), "/v1/tokens/%s", id);
	if (local_api_ask(
		    config,
		    &(struct local_request){ .method = "DELETE", .path = path },
		    &answer))
		return 1;
	if (answer.status == 200)
		return 0;
	local_api_tell_problem(&answer);
	return 1;
}
