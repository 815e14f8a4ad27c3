/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "option_list.h"

bool option_value(const char *list, const char *name, char *value, size_t size)
{
	size_t length = strlen(name), n;

	for (const char *at = list; *at; at += n + (at[n] == ',')) {
		n = strcspn(at, ",");
		if (n > length && !strncmp(at, name, length) && at[length] == '=') {
			snprintf(value, size, "%.*s", (int)(n - length - 1), at + length + 1);
			return true;
		}
	}
	return false;
}

bool option_has(const char *list, const char *word)
{
	size_t length = strlen(word), n;

	for (const char *at = list; *at; at += n + (at[n] == ',')) {
		n = strcspn(at, ",");
		if (n == length && !strncmp(at, word, length))
			return true;
	}
	return false;
}
