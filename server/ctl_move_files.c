#include "ctl_verbs.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl_text.h"
#include "ctl_verb.h"

enum {
	IMPORT_TIMEOUT_S = 600,
	FIRST_SIZE = 16 * 1024,
	FILE_MAX = 64 * 1024 * 1024,
	LINE_KEPT = 256, /* of the file's end: where its mark is */
};

static const struct ctl_flag import_flags[] = {
	{ "format", CTL_OWN, "csv|ndjson|json" },
	{ "mode", CTL_QUERY, "atomic|partial" },
	{ "on-conflict", CTL_QUERY, "fail|skip|replace" },
	{ "raw", CTL_QUERY, "true" },
	{ NULL, CTL_END, NULL },
};

static const struct ctl_flag export_flags[] = {
	{ "format", CTL_OWN, "csv|ndjson" },
	{ "to", CTL_OWN, "FILE" },
	{ "state", CTL_QUERY, "scheduled,active,ended,cancelled" },
	{ "address", CTL_QUERY_URI, "ADDRESS" },
	{ "domain", CTL_QUERY, "NAME" },
	{ "from", CTL_QUERY, "TIME" },
	{ "until", CTL_QUERY, "TIME" },
	{ "raw", CTL_QUERY, "true" },
	{ NULL, CTL_END, NULL },
};

char *ctl_read_file(const struct ctl *ctl, const char *path, size_t *ret_len)
{
	FILE *file = strcmp(path, "-") ? fopen(path, "rb") : stdin;
	size_t size = FIRST_SIZE, len = 0;
	char *bytes = file ? malloc(size) : NULL, *grown;

	while (bytes && !feof(file) && !ferror(file) && len < FILE_MAX) {
		len += fread(bytes + len, 1, size - len - 1, file);
		if (len + 1 < size)
			continue;
		size *= 2;
		grown = realloc(bytes, size);
		if (!grown)
			free(bytes);
		bytes = grown;
	}
	if (!bytes || ferror(file) || len >= FILE_MAX) {
		ctl_tell(ctl, "%s cannot be read", path);
		free(bytes);
		bytes = NULL;
	} else {
		bytes[len] = '\0';
		*ret_len = len;
	}
	if (file && file != stdin)
		fclose(file);
	return bytes;
}

/* --- import --------------------------------------------------------------- */

static const char *media_type(const char *format)
{
	static const struct {
		const char *format, *type;
	} types[] = { { "csv", "text/csv" },
		      { "ndjson", "application/x-ndjson" },
		      { "json", "application/json" } };

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (!strcmp(format, types[i].format))
			return types[i].type;
	return NULL;
}

/* By its name; CSV if that says nothing. */
static const char *format_of(const char *path)
{
	const char *dot = strrchr(path, '.');

	if (dot && media_type(dot + 1))
		return dot + 1;
	return dot && !strcmp(dot, ".jsonl") ? "ndjson" : "csv";
}

static void print_error(struct ctl_json error)
{
	static const char *const places[] = { "line", "row", "column",
					      "pointer" };
	char buffer[512];

	fputs("  ", stdout);
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		struct ctl_json place = ctl_json_member(error, places[i]);

		if (ctl_json_is_there(place) && (i != 1)) {
			printf("%s ", places[i]);
			ctl_text_print(
				ctl_json_text(place, buffer, sizeof(buffer)),
				stdout);
			fputs(": ", stdout);
		}
	}
	ctl_text_print(ctl_json_text(ctl_json_member(error, "detail"), buffer,
				     sizeof(buffer)),
		       stdout);
	putchar('\n');
}

/* Of a whole answer, or of a refusal that holds the report as well. */
static int print_report(const struct ctl *ctl, struct ctl_json report)
{
	static const char *const counts[] = {
		"rows", "created", "updated", "unchanged", "skipped", "failed"
	};
	struct ctl_json_walk walk =
		ctl_json_walk(ctl_json_member(report, "errors"));
	struct ctl_json error;

	if (ctl->output != CTL_TABLE)
		return ctl_print_members(ctl, report);
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
		printf("%s%lld %s", i ? ", " : "",
		       (long long)ctl_json_integer(
			       ctl_json_member(report, counts[i])),
		       counts[i]);
	putchar('\n');
	while (ctl_json_next(&walk, NULL, &error))
		print_error(error);
	return CTL_OK;
}

static int judge_import(const struct ctl *ctl, const struct ctl_answer *answer)
{
	struct ctl_json report = { { 0 } };
	struct text bytes = { answer->bytes, answer->len };
	int code;

	if (!ctl_json_root(bytes, &report) ||
	    !ctl_json_is_there(ctl_json_member(report, "rows")))
		return ctl_answer_judge(ctl, answer);
	code = print_report(ctl, report);
	if (answer->status >= 300) {
		ctl_tell(ctl, "nothing was imported: mend these rows, or take "
			      "the good ones with --mode partial");
		return CTL_REFUSED;
	}
	if (ctl->is_dry_run)
		ctl_tell(ctl, "a dry run: nothing was changed");
	if (!code && ctl_json_integer(ctl_json_member(report, "failed")) > 0)
		code = CTL_REFUSED;
	return code;
}

