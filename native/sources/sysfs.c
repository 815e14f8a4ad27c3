/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "sysfs.h"

/* A file of sysfs has one page at most, and one read gets it. */
#define FILE_MAX 4096

/* Reads it whole and ends it with a NUL. Length, or -errno. */
static int read_whole(char text[FILE_MAX + 1], const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = read(fd, text, FILE_MAX);
	if (n < 0)
		n = -errno;
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return (int)n;
}

/* 0, or -ENAMETOOLONG. */
static int write_path(char path[SYSFS_PATH_MAX], const char *fmt, va_list args)
{
	int n = vsnprintf(path, SYSFS_PATH_MAX, fmt, args);

	return n < 0 || n >= SYSFS_PATH_MAX ? -ENAMETOOLONG : 0;
}

int sysfs_read(char *buf, size_t size, const char *fmt, ...)
{
	char path[SYSFS_PATH_MAX], text[FILE_MAX + 1];
	va_list args;
	int r;

	va_start(args, fmt);
	r = write_path(path, fmt, args);
	va_end(args);
	if (!r)
		r = read_whole(text, path);
	if (r < 0)
		return r;
	snprintf(buf, size, "%.*s", (int)strcspn(text, "\n"), text);
	return 0;
}

int sysfs_link(char *buf, size_t size, const char *fmt, ...)
{
	char path[SYSFS_PATH_MAX];
	va_list args;
	ssize_t n;
	int r;

	va_start(args, fmt);
	r = write_path(path, fmt, args);
	va_end(args);
	if (r)
		return r;
	/* Not readlink(): that one is no call that syscalls.c allows. */
	n = readlinkat(AT_FDCWD, path, buf, size - 1);
	if (n < 0)
		return -errno;
	buf[n] = '\0';
	return 0;
}

int sysfs_uevent(char *buf, size_t size, const char *key, const char *fmt, ...)
{
	char path[SYSFS_PATH_MAX], text[FILE_MAX + 1], *rest = text, *line;
	size_t length = strlen(key);
	va_list args;
	int r;

	va_start(args, fmt);
	r = write_path(path, fmt, args);
	va_end(args);
	if (!r)
		r = read_whole(text, path);
	if (r < 0)
		return r;
	while ((line = strsep(&rest, "\n")))
		if (!strncmp(line, key, length) && line[length] == '=') {
			snprintf(buf, size, "%s", line + length + 1);
			return 0;
		}
	return -ENOENT;
}

int sysfs_list(const char *folder, void (*fn)(void *data, const char *name), void *data)
{
	DIR *dir = opendir(folder);
	struct dirent *e;

	if (!dir)
		return -errno;
	while ((e = readdir(dir)))
		if (e->d_name[0] != '.')
			fn(data, e->d_name);
	closedir(dir);
	return 0;
}
