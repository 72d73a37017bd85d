/* A disk that fails on demand, for LD_PRELOAD. While a file of that name is in $FAULTY_DISK:
 * full, readonly: writes fail; broken: syncs fail; slow: syncs take 300 ms; stuck: syncs do not return. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

static int is(const char *fault) {
  char path[4096];
  const char *directory = getenv("FAULTY_DISK");
  if (!directory) return 0;
  snprintf(path, sizeof path, "%s/%s", directory, fault);
  return access(path, F_OK) == 0;
}

static int fails(int error) {
  errno = error;
  return -1;
}

static int faulty_sync(const char *name, int fd) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  if (is("broken")) return fails(EIO);
  if (is("slow")) usleep(300000);
  while (is("stuck")) usleep(1000);
  return real(fd);
}

static ssize_t faulty_write(const char *name, int fd, const void *data, size_t size, off_t at) {
  ssize_t (*real)(int, const void *, size_t, off_t) =
      (ssize_t(*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, name);
  if (is("full")) return fails(ENOSPC);
  if (is("readonly")) return fails(EROFS);
  return real(fd, data, size, at);
}

int fsync(int fd) { return faulty_sync("fsync", fd); }
int fdatasync(int fd) { return faulty_sync("fdatasync", fd); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { return faulty_write("pwrite", fd, data, size, at); }
ssize_t pwrite64(int fd, const void *data, size_t size, off_t at) { return faulty_write("pwrite64", fd, data, size, at); }
