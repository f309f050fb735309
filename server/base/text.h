/*
 * text.h - a view of bytes that somebody else owns, and a writer that never
 * overruns its buffer.
 *
 * A text is a plain value; it is not NUL terminated and may hold any byte.
 * A writer that ran out of room stays overflowed: nothing more is written and
 * writer_is_complete() is false, so that a run of writes needs one check.
 */
#ifndef SIPMOVED_BASE_TEXT_H
#define SIPMOVED_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	const char *ptr;
	size_t len;
};

#define TEXT(literal) ((struct text){ "" literal "", sizeof(literal) - 1 })
/* For printf's "%.*s": the argument pair. */
#define TEXT_ARG(text) (int)(text).len, (text).ptr

struct text text_of(const char *terminated);
bool text_equals(struct text a, struct text b);
/* ASCII letters compare without case; all other bytes as they are. */
bool text_equals_nocase(struct text a, struct text b);
bool text_starts_with_nocase(struct text whole, struct text start);
/* Without SP and HTAB at both ends. */
struct text text_trim(struct text text);
/* Byte order, a shorter prefix first: <0, 0, >0. */
int text_compare(struct text a, struct text b);
/* Decimal digits only, 1 to 19 of them, no sign: 0, or EBADMSG / ERANGE. */
int text_to_u64(struct text text, uint64_t *ret_value);
/*
 * Copies and terminates; what does not fit is cut. Returns false if it was
 * cut. size >= 1.
 */
bool text_copy(struct text text, char *buffer, size_t size);

/* "a, b, c"; what does not fit is left out. size >= 1. */
void text_join(const char *const *words, size_t count, char *buffer,
	       size_t size);

static inline char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

struct writer {
	char *buffer; /* owned by the caller */
	size_t size;
	size_t len;
	bool overflowed;
};

struct writer writer_over(char *buffer, size_t size);
void writer_put(struct writer *writer, struct text text);
void writer_byte(struct writer *writer, char byte);
void writer_u64(struct writer *writer, uint64_t value);
void writer_i64(struct writer *writer, int64_t value);
/* What was written so far. */
struct text writer_text(const struct writer *writer);
bool writer_is_complete(const struct writer *writer);

#endif
