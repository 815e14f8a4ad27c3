/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines: how they read, whose are kept, and whose is whose. */
#include <stdlib.h>
#include <sys/stat.h>
#include "check.h"
#include "../../native/sources/ras_arguments.c"
#include "../../native/sources/ras_command.c"
#include "../../native/sources/sysfs.c"

#define ARGUMENTS(literal) ((struct ras_arguments){literal, sizeof(literal) - 1})
#define QEMU "/usr/bin/qemu-system-x86_64\0-name\0guest=vm1,debug-threads=on\0-S\0"

static char root[] = "/tmp/ras_command.XXXXXX";
static char text[FRAME_TEXT_MAX];

static const char *text_of(struct ras_arguments a, size_t size)
{
	char *tight = malloc(size); /* the sanitizer watches its end */

	ras_command_text(a, tight, size);
	snprintf(text, sizeof(text), "%s", tight);
	free(tight);
	return text;
}

static void reads_like_a_command(void)
{
	CHECK_TEXT(text_of(ARGUMENTS(QEMU), 257),
		   "/usr/bin/qemu-system-x86_64 -name guest=vm1,debug-threads=on -S");
	CHECK_TEXT(text_of(ARGUMENTS("a\0b"), 257), "a b"); /* cut */
	CHECK_TEXT(text_of(ARGUMENTS("a\0\0b\0"), 257), "a  b");
	CHECK_TEXT(text_of(ARGUMENTS(""), 257), "");
	CHECK_TEXT(text_of(ARGUMENTS("abcdef\0gh\0"), 5), "abcd");
	CHECK_TEXT(text_of(ARGUMENTS("abcdef\0gh\0"), 8), "abcdef ");
	CHECK_TEXT(text_of(ARGUMENTS("abcdef\0gh\0"), 1), "");
}

static void keeps_the_name_of_a_machine(void)
{
	CHECK_TEXT(text_of(ARGUMENTS("qemu\0-drive\0file=/very/long\0-name\0vm7\0-S\0"), 24),
		   "qemu -name vm7 -drive f");
	CHECK_TEXT(text_of(ARGUMENTS("qemu\0-S\0-name\0vm7\0"), 20), "qemu -S -name vm7");
	/* An option at the end has no value. */
	CHECK_TEXT(text_of(ARGUMENTS("qemu\0-drive\0file=/very/long\0-name\0"), 12), "qemu -drive");
	CHECK_TEXT(text_of(ARGUMENTS("-name\0guest=one\0and\0more\0"), 12), "-name guest");
}

static void knows_a_hypervisor(void)
{
	CHECK(ras_command_is_hypervisor(ARGUMENTS(QEMU)));
	CHECK(ras_command_is_hypervisor(ARGUMENTS("qemu-kvm\0")));
	CHECK(ras_command_is_hypervisor(ARGUMENTS("/usr/libexec/other\0-S\0-name\0guest=x\0")));
	CHECK(!ras_command_is_hypervisor(ARGUMENTS("other\0-name\0x\0")));
	CHECK(!ras_command_is_hypervisor(ARGUMENTS("/qemu/other\0")));
	CHECK(!ras_command_is_hypervisor(ARGUMENTS("qem")));
	CHECK(!ras_command_is_hypervisor(ARGUMENTS("")));
	CHECK(!ras_command_is_hypervisor(ARGUMENTS("\0\0\0")));
}

/* --- a /proc of our own --- */

static void write_file(const char *name, const char *bytes, size_t size)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/proc/%s", root, name);
	f = fopen(path, "w");
	fwrite(bytes, 1, size, f);
	fclose(f);
}

static void add_process(unsigned int pid, const char *name, uint64_t ticks, struct ras_arguments a)
{
	char path[256], stat_text[256];

	snprintf(path, sizeof(path), "%s/proc/%u", root, pid);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%u/cmdline", pid);
	write_file(path, a.bytes, a.size);
	snprintf(stat_text, sizeof(stat_text),
		 "%u (%s) S 1 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 %llu 12 13\n", pid, name,
		 (unsigned long long)ticks);
	snprintf(path, sizeof(path), "%u/stat", pid);
	write_file(path, stat_text, strlen(stat_text));
}

static void remove_process(unsigned int pid)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/proc/%u/cmdline", root, pid);
	remove(path);
	snprintf(path, sizeof(path), "%s/proc/%u/stat", root, pid);
	remove(path);
	snprintf(path, sizeof(path), "%s/proc/%u", root, pid);
	remove(path);
}

