/* SPDX-License-Identifier: Apache-2.0 */
/* Names and addresses of DRBD's resources, for session.c. */
#ifndef PATHWARDEN_DRBD_H
#define PATHWARDEN_DRBD_H

#include "source.h"

/* Asks the kernel; when its answer differs from the last, session_disks_changed() is called. */
void drbd_ask(struct helper *h);
/* Adds to a session of DRBD (drbd:drbd0) what the last answer said of it. */
void drbd_describe(struct frame_session *s);
void drbd_stop(struct helper *h);

#endif
