/*
 * log.h - one logfmt line per event on stderr:
 *   ts=2026-12-01T02:00:00.000Z level=info event=sip_listening addr=...
 * Whoever handles an error logs it; db/ and everything that returns errors does
 * not. The call path logs nothing. Any thread.
 *
 * Text that came from outside goes through log_quoted(), which escapes quotes,
 * control bytes and everything that is not UTF-8.
 */
#ifndef SIPMOVED_BASE_LOG_H
#define SIPMOVED_BASE_LOG_H

#include "base/text.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

enum {
	LOG_QUOTED_MAX = 512, /* bytes of log_quoted(), with quotes and NUL */
};

struct log_quoted {
	char text[LOG_QUOTED_MAX];
};

void log_set_level(enum log_level level);
enum log_level log_get_level(void);
const char *log_level_name(enum log_level level);
/* "error", "warning", "info", "debug": 0, else EINVAL. */
int log_level_from_text(struct text text, enum log_level *ret_level);

/* event: lower_snake word. format: the rest of the line, in logfmt. */
void log_event(enum log_level level, const char *event, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

struct log_quoted log_quote(struct text text);
/* For a "%s" of log_event(); lives until the end of the full expression. */
#define log_quoted(text_) (log_quote(text_).text)

#define log_error(event, ...)	log_event(LOG_LEVEL_ERROR, event, __VA_ARGS__)
#define log_warning(event, ...) log_event(LOG_LEVEL_WARNING, event, __VA_ARGS__)
#define log_info(event, ...)	log_event(LOG_LEVEL_INFO, event, __VA_ARGS__)
#define log_debug(event, ...)	log_event(LOG_LEVEL_DEBUG, event, __VA_ARGS__)

#endif
