#include "sip/history_info.h"

#include "sip/sip_named_header.h"
#include "sip/sip_token.h"
#include "sip/writer_put.h"

static const struct text header_name = TEXT("History-Info");

enum {
	SUPPORTED_MAX = 1024, /* bytes of all its lines that are looked at */
};

struct entry {
	struct text uri;   /* without the headers behind '?' */
	struct text index; /* empty: none, or not one */
};

/* 1*DIGIT *("." 1*DIGIT) */
static bool is_index(struct text text)
{
	bool needs_digit = true;

	for (size_t i = 0; i < text.len; i++) {
		bool is_digit = text.ptr[i] >= '0' && text.ptr[i] <= '9';

		if (!is_digit && (needs_digit || text.ptr[i] != '.'))
			return false;
		needs_digit = !is_digit;
	}
	return !needs_digit;
}

static bool skip_quoted(struct sip_cursor *cursor)
{
	for (cursor->at++; cursor->at < cursor->end; cursor->at++) {
		if (*cursor->at == '\\')
			cursor->at++;
		else if (*cursor->at == '"') {
			cursor->at++;
			return true;
		}
	}
	cursor->at = cursor->end;
	return false;
}

/* name-addr's display name and URI. */
static bool take_address(struct sip_cursor *cursor, struct entry *entry)
{
	const char *end;

	while (!sip_is_at_end(cursor) && !sip_is_at(cursor, '<')) {
		if (sip_is_at(cursor, '"')) {
			if (!skip_quoted(cursor))
				return false;
		} else if (sip_is_at(cursor, ',') || sip_is_at(cursor, ';')) {
			return false;
		} else {
			cursor->at++;
		}
	}
	if (sip_is_at_end(cursor))
		return false;
	cursor->at++;
	end = memchr(cursor->at, '>', (size_t)(cursor->end - cursor->at));
	if (!end)
		return false;
	entry->uri = (struct text){ cursor->at, (size_t)(end - cursor->at) };
	cursor->at = end + 1;
	return true;
}

static bool take_value(struct sip_cursor *cursor, struct text *ret_value)
{
	const char *start = cursor->at;

	if (sip_is_at(cursor, '"')) {
		*ret_value = TEXT("");
		return skip_quoted(cursor);
	}
	*ret_value = sip_take(cursor, SIP_CHAR_VALUE);
	return cursor->at > start;
}

static bool take_params(struct sip_cursor *cursor, struct entry *entry)
{
	while (sip_take_separator(cursor, ';')) {
		struct text name = sip_take_token(cursor);
		struct text value = { "", 0 };

		if (name.len == 0)
			return false;
		if (sip_take_separator(cursor, '=') &&
		    !take_value(cursor, &value))
			return false;
		if (!text_equals_nocase(name, TEXT("index")))
			continue;
		if (entry->index.len > 0 || !is_index(value))
			return false;
		entry->index = value;
	}
	return entry->index.len > 0;
}

/* All entries of one line; the last one stays in *entry. */
static bool read_line(struct text value, struct entry *entry)
{
	struct sip_cursor cursor = sip_cursor_over(value);

	do {
		entry->index = (struct text){ "", 0 };
		if (!take_address(&cursor, entry) ||
		    !take_params(&cursor, entry))
			return false;
	} while (sip_take_separator(&cursor, ','));
	return sip_is_at_end(&cursor);
}

/* The number that a tel: URI and a sip: URI's user part both are. */
static bool is_same_number(const struct sip_uri *tel, const struct sip_uri *sip)
{
	char a[SIP_CANONICAL_SIZE], b[SIP_CANONICAL_SIZE];
	struct writer tel_writer = writer_over(a, sizeof(a));
	struct writer sip_writer = writer_over(b, sizeof(b));

	return tel->scheme == SIP_SCHEME_TEL &&
	       !sip_uri_canonical(tel, &tel_writer) &&
	       !sip_uri_canonical_number(sip, &sip_writer) &&
	       text_equals(writer_text(&tel_writer), writer_text(&sip_writer));
}

