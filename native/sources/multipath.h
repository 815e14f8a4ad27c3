/* SPDX-License-Identifier: Apache-2.0 */
/* What the two kinds of multipath devices share: dm.c asks device-mapper, nvme.c reads /sys. */
#ifndef PATHWARDEN_MULTIPATH_H
#define PATHWARDEN_MULTIPATH_H

#include "source.h"
#include "uevent.h"

#define MAPS_MAX 256

/* --- multipath.c --- */
/* A map as it is now, its paths in any order; told when it differs from what was told last. */
void multipath_tell(struct helper *h, struct frame *f);
/* Each map of a kind that was told and for which `there` is false is told to be gone. */
void multipath_keep(struct helper *h, bool nvme, bool (*there)(const char *map));
/*
 * Something is different, and nothing says of which map: rescans at once, and when messages of that kind come
 * in a row (each path of each unit has its own), once for all of them each 20 ms.
 */
void multipath_rescan_soon(bool nvme);
/* dm.c has an answer, or will get none: a snapshot may be waiting for it. */
void multipath_settle(struct helper *h);

/* --- dm.c --- */
void dm_start(struct helper *h);
void dm_stop(struct helper *h);
void dm_event(struct helper *h, const struct uevent *e);
/* Looks for all of them, and asks for the state of each; the answers come later. */
void dm_rescan(struct helper *h);
/* Is there an answer that has not come? */
bool dm_waits(void);
/* All that there are are known. */
bool dm_complete(void);

/* --- nvme.c --- */
/* 0 or -ENOMEM. */
int nvme_start(struct helper *h);
void nvme_stop(struct helper *h);
void nvme_event(const struct uevent *e);
/* Looks for all of them, and reads the state of each. */
void nvme_rescan(struct helper *h);

#endif
