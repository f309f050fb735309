#include "api/log_id.h"
#include "api/redirect_log_document.h"
#include "base/call_reason.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void an_id_reads_back_and_sorts_as_its_number_does(void **state)
{
	static const int64_t ids[] = { 1, 31, 32, INT64_C(1796090400000) << 20,
				       INT64_MAX };
	char before[LOG_ID_SIZE] = "log_0000000000000";
	(void)state;

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		char text[LOG_ID_SIZE];
		int64_t id = 0;

		log_id_format(ids[i], text);
		assert_int_equal(0, log_id_parse(text_of(text), &id));
		assert_true(id == ids[i]);
		assert_true(strcmp(before, text) < 0);
		memcpy(before, text, sizeof(before));
	}
}

static void what_is_no_id_of_a_record_is_refused(void **state)
{
	static const char *const rows[] = {
		"",
		"log_",
		"log_0000000000000",  /* ids are above 0 */
		"log_000000000000",   /* a digit short */
		"log_00000000000001", /* a digit long */
		"log_000000000000U",  /* not in the alphabet */
		"log_000000000000a",  /* one spelling */
		"mov_0000000000001",  /* another kind */
		"log_ZZZZZZZZZZZZZ",  /* 65 bits */
		"log_8000000000000",  /* 2^63 */
	};
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t id;

		assert_int_equal(EBADMSG, log_id_parse(text_of(rows[i]), &id));
	}
}

static char *document_of(const struct redirect_log_entry *entry)
{
	struct json_writer writer = { 0 };
	char *buffer = NULL, *text;
	size_t len;

	redirect_log_document_write(&writer, entry);
	assert_int_equal(0, json_writer_finish(&writer, &buffer, &len));
	text = malloc(len + 1);
	assert_non_null(text);
	text_copy((struct text){ buffer, len }, text, len + 1);
	free(buffer);
	return text;
}

static void lists_in_a_record_are_lists_in_the_document(void **state)
{
	static const char *const holds[] = {
		"\"targets\":[\"sip:a@b.example\",\"tel:+15550100\"]",
		"\"tags_asked\":[{\"header\":\"require\",\"tag\":\"foo\"},"
		"{\"header\":\"proxy-require\",\"tag\":\"bar\"}]",
		"\"tags_refused\":[{\"tag\":\"foo\",\"rule_id\":\"rul_1\"},"
		"{\"tag\":\"bar\",\"rule_id\":null}]",
		"\"move_id\":null,\"move_revision\":null,"
		"\"profile\":\"PBX\",\"revision\":\"9\"",
		"\"ack_seen\":true",
		"\"reason\":\"tag_refused\"",
	};
	struct redirect_log_entry *entry = calloc(1, sizeof(*entry));
	char *text;
	(void)state;

	assert_non_null(entry);
	entry->id = 1;
	entry->revision = 9;
	entry->ack_seen = true;
	entry->reason = CALL_TAG_REFUSED;
	text_copy(TEXT("INVITE"), entry->method, sizeof(entry->method));
	text_copy(TEXT("PBX"), entry->profile, sizeof(entry->profile));
	text_copy(TEXT("sip:a@b.example\ntel:+15550100"), entry->targets,
		  sizeof(entry->targets));
	text_copy(TEXT("require:foo proxy-require:bar"), entry->tags_asked,
		  sizeof(entry->tags_asked));
	text_copy(TEXT("foo=rul_1 bar=-"), entry->tags_refused,
		  sizeof(entry->tags_refused));

	text = document_of(entry);

	for (size_t i = 0; i < sizeof(holds) / sizeof(holds[0]); i++)
		assert_non_null(strstr(text, holds[i]));
	free(text);
	free(entry);
}

static void targets_that_were_not_sent_are_told_with_their_rules(void **state)
{
	struct redirect_log_entry *entry = calloc(1, sizeof(*entry));
	char *text;
	(void)state;

	assert_non_null(entry);
	entry->id = 1;
	entry->reason = CALL_TARGETS_NOT_ALLOWED;
	text_copy(TEXT("@sip:+1900@gw.example;x=y=trl_1 @tel:+881=- @x @="),
		  entry->tags_refused, sizeof(entry->tags_refused));

	text = document_of(entry);

	assert_non_null(strstr(text,
			       "\"tags_refused\":[],\"targets_withheld\":["
			       "{\"uri\":\"sip:+1900@gw.example;x=y\","
			       "\"rule_id\":\"trl_1\"},"
			       "{\"uri\":\"tel:+881\",\"rule_id\":null},"
			       "{\"uri\":\"\",\"rule_id\":null}]"));
	assert_non_null(strstr(text, "\"reason\":\"targets_not_allowed\""));
	free(text);
	free(entry);
}

static void a_reason_that_nobody_knows_is_null(void **state)
{
	struct redirect_log_entry *entry = calloc(1, sizeof(*entry));
	char *text;
	(void)state;

	assert_non_null(entry);
	entry->id = 1;
	entry->reason = 255;
	text = document_of(entry);
	assert_non_null(strstr(text, "\"reason\":null"));
	free(text);
	free(entry);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_id_reads_back_and_sorts_as_its_number_does),
		cmocka_unit_test(what_is_no_id_of_a_record_is_refused),
		cmocka_unit_test(lists_in_a_record_are_lists_in_the_document),
		cmocka_unit_test(
			targets_that_were_not_sent_are_told_with_their_rules),
		cmocka_unit_test(a_reason_that_nobody_knows_is_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
