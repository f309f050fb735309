/*
 * ctl_arguments.h - the command line of sipmovedctl: the verb, its operands and
 * flags, and the options that every verb takes, in any order. A flag is
 * "--name VALUE" or "--name=VALUE"; behind "--" come operands alone.
 */
#ifndef SIPMOVED_CTL_ARGUMENTS_H
#define SIPMOVED_CTL_ARGUMENTS_H

#include "ctl.h"

/* 0, or CTL_USAGE after it was told. */
int ctl_arguments_read(struct ctl *ctl, int argc, char **argv)
	__attribute__((warn_unused_result));

/* The verb whose words these are; *ret_count: of them. NULL: none. */
const struct ctl_verb *ctl_find_verb(int argc, char *const *argv,
				     size_t *ret_count);

#endif
