/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "nvme_name.h"

/* More digits than any instance has are not read: sscanf() would not tell of an overflow. */
#define NUMBER "%9u"

bool nvme_controller_name(const char *name, unsigned int *instance)
{
	int end = 0;

	return sscanf(name, "nvme" NUMBER "%n", instance, &end) == 1 && !name[end];
}

bool nvme_head_name(const char *name, struct nvme_head *head)
{
	int end = 0;

	return sscanf(name, "nvme" NUMBER "n" NUMBER "%n", &head->subsystem, &head->instance, &end) == 2 &&
	       !name[end];
}

bool nvme_path_name(const char *name, struct nvme_path_name *path)
{
	int end = 0;

	return sscanf(name, "nvme" NUMBER "c" NUMBER "n" NUMBER "%n", &path->subsystem, &path->controller,
		      &path->instance, &end) == 3 &&
	       !name[end];
}

bool nvme_usable(const char *state, const char *access)
{
	return !strcmp(state, "live") &&
	       (!access[0] || !strcmp(access, "optimized") || !strcmp(access, "non-optimized"));
}
