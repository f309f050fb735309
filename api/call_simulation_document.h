/*
 * call_simulation_document.h - what a simulated call gets, as JSON.
 */
#ifndef SIPMOVED_API_CALL_SIMULATION_DOCUMENT_H
#define SIPMOVED_API_CALL_SIMULATION_DOCUMENT_H

#include "api/json_writer.h"
#include "base/call_simulation.h"

/* `status` and why. A request that would get no answer at all, an ACK, has a
 * null status. */
void call_simulation_document_put_status(
	struct json_writer *writer, const struct call_simulation *simulation);
/* `unsupported` and `tags`. */
void call_simulation_document_put_tags(
	struct json_writer *writer, const struct call_simulation *simulation);
/* `request` and `response`. */
void call_simulation_document_put_bytes(
	struct json_writer *writer, struct text request,
	const struct call_simulation *simulation);

#endif
