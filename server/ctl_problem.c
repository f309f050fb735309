#include "ctl_problem.h"

#include "ctl_text.h"

enum {
	TOLD_SIZE = 1024,
};

static void tell_text(struct ctl_json value, const char *otherwise)
{
	char buffer[TOLD_SIZE];
	struct text text = ctl_json_text(value, buffer, sizeof(buffer));

	if (text.len == 0)
		text = text_of(otherwise);
	ctl_text_print(text, stderr);
}

static void tell_fault(struct ctl_json fault)
{
	static const char *const places[] = { "pointer", "parameter", "line",
					      "row" };

	fputs("  ", stderr);
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		struct ctl_json place = ctl_json_member(fault, places[i]);

		if (!ctl_json_is_there(place))
			continue;
		if (i > 0)
			fprintf(stderr, "%s ", places[i]);
		tell_text(place, "");
		fputs(": ", stderr);
		break;
	}
	tell_text(ctl_json_member(fault, "detail"), "is wrong");
	fputc('\n', stderr);
}

static void tell_other(struct ctl_json other)
{
	fputs("  in the way: ", stderr);
	if (!ctl_json_is_object(other)) {
		tell_text(other, "?");
	} else {
		tell_text(ctl_json_member(other, "id"), "?");
		fputs(", from ", stderr);
		tell_text(ctl_json_member(other, "starts_at"), "now");
		fputs(" until ", stderr);
		tell_text(ctl_json_member(other, "ends_at"), "it is ended");
	}
	fputc('\n', stderr);
}

static void tell_each(struct ctl_json problem, const char *list,
		      void (*tell)(struct ctl_json element))
{
	struct ctl_json_walk walk =
		ctl_json_walk(ctl_json_member(problem, list));
	struct ctl_json element;

	while (ctl_json_next(&walk, NULL, &element))
		tell(element);
}

/* What to do, where the server cannot know it. */
static const char *hint_of(const struct ctl *ctl, long status)
{
	if (status == 401 && ctl->url)
		return "hint: give the file that holds a token with "
		       "--token-file, or in SIPMOVED_TOKEN_FILE";
	if (status == 401)
		return "hint: the local socket is for root and for the user "
		       "who runs the server; others give --token-file";
	if (status == 507)
		return "hint: `doctor` says which disk is full";
	return NULL;
}

void ctl_problem_tell(const struct ctl *ctl, const struct ctl_answer *answer)
{
	const char *hint = hint_of(ctl, answer->status);
	struct ctl_json problem = { { 0 } };

	fprintf(stderr, "%s: ", ctl->program);
	if (!ctl_json_root((struct text){ answer->bytes, answer->len },
			   &problem)) {
		fprintf(stderr, "the server answered %ld\n", answer->status);
	} else {
		fprintf(stderr, "%ld ", answer->status);
		tell_text(ctl_json_member(problem, "code"), "REFUSED");
		fputs(": ", stderr);
		tell_text(ctl_json_member(problem, "detail"),
			  "the server says no more");
		fputc('\n', stderr);
	}
	tell_each(problem, "errors", tell_fault);
	tell_each(problem, "conflicting", tell_other);
	if (hint)
		fprintf(stderr, "%s\n", hint);
}
