// Loaded into a program before its libraries: lets chosen calls on chosen files fail, as a bad disk does.
//
// FAULT_UNDER   the folder whose files are concerned
// FAULT_RANK    the rank concerned (default: all)
// FAULT_AT      the changing call that fails, counted from 1; 0: none
// FAULT_FOR_GOOD  set: all changing calls behind it fail too, as on a full disk
// FAULT_ERRNO   the error that is reported
// FAULT_LOG     a file in which every changing call gets a line: number, name, path
// FAULT_UNREADABLE  the end of a path that cannot be read: reading it reports FAULT_ERRNO
// FAULT_SEEN, FAULT_AS  opening the path that ends in the first for reading opens the second

#include "shim.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>

static _Atomic int calls;

static int is_concerned(void) { return is_rank("FAULT_RANK"); }

static int ends_with(const char *path, const char *end) {
  size_t a = strlen(path), b = strlen(end);
  return a >= b && strcmp(path + a - b, end) == 0;
}

static int is_under(const char *path) {
  const char *folder = getenv("FAULT_UNDER");
  return folder && path && strncmp(path, folder, strlen(folder)) == 0;
}

static const char *path_of(int descriptor, char *buffer) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
  ssize_t count = readlink(link, buffer, PATH_MAX - 1);
  buffer[count < 0 ? 0 : count] = 0;
  return buffer;
}

// Whether this changing call fails.
static int fails(const char *call, const char *path) {
  if (!is_under(path) || !is_concerned()) return 0;
  int number = ++calls, at = setting("FAULT_AT", 0);
  log_line("FAULT_LOG", "%d %s %s\n", number, call, path);
  if (at == 0 || number < at || (number > at && !getenv("FAULT_FOR_GOOD"))) return 0;
  errno = setting("FAULT_ERRNO", EIO);
  return 1;
}

static int fails_at(const char *call, int descriptor) {
  int before = errno;
  char buffer[PATH_MAX];
  if (fails(call, path_of(descriptor, buffer))) return 1;
  errno = before;
  return 0;
}

static int is_unreadable(int descriptor) {
  const char *end = getenv("FAULT_UNREADABLE");
  if (!end || !is_concerned()) return 0;
  int before = errno;
  char buffer[PATH_MAX];
  if (ends_with(path_of(descriptor, buffer), end)) {
    errno = setting("FAULT_ERRNO", EIO);
    return 1;
  }
  errno = before;
  return 0;
}

static const char *seen(const char *path, int flags) {
  const char *end = getenv("FAULT_SEEN"), *other = getenv("FAULT_AS");
  int reads = (flags & O_ACCMODE) == O_RDONLY;
  return end && other && reads && path && is_concerned() && ends_with(path, end) ? other : path;
}

#define OPEN(name)                                                           \
  int name(const char *path, int flags, ...) {                              \
    va_list rest;                                                            \
    va_start(rest, flags);                                                   \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;  \
    va_end(rest);                                                            \
    if ((flags & O_ACCMODE) != O_RDONLY && fails("open", path)) return -1;   \
    return REAL(name)(seen(path, flags), flags, mode);                       \
  }
OPEN(open)
OPEN(open64)

#define CHANGE(result, name, parameters, arguments, descriptor) \
  result name parameters {                                      \
    if (fails_at(#name, descriptor)) return -1;                 \
    return REAL(name) arguments;                                \
  }
CHANGE(ssize_t, write, (int file, const void *bytes, size_t count), (file, bytes, count), file)
CHANGE(ssize_t, pwrite, (int file, const void *bytes, size_t count, off_t at), (file, bytes, count, at), file)
CHANGE(ssize_t, pwrite64, (int file, const void *bytes, size_t count, off64_t at), (file, bytes, count, at), file)
CHANGE(ssize_t, writev, (int file, const struct iovec *pieces, int count), (file, pieces, count), file)
CHANGE(ssize_t, pwritev, (int file, const struct iovec *pieces, int count, off_t at), (file, pieces, count, at), file)
CHANGE(ssize_t, pwritev64, (int file, const struct iovec *pieces, int count, off64_t at), (file, pieces, count, at), file)
CHANGE(int, fsync, (int file), (file), file)
CHANGE(int, fdatasync, (int file), (file), file)
CHANGE(int, ftruncate, (int file, off_t size), (file, size), file)
CHANGE(int, ftruncate64, (int file, off64_t size), (file, size), file)

int posix_fallocate(int file, off_t at, off_t count) {
  if (fails_at("posix_fallocate", file)) return errno;
  return REAL(posix_fallocate)(file, at, count);
}

int rename(const char *from, const char *to) {
  if (fails("rename", to)) return -1;
  return REAL(rename)(from, to);
}

int symlink(const char *content, const char *path) {
  if (fails("symlink", path)) return -1;
  return REAL(symlink)(content, path);
}

int unlink(const char *path) {
  if (fails("unlink", path)) return -1;
  return REAL(unlink)(path);
}

int mkdir(const char *path, mode_t mode) {
  if (fails("mkdir", path)) return -1;
  return REAL(mkdir)(path, mode);
}

#define READ(result, name, parameters, arguments, descriptor) \
  result name parameters {                                    \
    if (is_unreadable(descriptor)) return -1;                 \
    return REAL(name) arguments;                              \
  }
READ(ssize_t, read, (int file, void *bytes, size_t count), (file, bytes, count), file)
READ(ssize_t, pread, (int file, void *bytes, size_t count, off_t at), (file, bytes, count, at), file)
READ(ssize_t, pread64, (int file, void *bytes, size_t count, off64_t at), (file, bytes, count, at), file)
