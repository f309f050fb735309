/*
 * version.h - what `sipmoved version` says.
 */
#ifndef SIPMOVED_VERSION_H
#define SIPMOVED_VERSION_H

#define SIPMOVED_VERSION "0.1.0"

#endif
