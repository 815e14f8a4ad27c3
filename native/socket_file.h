/* SPDX-License-Identifier: Apache-2.0 */
/* The file of a unix socket that root serves to one other user. */
#ifndef PATHWARDEN_SOCKET_FILE_H
#define PATHWARDEN_SOCKET_FILE_H

#include <sys/types.h>

/*
 * Binds and listens at path (SOCK_STREAM, not blocking), makes its folder if need be, and leaves the socket
 * to owner, mode 0600. A socket that nobody serves is replaced. The descriptor, -EADDRINUSE when somebody
 * answers there, or -errno.
 */
int socket_file_open(const char *path, uid_t owner);

#endif
