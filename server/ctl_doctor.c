#include "ctl_verbs.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl_doctor.h"
#include "ctl_metrics.h"
#include "ctl_text.h"
#include "ctl_verb.h"
#include "db/time_zone.h"

enum {
	TOLD_SIZE = 1024,
	ROOM_WARN_MB = 1024,
	ROOM_FAIL_MB = 64,
	CERTIFICATE_WARN_DAYS = 21,
};

/* --- a line --------------------------------------------------------------- */

void doctor_say(struct doctor *doctor, enum doctor_verdict verdict,
		const char *what, const char *format, ...)
{
	static const struct {
		const char *mark, *name;
		enum ctl_colour colour;
	} marks[] = {
		[DOCTOR_OK] = { "[ok]  ", "ok", CTL_GREEN },
		[DOCTOR_WARN] = { "[warn]", "warn", CTL_YELLOW },
		[DOCTOR_FAIL] = { "[fail]", "fail", CTL_RED },
	};
	char told[TOLD_SIZE];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(told, sizeof(told), format, arguments);
	va_end(arguments);
	if (verdict > doctor->worst)
		doctor->worst = verdict;
	if (doctor->ctl->output == CTL_TABLE) {
		printf("%s%s%s %s: ",
		       ctl_colour(doctor->ctl, marks[verdict].colour),
		       marks[verdict].mark, ctl_colour(doctor->ctl, CTL_PLAIN),
		       what);
		ctl_text_print(text_of(told), stdout);
		putchar('\n');
		fflush(stdout);
		return;
	}
	ctl_table_put(&doctor->table, text_of(marks[verdict].name));
	ctl_table_put(&doctor->table, text_of(what));
	ctl_table_put(&doctor->table, text_of(told));
	json_open_object(&doctor->writer, NULL);
	json_put_string(&doctor->writer, "verdict",
			text_of(marks[verdict].name));
	json_put_string(&doctor->writer, "check", text_of(what));
	json_put_string(&doctor->writer, "detail", text_of(told));
	json_close_object(&doctor->writer);
}

/* --- this machine --------------------------------------------------------- */

static void check_folder(struct doctor *doctor)
{
	const char *path = doctor->config.data_dir;
	struct stat about;

	if (stat(path, &about))
		doctor_say(doctor, DOCTOR_FAIL, "data folder",
			   "%s: %s; name it with --data-dir, or start the "
			   "server once",
			   path, strerror(errno));
	else if (about.st_mode & 077)
		doctor_say(doctor, DOCTOR_WARN, "data folder",
			   "others may look into %s: chmod 700 it", path);
	else
		doctor_say(doctor, DOCTOR_OK, "data folder",
			   "%s is its owner's alone", path);
}

static void check_room(struct doctor *doctor)
{
	struct statvfs about;
	unsigned long long free_mb;
	enum doctor_verdict verdict = DOCTOR_OK;

	if (statvfs(doctor->config.data_dir, &about))
		return;
	free_mb = (unsigned long long)about.f_bavail * about.f_frsize >> 20;
	if (free_mb < ROOM_WARN_MB)
		verdict = free_mb < ROOM_FAIL_MB ? DOCTOR_FAIL : DOCTOR_WARN;
	doctor_say(doctor, verdict, "disk", "%llu MB are free%s", free_mb,
		   verdict ? "; make room, or keep the redirect log for fewer "
			     "days ([redirect_log] retention_days)"
			   : "");
}

static void check_clock(struct doctor *doctor)
{
	struct timex state = { .modes = 0 };

	if (adjtimex(&state) == TIME_ERROR)
		doctor_say(doctor, DOCTOR_WARN, "clock",
			   "nothing keeps it right: moves begin and end by it. "
			   "Run chrony or systemd-timesyncd");
	else
		doctor_say(doctor, DOCTOR_OK, "clock", "it is kept right");
}

static void check_zones(struct doctor *doctor)
{
	struct time_zone *zone = NULL;

	if (time_zone_open(TEXT("Asia/Jakarta"), &zone))
		doctor_say(doctor, DOCTOR_FAIL, "time zones",
			   "there are no data: install the package tzdata");
	else
		doctor_say(doctor, DOCTOR_OK, "time zones",
			   "the system has them");
	time_zone_close(zone);
}

/* --- the server ----------------------------------------------------------- */

static void say_part(struct doctor *doctor, struct text line)
{
	static const struct {
		const char *part, *advice;
	} advices[] = {
		{ "serving", "it is draining: `drain --undo` ends that" },
		{ "snapshot", "it is still starting; see its log" },
		{ "sip", "no worker runs; see its log" },
		{ "store", "a write failed; see its log and the disk" },
		{ "redirect_log", "records cannot be written; see the disk" },
		{ "disk", "it is nearly full: make room" },
	};
	struct text name = text_after(line, 3);
	const char *blank = memchr(name.ptr, ' ', name.len);
	char what[64];

	if (line.len < 4 || line.ptr[0] != '[')
		return;
	name.len = blank ? (size_t)(blank - name.ptr) : name.len;
	ctl_text_printable(name, what, sizeof(what));
	if (line.ptr[1] == '+') {
		doctor_say(doctor, DOCTOR_OK, what, "ready");
		return;
	}
	for (size_t i = 0; i < sizeof(advices) / sizeof(*advices); i++)
		if (text_equals(name, text_of(advices[i].part))) {
			doctor_say(doctor, DOCTOR_FAIL, what, "%s",
				   advices[i].advice);
			return;
		}
	doctor_say(doctor, DOCTOR_FAIL, what, "not ready; see its log");
}

