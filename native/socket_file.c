/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include "socket_file.h"

/* -EADDRINUSE when somebody answers there; a socket that nobody serves is removed. */
static int clear_path(const struct sockaddr_un *address)
{
	struct stat st;
	int fd, error;

	if (lstat(address->sun_path, &st))
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	error = connect(fd, (const struct sockaddr *)address, sizeof(*address)) ? errno : 0;
	close(fd);
	if (error == 0 || error == EAGAIN)
		return -EADDRINUSE;
	return unlink(address->sun_path) ? -errno : 0;
}

static int make_folder(const char *socket_path)
{
	char *copy = strdup(socket_path);
	int r;

	if (!copy)
		return -ENOMEM;
	r = mkdir(dirname(copy), 0755) && errno != EEXIST ? -errno : 0;
	free(copy);
	return r;
}

static int bind_to(int fd, const struct sockaddr_un *address, uid_t owner)
{
	mode_t mask = umask(0177);
	int r = bind(fd, (const struct sockaddr *)address, sizeof(*address)) ? -errno : 0;

	umask(mask);
	/* Owner: the agent. Root needs no permission bits. */
	if (!r && owner != geteuid() && lchown(address->sun_path, owner, (gid_t)-1))
		r = -errno;
	if (!r && listen(fd, 16))
		r = -errno;
	return r;
}

int socket_file_open(const char *path, uid_t owner)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd, r;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	r = make_folder(path);
	if (!r)
		r = clear_path(&address);
	if (r)
		return r;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	r = bind_to(fd, &address, owner);
	if (r) {
		close(fd);
		return r;
	}
	return fd;
}
