// What libraries loaded before the program share: the functions they stand before, their settings, the rank they are in, a log.

#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int setting(const char *name, int missing) {
  const char *text = getenv(name);
  return text ? atoi(text) : missing;
}

// Whether this is the rank that the variable names; all are where it is not set.
static int is_rank(const char *name) {
  const char *own = getenv("OMPI_COMM_WORLD_RANK");
  int rank = setting(name, -1);
  return rank < 0 || rank == (own ? atoi(own) : 0);
}

// Adds a line to the file that the variable names.
__attribute__((format(printf, 2, 3))) static void log_line(const char *name, const char *format, ...) {
  const char *log = getenv(name);
  if (!log) return;
  int file = REAL(open)(log, O_WRONLY | O_CREAT | O_APPEND, 0666);
  if (file < 0) return;
  char line[8192];
  va_list rest;
  va_start(rest, format);
  int count = vsnprintf(line, sizeof line, format, rest);
  va_end(rest);
  ssize_t ignored = REAL(write)(file, line, count);
  (void)ignored;
  REAL(close)(file);
}