/* False: there is nobody to ask more. */
static bool check_ready(struct doctor *doctor)
{
	struct ctl_path path = ctl_path_of("/readyz?verbose=true", NULL);
	struct ctl_answer answer;
	struct text rest;
	int code =
		ctl_ask(doctor->ctl,
			&(struct ctl_request){ .method = "GET", .path = &path },
			&answer);

	if (!code && answer.status != 503)
		code = ctl_answer_judge(doctor->ctl, &answer);
	if (code)
		doctor_say(doctor, DOCTOR_FAIL, "server",
			   "it does not answer as it should: is it running? Is "
			   "this its socket, and are you root or its user?");
	rest = code ? TEXT("") : (struct text){ answer.bytes, answer.len };
	while (rest.len > 0) {
		const char *end = memchr(rest.ptr, '\n', rest.len);
		size_t len = end ? (size_t)(end - rest.ptr) : rest.len;

		say_part(doctor, (struct text){ rest.ptr, len });
		rest = text_after(rest, len + 1);
	}
	doctor->is_unreachable = code == CTL_UNREACHABLE;
	ctl_answer_clear(&answer);
	return !code;
}

static void check_log(struct doctor *doctor)
{
	struct ctl_path path = ctl_path_of("/metrics", NULL);
	struct ctl_answer answer;
	double dropped;
	int code =
		ctl_ask(doctor->ctl,
			&(struct ctl_request){ .method = "GET", .path = &path },
			&answer);

	if (!code && answer.status == 200) {
		dropped = ctl_metric((struct text){ answer.bytes, answer.len },
				     "sipmoved_log_dropped_total", NULL);
		doctor_say(doctor, dropped > 0 ? DOCTOR_WARN : DOCTOR_OK,
			   "redirect log", "%.0f records were dropped%s",
			   dropped,
			   dropped > 0 ? " since the start: the disk is slow "
					 "or full; a larger [redirect_log] "
					 "ring_size_bytes helps"
				       : "");
	}
	ctl_answer_clear(&answer);
}

/* An older server does not count them. */
static void check_followed(struct doctor *doctor)
{
	struct ctl_path path =
		ctl_path_of("/v1/redirect-logs/unfollowed", NULL);
	struct ctl_answer answer;
	struct ctl_json root = { { 0 } };
	size_t count;
	int code =
		ctl_ask(doctor->ctl,
			&(struct ctl_request){ .method = "GET", .path = &path },
			&answer);

	if (!code && answer.status == 200 &&
	    ctl_json_root((struct text){ answer.bytes, answer.len }, &root)) {
		count = ctl_json_count(ctl_json_member(root, "items"));
		doctor_say(doctor, count ? DOCTOR_WARN : DOCTOR_OK, "redirects",
			   count ? "%zu sources probably do not follow them: "
				   "`logs unfollowed` names them"
				 : "%zu sources do not follow them",
			   count);
	}
	ctl_answer_clear(&answer);
}

/* --- all ------------------------------------------------------------------ */

static int finish(struct doctor *doctor)
{
	struct ctl_json root = { { 0 } };
	char *text = NULL;
	size_t len;

	json_close_array(&doctor->writer);
	if (doctor->ctl->output == CTL_CSV)
		ctl_table_flush(&doctor->table, stdout);
	if (json_writer_finish(&doctor->writer, &text, &len) == 0 &&
	    doctor->ctl->output == CTL_JSON &&
	    ctl_json_root((struct text){ text, len }, &root))
		(void)ctl_print_object(doctor->ctl, NULL, root);
	free(text);
	ctl_table_clear(&doctor->table);
	if (doctor->is_unreachable)
		return CTL_UNREACHABLE;
	return doctor->worst == DOCTOR_FAIL ? CTL_REFUSED : CTL_OK;
}

static int doctor(struct ctl *ctl)
{
	static const char *const headings[] = { "verdict", "check", "detail" };
	static struct doctor run;

	run = (struct doctor){ .ctl = ctl };
	run.table = (struct ctl_table){ .columns = 3,
					.headings = headings,
					.is_csv = true,
					.is_terminal = ctl->is_terminal };
	json_open_array(&run.writer, NULL);
	if (!ctl->url && doctor_check_config(&run)) {
		check_folder(&run);
		check_room(&run);
		check_clock(&run);
		check_zones(&run);
		doctor_check_certificates(&run);
	}
	if (check_ready(&run)) {
		check_log(&run);
		check_followed(&run);
		if (!ctl->url)
			doctor_check_sockets(&run);
	}
	return finish(&run);
}

const struct ctl_verb ctl_doctor_verbs[] = {
	{ .words = "doctor",
	  .operands = "",
	  .about = "looks for what is wrong, and says what to do",
	  .run = doctor },
	{ .words = NULL },
};
