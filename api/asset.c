#include "api/asset.h"
#include "api/problem.h"

#include <sodium.h>

enum {
	DIGEST_SIZE = 16,
};

static const char *type_of(struct text name)
{
	static const struct {
		struct text ending;
		const char *type;
	} types[] = {
		{ { ".json", 5 }, "application/json" },
		{ { ".html", 5 }, "text/html; charset=utf-8" },
		{ { ".css", 4 }, "text/css; charset=utf-8" },
		{ { ".js", 3 }, "text/javascript; charset=utf-8" },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		struct text ending = types[i].ending;

		if (name.len > ending.len &&
		    text_equals((struct text){ name.ptr + name.len - ending.len,
					       ending.len },
				ending))
			return types[i].type;
	}
	return "application/octet-stream";
}

const struct embedded_file *asset_find(const struct embedded_file *files,
				       size_t count, struct text name)
{
	for (size_t i = 0; i < count; i++)
		if (text_equals(name, text_of(files[i].name)))
			return &files[i];
	return NULL;
}

void asset_answer(struct exchange *exchange, const struct embedded_file *file)
{
	unsigned char digest[DIGEST_SIZE];
	char tag[DIGEST_SIZE * 2 + 1];

	query_end(exchange);
	if (faults_any(&exchange->faults)) {
		problem_answer_faults(exchange);
		return;
	}
	/* A few kilobytes: sooner done than kept. */
	crypto_generichash(digest, sizeof(digest), file->bytes, file->size,
			   NULL, 0);
	sodium_bin2hex(tag, sizeof(tag), digest, sizeof(digest));
	if (exchange_has_tag(exchange, tag)) {
		exchange_answer_known(exchange, tag);
		return;
	}
	exchange_put_tag(exchange, tag);
	exchange_answer_text(
		exchange, 200, type_of(text_of(file->name)),
		(struct text){ (const char *)file->bytes, file->size });
}
