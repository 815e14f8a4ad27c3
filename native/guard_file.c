/* SPDX-License-Identifier: Apache-2.0 */
/* The plan on disk: written before the cut, gone after a full restore, locked while its writer lives. */
#include "guard.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(char *why, size_t why_size, int error, const char *what)
{
	snprintf(why, why_size, "%s: %s", what, strerror(error));
	return -error;
}

int plan_file_directory(struct plan_file *f, const char *path, char *why, size_t why_size)
{
	const char *slash = strrchr(path, '/');
	char dir[PATH_MAX];
	struct stat st;

	*f = (struct plan_file){.dir_fd = -1, .fd = -1};
	if (!slash || !slash[1] || strlen(slash + 1) >= sizeof(f->name) ||
	    (size_t)(slash - path) >= sizeof(dir)) {
		snprintf(why, why_size, "the plan's path must be absolute and name a file");
		return -EINVAL;
	}
	strcpy(f->name, slash + 1);
	snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path), path);
	f->dir_fd = open(*dir ? dir : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->dir_fd < 0)
		return fail(why, why_size, errno, "the plan's directory cannot be opened");
	if (fstat(f->dir_fd, &st))
		return fail(why, why_size, errno, "the plan's directory");
	if (st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH))) {
		snprintf(why, why_size,
			 "the plan's directory must belong to root and be writable for nobody else");
		return -EPERM;
	}
	return 0;
}