static const char *command_of(unsigned int pid, uint64_t ticks, struct ras_arguments seen)
{
	ras_command_of(root, pid, ticks * NS_PER_TICK + 5, seen, text, sizeof(text));
	return text;
}

static const struct ras_arguments nothing;

static void reads_it_while_it_is_there(void)
{
	add_process(20, "a) R 1 (b", 500, ARGUMENTS("a\0x\0"));
	CHECK_TEXT(command_of(20, 500, nothing), "a x");
	/* Another process of that number. */
	CHECK_TEXT(command_of(20, 499, nothing), "");
	CHECK_TEXT(command_of(20, 499, ARGUMENTS("seen\0")), "seen");
	remove_process(20);
	CHECK_TEXT(command_of(20, 500, nothing), "");
	/* One that ends has none any more. */
	add_process(21, "z", 500, ARGUMENTS(""));
	CHECK_TEXT(command_of(21, 500, nothing), "");
	remove_process(21);
}

static void keeps_those_of_hypervisors(void)
{
	add_process(30, "qemu-system-x86", 600, ARGUMENTS(QEMU));
	add_process(31, "other", 600, ARGUMENTS("other\0"));
	ras_command_scan(root);
	remove_process(30);
	remove_process(31);
	CHECK(!strncmp(command_of(30, 600, nothing), "/usr/bin/qemu-system-x86_64 -name guest=vm1", 43));
	CHECK_TEXT(command_of(30, 601, nothing), "");
	CHECK_TEXT(command_of(31, 600, nothing), "");
	ras_command_keep(40, 700 * NS_PER_TICK + 123, ARGUMENTS("qemu\0two\0"));
	CHECK_TEXT(command_of(40, 700, nothing), "qemu two");
	/* It has become something else that looks like one. */
	ras_command_keep(40, 700 * NS_PER_TICK + 123, ARGUMENTS("qemu\0three\0"));
	CHECK_TEXT(command_of(40, 700, nothing), "qemu three");
	ras_command_keep(40, 700 * NS_PER_TICK + 123, nothing);
	CHECK_TEXT(command_of(40, 700, nothing), "qemu three");
	ras_command_forget();
	CHECK_TEXT(command_of(40, 700, nothing), "");
	CHECK_TEXT(command_of(0, 0, nothing), "");
}

static void keeps_no_more_than_it_may(void)
{
	for (uint32_t pid = 1; pid <= RAS_COMMANDS_MAX + 2; pid++)
		ras_command_keep(pid, 0, ARGUMENTS("qemu\0"));
	CHECK_TEXT(command_of(1, 0, nothing), "");
	CHECK_TEXT(command_of(2, 0, nothing), "");
	CHECK_TEXT(command_of(3, 0, nothing), "qemu");
	CHECK_TEXT(command_of(RAS_COMMANDS_MAX + 2, 0, nothing), "qemu");
	ras_command_forget();
}

static bool hidden(const char *mounts)
{
	write_file("self/mounts", mounts, strlen(mounts));
	return ras_command_hidden(root);
}

static void sees_what_is_hidden(void)
{
	char path[256];

	CHECK(!ras_command_hidden(root)); /* it cannot be read */
	snprintf(path, sizeof(path), "%s/proc/self", root);
	mkdir(path, 0700);
	CHECK(!hidden("proc /proc proc rw,nosuid 0 0\n"));
	CHECK(hidden("sys /sys sysfs rw 0 0\nproc /proc proc rw,hidepid=invisible 0 0\n"));
	CHECK(hidden("proc /proc proc rw,gid=4,hidepid=2 0 0\n"));
	CHECK(!hidden("proc /proc proc rw,hidepid=off 0 0\n"));
	CHECK(!hidden("proc /jail/proc proc rw,hidepid=2 0 0\n"));
	snprintf(path, sizeof(path), "%s/proc/self/mounts", root);
	remove(path);
	snprintf(path, sizeof(path), "%s/proc/self", root);
	remove(path);
}

int main(void)
{
	char path[256];

	if (!mkdtemp(root))
		return 1;
	snprintf(path, sizeof(path), "%s/proc", root);
	mkdir(path, 0700);
	RUN(reads_like_a_command);
	RUN(keeps_the_name_of_a_machine);
	RUN(knows_a_hypervisor);
	RUN(reads_it_while_it_is_there);
	RUN(keeps_those_of_hypervisors);
	RUN(keeps_no_more_than_it_may);
	RUN(sees_what_is_hidden);
	remove(path);
	remove(root);
	return check_done();
}
