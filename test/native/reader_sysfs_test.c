/* SPDX-License-Identifier: Apache-2.0 */
/* What children read without a tool: chips of hwmon, memory controllers, the SMBIOS table. */
#include <fcntl.h>
#include <jansson.h>
#include "check.h"
#include "tree.h"
#include "../../native/json.c"
#include "../../native/reader_dmi.c"
#define by_name edac_by_name
#include "../../native/reader_edac.c"
#undef by_name
#include "../../native/reader_hwmon.c"
#include "../../native/reader_sysfs.c"

static char text[2 * READER_OUTPUT_MAX];

/* What it writes, through a pipe that is never full: a file. */
static const char *said(int (*read_it)(int, const char *, const char *), const char *subject)
{
	int fd = open(tree_path("/out"), O_RDWR | O_CREAT | O_TRUNC, 0600);
	int code = read_it(fd, tree, subject);
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	close(fd);
	text[code || n < 0 ? 0 : n] = '\0';
	return text;
}

static json_t *fields(int (*read_it)(int, const char *, const char *), const char *subject)
{
	static char object[sizeof(text) + 2];
	json_error_t error;
	json_t *root;

	snprintf(object, sizeof(object), "{%.*s}", (int)sizeof(object) - 3, said(read_it, subject));
	root = json_loads(object, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		printf("# %s: %.200s\n", error.text, object);
	CHECK(root);
	return root;
}

#define FIELD(object, name) json_object_get(object, name)
#define IS_NUMBER(object, name, n)                                                                           \
	CHECK(json_is_integer(FIELD(object, name)) && json_integer_value(FIELD(object, name)) == (n))
#define IS_TEXT(object, name, s)                                                                             \
	CHECK(json_is_string(FIELD(object, name)) && !strcmp(json_string_value(FIELD(object, name)), s))

#define CHIP "/sys/class/hwmon/hwmon3"

static void a_chip_with_its_sensors(void)
{
	json_t *chip, *sensors, *one;

	tree_file("/sys/devices/pci/0000:03:00.0/vendor", "x");
	tree_file(CHIP "/name", "k10temp\n");
	tree_link(CHIP "/device", "../../../devices/pci/0000:03:00.0");
	tree_file(CHIP "/temp10_input", "-1500\n");
	tree_file(CHIP "/temp2_input", "41000\n");
	tree_file(CHIP "/temp2_label", "T\xffl\n");
	tree_file(CHIP "/temp2_max", "80000\n");
	tree_file(CHIP "/temp2_crit", "95000\n");
	tree_file(CHIP "/temp2_max_alarm", "0\n");
	tree_file(CHIP "/temp2_crit_alarm", "1\n");
	tree_file(CHIP "/fan1_input", "garbage\n");
	tree_file(CHIP "/fan1_fault", "1\n");
	tree_file(CHIP "/power1_average", "250000000\n");
	tree_file(CHIP "/power1_input", "260000000\n");
	tree_file(CHIP "/pwm1", "128\n");
	tree_file(CHIP "/temp_input", "1\n");
	chip = fields(reader_hwmon, "hwmon3");
	IS_TEXT(chip, "chip", "hwmon3");
	IS_TEXT(chip, "name", "k10temp");
	IS_TEXT(chip, "device", "0000:03:00.0");
	CHECK(json_is_false(FIELD(chip, "gone")));
	sensors = FIELD(chip, "sensors");
	CHECK(json_array_size(sensors) == 4);
	one = json_array_get(sensors, 0);
	IS_TEXT(one, "sensor", "fan1");
	CHECK(json_is_null(FIELD(one, "input")) && json_is_true(FIELD(one, "fault")));
	one = json_array_get(sensors, 1);
	IS_TEXT(one, "sensor", "power1");
	IS_NUMBER(one, "input", 260000000);
	one = json_array_get(sensors, 2);
	IS_TEXT(one, "sensor", "temp2");
	IS_TEXT(one, "label", "T\xef\xbf\xbdl");
	IS_NUMBER(one, "input", 41000);
	IS_NUMBER(one, "high", 80000);
	IS_NUMBER(one, "critical", 95000);
	CHECK(json_is_null(FIELD(one, "low")) && json_is_true(FIELD(one, "alarm")));
	CHECK(json_is_null(FIELD(one, "fault")));
	one = json_array_get(sensors, 3);
	IS_TEXT(one, "sensor", "temp10");
	IS_NUMBER(one, "input", -1500);
	json_decref(chip);
}

static void of_many_sensors_there_is_an_end(void)
{
	json_t *chip;

	for (int i = 1; i <= 300; i++) {
		char name[64];

		snprintf(name, sizeof(name), "/sys/class/hwmon/hwmon4/in%d_input", i);
		tree_file(name, "12000\n");
	}
	chip = fields(reader_hwmon, "hwmon4");
	CHECK(json_array_size(FIELD(chip, "sensors")) == 128);
	IS_TEXT(chip, "name", "");
	CHECK(json_is_null(FIELD(chip, "device")));
	json_decref(chip);
}

#define MC "/sys/devices/system/edac/mc/mc0"

static void a_memory_controller_with_its_dimms(void)
{
	json_t *mc, *one;

	tree_file(MC "/mc_name", "Skylake Socket#0 IMC#0\n");
	tree_file(MC "/ce_count", "7\n");
	tree_file(MC "/ue_count", "1\n");
	tree_file(MC "/ce_noinfo_count", "2\n");
	tree_file(MC "/dimm10/dimm_label", "CPU_SrcID#0_Ha#0_Chan#1_DIMM#0\n");
	tree_file(MC "/dimm2/dimm_label", "\n");
	tree_file(MC "/dimm2/dimm_location", "channel 0 slot 0 \n");
	tree_file(MC "/dimm2/dimm_mem_type", "Registered-DDR4\n");
	tree_file(MC "/dimm2/size", "16384\n");
	tree_file(MC "/dimm2/dimm_ce_count", "5\n");
	tree_file(MC "/dimm2/dimm_ue_count", "-3\n");
	tree_file(MC "/dimms", "x");
	mc = fields(reader_edac, "mc0");
	IS_TEXT(mc, "controller", "mc0");
	IS_TEXT(mc, "name", "Skylake Socket#0 IMC#0");
	IS_NUMBER(mc, "corrected", 7);
	IS_NUMBER(mc, "uncorrected", 1);
	IS_NUMBER(mc, "corrected_noinfo", 2);
	CHECK(json_array_size(FIELD(mc, "dimms")) == 2);
	one = json_array_get(FIELD(mc, "dimms"), 0);
	IS_TEXT(one, "dimm", "dimm2");
	IS_TEXT(one, "label", "");
	IS_TEXT(one, "kind", "Registered-DDR4");
	IS_NUMBER(one, "size_mib", 16384);
	IS_NUMBER(one, "corrected", 5);
	IS_NUMBER(one, "uncorrected", 0);
	one = json_array_get(FIELD(mc, "dimms"), 1);
	IS_TEXT(one, "dimm", "dimm10");
	CHECK(json_is_null(FIELD(one, "kind")));
	IS_NUMBER(one, "size_mib", 0);
	json_decref(mc);
}

#define DMI "/sys/firmware/dmi/tables/DMI"

static void the_table_in_base64(void)
{
	FILE *f;

	/* RFC 4648, 10 */
	tree_file(DMI, "foobar");
	CHECK_TEXT(said(reader_dmi, "host"), "Zm9vYmFy");
	tree_file(DMI, "fooba");
	CHECK_TEXT(said(reader_dmi, "host"), "Zm9vYmE=");
	tree_file(DMI, "foob");
	CHECK_TEXT(said(reader_dmi, "host"), "Zm9vYg==");
	tree_file(DMI, "");
	CHECK_TEXT(said(reader_dmi, "host"), "");
	f = fopen(tree_path(DMI), "w");
	for (int i = 0; i < READER_OUTPUT_MAX; i++)
		fputc(i, f);
	fclose(f);
	/* Longer than may be told, so that it counts as cut. */
	CHECK(strlen(said(reader_dmi, "host")) == READER_OUTPUT_MAX + 4);
	tree_remove(DMI);
	CHECK_TEXT(said(reader_dmi, "host"), "");
}

int main(void)
{
	tree_begin();
	RUN(a_chip_with_its_sensors);
	RUN(of_many_sensors_there_is_an_end);
	RUN(a_memory_controller_with_its_dimms);
	RUN(the_table_in_base64);
	tree_end();
	return check_done();
}
