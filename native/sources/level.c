/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "level.h"

static void set_gone(struct frame *f)
{
	switch (f->type) {
	case FRAME_PCI_DEVICE:
		f->pci_device.gone = true;
		break;
	case FRAME_MD:
		f->md.gone = true;
		break;
	case FRAME_MOUNT:
		f->mount.gone = true;
		break;
	case FRAME_POWER_SUPPLY:
		f->power_supply.gone = true;
		break;
	case FRAME_WATCHDOG:
		f->watchdog.gone = true;
		break;
	default: /* of the others there is always one */
		break;
	}
}

static void emit(struct helper *h, const struct frame *told, bool gone)
{
	struct frame f;

	memset(&f, 0, sizeof(f));
	memcpy(&f, told, frame_size(told));
	f.t_us = now_us();
	if (gone)
		set_gone(&f);
	helper_emit(h, &f);
}

bool level_tell(struct helper *h, struct told *t, const struct frame *f)
{
	struct told_entry *e;
	enum told_result r = told_put(t, f, &e);

	if (r == TOLD_NEW || r == TOLD_CHANGED)
		emit(h, f, false);
	return r != TOLD_FULL;
}

void level_gone(struct helper *h, struct told *t, struct told_entry *e)
{
	emit(h, told_frame(e), true);
	told_remove(t, e);
}

void level_forget_unseen(struct helper *h, struct told *t)
{
	for (size_t i = t->count; i-- > 0;)
		if (t->entries[i]->seen != t->dump)
			level_gone(h, t, t->entries[i]);
}

void level_mark(struct helper *h, const char *source, bool end, bool complete)
{
	struct frame f = {
	    .type = FRAME_SNAPSHOT, .t_us = now_us(), .snapshot = {.end = end, .complete = end && complete}};

	snprintf(f.snapshot.source, sizeof(f.snapshot.source), "%s", source);
	helper_emit(h, &f);
}

void level_tell_all(struct helper *h, const struct told *t)
{
	for (size_t i = 0; i < t->count; i++)
		emit(h, told_frame(t->entries[i]), false);
}
