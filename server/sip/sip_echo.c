#include "sip/sip_echo.h"

#include "sip/writer_put.h"

/* A fold is CRLF and a blank; any other CR or LF would end a line here. */
static bool is_fold(struct text value, size_t at)
{
	return at + 2 < value.len && value.ptr[at] == '\r' &&
	       value.ptr[at + 1] == '\n' &&
	       (value.ptr[at + 2] == ' ' || value.ptr[at + 2] == '\t');
}

static bool is_in_fold(struct text value, size_t at)
{
	if (value.ptr[at] == '\n')
		return at > 0 && is_fold(value, at - 1);
	return is_fold(value, at);
}

/* Sixteen bytes that are worked on at once. */
typedef uint8_t lanes __attribute__((vector_size(16)));

static lanes load(const char *bytes)
{
	lanes loaded;

	memcpy(&loaded, bytes, sizeof(loaded));
	return loaded;
}

static lanes are_blank(lanes bytes)
{
	return (lanes)(bytes == ' ') | (lanes)(bytes == '\t');
}

static bool has_line_end(const char *bytes)
{
	const lanes loaded = load(bytes);
	const lanes found = (lanes)(loaded == '\r') | (lanes)(loaded == '\n');
	uint64_t words[2];

	memcpy(words, &found, sizeof(words));
	return (words[0] | words[1]) != 0;
}

/* One byte before these sixteen, and two behind them, are the value's. */
static void mend_lanes(const char *from, char *copy)
{
	const lanes bytes = load(from), next = load(from + 1);
	const lanes crs = (lanes)(bytes == '\r'), lfs = (lanes)(bytes == '\n');
	lanes folds = crs & (lanes)(next == '\n') & are_blank(load(from + 2));
	lanes bad, mended;

	folds |= lfs & (lanes)(load(from - 1) == '\r') & are_blank(next);
	bad = (crs | lfs) & ~folds;
	mended = (bytes & ~bad) | (bad & ' ');
	memcpy(copy, &mended, sizeof(mended));
}

static void mend_byte(struct text value, size_t at, char *copy)
{
	if ((value.ptr[at] == '\r' || value.ptr[at] == '\n') &&
	    !is_in_fold(value, at))
		copy[at] = ' ';
}

/* From a request that breaks the grammar: our answer keeps to it, and is as
 * long. */
static void put_mended(struct writer *writer, struct text value)
{
	char *copy = writer->buffer + writer->len;
	size_t at = 0;

	put(writer, value);
	if (writer->overflowed || value.len == 0)
		return;
	mend_byte(value, at++, copy);
	for (; value.len - at >= sizeof(lanes) + 2; at += sizeof(lanes))
		if (has_line_end(value.ptr + at))
			mend_lanes(value.ptr + at, copy + at);
	for (; at < value.len; at++)
		mend_byte(value, at, copy);
}

void sip_echo_put(struct writer *writer, const struct sip_request *request,
		  struct text value)
{
	if (request->fault.status)
		put_mended(writer, value);
	else
		put(writer, value);
}
