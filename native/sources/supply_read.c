/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "supply_read.h"
#include "sysfs.h"

#define SUPPLY "%s/sys/class/power_supply/%s"
#define WATCHDOG "%s/sys/class/watchdog/%s"

/* Leaves it empty when there is no such file, or nothing in it: blanks are what firmware fills fields with.
 */
static void read_word(char *word, size_t size, const char *root, const char *name, const char *file)
{
	size_t n;

	if (sysfs_read(word, size, SUPPLY "/%s", root, name, file))
		word[0] = '\0';
	for (n = strlen(word); n && word[n - 1] == ' '; n--)
		word[n - 1] = '\0';
}

bool supply_read(const char *root, const char *name, struct frame_power_supply *out)
{
	char online[8];

	memset(out, 0, sizeof(*out));
	if (strlen(name) >= sizeof(out->supply) ||
	    sysfs_read(out->kind, sizeof(out->kind), SUPPLY "/type", root, name))
		return false;
	strcpy(out->supply, name);
	/* 0 offline, 1 online at a fixed voltage, 2 at one that it was programmed to. */
	if (!sysfs_read(online, sizeof(online), SUPPLY "/online", root, name)) {
		out->has_online = true;
		out->online = atoi(online) != 0;
	}
	read_word(out->health, sizeof(out->health), root, name, "health");
	read_word(out->status, sizeof(out->status), root, name, "status");
	read_word(out->model, sizeof(out->model), root, name, "model_name");
	read_word(out->serial, sizeof(out->serial), root, name, "serial_number");
	return true;
}

bool watchdog_read(const char *root, const char *name, struct frame_watchdog *out)
{
	char text[24];

	memset(out, 0, sizeof(*out));
	if (strlen(name) >= sizeof(out->watchdog) ||
	    sysfs_read(out->identity, sizeof(out->identity), WATCHDOG "/identity", root, name))
		return false;
	strcpy(out->watchdog, name);
	out->active =
	    !sysfs_read(text, sizeof(text), WATCHDOG "/state", root, name) && !strcmp(text, "active");
	if (!sysfs_read(text, sizeof(text), WATCHDOG "/bootstatus", root, name))
		out->boot_status = (uint32_t)strtoul(text, NULL, 10);
	if (!sysfs_read(text, sizeof(text), WATCHDOG "/timeout", root, name))
		out->timeout_s = (uint32_t)strtoul(text, NULL, 10);
	return true;
}
