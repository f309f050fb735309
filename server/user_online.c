#include "user_command.h"

#include <curl/curl.h>
#include <stdlib.h>

#include "api/json_reader.h"
#include "api/json_writer.h"
#include "local_api.h"

enum {
	PATH_SIZE = 960,
	TEXT_MAX = 512,
};

/* One optional text of the answer, or of the first of its items; "" if there is
 * none. */
static void member_of(const struct local_answer *answer, bool of_item,
		      const char *name, char *buffer, size_t size)
{
	struct json_document *document = NULL;
	struct json_array items = { .count = 0 };
	struct json_object object;
	struct faults faults = { 0 };
	struct text value;
	char detail[FAULT_DETAIL_SIZE];
	bool is_there = !json_document_parse(
				(struct text){ answer->bytes, answer->len },
				&document, detail) &&
			json_document_object(document, &faults, &object);

	buffer[0] = '\0';
	if (is_there && of_item) {
		json_array(&object, "items", TEXT_MAX, &items);
		is_there = items.count > 0 &&
			   json_array_object(&items, 0, &object);
	}
	if (is_there &&
	    json_string(&object, name, TEXT_MAX, &value) == JSON_PRESENT)
		text_copy(value, buffer, size);
	faults_clear(&faults);
	json_document_free(document);
}

static int ask(const struct config *config, const char *method,
	       const char *path, struct text body, struct local_answer *answer)
{
	int err = local_api_ask(config,
				&(struct local_request){ .method = method,
							 .path = path,
							 .body = body },
				answer);

	if (!err && answer->status >= 300) {
		local_api_tell_problem(answer);
		err = 1;
	}
	return err;
}

/* id "": there is none of that name. */
static int find(const struct config *config, const char *name,
		struct local_answer *answer, char *id, size_t id_size)
{
	char path[PATH_SIZE], role[TEXT_MAX + 1];
	char *escaped = curl_easy_escape(NULL, name, 0);
	int err;

	snprintf(path, sizeof(path), "/v1/users?name=%s",
		 escaped ? escaped : "");
	curl_free(escaped);
	err = ask(config, "GET", path, (struct text){ 0 }, answer);
	if (err)
		return err;
	member_of(answer, true, "id", id, id_size);
	member_of(answer, true, "role", role, sizeof(role));
	if (!id[0] || text_equals(text_of(role), TEXT("admin")))
		return 0;
	fprintf(stderr, "sipmoved: \"%s\" is a user who is no admin\n", name);
	return 1;
}

/* The way back in goes for one who was locked out, too. */
static int enable(const struct config *config, const char *id,
		  struct local_answer *answer)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "/v1/users/%s", id);
	return ask(config, "PATCH", path, TEXT("{\"enabled\":true}"), answer);
}

static int create(const struct config *config, const char *name,
		  struct local_answer *answer, char *id, size_t id_size)
{
	struct json_writer writer = { 0 };
	char *body;
	size_t len;
	int err;

	json_open_object(&writer, NULL);
	json_put_string(&writer, "name", text_of(name));
	json_put_string(&writer, "role", TEXT("admin"));
	json_close_object(&writer);
	if (json_writer_finish(&writer, &body, &len)) {
		fputs("sipmoved: user create-admin: out of memory\n", stderr);
		return 1;
	}
	err = ask(config, "POST", "/v1/users", (struct text){ body, len },
		  answer);
	free(body);
	if (!err)
		member_of(answer, false, "id", id, id_size);
	return err;
}

int user_create_admin_online(const struct config *config, const char *name)
{
	static struct local_answer answer;
	char id[TEXT_MAX + 1], path[PATH_SIZE], url[TEXT_MAX + 1];
	int err = find(config, name, &answer, id, sizeof(id));

	if (!err && id[0])
		err = enable(config, id, &answer);
	else if (!err)
		err = create(config, name, &answer, id, sizeof(id));
	if (err)
		return 1;
	snprintf(path, sizeof(path), "/v1/users/%s/activation-links", id);
	if (ask(config, "POST", path, TEXT("{}"), &answer))
		return 1;
	member_of(&answer, false, "url", url, sizeof(url));
	user_print_link(url);
	return 0;
}
