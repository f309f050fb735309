#include "token_command.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/json_reader.h"
#include "api/json_writer.h"
#include "base/clock.h"
#include "db/changes.h"
#include "db/store.h"

enum {
	ANSWER_MAX = 65536,
	TIMEOUT_S = 10,
};

/* --- the server is stopped: in the database --------------------------------
 */

struct offline_job {
	struct store_job job; /* first: a job is cast back */
	struct token token;
	struct faults faults;
};

static int run_create(struct changes *changes, struct store_job *job)
{
	struct offline_job *offline = (struct offline_job *)job;
	const struct actor actor = { "local", "token create", "offline", "" };

	changes_set_actor(changes, &actor);
	return token_create(changes, &offline->token, &offline->faults);
}

static void tell_offline(const struct offline_job *offline, int err)
{
	if (err == EEXIST)
		fprintf(stderr, "sipmoved: there is a token named \"%s\"\n",
			offline->token.name);
	for (size_t i = 0; i < offline->faults.count; i++)
		fprintf(stderr, "sipmoved: %s: %s\n",
			offline->faults.list[i].pointer,
			offline->faults.list[i].detail);
	if (err != EEXIST && offline->faults.count == 0)
		fprintf(stderr, "sipmoved: token create: %s\n", strerror(err));
}

static int create_offline(struct store *store,
			  const struct token_request *request)
{
	struct offline_job offline = { .job = { .kind = STORE_CHANGE,
						.run = run_create } };
	char text[TOKEN_TEXT_SIZE];
	int err;

	if (!text_copy(text_of(request->name), offline.token.name,
		       sizeof(offline.token.name))) {
		fprintf(stderr, "sipmoved: the name is longer than %d bytes\n",
			TOKEN_NAME_MAX);
		return 1;
	}
	text_copy(text_of(request->role), offline.token.role,
		  sizeof(offline.token.role));
	if (token_role_scopes(text_of(request->role), &offline.token.scopes)) {
		fprintf(stderr,
			"sipmoved: \"%s\" is no role: admin, operator, "
			"helpdesk or service\n",
			request->role);
		return 1;
	}
	offline.token.expires_at_ms =
		clock_wall_ms() +
		(int64_t)request->expires_in_days * 86400 * 1000;
	token_make_secret(&offline.token, text);
	err = store_run_offline(store, &offline.job);
	if (err)
		tell_offline(&offline, err);
	else
		puts(text);
	faults_clear(&offline.faults);
	return err ? 1 : 0;
}

/* --- the server runs: over its socket ---------------------------------------
 */

struct answer {
	char bytes[ANSWER_MAX];
	size_t len;
};

static size_t take_answer(char *bytes, size_t size, size_t count, void *arg)
{
	struct answer *answer = arg;
	size_t len = size * count;

	if (len > sizeof(answer->bytes) - answer->len)
		return 0;
	memcpy(answer->bytes + answer->len, bytes, len);
	answer->len += len;
	return len;
}

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

/* The member of a JSON answer, printed with a newline; false without it. */
static bool print_member(const struct answer *answer, const char *name,
			 FILE *stream)
{
	struct json_document *document = NULL;
	struct faults faults = { 0 };
	struct json_object object;
	struct text value;
	char detail[FAULT_DETAIL_SIZE];
	bool is_there = false;

	if (json_document_parse((struct text){ answer->bytes, answer->len },
				&document, detail))
		return false;
	if (json_document_object(document, &faults, &object) &&
	    json_string(&object, name, ANSWER_MAX, &value) == JSON_PRESENT) {
		fprintf(stream, "%.*s\n", TEXT_ARG(value));
		is_there = true;
	}
	faults_clear(&faults);
	json_document_free(document);
	return is_there;
}

static CURLcode post(const char *socket_path, const char *body, size_t len,
		     struct answer *answer, long *ret_status)
{
	CURL *curl = curl_easy_init();
	struct curl_slist *headers =
		curl_slist_append(NULL, "Content-Type: application/json");
	CURLcode code = CURLE_OUT_OF_MEMORY;

	if (curl && headers) {
		curl_easy_setopt(curl, CURLOPT_URL,
				 "http://localhost/v1/tokens");
		curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket_path);
		curl_easy_setopt(curl, CURLOPT_PROXY, "");
		curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)len);
		curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)TIMEOUT_S);
		curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
		curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_answer);
		curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
		code = curl_easy_perform(curl);
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, ret_status);
	}
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	return code;
}

static int create_online(const struct config *config,
			 const struct token_request *request)
{
	static struct answer answer;
	char socket_path[CONFIG_PATH_MAX];
	char *body;
	size_t len;
	long status = 0;
	CURLcode code;

	config_socket_path(config, socket_path);
	if (request_body(request, &body, &len)) {
		fputs("sipmoved: token create: out of memory\n", stderr);
		return 1;
	}
	code = post(socket_path, body, len, &answer, &status);
	free(body);
	if (code != CURLE_OK) {
		fprintf(stderr,
			"sipmoved: a server uses this data folder, but does "
			"not answer on %s: %s\n",
			socket_path, curl_easy_strerror(code));
		return 1;
	}
	if (status == 201 && print_member(&answer, "token", stdout))
		return 0;
	if (!print_member(&answer, "detail", stderr))
		fprintf(stderr, "sipmoved: the server answered %ld\n", status);
	return 1;
}

int token_create_command(const struct config *config,
			 const struct token_request *request)
{
	const struct store_config store_config = {
		.data_dir = config->data_dir,
		.allow_local_targets = config->moves_allow_local_targets,
	};
	struct store *store = NULL;
	const char *why = NULL;
	int err = store_open(&store_config, &store, &why);
	int code;

	if (err == EBUSY)
		return create_online(config, request);
	if (err) {
		fprintf(stderr, "sipmoved: %s: %s%s%s\n", config->data_dir,
			strerror(err), why ? ": " : "", why ? why : "");
		return 1;
	}
	code = create_offline(store, request);
	store_close(store);
	return code;
}
