/* SPDX-License-Identifier: Apache-2.0 */
/* A memory controller's counters (Documentation/ABI/testing/sysfs-devices-edac). */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "reader.h"

#define DIMMS_MAX 64
#define DIMM_NAME_MAX 16

/* dimm0, or rank0 where the driver knows no more. */
static bool is_dimm(const char *name)
{
	size_t n = strlen(name);

	return n > 4 && n < DIMM_NAME_MAX && (!strncmp(name, "dimm", 4) || !strncmp(name, "rank", 4)) &&
	       strspn(name + 4, "0123456789") == n - 4;
}

static int by_name(const void *a, const void *b)
{
	return strverscmp(a, b);
}

static size_t list_dimms(const char *folder, char dimms[DIMMS_MAX][DIMM_NAME_MAX])
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	size_t count = 0;

	while (dir && count < DIMMS_MAX && (entry = readdir(dir)))
		if (is_dimm(entry->d_name))
			strcpy(dimms[count++], entry->d_name);
	if (dir)
		closedir(dir);
	qsort(dimms, count, DIMM_NAME_MAX, by_name);
	return count;
}

static void put_count(struct json *j, const char *field, const char *folder, const char *name)
{
	int64_t number;

	json_put_uint(j, field,
		      reader_sysfs_number(folder, name, &number) && number > 0 ? (uint64_t)number : 0);
}

static void put_line(struct json *j, const char *field, const char *folder, const char *name, bool or_null)
{
	char text[128] = "";

	if (reader_sysfs_line(folder, name, text, sizeof(text)) || !or_null)
		json_put_text(j, field, text, sizeof(text));
	else
		json_put_null(j, field);
}

static void put_dimm(struct json *j, const char *controller, const char *dimm)
{
	char folder[2 * READER_PATH_MAX];

	snprintf(folder, sizeof(folder), "%.*s/%.*s", READER_PATH_MAX, controller, DIMM_NAME_MAX, dimm);
	json_open(j, NULL, '{');
	json_put_text(j, "dimm", dimm, DIMM_NAME_MAX);
	put_line(j, "label", folder, "dimm_label", false);
	put_line(j, "location", folder, "dimm_location", false);
	put_count(j, "size_mib", folder, "size");
	put_line(j, "kind", folder, "dimm_mem_type", true);
	put_count(j, "corrected", folder, "dimm_ce_count");
	put_count(j, "uncorrected", folder, "dimm_ue_count");
	json_close(j, '}');
}

int reader_edac(int out, const char *root, const char *subject)
{
	static char dimms[DIMMS_MAX][DIMM_NAME_MAX], buf[READER_OUTPUT_MAX];
	char folder[READER_PATH_MAX];
	struct json j;
	size_t count;
	int size;

	snprintf(folder, sizeof(folder), "%s/sys/devices/system/edac/mc/%s", root, subject);
	count = list_dimms(folder, dimms);
	json_start(&j, JSON_WIRE, buf, sizeof(buf));
	json_put_text(&j, "controller", subject, READER_SUBJECT_MAX);
	put_line(&j, "name", folder, "mc_name", true);
	put_count(&j, "corrected", folder, "ce_count");
	put_count(&j, "uncorrected", folder, "ue_count");
	put_count(&j, "corrected_noinfo", folder, "ce_noinfo_count");
	json_open(&j, "dimms", '[');
	for (size_t i = 0; i < count; i++)
		put_dimm(&j, folder, dimms[i]);
	json_close(&j, ']');
	json_put_bool(&j, "gone", false);
	size = json_finish(&j);
	return size > 0 && reader_write(out, buf, (size_t)size) ? 0 : 1;
}
