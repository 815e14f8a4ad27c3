/* SPDX-License-Identifier: Apache-2.0 */
/* A made /sys and /proc in a folder of its own, for a test of what reads them. */
#ifndef PATHWARDEN_TREE_H
#define PATHWARDEN_TREE_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char tree[] = "/tmp/pathwarden-tree-XXXXXX";

static int tree_remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st;
	(void)type;
	(void)walk;
	return remove(path);
}

static void tree_remove(const char *below)
{
	char path[512];

	snprintf(path, sizeof(path), "%s%s", tree, below);
	nftw(path, tree_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* An empty one. */
static void tree_begin(void)
{
	strcpy(tree + sizeof(tree) - 7, "XXXXXX");
	if (!mkdtemp(tree))
		abort();
}

static void tree_end(void)
{
	tree_remove("");
}

/* The path in the tree, with every folder above it. */
static const char *tree_path(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s%s", tree, name);
	for (char *at = path + sizeof(tree); (at = strchr(at, '/')); at++) {
		*at = '\0';
		mkdir(path, 0755);
		*at = '/';
	}
	return path;
}

static void tree_file(const char *name, const char *text)
{
	FILE *f = fopen(tree_path(name), "w");

	if (!f || fputs(text, f) < 0 || fclose(f))
		abort();
}

static inline void tree_link(const char *name, const char *target)
{
	if (symlink(target, tree_path(name)))
		abort();
}

#endif
