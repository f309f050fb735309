#include "webhook/webhook_transfer.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "db/webhook_signature.h"

enum {
	ANSWER_MAX = 64 * 1024, /* nobody has more to say to a webhook */
	HEADER_SIZE = WEBHOOK_SIGNATURES_SIZE + 32,
	MS_PER_S = 1000,
};

/* --- what libcurl asks ------------------------------------------------------
 */

/* Keeps the beginning. */
static size_t take_answer(char *bytes, size_t size, size_t count, void *arg)
{
	struct webhook_transfer *transfer = arg;
	size_t len = size * count;
	size_t room = WEBHOOK_EXCERPT_MAX - transfer->excerpt_len;
	size_t kept = len < room ? len : room;

	memcpy(transfer->result.excerpt + transfer->excerpt_len, bytes, kept);
	transfer->excerpt_len += kept;
	transfer->received += len;
	return transfer->received > ANSWER_MAX ? 0 : len;
}

/* --- a message --------------------------------------------------------------
 */

static int add_header(struct webhook_transfer *transfer, const char *line)
{
	struct curl_slist *longer = curl_slist_append(transfer->headers, line);

	if (!longer)
		return ENOMEM;
	transfer->headers = longer;
	return 0;
}

static int make_headers(struct webhook_transfer *transfer)
{
	const struct webhook_message *message = &transfer->message;
	const struct webhook_signed content = {
		.id = message->id,
		.at_ms = transfer->result.at_ms,
		.body = text_of(message->body),
	};
	char signatures[WEBHOOK_SIGNATURES_SIZE], line[HEADER_SIZE];
	int err = webhook_sign(&message->endpoint, &content, signatures);

	if (!err)
		err = add_header(transfer, "Content-Type: application/json");
	if (!err)
		err = add_header(transfer, "Expect:");
	snprintf(line, sizeof(line), "webhook-id: %s", message->id);
	if (!err)
		err = add_header(transfer, line);
	snprintf(line, sizeof(line), "webhook-timestamp: %lld",
		 (long long)(transfer->result.at_ms / MS_PER_S));
	if (!err)
		err = add_header(transfer, line);
	snprintf(line, sizeof(line), "webhook-signature: %s", signatures);
	return err ? err : add_header(transfer, line);
}

static CURLcode set_target(struct webhook_transfer *transfer)
{
	const struct webhook_endpoint *endpoint = &transfer->message.endpoint;
	CURL *easy = transfer->easy;
	struct curl_blob ca = { .data = endpoint->ca_pem,
				.len = endpoint->ca_pem
					       ? strlen(endpoint->ca_pem)
					       : 0,
				.flags = CURL_BLOB_COPY };
	CURLcode code = curl_easy_setopt(easy, CURLOPT_URL, endpoint->url);

	/* Nothing else vouches for it then. */
	if (!code && endpoint->ca_pem) {
		code = curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
		if (!code)
			code = curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
		if (!code)
			code = curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &ca);
	}
	return code;
}

static CURLcode set_options(struct webhook_transfer *transfer,
			    const struct webhook_transfer_config *config)
{
	const struct {
		CURLoption option;
		long value;
	} numbers[] = {
		{ CURLOPT_FOLLOWLOCATION, 0 },
		{ CURLOPT_TIMEOUT_MS, config->timeout_ms },
		{ CURLOPT_POST, 1 },
		{ CURLOPT_POSTFIELDSIZE, (long)strlen(transfer->message.body) },
	};
	const struct {
		CURLoption option;
		const void *value;
	} pointers[] = {
		{ CURLOPT_POSTFIELDS, transfer->message.body },
		{ CURLOPT_HTTPHEADER, transfer->headers },
		{ CURLOPT_USERAGENT, config->user_agent },
		{ CURLOPT_ERRORBUFFER, transfer->error },
		{ CURLOPT_PRIVATE, transfer },
		{ CURLOPT_WRITEDATA, transfer },
	};
	CURLcode code = connection_guard_set(&transfer->guard, transfer->easy);

	for (size_t i = 0; !code && i < sizeof(numbers) / sizeof(*numbers); i++)
		code = curl_easy_setopt(transfer->easy, numbers[i].option,
					numbers[i].value);
	for (size_t i = 0; !code && i < sizeof(pointers) / sizeof(*pointers);
	     i++)
		code = curl_easy_setopt(transfer->easy, pointers[i].option,
					pointers[i].value);
	if (!code)
		code = curl_easy_setopt(transfer->easy, CURLOPT_WRITEFUNCTION,
					take_answer);
	return code ? code : set_target(transfer);
}

