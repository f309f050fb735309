/*
 * ctl_problem.h - an answer of application/problem+json, told in words on
 * stderr: what is wrong, every fault with its place, what it conflicts with.
 */
#ifndef SIPMOVED_CTL_PROBLEM_H
#define SIPMOVED_CTL_PROBLEM_H

#include "ctl_request.h"

void ctl_problem_tell(const struct ctl *ctl, const struct ctl_answer *answer);

#endif
