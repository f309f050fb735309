#include "webhook/calendar_fetch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum {
	REDIRECTS_MAX = 3,
	FIRST_SIZE = 16 * 1024,
	HEADER_SIZE = CALENDAR_ETAG_MAX + 32,
};

/* --- what libcurl gives
 * -------------------------------------------------------
 */

static bool make_room(struct calendar_fetch *fetch, size_t len)
{
	size_t size = fetch->size ? fetch->size : FIRST_SIZE;
	char *larger;

	while (size < fetch->len + len)
		size *= 2;
	if (size == fetch->size)
		return true;
	larger = realloc(fetch->body, size);
	fetch->lacks_memory = !larger;
	if (!larger)
		return false;
	fetch->body = larger;
	fetch->size = size;
	return true;
}

static size_t take_part(char *bytes, size_t size, size_t count, void *arg)
{
	struct calendar_fetch *fetch = arg;
	size_t len = size * count;

	fetch->is_too_large = len > CALENDAR_BODY_MAX - fetch->len;
	if (fetch->is_too_large || !make_room(fetch, len))
		return 0;
	memcpy(fetch->body + fetch->len, bytes, len);
	fetch->len += len;
	return len;
}

/* --- the request
 * --------------------------------------------------------------
 */

/* value "": none. */
static int add_header(struct calendar_fetch *fetch, const char *name,
		      const char *value)
{
	char line[HEADER_SIZE];
	struct curl_slist *longer;

	if (!value[0])
		return 0;
	snprintf(line, sizeof(line), "%s: %s", name, value);
	longer = curl_slist_append(fetch->headers, line);
	if (!longer)
		return ENOMEM;
	fetch->headers = longer;
	return 0;
}

static int make_headers(struct calendar_fetch *fetch)
{
	const struct calendar_subscription *subscription = &fetch->subscription;
	int err = add_header(fetch, "Accept", "text/calendar, */*;q=0.1");

	if (!err)
		err = add_header(fetch, "If-None-Match", subscription->etag);
	return err ? err
		   : add_header(fetch, "If-Modified-Since",
				subscription->last_modified);
}

static CURLcode set_options(struct calendar_fetch *fetch,
			    const struct calendar_fetch_config *config)
{
	const struct {
		CURLoption option;
		long value;
	} numbers[] = {
		{ CURLOPT_HTTPGET, 1 },
		{ CURLOPT_FOLLOWLOCATION, 1 },
		{ CURLOPT_MAXREDIRS, REDIRECTS_MAX },
		{ CURLOPT_TIMEOUT_MS, config->timeout_ms },
	};
	const struct {
		CURLoption option;
		const void *value;
	} pointers[] = {
		{ CURLOPT_URL, fetch->subscription.url },
		{ CURLOPT_HTTPHEADER, fetch->headers },
		{ CURLOPT_USERAGENT, config->user_agent },
		{ CURLOPT_ERRORBUFFER, fetch->error },
		{ CURLOPT_PRIVATE, fetch },
		{ CURLOPT_WRITEDATA, fetch },
	};
	CURLcode code = connection_guard_set(&fetch->guard, fetch->easy);

	for (size_t i = 0; !code && i < sizeof(numbers) / sizeof(*numbers); i++)
		code = curl_easy_setopt(fetch->easy, numbers[i].option,
					numbers[i].value);
	for (size_t i = 0; !code && i < sizeof(pointers) / sizeof(*pointers);
	     i++)
		code = curl_easy_setopt(fetch->easy, pointers[i].option,
					pointers[i].value);
	return code ? code
		    : curl_easy_setopt(fetch->easy, CURLOPT_WRITEFUNCTION,
				       take_part);
}

static int prepare(struct calendar_fetch *fetch, CURLM *multi,
		   const struct calendar_fetch_config *config)
{
	int err;

	if (!fetch->easy)
		fetch->easy = curl_easy_init();
	if (!fetch->easy)
		return ENOMEM;
	err = make_headers(fetch);
	if (err)
		return err;
	return set_options(fetch, config) ||
			       curl_multi_add_handle(multi, fetch->easy)
		       ? ENOMEM
		       : 0;
}

int calendar_fetch_begin(struct calendar_fetch *fetch, CURLM *multi,
			 const struct calendar_fetch_config *config,
			 const struct calendar_subscription *subscription)
{
	int err;

	fetch->subscription = *subscription;
	fetch->guard = (struct connection_guard){ config->policy, NULL };
	fetch->is_too_large = fetch->lacks_memory = false;
	fetch->error[0] = '\0';
	fetch->started_us = clock_monotonic_us();
	err = prepare(fetch, multi, config);
	if (err)
		calendar_fetch_reset(fetch, multi);
	return err;
}

/* --- its end
 * ------------------------------------------------------------------
 */

static void write_error(struct calendar_result *result, const char *why,
			const char *more)
{
	struct writer writer =
		writer_over(result->error, sizeof(result->error) - 1);

	writer_put(&writer, text_of(why));
	if (more[0])
		writer_put(&writer, TEXT(": "));
	writer_put(&writer, text_of(more));
	result->error[writer.len] = '\0';
}

/* Of the last answer, behind redirects. What is too long is none: it would not
 * be the same. */
static void read_header(struct calendar_fetch *fetch, const char *name,
			char *buffer, size_t size)
{
	struct curl_header *header;

	if (curl_easy_header(fetch->easy, name, 0, CURLH_HEADER, -1, &header) !=
		    CURLHE_OK ||
	    !text_copy(text_of(header->value), buffer, size))
		buffer[0] = '\0';
}

static bool read_answer(struct calendar_fetch *fetch,
			struct calendar_result *result)
{
	long status = 0;
	char number[24];

	curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &status);
	result->status = (int)status;
	if (status == 200) {
		read_header(fetch, "ETag", result->etag, sizeof(result->etag));
		read_header(fetch, "Last-Modified", result->last_modified,
			    sizeof(result->last_modified));
		return true;
	}
	snprintf(number, sizeof(number), "%ld", status);
	if (status != 304)
		write_error(result, "it answered", number);
	return false;
}

bool calendar_fetch_end(struct calendar_fetch *fetch, CURLM *multi,
			CURLcode code, struct calendar_result *ret_result)
{
	bool has_calendar = false;

	*ret_result = (struct calendar_result){ .status = 0 };
	fetch->duration_ms = (clock_monotonic_us() - fetch->started_us) / 1000;
	if (code == CURLE_OK)
		has_calendar = read_answer(fetch, ret_result);
	else if (fetch->guard.refusal)
		write_error(ret_result, fetch->guard.refusal, "");
	else if (fetch->is_too_large)
		write_error(ret_result, "is larger than 4 MiB", "");
	else
		write_error(ret_result, curl_easy_strerror(code), fetch->error);
	curl_multi_remove_handle(multi, fetch->easy);
	return has_calendar;
}

void calendar_fetch_reset(struct calendar_fetch *fetch, CURLM *multi)
{
	if (fetch->easy) {
		curl_multi_remove_handle(multi, fetch->easy);
		curl_easy_reset(fetch->easy);
	}
	curl_slist_free_all(fetch->headers);
	fetch->headers = NULL;
	free(fetch->body);
	fetch->body = NULL;
	fetch->len = fetch->size = 0;
	fetch->subscription.row_id = 0;
}

void calendar_fetch_clear(struct calendar_fetch *fetch)
{
	curl_slist_free_all(fetch->headers);
	free(fetch->body);
	curl_easy_cleanup(fetch->easy);
	fetch->headers = NULL;
	fetch->body = NULL;
	fetch->easy = NULL;
}
