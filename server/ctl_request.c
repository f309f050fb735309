#include "ctl_request.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "ctl_problem.h"
#include "version.h"

enum {
	CONNECT_TIMEOUT_S = 5,
	TIMEOUT_S = 30,
	FIRST_SIZE = 16 * 1024,
};

/* --- the target ----------------------------------------------------------- */

static void put(struct ctl_path *path, const char *bytes, size_t len)
{
	if (len >= sizeof(path->text) - path->len) {
		path->overflowed = true;
		return;
	}
	memcpy(path->text + path->len, bytes, len);
	path->len += len;
	path->text[path->len] = '\0';
}

static void put_escaped(struct ctl_path *path, const char *text)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; *text; text++) {
		char escaped[4];

		if (strchr(plain, *text)) {
			put(path, text, 1);
			continue;
		}
		snprintf(escaped, sizeof(escaped), "%%%02X",
			 (unsigned)(unsigned char)*text);
		put(path, escaped, 3);
	}
}

struct ctl_path ctl_path_of(const char *format, const char *segment)
{
	struct ctl_path path = { .len = 0 };
	const char *at = strstr(format, "%s");

	put(&path, format, at ? (size_t)(at - format) : strlen(format));
	if (at) {
		put_escaped(&path, segment ? segment : "");
		put(&path, at + 2, strlen(at + 2));
	}
	return path;
}

void ctl_path_query(struct ctl_path *path, const char *name, const char *value)
{
	put(path, path->has_query ? "&" : "?", 1);
	path->has_query = true;
	put_escaped(path, name);
	put(path, "=", 1);
	put_escaped(path, value);
}

/* --- the answer ----------------------------------------------------------- */

struct transfer {
	CURL *curl;
	const struct ctl_request *request;
	struct ctl_answer *answer;
	size_t size;
};

static bool keep(struct transfer *transfer, const char *bytes, size_t len)
{
	struct ctl_answer *answer = transfer->answer;
	size_t size = transfer->size ? transfer->size : FIRST_SIZE;
	char *grown;

	if (len > CTL_ANSWER_MAX - answer->len)
		return false;
	while (size - answer->len < len)
		size *= 2;
	if (size != transfer->size) {
		grown = realloc(answer->bytes, size);
		if (!grown)
			return false;
		answer->bytes = grown;
		transfer->size = size;
	}
	memcpy(answer->bytes + answer->len, bytes, len);
	answer->len += len;
	return true;
}

static size_t take_bytes(char *bytes, size_t size, size_t count, void *arg)
{
	struct transfer *transfer = arg;
	const struct ctl_request *request = transfer->request;
	size_t len = size * count;
	long status = 0;

	curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
	if (!request->take || status != 200)
		return keep(transfer, bytes, len) ? len : 0;
	if (request->take(request->take_arg, (struct text){ bytes, len }))
		return len;
	transfer->answer->was_enough = true;
	return 0;
}

void ctl_answer_clear(struct ctl_answer *answer)
{
	free(answer->bytes);
	*answer = (struct ctl_answer){ 0 };
}

/* --- the request ---------------------------------------------------------- */

static struct curl_slist *headers_of(const struct ctl *ctl,
				     const struct ctl_request *request)
{
	struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
	char line[128];

	if (request->body.ptr || request->body_file) {
		snprintf(line, sizeof(line), "Content-Type: %s",
			 request->content_type ? request->content_type
					       : "application/json");
		headers = curl_slist_append(headers, line);
	}
	if (request->accept) {
		snprintf(line, sizeof(line), "Accept: %s", request->accept);
		headers = curl_slist_append(headers, line);
	}
	if (ctl->authorization)
		headers = curl_slist_append(headers, ctl->authorization);
	return headers;
}

static void set_place(CURL *curl, const struct ctl *ctl,
		      const struct ctl_path *path)
{
	char url[CTL_PATH_SIZE + 1024];
	const char *base = ctl->url ? ctl->url : "http://localhost";
	size_t len = strlen(base);

	while (len > 0 && base[len - 1] == '/')
		len--;
	snprintf(url, sizeof(url), "%.*s%s", (int)len, base, path->text);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	if (!ctl->url) {
		curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH,
				 ctl->socket_path);
		curl_easy_setopt(curl, CURLOPT_PROXY, "");
	}
	if (ctl->ca_file)
		curl_easy_setopt(curl, CURLOPT_CAINFO, ctl->ca_file);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_USERAGENT,
			 "sipmovedctl/" SIPMOVED_VERSION);
}

static void set_times(CURL *curl, const struct ctl_request *request)
{
	long timeout_s = request->timeout_s ? request->timeout_s : TIMEOUT_S;

	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_TIMEOUT_S);
	if (!request->is_endless)
		curl_easy_setopt(curl, CURLOPT_TIMEOUT, timeout_s);
}

