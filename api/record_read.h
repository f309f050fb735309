/*
 * record_read.h - what a reader of records says that is fed piece by piece.
 */
#ifndef SIPMOVED_API_RECORD_READ_H
#define SIPMOVED_API_RECORD_READ_H

enum {
	RECORD_BYTES_MAX = 64 * 1024, /* of one record, as it was sent */
};

enum record_read {
	RECORD_PARTIAL, /* all was taken; more must come */
	RECORD_WHOLE,	/* one record is there; the rest was left */
	RECORD_BROKEN,	/* it cannot be understood from here on: `why` */
};

#endif
