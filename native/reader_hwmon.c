/* SPDX-License-Identifier: Apache-2.0 */
/* A chip of hwmon (Documentation/hwmon/sysfs-interface.rst), read in a child: a read may wait for a bus. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "reader.h"

#define SENSORS_MAX 128
#define SENSOR_NAME_MAX 16

/* temp1_input, fan2_input, in0_input, curr1_input; power1_average, where a chip has no power1_input. */
static bool is_reading(const char *file, char sensor[SENSOR_NAME_MAX])
{
	static const char *const kinds[] = {"temp", "fan", "in", "power", "curr"};
	const char *end = strchr(file, '_');
	size_t n = end ? (size_t)(end - file) : 0;

	if (n == 0 || n >= SENSOR_NAME_MAX || (strcmp(end, "_input") && strcmp(end, "_average")))
		return false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t kind = strlen(kinds[i]);

		if (!strncmp(file, kinds[i], kind) && n > kind &&
		    strspn(file + kind, "0123456789") == n - kind) {
			memcpy(sensor, file, n);
			sensor[n] = '\0';
			return true;
		}
	}
	return false;
}

static int by_name(const void *a, const void *b)
{
	return strverscmp(a, b);
}

static size_t list_sensors(const char *folder, char sensors[SENSORS_MAX][SENSOR_NAME_MAX])
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	size_t count = 0, kept = 0;

	while (dir && count < SENSORS_MAX && (entry = readdir(dir)))
		if (is_reading(entry->d_name, sensors[count]))
			count++;
	if (dir)
		closedir(dir);
	qsort(sensors, count, SENSOR_NAME_MAX, by_name);
	for (size_t i = 0; i < count; i++) /* input and average of one */
		if (kept == 0 || strcmp(sensors[kept - 1], sensors[i]))
			memmove(sensors[kept++], sensors[i], SENSOR_NAME_MAX);
	return kept;
}

/* The first of these that is there. */
static void put_first(struct json *j, const char *field, const char *folder, const char *sensor,
		      const char *const *endings)
{
	int64_t number;

	for (; *endings; endings++) {
		char name[SENSOR_NAME_MAX + 16];

		snprintf(name, sizeof(name), "%s_%s", sensor, *endings);
		if (reader_sysfs_number(folder, name, &number)) {
			json_put_int(j, field, number);
			return;
		}
	}
	json_put_null(j, field);
}

static void put_flag(struct json *j, const char *field, const char *folder, const char *sensor,
		     const char *const *endings)
{
	bool known = false, on = false;

	for (; *endings; endings++) {
		char name[SENSOR_NAME_MAX + 16];
		int64_t number;

		snprintf(name, sizeof(name), "%s_%s", sensor, *endings);
		if (reader_sysfs_number(folder, name, &number)) {
			known = true;
			on = on || number;
		}
	}
	if (known)
		json_put_bool(j, field, on);
	else
		json_put_null(j, field);
}

#define ENDINGS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void put_sensor(struct json *j, const char *folder, const char *sensor)
{
	char name[SENSOR_NAME_MAX + 8], label[64];

	snprintf(name, sizeof(name), "%s_label", sensor);
	json_open(j, NULL, '{');
	json_put_text(j, "sensor", sensor, SENSOR_NAME_MAX);
	if (reader_sysfs_line(folder, name, label, sizeof(label)))
		json_put_text(j, "label", label, sizeof(label));
	else
		json_put_null(j, "label");
	put_first(j, "input", folder, sensor, ENDINGS("input", "average"));
	put_first(j, "low", folder, sensor, ENDINGS("lcrit", "min"));
	put_first(j, "high", folder, sensor, ENDINGS("max", "cap"));
	put_first(j, "critical", folder, sensor, ENDINGS("crit"));
	put_flag(j, "alarm", folder, sensor,
		 ENDINGS("alarm", "min_alarm", "max_alarm", "crit_alarm", "lcrit_alarm", "emergency_alarm"));
	put_flag(j, "fault", folder, sensor, ENDINGS("fault"));
	json_close(j, '}');
}

static void put_device(struct json *j, const char *folder)
{
	char path[READER_PATH_MAX + 8], *real;

	snprintf(path, sizeof(path), "%s/device", folder);
	real = realpath(path, NULL);
	if (real)
		json_put_text(j, "device", strrchr(real, '/') + 1, 64);
	else
		json_put_null(j, "device");
	free(real);
}

int reader_hwmon(int out, const char *root, const char *subject)
{
	static char sensors[SENSORS_MAX][SENSOR_NAME_MAX], buf[READER_OUTPUT_MAX];
	char folder[READER_PATH_MAX], name[64] = "";
	struct json j;
	size_t count;
	int size;

	snprintf(folder, sizeof(folder), "%s/sys/class/hwmon/%s", root, subject);
	count = list_sensors(folder, sensors);
	reader_sysfs_line(folder, "name", name, sizeof(name));
	json_start(&j, JSON_WIRE, buf, sizeof(buf));
	json_put_text(&j, "chip", subject, READER_SUBJECT_MAX);
	json_put_text(&j, "name", name, sizeof(name));
	put_device(&j, folder);
	json_open(&j, "sensors", '[');
	for (size_t i = 0; i < count; i++)
		put_sensor(&j, folder, sensors[i]);
	json_close(&j, ']');
	json_put_bool(&j, "gone", false);
	size = json_finish(&j);
	return size > 0 && reader_write(out, buf, (size_t)size) ? 0 : 1;
}
