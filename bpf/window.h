/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0 OR BSD-2-Clause */
/*
 * Errors of one component that follow each other quickly. The first is told at once; those within the next
 * 100 ms are counted and told together when these are over. Whoever uses it sees to it that two do not at the
 * same time.
 */
#ifndef PATHWARDEN_WINDOW_H
#define PATHWARDEN_WINDOW_H

#include <linux/types.h>

#define WINDOW_NS 100000000ULL
/* Nothing to tell for so long: it may be forgotten. */
#define WINDOW_QUIET_NS 1000000000ULL

struct window {
	__u64 told_ns;	/* when something was last told; 0: never */
	__u64 first_ns; /* of those that are counted */
	__u64 count;
};

/* Times are taken before whatever makes users wait for each other: one may be a little older than the last.
 */
static inline _Bool window_over(const struct window *w, __u64 t_ns, __u64 length_ns)
{
	return !w->told_ns || (t_ns > w->told_ns && t_ns - w->told_ns >= length_ns);
}

/* `errors` more, at t_ns. */
static inline void window_count(struct window *w, __u64 t_ns, __u64 errors)
{
	if (!w->count || t_ns < w->first_ns)
		w->first_ns = t_ns;
	w->count += errors;
}

/* Are there errors that are to be told now? */
static inline _Bool window_due(const struct window *w, __u64 t_ns)
{
	return w->count && window_over(w, t_ns, WINDOW_NS);
}

/* They are told. Could they not be, window_count() takes them back. */
static inline void window_told(struct window *w, __u64 t_ns)
{
	w->told_ns = t_ns;
	w->count = 0;
}

static inline _Bool window_quiet(const struct window *w, __u64 t_ns)
{
	return !w->count && window_over(w, t_ns, WINDOW_QUIET_NS);
}

#endif
