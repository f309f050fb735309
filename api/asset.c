#include "api/asset.h"
#include "api/problem.h"

#include <sodium.h>

enum {
	DIGEST_SIZE = 16,
};

static const struct text packed_ending = { ".gz", 3 };

static bool ends_with(struct text name, struct text ending)
{
	return name.len > ending.len &&
	       text_equals((struct text){ name.ptr + name.len - ending.len,
					  ending.len },
			   ending);
}

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
		{ { ".svg", 4 }, "image/svg+xml" },
		{ { ".webmanifest", 12 }, "application/manifest+json" },
		{ { ".txt", 4 }, "text/plain; charset=utf-8" },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (ends_with(name, types[i].ending))
			return types[i].type;
	return "application/octet-stream";
}

static struct text bytes_of(const struct embedded_file *file)
{
	return (struct text){ (const char *)file->bytes, file->size };
}

/* A twin stands right behind its file. */
static bool is_twin(const struct embedded_file *twin,
		    const struct embedded_file *file)
{
	struct text name = text_of(twin->name);

	return ends_with(name, packed_ending) &&
	       text_equals(
		       (struct text){ name.ptr, name.len - packed_ending.len },
		       text_of(file->name));
}

bool asset_find(const struct embedded_file *files, size_t count,
		struct text name, struct asset *ret_asset)
{
	if (ends_with(name, packed_ending))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!text_equals(name, text_of(files[i].name)))
			continue;
		*ret_asset = (struct asset){ .name = text_of(files[i].name),
					     .bytes = bytes_of(&files[i]),
					     .packed = { "", 0 } };
		if (i + 1 < count && is_twin(&files[i + 1], &files[i]))
			ret_asset->packed = bytes_of(&files[i + 1]);
		return true;
	}
	return false;
}

void asset_answer(struct exchange *exchange, const struct asset *asset)
{
	unsigned char digest[DIGEST_SIZE];
	char tag[DIGEST_SIZE * 2 + 1];

	query_end(exchange);
	if (faults_any(&exchange->faults)) {
		problem_answer_faults(exchange);
		return;
	}
	/* A few kilobytes: sooner done than kept. */
	crypto_generichash(digest, sizeof(digest),
			   (const unsigned char *)asset->bytes.ptr,
			   asset->bytes.len, NULL, 0);
	sodium_bin2hex(tag, sizeof(tag), digest, sizeof(digest));
	if (exchange_has_tag(exchange, tag)) {
		exchange_answer_known(exchange, tag);
		return;
	}
	exchange_put_tag(exchange, tag);
	exchange_answer_file(exchange, type_of(asset->name), asset->bytes,
			     asset->packed);
}