static bool is_request_uri(const struct entry *entry, const struct sip_uri *uri)
{
	struct sip_uri noted;

	if (sip_uri_parse(entry->uri, &noted))
		return false;
	/* Reason and Privacy of the entry. */
	noted.headers = (struct text){ "", 0 };
	noted.has_headers = false;
	return sip_uri_equals(&noted, uri) || is_same_number(uri, &noted);
}

/* As far as the tags of Require are looked at. */
static bool supports_histinfo(const struct sip_request *request)
{
	size_t room = SUPPORTED_MAX;
	struct sip_named_header lines =
		sip_named_header_of(request, TEXT("Supported"), 'k');
	struct text value, tag;

	while (sip_named_header_next(&lines, &value)) {
		if (value.len > room)
			return false;
		room -= value.len;
		while (sip_token_list_next(&value, &tag) == 1)
			if (text_equals_nocase(tag, TEXT("histinfo")))
				return true;
	}
	return false;
}

struct history_info history_info_read(const struct sip_request *request,
				      struct text own_host, bool is_hidden)
{
	struct history_info info = { .own_host = own_host };
	struct sip_named_header lines =
		sip_named_header_of(request, header_name, 0);
	struct entry entry = { 0 };
	bool is_valid = true;
	size_t room = HISTORY_INFO_MAX;
	struct text value;

	while (sip_named_header_next(&lines, &value)) {
		info.is_wanted = true;
		is_valid = is_valid && value.len <= room &&
			   read_line(value, &entry);
		room -= is_valid ? value.len : 0;
	}
	/* 16.3: what is malformed and not needed is as if it was not there. */
	info.has_entries = info.is_wanted && is_valid;
	if (!info.is_wanted)
		info.is_wanted = supports_histinfo(request);
	if (!info.is_wanted)
		return info;
	info.last_index = info.has_entries ? entry.index : TEXT("");
	info.has_own = !info.has_entries ||
		       !is_request_uri(&entry, &request->uri);
	if (info.has_own && own_host.len == 0 &&
	    request->uri.scheme == SIP_SCHEME_TEL)
		info.is_wanted = false;
	info.is_private = info.has_own && is_hidden;
	return info;
}

void history_info_write_index(const struct history_info *info,
			      struct writer *writer)
{
	put(writer, info->last_index.len > 0 ? info->last_index : TEXT("1"));
	if (info->has_own && info->last_index.len > 0)
		put(writer, TEXT(".0.1"));
}

/* RFC 3261 19.1.6 for a number. */
static void put_request_uri(const struct history_info *info,
			    const struct sip_uri *uri,
			    const struct called_uri *called,
			    struct writer *writer)
{
	if (uri->scheme != SIP_SCHEME_TEL) {
		put(writer, called->whole);
		return;
	}
	put(writer, TEXT("sip:"));
	put(writer, uri->user);
	put(writer, called->params);
	put(writer, TEXT("@"));
	put(writer, info->own_host);
	put(writer, TEXT(";user=phone"));
}

void history_info_write(const struct history_info *info,
			const struct sip_request *request,
			const struct called_uri *called, struct writer *writer)
{
	struct sip_named_header lines =
		sip_named_header_of(request, header_name, 0);
	struct text value;

	while (info->has_entries && sip_named_header_next(&lines, &value)) {
		put(writer, TEXT("History-Info: "));
		put(writer, value);
		put(writer, TEXT("\r\n"));
	}
	if (!info->has_own)
		return;
	put(writer, TEXT("History-Info: <"));
	if (info->is_private)
		put(writer, TEXT("sip:anonymous@anonymous.invalid"));
	else
		put_request_uri(info, &request->uri, called, writer);
	put(writer, TEXT(">;index="));
	history_info_write_index(info, writer);
	put(writer, TEXT("\r\n"));
}
