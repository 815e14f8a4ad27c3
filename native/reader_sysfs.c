/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "reader.h"

bool reader_sysfs_line(const char *folder, const char *name, char *out, size_t size)
{
	char path[2 * READER_PATH_MAX];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, out, size - 1);
	close(fd);
	if (n < 0)
		return false;
	out[n] = '\0';
	out[strcspn(out, "\n")] = '\0';
	return true;
}

bool reader_sysfs_number(const char *folder, const char *name, int64_t *out)
{
	char text[32], *end;

	if (!reader_sysfs_line(folder, name, text, sizeof(text)))
		return false;
	errno = 0;
	*out = strtoll(text, &end, 0);
	return end != text && *end == '\0' && errno == 0;
}

void reader_sysfs_put(struct json *j, const char *field, const char *folder, const char *name)
{
	int64_t number;

	if (reader_sysfs_number(folder, name, &number))
		json_put_int(j, field, number);
	else
		json_put_null(j, field);
}

bool reader_write(int fd, const void *bytes, size_t size)
{
	const char *at = bytes;

	while (size) {
		ssize_t n = write(fd, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		size -= (size_t)n;
	}
	return true;
}
