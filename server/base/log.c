#include "base/log.h"
#include "base/clock.h"
#include "base/timestamp.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static const char *const level_names[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
};

enum {
	LINE_MAX_BYTES = 4096,
};

static _Atomic enum log_level current_level = LOG_LEVEL_INFO;

void log_set_level(enum log_level level)
{
	atomic_store(&current_level, level);
}

enum log_level log_get_level(void)
{
	return atomic_load(&current_level);
}

const char *log_level_name(enum log_level level)
{
	return level_names[level];
}

int log_level_from_text(struct text text, enum log_level *ret_level)
{
	for (size_t i = 0; i < sizeof(level_names) / sizeof(*level_names); i++)
		if (text_equals(text, text_of(level_names[i]))) {
			*ret_level = (enum log_level)i;
			return 0;
		}
	return EINVAL;
}

void log_event(enum log_level level, const char *event, const char *format, ...)
{
	char line[LINE_MAX_BYTES];
	char now[TIMESTAMP_SIZE];
	va_list args;
	size_t len;
	int rest;

	if (level > atomic_load(&current_level))
		return;
	timestamp_format(clock_wall_ms(), now);
	len = (size_t)snprintf(line, sizeof(line), "ts=%s level=%s event=%s ",
			       now, level_names[level], event);
	va_start(args, format);
	rest = vsnprintf(line + len, sizeof(line) - len - 1, format, args);
	va_end(args);
	if (rest < 0)
		return;
	len += (size_t)rest;
	if (len > sizeof(line) - 2)
		len = sizeof(line) - 2;
	line[len] = '\n';
	/* One write, so that lines of several threads do not mix. */
	(void)!write(STDERR_FILENO, line, len + 1);
}

static void put_escaped(struct writer *writer, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";

	writer_put(writer, TEXT("\\x"));
	writer_byte(writer, hex[c >> 4]);
	writer_byte(writer, hex[c & 15]);
}

struct log_quoted log_quote(struct text text)
{
	enum {
		TAIL = 8, /* room for the cut mark, the quote and the NUL */
	};
	struct log_quoted quoted = { .text = "" };
	struct writer writer = writer_over(quoted.text, sizeof(quoted) - TAIL);
	size_t step;

	writer_byte(&writer, '"');
	for (size_t i = 0; i < text.len; i += step) {
		unsigned char c = (unsigned char)text.ptr[i];
		size_t before = writer.len;

		step = utf8_length((struct text){ text.ptr + i, text.len - i });
		if (c == '"' || c == '\\') {
			writer_byte(&writer, '\\');
			writer_byte(&writer, (char)c);
		} else if (step == 0 || c < 0x20 || c == 0x7f || c == 0xc2) {
			/* 0xc2 starts the C1 control characters. */
			step = 1;
			put_escaped(&writer, c);
		} else {
			writer_put(&writer,
				   (struct text){ text.ptr + i, step });
		}
		if (writer.overflowed) {
			writer = writer_over(quoted.text, sizeof(quoted));
			writer.len = before;
			writer_put(&writer, TEXT("..."));
			break;
		}
	}
	writer.size = sizeof(quoted);
	writer_byte(&writer, '"');
	writer_byte(&writer, '\0');
	return quoted;
}
