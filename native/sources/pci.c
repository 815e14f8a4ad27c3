/* SPDX-License-Identifier: Apache-2.0 */
/* PCI functions: all are read at start, and each again when the kernel has a word about it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "level.h"
#include "pci_name.h"
#include "pci_read.h"
#include "sysfs.h"
#include "uevent.h"

#define FUNCTIONS_MAX 512
/* A new function is added, and bound to its driver a moment later. */
#define GATHER_US 20000
/* When there are no messages; when there was no room for all and one has gone. */
#define AGAIN_US 10000000
/* No message tells that a link is slower or narrower than it was. */
#define LINKS_AGAIN_US 10000000
/* Functions that wait to be read. */
#define DUE_MAX 64

static struct {
	struct told functions;
	struct pci_slots slots;
	struct loop_timer *soon, *again;
	char due[DUE_MAX][FRAME_PCI_MAX];
	size_t due_count;
	bool heard; /* there are messages */
	bool full, complete;
	uint64_t links_us; /* when all links were read */
} pci;

struct pass {
	struct helper *h;
	bool virtual;
};

static void gone(struct helper *h, const char *name)
{
	struct frame key = {.type = FRAME_PCI_DEVICE};
	struct told_entry *e;

	snprintf(key.pci_device.device, sizeof(key.pci_device.device), "%s", name);
	e = told_find(&pci.functions, &key);
	if (e)
		level_gone(h, &pci.functions, e);
	if (e && pci.full)
		loop_arm_timer(pci.again, AGAIN_US, 0);
}

static void tell(struct helper *h, const char *name)
{
	struct frame f = {.type = FRAME_PCI_DEVICE};

	if (pci_read("", name, &pci.slots, &f.pci_device))
		pci.full |= !level_tell(h, &pci.functions, &f);
	else
		gone(h, name);
}

static void take(void *data, const char *name)
{
	struct pass *pass = data;

	if (pci_is_virtual("", name) == pass->virtual)
		tell(pass->h, name);
}

/* Virtual functions after all others: there may be hundreds of one NIC. */
static void look(void *data)
{
	struct helper *h = data;
	struct pass physical = {.h = h}, virtual = {.h = h, .virtual = true};
	int r;

	pci.full = false;
	pci.links_us = now_us();
	pci.functions.dump++;
	pci_read_slots("", &pci.slots);
	r = sysfs_list("/sys/bus/pci/devices", take, &physical);
	if (!r)
		r = sysfs_list("/sys/bus/pci/devices", take, &virtual);
	if (!r)
		level_forget_unseen(h, &pci.functions);
	pci.complete = !r && !pci.full;
	if (pci.full)
		helper_degrade(h, "pci", "degraded", "more than %d functions: not all are told",
			       FUNCTIONS_MAX);
	if (!pci.heard)
		loop_arm_timer(pci.again, AGAIN_US, 0);
}

static void look_at_due(void *data)
{
	struct helper *h = data;

	pci_read_slots("", &pci.slots);
	for (size_t i = 0; i < pci.due_count; i++)
		tell(h, pci.due[i]);
	pci.due_count = 0;
	if (pci.full && pci.complete)
		look(h); /* which says so */
}

static void look_soon(struct helper *h, const char *name)
{
	for (size_t i = 0; i < pci.due_count; i++)
		if (!strcmp(pci.due[i], name))
			return;
	if (pci.due_count == DUE_MAX)
		look_at_due(h);
	if (!pci.due_count)
		loop_arm_timer(pci.soon, GATHER_US, 0);
	strcpy(pci.due[pci.due_count++], name);
}

static void on_uevent(struct helper *h, const struct uevent *e)
{
	const char *name = strrchr(e->devpath, '/') + 1;

	if (strcmp(e->subsystem, "pci") || !pci_is_name(name) || strlen(name) >= FRAME_PCI_MAX)
		return;
	if (!strcmp(e->action, "remove"))
		gone(h, name);
	else
		look_soon(h, name);
}

static void on_missed(struct helper *h)
{
	helper_lost(h, "pci", 0, "the socket of uevents was full");
	look(h);
	source_pci.snapshot(h);
}

static const struct uevent_subscriber subscriber = {.event = on_uevent, .missed = on_missed};

static void look_at_links(struct helper *h)
{
	pci.links_us = now_us();
	for (size_t i = 0; i < pci.functions.count; i++) {
		struct frame f = {.type = FRAME_PCI_DEVICE};

		f.pci_device = told_frame(pci.functions.entries[i])->pci_device;
		pci_read_link("", &f.pci_device);
		level_tell(h, &pci.functions, &f);
	}
}

static void snapshot(struct helper *h)
{
	if (now_us() - pci.links_us >= LINKS_AGAIN_US)
		look_at_links(h);
	level_mark(h, "pci", false, false);
	level_tell_all(h, &pci.functions);
	level_mark(h, "pci", true, pci.complete);
}

static void stop(struct helper *h)
{
	uevent_unsubscribe(h, &subscriber);
	loop_remove_timer(helper_loop(h), pci.soon);
	loop_remove_timer(helper_loop(h), pci.again);
	told_free(&pci.functions);
	memset(&pci, 0, sizeof(pci));
}

static int start(struct helper *h)
{
	int r;

	told_init(&pci.functions, FRAME_PCI_DEVICE, FUNCTIONS_MAX);
	pci.soon = loop_add_timer(helper_loop(h), LOOP_NOT_YET, 0, look_at_due, h);
	pci.again = loop_add_timer(helper_loop(h), LOOP_NOT_YET, 0, look, h);
	if (!pci.soon || !pci.again) {
		stop(h);
		return -ENOMEM;
	}
	r = uevent_subscribe(h, &subscriber);
	pci.heard = !r;
	if (r)
		helper_degrade(h, "pci", "degraded", "no uevents: %s; looked at each %d s", strerror(-r),
			       AGAIN_US / 1000000);
	look(h);
	if (!pci.functions.count && !pci.complete) {
		helper_degrade(h, "pci", "absent", "no /sys/bus/pci");
		stop(h);
		return -ENOENT;
	}
	return 0;
}

const struct source source_pci = {
    .name = "pci",
    .start = start,
    .snapshot = snapshot,
    .stop = stop,
};
