#include "api/log_id.h"

static const char prefix[] = "log";

void log_id_format(int64_t id, char text[LOG_ID_SIZE])
{
	number_id_format(prefix, id, text);
}

int log_id_parse(struct text text, int64_t *ret_id)
{
	return number_id_parse(text, prefix, ret_id);
}
