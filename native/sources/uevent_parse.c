/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "uevent_parse.h"

const char *uevent_get(const struct uevent *e, const char *key)
{
	size_t length = strlen(key);

	for (const char *at = e->keys; at < e->end; at += strlen(at) + 1)
		if (!strncmp(at, key, length) && at[length] == '=')
			return at + length + 1;
	return NULL;
}

bool uevent_parse(const char *text, size_t size, struct uevent *out)
{
	size_t head = strlen(text);

	/* The head says no more than two of the keys do. */
	if (head >= size || !strchr(text, '@'))
		return false;
	*out = (struct uevent){.keys = text + head + 1, .end = text + size};
	out->action = uevent_get(out, "ACTION");
	out->devpath = uevent_get(out, "DEVPATH");
	out->subsystem = uevent_get(out, "SUBSYSTEM");
	return out->action && out->devpath && out->devpath[0] == '/' && out->subsystem;
}
