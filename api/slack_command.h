/*
 * slack_command.h - a slash command of Slack (or Mattermost), done for the user
 * whose external_id is the sender's id:
 *
 *   /away                                        what holds now
 *   /away sip:me@hotel.example.net until friday 18:00
 *   /away off                                    back to normal
 *
 * The answer is a text for the person who typed it, whatever became of it.
 */
#ifndef SIPMOVED_API_SLACK_COMMAND_H
#define SIPMOVED_API_SLACK_COMMAND_H

#include "db/inbound_sources.h"
#include "db/move_import.h"
#include "db/users.h"

enum {
	SLACK_TEXT_MAX = 1000, /* bytes of what is read of a command */
	SLACK_REPLY_SIZE = 3000,
};

struct slack_command {
	/* By _read(). */
	char user_id[USER_EXTERNAL_ID_MAX + 1]; /* "": the form has none */
	char name[64];				/* "/away" */
	char text[SLACK_TEXT_MAX + 1];
	const char *why; /* the form is none of Slack's */
	/* By _apply(). */
	struct user user;
	struct move_import import;
	char reply[SLACK_REPLY_SIZE];
};
void slack_command_clear(struct slack_command *command);

/* Zeroed before. ENOMEM */
int slack_command_read(struct slack_command *command, struct text form)
	__attribute__((warn_unused_result));
/* Inside a store job, as the user. Fills the event's outcome, status and
 * result. */
int slack_command_apply(struct slack_command *command, struct changes *changes,
			struct inbound_event *event)
	__attribute__((warn_unused_result));

#endif
