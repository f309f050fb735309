/*
 * libre's decoder as the oracle: on messages that both accept, the fields
 * agree. Torture messages, and many that were made from them by small damage
 * (always the same ones). Run from the project's top folder.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Both sides have a struct of this name. */
#define sip_via libre_sip_via
#include <re.h>
#undef sip_via

#include "sip/sip_request.h"

#define FOLDER "tests/fixtures/torture/"

enum {
	MESSAGE_SIZE = 8192,
	MUTATIONS = 1000, /* of each message */
};

static size_t accepted_by_both;

static struct text text_of_pl(const struct pl *pl)
{
	return (struct text){ pl->p, pl->l };
}

static void expect(const char *what, struct text ours, const struct pl *libres,
		   struct text message)
{
	struct text theirs = text_of_pl(libres);

	if (!text_equals(ours, theirs))
		fail_msg("%s: '%.*s', libre has '%.*s'\n%.*s", what,
			 TEXT_ARG(ours), TEXT_ARG(theirs), TEXT_ARG(message));
}

/* libre gives sent-by in one piece, and is lost behind a transport that it does
 * not know. */
static void expect_sent_by(const struct sip_via *via, const struct pl *libres,
			   struct text message)
{
	struct text theirs = text_of_pl(libres);

	if (!text_equals_nocase(via->transport, TEXT("UDP")) &&
	    !text_equals_nocase(via->transport, TEXT("TCP")) &&
	    !text_equals_nocase(via->transport, TEXT("TLS")))
		return;
	if (theirs.len > 0 && theirs.ptr[0] == '[') {
		theirs.ptr++;
		theirs.len--;
	}
	if (theirs.len > via->host.len)
		theirs.len = via->host.len;
	if (!text_equals(via->host, theirs))
		fail_msg("sent-by: '%.*s', libre has '%.*s'\n%.*s",
			 TEXT_ARG(via->host), TEXT_ARG(theirs),
			 TEXT_ARG(message));
}

static void expect_uri(const struct sip_uri *uri, const struct uri *libres,
		       struct text message)
{
	if (uri->scheme != SIP_SCHEME_SIP && uri->scheme != SIP_SCHEME_SIPS)
		return;
	expect("scheme", uri->scheme_text, &libres->scheme, message);
	expect("user", uri->user, &libres->user, message);
	/* libre does not read every IPv6 reference. */
	if (uri->host_kind != SIP_HOST_IPV6)
		expect("host", uri->host, &libres->host, message);
	expect("password", uri->password, &libres->password, message);
}

static void compare(const struct sip_request *ours,
		    const struct sip_msg *libres, struct text message)
{
	expect("method", ours->method_text, &libres->met, message);
	expect("Request-URI", ours->uri_text, &libres->ruri, message);
	expect_uri(&ours->uri, &libres->uri, message);
	expect("From", ours->from, &libres->from.val, message);
	expect("To", ours->to, &libres->to.val, message);
	expect("From tag", ours->from_tag, &libres->from.tag, message);
	expect("To tag", ours->to_tag, &libres->to.tag, message);
	expect("Call-ID", ours->call_id, &libres->callid, message);
	expect("CSeq method", ours->cseq_method, &libres->cseq.met, message);
	assert_int_equal(ours->cseq_number, libres->cseq.num);
	expect("branch", ours->via.branch, &libres->via.branch, message);
	expect_sent_by(&ours->via, &libres->via.sentby, message);
	if (ours->has_content_length)
		assert_int_equal(ours->content_length, pl_u32(&libres->clen));
}

static void check(struct text message)
{
	struct mbuf *buffer = mbuf_alloc(message.len + 1);
	struct sip_msg *libres = NULL;
	struct sip_request ours;

	assert_non_null(buffer);
	assert_int_equal(0, mbuf_write_mem(buffer, (const uint8_t *)message.ptr,
					   message.len));
	mbuf_set_pos(buffer, 0);
	if (sip_request_scan_datagram(message, &ours) == SIP_SCAN_REQUEST &&
	    ours.fault.status == 0 && sip_msg_decode(&libres, buffer) == 0 &&
	    libres->req) {
		accepted_by_both++;
		compare(&ours, libres, message);
	}
	mem_deref(libres);
	mem_deref(buffer);
}

/* xorshift64: the same sequence on every machine. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static size_t random_below(uint64_t *state, size_t limit)
{
	return (size_t)(next_random(state) % limit);
}

/* One small damage at a random place. */
static size_t damage(char *message, size_t len, uint64_t *state)
{
	static const char special[] = " \t;,<>\"\\=:@%[]?/+-.aZ09\r\n";
	size_t at = random_below(state, len);
	char c = special[random_below(state, sizeof(special) - 1)];
	size_t span = 1 + random_below(state, 8);

	if (span > len - at)
		span = len - at;
	switch (random_below(state, 4)) {
	case 0:
		message[at] = c;
		return len;
	case 1:
		memmove(message + at, message + at + span, len - at - span);
		return len - span;
	case 2:
		memmove(message + at + 1, message + at, len - at);
		message[at] = c;
		return len + 1;
	default:
		memmove(message + at + span, message + at, len - at);
		return len + span;
	}
}

static void check_mutations(struct text message, uint64_t *state)
{
	static char copy[2 * MESSAGE_SIZE];

	for (size_t i = 0; i < MUTATIONS; i++) {
		size_t len = message.len;
		size_t count = 1 + random_below(state, 3);

		memcpy(copy, message.ptr, len);
		for (size_t j = 0; j < count && len > 16; j++)
			len = damage(copy, len, state);
		check((struct text){ copy, len });
	}
}

static void check_file(const char *path, uint64_t *state)
{
	static char bytes[MESSAGE_SIZE];
	FILE *stream = fopen(path, "rb");
	struct text message = { bytes, 0 };

	assert_non_null(stream);
	message.len = fread(bytes, 1, sizeof(bytes), stream);
	(void)fclose(stream);
	check(message);
	check_mutations(message, state);
}

static void check_folder(const char *folder)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, NULL, alphasort);
	uint64_t state = 0x5eed;

	assert_true(count > 2);
	for (int i = 0; i < count; i++) {
		char path[512];

		(void)snprintf(path, sizeof(path), "%s/%s", folder,
			       entries[i]->d_name);
		if (entries[i]->d_type == DT_REG)
			check_file(path, &state);
		free(entries[i]);
	}
	free((void *)entries);
}

static void what_libre_reads_as_well_is_read_the_same(void **state)
{
	(void)state;
	check_folder(FOLDER "rfc4475");
	check_folder(FOLDER "rfc5118");
	check_folder(FOLDER "rfc3665");
	/* The comparison must have had something to compare. */
	assert_true(accepted_by_both > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_libre_reads_as_well_is_read_the_same),
	};
	int failed;

	(void)libre_init();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	libre_close();
	return failed;
}
