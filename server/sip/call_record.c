#include "sip/call_record.h"

enum {
	/* ms << 20 | worker << 14 | counter */
	ID_MS_SHIFT = 20,
	ID_WORKER_SHIFT = 14,
	ID_COUNTERS = 1 << ID_WORKER_SHIFT,
};

int64_t call_record_next_id(struct call_record_ids *ids, int64_t wall_ms)
{
	int64_t first = wall_ms << ID_MS_SHIFT | (int64_t)ids->worker
							 << ID_WORKER_SHIFT;

	if (first > ids->last)
		ids->last = first;
	else if ((ids->last + 1) % ID_COUNTERS != 0)
		ids->last++;
	else /* this millisecond's are used up: borrow from the next */
		ids->last += (INT64_C(1) << ID_MS_SHIFT) - ID_COUNTERS + 1;
	return ids->last;
}

/* Whole words or none: half a tag would name another one. */
static void put_word(struct writer *writer, const struct text parts[4])
{
	size_t len = writer->len > 0;

	for (size_t i = 0; i < 4; i++)
		len += parts[i].len;
	if (len > writer->size - writer->len)
		return;
	if (writer->len > 0)
		writer_byte(writer, ' ');
	for (size_t i = 0; i < 4; i++)
		writer_put(writer, parts[i]);
}

static void put_asked(struct writer *writer, const struct extension_tag *tag)
{
	if (tag->in_require)
		put_word(writer,
			 (struct text[4]){ TEXT("require:"), tag->tag });
	if (tag->in_proxy_require)
		put_word(writer,
			 (struct text[4]){ TEXT("proxy-require:"), tag->tag });
}

static void put_refused(struct writer *writer, const struct extension_tag *tag)
{
	const struct extension_rule *rule = tag->verdict.rule;

	put_word(writer,
		 (struct text[4]){ tag->tag, TEXT("="),
				   rule ? text_of(rule->id) : TEXT("-") });
}

static void fill_tags(struct redirect_log_record *record,
		      const struct call_decision *decision,
		      struct call_record_texts *texts)
{
	const struct extension_decision *extension = &decision->extension;
	struct writer asked =
		writer_over(texts->tags_asked, sizeof(texts->tags_asked));
	struct writer refused =
		writer_over(texts->tags_refused, sizeof(texts->tags_refused));

	for (size_t i = 0; i < extension->tag_count; i++) {
		const struct extension_tag *tag = &extension->tags[i];

		put_asked(&asked, tag);
		if (tag->verdict.action == EXTENSION_REJECT)
			put_refused(&refused, tag);
	}
	record->tags_asked = writer_text(&asked);
	if (decision->status == 420)
		record->tags_refused = writer_text(&refused);
}

/* In the words of tags that were refused; no tag begins with '@'. */
static void fill_withheld(struct redirect_log_record *record,
			  const struct redirect_decision *redirect,
			  struct call_record_texts *texts)
{
	struct writer refused =
		writer_over(texts->tags_refused, sizeof(texts->tags_refused));

	for (size_t i = 0; i < redirect->withheld_count; i++) {
		const struct redirect_withheld *withheld =
			&redirect->withheld[i];
		struct text id = withheld->term ? text_of(withheld->term->id)
						: TEXT("-");

		put_word(&refused, (struct text[4]){ TEXT("@"), withheld->uri,
						     TEXT("="), id });
	}
	record->tags_refused = writer_text(&refused);
}

static void fill_redirect(struct redirect_log_record *record,
			  const struct call_decision *decision,
			  struct call_record_texts *texts)
{
	const struct redirect_decision *redirect = &decision->redirect;
	const struct snapshot_move *move = redirect->move;
	struct writer targets =
		writer_over(texts->targets, sizeof(texts->targets));

	for (size_t i = 0; i < redirect->contact_count; i++) {
		if (i > 0)
			writer_byte(&targets, '\n');
		writer_put(&targets, redirect->contacts[i].uri);
	}
	record->targets = writer_text(&targets);
	record->profile = decision->profile;
	/* Where the domain, and no move, sends calls. */
	if (!move)
		return;
	record->move_id = text_of(move->id);
	record->move_revision = move->revision;
}

/* RFC 3261 19.1.1 calls a password in a URI a risk; it is not passed on. */
static struct text uri_without_password(const struct sip_request *request,
					char *buffer, size_t size)
{
	struct text whole = request->uri_text;
	struct text password = request->uri.password;
	struct writer writer = writer_over(buffer, size);
	size_t before, after;

	if (!request->uri_is_valid || !request->uri.has_password)
		return whole;
	before = (size_t)(password.ptr - whole.ptr);
	after = before + password.len;
	/* The colon goes with it. */
	writer_put(&writer, (struct text){ whole.ptr, before - 1 });
	writer_put(&writer,
		   (struct text){ whole.ptr + after, whole.len - after });
	return writer_text(&writer);
}

void call_record_fill(struct redirect_log_record *record,
		      const struct sip_request *request,
		      const struct call_decision *decision,
		      struct call_record_texts *texts)
{
	record->status = decision->status;
	record->reason = (uint8_t)decision->why;
	record->method = request->method_text;
	record->request_uri = uri_without_password(request, texts->request_uri,
						   sizeof(texts->request_uri));
	record->address =
		(struct text){ decision->address, decision->address_len };
	record->from = request->from;
	record->call_id = request->call_id;
	record->user_agent = request->user_agent;
	record->revision = decision->revision;
	record->targets = record->move_id = record->profile = TEXT("");
	record->tags_asked = record->tags_refused = TEXT("");
	record->move_revision = 0;
	if (decision->extension.tag_count > 0)
		fill_tags(record, decision, texts);
	if (decision->status >= 300 && decision->status < 400)
		fill_redirect(record, decision, texts);
	if (decision->redirect.withheld_count > 0)
		fill_withheld(record, &decision->redirect, texts);
	if (decision->why == CALL_TARGETS_NOT_ALLOWED) {
		record->move_id = text_of(decision->redirect.withheld_from->id);
		record->move_revision =
			decision->redirect.withheld_from->revision;
	}
	if (decision->why == CALL_MOVE_NOT_STARTED) {
		record->move_id = text_of(decision->next_move->id);
		record->move_revision = decision->next_move->revision;
	}
}
