/*
 * The messages of RFC 4475, RFC 5118 and RFC 3665 3.6, each through scanner,
 * decision and answer; tests/fixtures/torture/index.tsv says what must come.
 */
#include "call_fixture.h"

enum {
	COLUMNS = 10,
	FILE_COLUMN = 0,
	EXPECTED_COLUMN = 5,
	ACCEPTABLE_COLUMN = 6,
	CONTAIN_COLUMN = 7,
	NOT_CONTAIN_COLUMN = 8,
};

#define FOLDER "tests/fixtures/torture/"

/* The whole file; bytes malloc'ed, NUL terminated. */
struct message {
	char *bytes;
	size_t len;
};

static struct message read_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	char *bytes = malloc(SIP_MESSAGE_MAX + 1);
	size_t len;

	assert_non_null(file);
	assert_non_null(bytes);
	len = fread(bytes, 1, SIP_MESSAGE_MAX, file);
	bytes[len] = '\0';
	(void)fclose(file);
	return (struct message){ bytes, len };
}

/* Cuts one line of tab separated columns. */
static void split(char *line, char *columns[COLUMNS])
{
	static char empty[] = "";

	for (size_t i = 0; i < COLUMNS; i++) {
		columns[i] = line ? strsep(&line, "\t") : empty;
		columns[i][strcspn(columns[i], "\r\n")] = '\0';
	}
}

/* "302" or "DROP"; the answer's bytes, NUL terminated, in response. */
static void play(const struct snapshot *snapshot, const struct message *message,
		 char outcome[16], char *response, size_t size)
{
	const struct call_settings settings = { 0 };
	const struct sip_source source = { TEXT("192.0.2.99"), 5060, 0, 0 };
	struct sip_request request;
	struct call_decision decision;
	size_t len;

	response[0] = '\0';
	snprintf(outcome, 16, "DROP");
	if (sip_request_scan_datagram(
		    (struct text){ message->bytes, message->len }, &request) !=
	    SIP_SCAN_REQUEST)
		return;
	call_decide(snapshot, &settings, &request, false, FIXTURE_NOW_MS,
		    &decision);
	len = sip_response_write(&request, &source, &settings, &decision,
				 TEXT("to1"), response, size - 1);
	response[len] = '\0';
	snprintf(outcome, 16, decision.status ? "%u" : "NONE",
		 (unsigned)decision.status);
	assert_true((len > 0) == (decision.status > 0));
}

/* "404|405" names 404. */
static bool names(const char *list, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = list; at && *at;) {
		size_t part = strcspn(at, "|");

		if (part == len && !strncmp(at, word, len))
			return true;
		at += part;
		at += *at == '|';
	}
	return false;
}

static bool check(const struct snapshot *snapshot, char *columns[COLUMNS])
{
	char path[512], outcome[16], response[32768];
	struct message message;
	bool is_right;

	snprintf(path, sizeof(path), FOLDER "%s", columns[FILE_COLUMN]);
	message = read_file(path);
	play(snapshot, &message, outcome, response, sizeof(response));
	free(message.bytes);

	is_right = names(columns[EXPECTED_COLUMN], outcome) ||
		   names(columns[ACCEPTABLE_COLUMN], outcome);
	if (names(columns[EXPECTED_COLUMN], outcome)) {
		if (!strstr(response, columns[CONTAIN_COLUMN]))
			is_right = false;
	} else {
		print_message("%s: %s, acceptable for %s\n",
			      columns[FILE_COLUMN], outcome,
			      columns[EXPECTED_COLUMN]);
	}
	if (columns[NOT_CONTAIN_COLUMN][0] &&
	    strstr(response, columns[NOT_CONTAIN_COLUMN]))
		is_right = false;
	if (!is_right)
		print_message("%s: %s instead of %s\n%s\n",
			      columns[FILE_COLUMN], outcome,
			      columns[EXPECTED_COLUMN], response);
	return is_right;
}

static void every_torture_message_gets_its_answer(void **state)
{
	struct snapshot *snapshot = fixture_with_preset("redirect-server");
	FILE *index = fopen(FOLDER "index.tsv", "r");
	char line[2048];
	unsigned right = 0, wrong = 0;
	(void)state;

	assert_non_null(index);
	assert_non_null(fgets(line, sizeof(line), index));
	while (fgets(line, sizeof(line), index)) {
		char *columns[COLUMNS];

		split(line, columns);
		if (check(snapshot, columns))
			right++;
		else
			wrong++;
	}
	(void)fclose(index);
	snapshot_free_whole(snapshot);
	assert_int_equal(0, wrong);
	assert_true(right >= 60);
}

/* E6: the strict reading lists the tags of both headers. */
static void bext01_names_two_tags_or_four(void **state)
{
	struct message message = read_file(FOLDER "rfc4475/bext01.dat");
	struct snapshot *lenient = fixture_with_preset("redirect-server");
	struct snapshot *strict = fixture_with_preset("standard");
	char outcome[16], response[8192];
	(void)state;

	play(lenient, &message, outcome, response, sizeof(response));
	assert_non_null(strstr(response, "\r\nUnsupported: noProxiesSupport"
					 "This, norDoAnyProxiesSupportThis"
					 "\r\n"));
	play(strict, &message, outcome, response, sizeof(response));
	assert_non_null(strstr(response,
			       "\r\nUnsupported: nothingSupportsThis, "
			       "nothingSupportsThisEither, noProxiesSupport"
			       "This, norDoAnyProxiesSupportThis\r\n"));

	snapshot_free_whole(lenient);
	snapshot_free_whole(strict);
	free(message.bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_torture_message_gets_its_answer),
		cmocka_unit_test(bext01_names_two_tags_or_four),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