/* Ready for the next message. */
static void forget(struct webhook_transfer *transfer)
{
	curl_slist_free_all(transfer->headers);
	transfer->headers = NULL;
	webhook_message_clear(&transfer->message);
	if (transfer->easy)
		curl_easy_reset(transfer->easy);
}

static int prepare(struct webhook_transfer *transfer, CURLM *multi,
		   const struct webhook_transfer_config *config)
{
	int err;

	if (!transfer->easy)
		transfer->easy = curl_easy_init();
	if (!transfer->easy)
		return ENOMEM;
	err = make_headers(transfer);
	if (err)
		return err;
	return set_options(transfer, config) ||
			       curl_multi_add_handle(multi, transfer->easy)
		       ? ENOMEM
		       : 0;
}

int webhook_transfer_begin(struct webhook_transfer *transfer, CURLM *multi,
			   const struct webhook_transfer_config *config,
			   struct webhook_message *message)
{
	int err;

	transfer->message = *message;
	transfer->guard = (struct connection_guard){ config->policy, NULL };
	transfer->received = transfer->excerpt_len = 0;
	transfer->error[0] = '\0';
	transfer->started_us = clock_monotonic_us();
	transfer->result = (struct webhook_result){
		.delivery = message->delivery,
		.endpoint = message->endpoint.row_id,
		.at_ms = clock_wall_ms(),
	};
	text_copy(text_of(message->endpoint.id), transfer->result.endpoint_id,
		  sizeof(transfer->result.endpoint_id));
	text_copy(text_of(message->id), transfer->result.event_id,
		  sizeof(transfer->result.event_id));
	err = prepare(transfer, multi, config);
	if (err) {
		transfer->message = (struct webhook_message){ 0 };
		forget(transfer);
		return err;
	}
	*message = (struct webhook_message){ 0 };
	return 0;
}

/* --- its end ----------------------------------------------------------------
 */

static void write_error(struct webhook_transfer *transfer, const char *why,
			const char *more)
{
	char *error = transfer->result.error;
	struct writer writer =
		writer_over(error, sizeof(transfer->result.error) - 1);

	writer_put(&writer, text_of(why));
	if (more[0])
		writer_put(&writer, TEXT(": "));
	writer_put(&writer, text_of(more));
	error[writer.len] = '\0';
}

static void read_answer(struct webhook_transfer *transfer)
{
	struct webhook_result *result = &transfer->result;
	curl_off_t retry_after_s = 0;
	long status = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
	result->status = (int)status;
	if (status == 429 || status == 503)
		curl_easy_getinfo(transfer->easy, CURLINFO_RETRY_AFTER,
				  &retry_after_s);
	if (retry_after_s > 0 && retry_after_s < INT32_MAX)
		result->retry_after_ms = retry_after_s * MS_PER_S;
	if (status >= 300 && status < 400)
		write_error(transfer, "redirects are not followed", "");
}

/* A long answer was cut off by us: its status stands. */
static bool was_answered(const struct webhook_transfer *transfer, CURLcode code)
{
	return code == CURLE_OK ||
	       (code == CURLE_WRITE_ERROR && transfer->received > ANSWER_MAX);
}

void webhook_transfer_end(struct webhook_transfer *transfer, CURLM *multi,
			  CURLcode code)
{
	struct webhook_result *result = &transfer->result;

	result->duration_ms =
		(clock_monotonic_us() - transfer->started_us) / 1000;
	result->excerpt[transfer->excerpt_len] = '\0';
	if (was_answered(transfer, code))
		read_answer(transfer);
	else if (transfer->guard.refusal)
		write_error(transfer, transfer->guard.refusal, "");
	else
		write_error(transfer, curl_easy_strerror(code),
			    transfer->error);
	curl_multi_remove_handle(multi, transfer->easy);
	forget(transfer);
}

void webhook_transfer_abandon(struct webhook_transfer *transfer, CURLM *multi)
{
	curl_multi_remove_handle(multi, transfer->easy);
	forget(transfer);
}

void webhook_transfer_clear(struct webhook_transfer *transfer)
{
	curl_slist_free_all(transfer->headers);
	webhook_message_clear(&transfer->message);
	curl_easy_cleanup(transfer->easy);
	transfer->easy = NULL;
	transfer->headers = NULL;
}
