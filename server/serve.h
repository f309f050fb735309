/*
 * serve.h - the verb `serve`: starts the parts in order, waits for a signal,
 * stops them in the other order.
 */
#ifndef SIPMOVED_SERVE_H
#define SIPMOVED_SERVE_H

#include "running_settings.h"

/* Runs until SIGTERM or SIGINT. source: how the settings are read again.
 * Returns the exit code. */
int serve(const struct config *config, const struct config_source *source);

#endif
