/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log lines on stderr with the priority prefix that journald reads (sd-daemon(3)). Never blocks: a line that
 * the pipe cannot take is dropped and counted, and the next one that fits says how many.
 */
#ifndef PATHWARDEN_LOG_H
#define PATHWARDEN_LOG_H

#define LOG_AT(level, ...) log_line(level, __VA_ARGS__)
#define log_error(...) LOG_AT(3, __VA_ARGS__)
#define log_warning(...) LOG_AT(4, __VA_ARGS__)
#define log_info(...) LOG_AT(6, __VA_ARGS__)

void log_line(int level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
