/*
 * ctl_metrics.h - figures out of the text of GET /metrics.
 */
#ifndef SIPMOVED_CTL_METRICS_H
#define SIPMOVED_CTL_METRICS_H

#include "base/text.h"

/* The sum of a family's samples, whatever their labels; those whose labels
 * hold `label` alone, if it is not NULL. 0 if there is none. */
double ctl_metric(struct text metrics, const char *family, const char *label);
/* The value of a label of the family's first sample; "" if there is none. */
struct text ctl_metric_label(struct text metrics, const char *family,
			     const char *label);

#endif
