#include "local_api.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>

#include "api/json_reader.h"

enum {
	TIMEOUT_S = 10,
	URL_MAX = 1024,
};

/* Where the answer goes. */
struct taking {
	CURL *curl;
	FILE *sink;
	struct local_answer *answer;
};

static size_t take_answer(char *bytes, size_t size, size_t count, void *arg)
{
	struct taking *taking = arg;
	struct local_answer *answer = taking->answer;
	size_t len = size * count;

	curl_easy_getinfo(taking->curl, CURLINFO_RESPONSE_CODE,
			  &answer->status);
	if (taking->sink && answer->status == 200)
		return fwrite(bytes, 1, len, taking->sink);

	if (len > sizeof(answer->bytes) - answer->len)
		return 0;
	memcpy(answer->bytes + answer->len, bytes, len);
	answer->len += len;
	return len;
}

static CURLcode perform(CURL *curl, const char *socket_path,
			const struct local_request *request,
			struct local_answer *answer)
{
	struct taking taking = { curl, request->sink, answer };
	char url[URL_MAX];
	CURLcode code;

	snprintf(url, sizeof(url), "http://localhost%s", request->path);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket_path);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	if (request->body.ptr) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body.ptr);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE,
				 (long)request->body.len);
	}
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT,
			 request->timeout_s ? request->timeout_s : TIMEOUT_S);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_answer);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &taking);
	code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer->status);
	return code;
}

int local_api_ask(const struct config *config,
		  const struct local_request *request,
		  struct local_answer *answer)
{
	char socket_path[CONFIG_PATH_MAX];
	CURL *curl = curl_easy_init();
	struct curl_slist *headers =
		curl_slist_append(NULL, "Content-Type: application/json");
	CURLcode code = CURLE_OUT_OF_MEMORY;

	config_socket_path(config, socket_path);
	answer->status = 0;
	answer->len = 0;
	if (curl && headers) {
		if (request->body.ptr)
			curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
		code = perform(curl, socket_path, request, answer);
	}
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	if (code == CURLE_OK)
		return 0;
	fprintf(stderr,
		"sipmoved: a server uses this data folder, but does not answer "
		"on %s: %s\n",
		socket_path, curl_easy_strerror(code));
	return EIO;
}

/* "/role" is said as "role": it was a flag, not a member. */
static bool tell_fault(const struct json_array *errors, size_t index)
{
	struct json_object fault;
	struct text place = TEXT(""), detail;

	if (!json_array_object(errors, index, &fault) ||
	    json_string(&fault, "detail", LOCAL_ANSWER_MAX, &detail) !=
		    JSON_PRESENT)
		return false;
	if (json_string(&fault, "pointer", LOCAL_ANSWER_MAX, &place) !=
	    JSON_PRESENT)
		json_string(&fault, "parameter", LOCAL_ANSWER_MAX, &place);
	if (place.len > 0 && place.ptr[0] == '/') {
		place.ptr++;
		place.len--;
	}
	fprintf(stderr, "sipmoved: %.*s: %.*s\n", TEXT_ARG(place),
		TEXT_ARG(detail));
	return true;
}

static bool tell(struct json_object *problem)
{
	struct json_array errors = { .count = 0 };
	struct text detail;
	bool told = false;

	json_array(problem, "errors", FAULTS_MAX, &errors);
	for (size_t i = 0; i < errors.count; i++)
		told = tell_fault(&errors, i) || told;
	if (told || json_string(problem, "detail", LOCAL_ANSWER_MAX, &detail) !=
			    JSON_PRESENT)
		return told;
	fprintf(stderr, "sipmoved: %.*s\n", TEXT_ARG(detail));
	return true;
}

void local_api_tell_problem(const struct local_answer *answer)
{
	struct json_document *document = NULL;
	struct faults faults = { 0 };
	struct json_object problem;
	char detail[FAULT_DETAIL_SIZE];
	bool told = false;

	if (!json_document_parse((struct text){ answer->bytes, answer->len },
				 &document, detail) &&
	    json_document_object(document, &faults, &problem))
		told = tell(&problem);
	if (!told)
		fprintf(stderr, "sipmoved: the server answered %ld\n",
			answer->status);
	faults_clear(&faults);
	json_document_free(document);
}
