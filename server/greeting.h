/*
 * greeting.h - what a server that has started says on stdout: where it listens,
 * how the first administrator is made, and the first move. Main thread.
 */
#ifndef SIPMOVED_GREETING_H
#define SIPMOVED_GREETING_H

#include "api/api.h"
#include "config.h"
#include "first_admin.h"
#include "sip/sip_server.h"

struct greeting {
	const struct config *config;
	struct sip_server *sip;
	struct api *api;
	struct first_admin *first_admin; /* forgets its secret once told */
	bool has_moves;			 /* then nobody needs to be told how */
};

void greeting_print(const struct greeting *greeting);

#endif
