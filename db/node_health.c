#include "db/node_health.h"

#include <stdlib.h>
#include <unistd.h>

#include "db/rows.h"
#include "db/webhook_outbox.h"

enum {
	HOST_SIZE = 256,
	LIST_SIZE = 128,
};

static const char position_name[] = "node";

static void write_failing(unsigned failing, char list[LIST_SIZE])
{
	static const char *const names[NODE_PARTS] = {
		[NODE_STORE] = "\"store\"",
		[NODE_REDIRECT_LOG] = "\"redirect_log\"",
		[NODE_DISK] = "\"disk\"",
		[NODE_INTEGRITY] = "\"integrity\"",
	};
	struct writer writer = writer_over(list, LIST_SIZE - 1);

	writer_byte(&writer, '[');
	for (unsigned i = 0; i < NODE_PARTS; i++) {
		if (!(failing & 1U << i))
			continue;
		writer_put(&writer, writer.len > 1 ? TEXT(",") : TEXT(""));
		writer_put(&writer, text_of(names[i]));
	}
	writer_byte(&writer, ']');
	list[writer.len] = '\0';
}

static int tell(struct changes *changes, unsigned failing)
{
	struct webhook_event_draft draft = {
		.type = failing ? WEBHOOK_NODE_DEGRADED
				: WEBHOOK_NODE_RECOVERED,
		.object_id = "",
		.at_ms = changes->now_ms,
	};
	char host[HOST_SIZE] = "", list[LIST_SIZE];
	const char *const texts[] = { host, list, NULL };
	bool wanted = false;
	char *data = NULL;
	int err = webhook_is_wanted(changes, draft.type, &wanted);

	if (err || !wanted)
		return err;
	if (gethostname(host, sizeof(host) - 1))
		host[0] = '\0';
	write_failing(failing, list);
	err = webhook_json(changes,
			   "SELECT json_object('id', 'local', 'host', "
			   "nullif(?1, ''), 'failing', json(?2))",
			   texts, &data);
	draft.data = data;
	if (!err)
		err = webhook_event_write(changes, &draft);
	free(data);
	return err;
}

int node_health_note(struct changes *changes, unsigned failing)
{
	struct webhook_position told;
	int err = webhook_position_get(changes, position_name, &told);

	if (err || told.value == (int64_t)failing)
		return err;
	told.value = failing;
	err = webhook_position_set(changes, position_name, &told);
	return err ? err : tell(changes, failing);
}
