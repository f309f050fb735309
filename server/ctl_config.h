/*
 * ctl_config.h - the settings of the server on this machine, as it would read
 * them with the same --config and --data-dir.
 */
#ifndef SIPMOVED_CTL_CONFIG_H
#define SIPMOVED_CTL_CONFIG_H

#include "config.h"
#include "ctl.h"

/* /etc/sipmoved/sipmoved.conf if there is one and nobody named another file or
 * a folder. */
void ctl_config_read(const struct ctl *ctl, struct config *config,
		     struct config_errors *errors);

#endif