static int write_all(int fd, const unsigned char *p, size_t size)
{
	off_t at = 0;

	while (size) {
		ssize_t n = pwrite(fd, p, size, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		p += n;
		at += n;
		size -= (size_t)n;
	}
	return fsync(fd) ? -errno : 0;
}

int plan_file_rewrite(struct plan_file *f, const struct plan *p)
{
	size_t size;
	unsigned char *bytes = plan_format(p, &size);
	int rc;

	if (!bytes)
		return -ENOMEM;
	rc = size > RECORDS_BYTES_MAX ? -E2BIG : write_all(f->fd, bytes, size);
	free(bytes);
	return rc;
}

/* A name is given to the whole plan only: whoever is killed on the way leaves none, and had cut nothing. */
static int give_name(struct plan_file *f)
{
	char self[32];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", f->fd);
	return linkat(AT_FDCWD, self, f->dir_fd, f->name, AT_SYMLINK_FOLLOW) ? -errno : 0;
}

int plan_file_create(struct plan_file *f, const struct plan *p, char *why, size_t why_size)
{
	int rc;

	f->fd = openat(f->dir_fd, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	if (f->fd < 0)
		return fail(why, why_size, errno, "the plan's file cannot be made");
	rc = flock(f->fd, LOCK_EX | LOCK_NB) ? -errno : plan_file_rewrite(f, p);
	if (!rc)
		rc = give_name(f);
	if (rc)
		return fail(why, why_size, -rc, "the plan cannot be written");
	/* The file's name must last as well. */
	if (!fsync(f->dir_fd))
		return 0;
	rc = -errno;
	plan_file_remove(f);
	return fail(why, why_size, -rc, "the plan cannot be written");
}

int plan_file_remove(struct plan_file *f)
{
	return unlinkat(f->dir_fd, f->name, 0) ? -errno : 0;
}

void plan_file_close(struct plan_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	if (f->dir_fd >= 0)
		close(f->dir_fd);
	f->fd = f->dir_fd = -1;
}

/* A root's regular file of sensible size, in whole. */
static int read_plan(int fd, struct plan *p, char *why, size_t why_size)
{
	struct stat st;
	unsigned char *bytes;
	size_t have = 0;
	int rc;

	if (fstat(fd, &st))
		return fail(why, why_size, errno, "the plan");
	if (!S_ISREG(st.st_mode) || st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) ||
	    st.st_nlink != 1) {
		snprintf(why, why_size, "the plan is not a file that only root could write");
		return -EPERM;
	}
	if (st.st_size > RECORDS_BYTES_MAX) {
		snprintf(why, why_size, "the plan cannot be used: its size is wrong");
		return -EINVAL;
	}
	bytes = malloc((size_t)st.st_size + 1);
	if (!bytes)
		return fail(why, why_size, ENOMEM, "the plan");
	while (have < (size_t)st.st_size) {
		ssize_t n = pread(fd, bytes + have, (size_t)st.st_size - have, (off_t)have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		have += (size_t)n;
	}
	rc = plan_parse(bytes, have, p, why, why_size);
	free(bytes);
	if (rc) {
		char problem[128];

		snprintf(problem, sizeof(problem), "%.127s", why);
		snprintf(why, why_size, "the plan cannot be used: %s", problem);
	}
	return rc;
}

/* Its lock is held, or (in a container with its own /proc) its process is still there. */
static bool writer_lives(int fd, const struct plan_header *h)
{
	if (flock(fd, LOCK_EX | LOCK_NB))
		return true;
	return plan_process_start(h->guard_pid) == h->guard_start;
}

int plan_file_read(struct plan_file *f, struct plan *p, char *why, size_t why_size)
{
	struct plan_header here = {0};
	int rc;

	f->fd = openat(f->dir_fd, f->name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (f->fd < 0)
		return fail(why, why_size, errno, "the plan cannot be opened");
	rc = read_plan(f->fd, p, why, why_size);
	if (!rc)
		rc = plan_identify(&here);
	if (rc)
		return rc;
	if (strcmp(here.boot_id, p->head.boot_id)) {
		snprintf(why, why_size, "the plan is of another boot: nothing of it is left to undo");
		rc = -ESTALE;
	} else if (writer_lives(f->fd, &p->head)) {
		snprintf(why, why_size, "its guard (pid %d) or another undo still works on it",
			 p->head.guard_pid);
		rc = -EBUSY;
	} else if (here.netns_dev != p->head.netns_dev || here.netns_ino != p->head.netns_ino) {
		snprintf(why, why_size,
			 "the plan is of another network namespace (inode %llu, here %llu): undo it there, "
			 "or delete "
			 "the file if that namespace is gone",
			 (unsigned long long)p->head.netns_ino, (unsigned long long)here.netns_ino);
		rc = -EXDEV;
	}
	if (rc)
		plan_free(p);
	return rc;
}

static int other_plan(int fd, const char *name, const struct plan_header *mine, char *why, size_t why_size)
{
	struct plan other;
	char unused[256];
	int rc = 0;
	bool lives;

	if (read_plan(fd, &other, unused, sizeof(unused)))
		return 0;
	lives = writer_lives(fd, &other.head);
	if (!strcmp(other.head.boot_id, mine->boot_id) && other.head.netns_dev == mine->netns_dev &&
	    other.head.netns_ino == mine->netns_ino && other.head.ifindex == mine->ifindex) {
		/* A blackhole on tcx died with its guard and left nothing. */
		if (lives || other.head.kind != CUT_BLACKHOLE || other.head.attach == ATTACH_CLSACT) {
			snprintf(why, why_size,
				 lives
				     ? "another guard (pid %d) is at work on this link, by the plan %.200s"
				     : "an earlier guard (pid %d) was not undone: undo its plan %.200s first",
				 other.head.guard_pid, name);
			rc = -EBUSY;
		}
	}
	plan_free(&other);
	return rc;
}

int plan_file_others(const struct plan_file *f, const struct plan_header *mine, char *why, size_t why_size)
{
	int list = openat(f->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;
	DIR *dir = list < 0 ? NULL : fdopendir(list);
	struct dirent *entry;

	if (!dir)
		return fail(why, why_size, errno, "the plan's directory cannot be read");
	while (!rc && (entry = readdir(dir))) {
		int fd;

		if (entry->d_name[0] == '.' || !strcmp(entry->d_name, f->name))
			continue;
		fd = openat(f->dir_fd, entry->d_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0)
			continue;
		rc = other_plan(fd, entry->d_name, mine, why, why_size);
		close(fd);
	}
	closedir(dir);
	return rc;
}
