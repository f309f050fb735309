/*
 * peer_profiles.c - /v1/peer-profiles/presets; the profiles themselves are
 * sources.c's.
 */
#include "api/answer_style_document.h"
#include "api/problem.h"
#include "api/query.h"
#include "api/resources.h"
#include "db/peer_profile.h"

void peer_presets_list(struct exchange *exchange)
{
	struct json_writer writer = { 0 };

	query_end(exchange);
	if (faults_any(&exchange->faults)) {
		problem_answer_faults(exchange);
		return;
	}
	json_open_object(&writer, NULL);
	json_open_array(&writer, "items");
	for (size_t i = 0; i < peer_preset_count; i++) {
		const struct peer_preset *preset = &peer_presets[i];

		json_open_object(&writer, NULL);
		json_put_string(&writer, "name", text_of(preset->name));
		json_put_string(&writer, "text", text_of(preset->text));
		answer_style_document_write(&writer, "answer_style",
					    &preset->style);
		json_close_object(&writer);
	}
	json_close_array(&writer);
	json_put_null(&writer, "next_cursor");
	json_close_object(&writer);
	exchange_answer_json(exchange, 200, &writer, 0, NULL);
}
