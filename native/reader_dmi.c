/* SPDX-License-Identifier: Apache-2.0 */
/* The SMBIOS structure table, which the kernel shows to root alone, in base64 (RFC 4648, 4). */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include "reader.h"

static void put_three(const unsigned char *in, size_t n, char out[4])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned int bits = (unsigned int)in[0] << 16 | (n > 1 ? in[1] << 8 : 0) | (n > 2 ? in[2] : 0);

	out[0] = digits[bits >> 18];
	out[1] = digits[bits >> 12 & 63];
	out[2] = n > 1 ? digits[bits >> 6 & 63] : '=';
	out[3] = n > 2 ? digits[bits & 63] : '=';
}

int reader_dmi(int out, const char *root, const char *subject)
{
	/* A little more than fits, so that a longer table counts as cut. */
	static unsigned char table[READER_OUTPUT_MAX / 4 * 3 + 3];
	static char text[sizeof(table) / 3 * 4];
	char path[READER_PATH_MAX];
	size_t used = 0, length = 0;
	ssize_t n;
	int fd;

	(void)subject;
	snprintf(path, sizeof(path), "%s/sys/firmware/dmi/tables/DMI", root);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 1;
	while (used < sizeof(table) && (n = read(fd, table + used, sizeof(table) - used)) > 0)
		used += (size_t)n;
	for (size_t at = 0; at < used; at += 3, length += 4)
		put_three(table + at, used - at, text + length);
	return used && reader_write(out, text, length) ? 0 : 1;
}