static int import(struct ctl *ctl)
{
	const char *file = ctl->operands[0];
	const char *format = ctl_given(ctl, "format");
	struct ctl_path path = ctl_path_of("/v1/move-imports", NULL);
	struct ctl_request request = { .method = "POST",
				       .path = &path,
				       .body_file = file,
				       .timeout_s = IMPORT_TIMEOUT_S };
	struct ctl_answer answer;
	int code;

	request.content_type = media_type(format ? format : format_of(file));
	if (!request.content_type)
		return ctl_usage(ctl, "--format is csv, ndjson or json");
	ctl_verb_query(ctl, &path);
	code = ctl_ask(ctl, &request, &answer);
	if (!code)
		code = judge_import(ctl, &answer);
	ctl_answer_clear(&answer);
	return code;
}

/* --- export --------------------------------------------------------------- */

struct export
{
	FILE *file;
	bool is_terminal;
	char end[LINE_KEPT]; /* the last bytes that came */
	size_t end_len;
};

static void keep_end(struct export *export, struct text bytes)
{
	size_t kept = export->end_len;

	if (bytes.len >= LINE_KEPT) {
		memcpy(export->end, bytes.ptr + bytes.len - LINE_KEPT,
		       LINE_KEPT);
		export->end_len = LINE_KEPT;
		return;
	}
	if (kept + bytes.len > LINE_KEPT) {
		kept = LINE_KEPT - bytes.len;
		memmove(export->end, export->end + export->end_len - kept,
			kept);
	}
	memcpy(export->end + kept, bytes.ptr, bytes.len);
	export->end_len = kept + bytes.len;
}

static bool take_export(void *arg, struct text bytes)
{
	struct export *export = arg;

	keep_end(export, bytes);
	if (export->is_terminal)
		ctl_text_print_lines(bytes, export->file);
	else
		fwrite(bytes.ptr, 1, bytes.len, export->file);
	return !ferror(export->file);
}

/* The last line says that nothing is missing. */
static bool is_whole(const struct export *export)
{
	struct text end = { export->end, export->end_len };
	const char *line;

	while (end.len > 0 &&
	       (end.ptr[end.len - 1] == '\n' || end.ptr[end.len - 1] == '\r'))
		end.len--;
	line = memrchr(end.ptr, '\n', end.len);
	end = text_after(end, line ? (size_t)(line + 1 - end.ptr) : 0);
	return text_starts_with_nocase(end, TEXT("#end,")) ||
	       text_starts_with_nocase(end, TEXT("{\"_end\":true"));
}

static int run_export(struct ctl *ctl, struct export *export,
		      const char *format)
{
	struct ctl_path path = ctl_path_of("/v1/moves", NULL);
	struct ctl_request request = { .method = "GET",
				       .path = &path,
				       .is_endless = true,
				       .take = take_export,
				       .take_arg = export };
	struct ctl_answer answer;
	int code;

	ctl_path_query(&path, "format", format);
	ctl_verb_query(ctl, &path);
	code = ctl_ask(ctl, &request, &answer);
	if (!code)
		code = ctl_answer_judge(ctl, &answer);
	if (!code && (fflush(export->file) || ferror(export->file))) {
		ctl_tell(ctl, "the file could not be written");
		code = CTL_REFUSED;
	} else if (!code && !is_whole(export)) {
		ctl_tell(ctl, "the export broke off: its end is missing");
		code = CTL_REFUSED;
	}
	ctl_answer_clear(&answer);
	return code;
}

static int export(struct ctl *ctl)
{
	const char *format = ctl_given(ctl, "format");
	const char *to = ctl_given(ctl, "to");
	struct export run = { .file = stdout };
	int code;

	if (!format)
		format = ctl->output == CTL_JSON ? "ndjson" : "csv";
	if (strcmp(format, "csv") != 0 && strcmp(format, "ndjson") != 0)
		return ctl_usage(ctl, "--format is csv or ndjson");
	run.is_terminal = !to && isatty(STDOUT_FILENO);
	if (to) {
		run.file = fopen(to, "wbe");
		if (!run.file)
			return ctl_usage(ctl, "%s cannot be written", to);
	}
	code = run_export(ctl, &run, format);
	if (to && fclose(run.file) && !code) {
		ctl_tell(ctl, "%s could not be written", to);
		code = CTL_REFUSED;
	}
	return code;
}

const struct ctl_verb ctl_move_file_verbs[] = {
	{ .words = "moves import",
	  .operands = "FILE|-",
	  .about = "many moves, from CSV, NDJSON or JSON",
	  .operands_min = 1,
	  .operands_max = 1,
	  .traits = CTL_DRY_RUN,
	  .flags = import_flags,
	  .run = import },
	{ .words = "moves export",
	  .operands = "",
	  .about = "all moves as a file that can be imported",
	  .flags = export_flags,
	  .run = export },
	{ .words = NULL },
};