/* file: what body_file names, or NULL. */
static void set_body(CURL *curl, const struct ctl_request *request, FILE *file)
{
	if (file) {
		/* Read as it is sent; of a length that nobody knows. */
		curl_easy_setopt(curl, CURLOPT_POST, 1L);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, -1L);
		curl_easy_setopt(curl, CURLOPT_READDATA, file);
	} else if (request->body.ptr) {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body.ptr);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE,
				 (long)request->body.len);
	}
	curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
}

static CURLcode perform(const struct ctl *ctl,
			const struct ctl_request *request, FILE *file,
			struct ctl_answer *answer)
{
	struct transfer transfer = { curl_easy_init(), request, answer, 0 };
	struct curl_slist *headers = headers_of(ctl, request);
	CURL *curl = transfer.curl;
	CURLcode code = CURLE_OUT_OF_MEMORY;

	if (curl && headers) {
		set_place(curl, ctl, request->path);
		set_times(curl, request);
		set_body(curl, request, file);
		if (file)
			headers = curl_slist_append(
				headers, "Transfer-Encoding: chunked");
		curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
		curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_bytes);
		curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
		code = curl_easy_perform(curl);
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE,
				  &answer->status);
	}
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	return code;
}

static int tell_unreachable(const struct ctl *ctl, CURLcode code)
{
	if (ctl->url)
		ctl_tell(ctl, "%s does not answer: %s", ctl->url,
			 curl_easy_strerror(code));
	else
		ctl_tell(ctl,
			 "no server answers on %s: %s\nhint: name its folder "
			 "with --data-dir, its socket with --socket, or "
			 "another machine with --url and --token-file",
			 ctl->socket_path, curl_easy_strerror(code));
	return CTL_UNREACHABLE;
}

int ctl_ask(struct ctl *ctl, const struct ctl_request *request,
	    struct ctl_answer *ret_answer)
{
	FILE *file = NULL;
	CURLcode code;

	*ret_answer = (struct ctl_answer){ 0 };
	if (request->path->overflowed)
		return ctl_usage(ctl, "that is too long");
	if (request->body_file) {
		file = !strcmp(request->body_file, "-")
			       ? stdin
			       : fopen(request->body_file, "rb");
		if (!file)
			return ctl_usage(ctl, "%s cannot be read",
					 request->body_file);
	}
	code = perform(ctl, request, file, ret_answer);
	if (file && file != stdin)
		fclose(file);
	/* An answer that came before the body was sent is one. */
	if (code == CURLE_OK || ret_answer->was_enough ||
	    (file && ret_answer->status >= 400))
		return 0;
	ctl_answer_clear(ret_answer);
	return tell_unreachable(ctl, code);
}

int ctl_answer_judge(const struct ctl *ctl, const struct ctl_answer *answer)
{
	static const struct {
		long status;
		enum ctl_exit exit;
	} exits[] = {
		{ 401, CTL_NOT_ALLOWED }, { 403, CTL_NOT_ALLOWED },
		{ 404, CTL_NOT_FOUND },	  { 410, CTL_NOT_FOUND },
		{ 409, CTL_CONFLICT },	  { 412, CTL_CONFLICT },
	};

	if (answer->status >= 200 && answer->status < 300)
		return CTL_OK;
	ctl_problem_tell(ctl, answer);
	for (size_t i = 0; i < sizeof(exits) / sizeof(*exits); i++)
		if (exits[i].status == answer->status)
			return exits[i].exit;
	return CTL_REFUSED;
}

int ctl_answer_json(const struct ctl *ctl, const struct ctl_answer *answer,
		    struct ctl_json *ret_root)
{
	if (ctl_json_root((struct text){ answer->bytes, answer->len },
			  ret_root))
		return CTL_OK;
	ctl_tell(ctl,
		 "the server answered %ld, but not in JSON: is this "
		 "sipmoved?",
		 answer->status);
	return CTL_REFUSED;
}

int ctl_ask_json(struct ctl *ctl, const struct ctl_request *request,
		 struct ctl_answer *ret_answer, struct ctl_json *ret_root)
{
	int code = ctl_ask(ctl, request, ret_answer);

	if (!code)
		code = ctl_answer_judge(ctl, ret_answer);
	if (!code)
		code = ctl_answer_json(ctl, ret_answer, ret_root);
	return code;
}

int ctl_get(struct ctl *ctl, const struct ctl_path *path,
	    struct ctl_answer *ret_answer, struct ctl_json *ret_root)
{
	return ctl_ask_json(
		ctl, &(struct ctl_request){ .method = "GET", .path = path },
		ret_answer, ret_root);
}
