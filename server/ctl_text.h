/*
 * ctl_text.h - what came from a server, made fit for a terminal: control
 * characters, what turns the direction of a line, and bytes that are no UTF-8
 * are shown, not sent. Any thread.
 */
#ifndef SIPMOVED_CTL_TEXT_H
#define SIPMOVED_CTL_TEXT_H

#include <stdio.h>

#include "base/text.h"

static inline struct text text_after(struct text text, size_t len)
{
	if (len > text.len)
		len = text.len;
	return (struct text){ text.ptr + len, text.len - len };
}

/* A character as UTF-8; a surrogate as U+FFFD. */
void ctl_text_put_character(struct writer *writer, unsigned long character);
/* The first character and its bytes; *ret_character is SIZE_MAX for a byte that
 * is no UTF-8. text is not empty. */
size_t ctl_text_character(struct text text, unsigned long *ret_character);
/* May it go to a terminal as it is? Line ends may not. */
bool ctl_text_is_plain(unsigned long character);

/* \x1b for a byte, \u202e for a character. size >= 1; what does not fit is cut.
 * Returns the bytes, without the NUL. */
size_t ctl_text_printable(struct text text, char *buffer, size_t size);
/* Columns of a terminal that plain text takes. */
size_t ctl_text_width(struct text text);

void ctl_text_print(struct text text, FILE *stream);
/* The same, with line ends and tabs as they are; CRLF as a line's end. */
void ctl_text_print_lines(struct text text, FILE *stream);
/* Within JSON: what is not plain as \u001b. */
void ctl_text_print_json(struct text text, FILE *stream);

#endif
