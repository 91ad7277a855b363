#define _GNU_SOURCE
#include "CSharedMemory.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "shm_file_steps.h"

int shm_open_file(const char *path, bool writable) {
  int flags = (writable ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
  int descriptor;
  do descriptor = open(path, flags);
  while (descriptor < 0 && errno == EINTR);
  return descriptor < 0 ? -errno : descriptor;
}

int shm_create_file(const char *path, uint32_t mode) {
  int descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  return shm_with_mode(descriptor, mode);
}

int shm_with_mode(int descriptor, uint32_t mode) {
  if (descriptor < 0) return -errno;
  // The umask may have taken bits that a group was promised.
  if (fchmod(descriptor, mode) != 0) {
    int error = errno;
    close(descriptor);
    return -error;
  }
  return descriptor;
}

bool shm_same_file(int descriptor, int other) {
  struct stat one, two;
  return fstat(descriptor, &one) == 0 && fstat(other, &two) == 0 && one.st_dev == two.st_dev &&
         one.st_ino == two.st_ino;
}

int shm_close(int descriptor) { return close(descriptor) == 0 ? 0 : -errno; }

static struct shm_file_facts facts_of(const struct stat *status) {
  return (struct shm_file_facts){
      .size = (uint64_t)status->st_size,
      .allocated = (uint64_t)status->st_blocks * 512,
      .links = (uint64_t)status->st_nlink,
      .owner = status->st_uid,
      .group = status->st_gid,
      .mode = status->st_mode & 07777,
      .regular = S_ISREG(status->st_mode),
      .directory = S_ISDIR(status->st_mode),
  };
}

int shm_file_facts(int descriptor, struct shm_file_facts *facts) {
  struct stat status;
  if (fstat(descriptor, &status) != 0) return -errno;
  *facts = facts_of(&status);
  return 0;
}

int shm_path_facts(const char *path, struct shm_file_facts *facts) {
  struct stat status;
  if (lstat(path, &status) != 0) return -errno;
  *facts = facts_of(&status);
  return 0;
}

int shm_share_with_group(int descriptor, uint32_t group) {
  if (fchown(descriptor, (uid_t)-1, group) != 0) return -errno;
  // The umask has no say here: the group was named.
  return fchmod(descriptor, 0660) == 0 ? 0 : -errno;
}

int64_t shm_group_number(const char *name) {
  // A group's entry is as long as the names of its members together.
  for (size_t size = 4096; size <= 16 << 20; size *= 4) {
    char *text = malloc(size);
    if (text == NULL) return -1;
    struct group entry, *found = NULL;
    int result;
    do result = getgrnam_r(name, &entry, text, size, &found);
    while (result == EINTR);
    free(text);
    if (result != ERANGE) return result == 0 && found != NULL ? (int64_t)entry.gr_gid : -1;
  }
  return -1;
}

int64_t shm_read_at(int descriptor, void *bytes, size_t count, uint64_t offset) {
  ssize_t got;
  do got = pread(descriptor, bytes, count, (off_t)offset);
  while (got < 0 && errno == EINTR);
  return got < 0 ? -errno : got;
}

int64_t shm_write_at(int descriptor, const void *bytes, size_t count, uint64_t offset) {
  size_t written = 0;
  while (written < count) {
    ssize_t got = pwrite(descriptor, (const uint8_t *)bytes + written, count - written,
                         (off_t)(offset + written));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return written > 0 ? (int64_t)written : -errno;
    written += (size_t)got;
  }
  return (int64_t)written;
}

int shm_sync(int descriptor) {
  int result;
  do result = fsync(descriptor);
  while (result != 0 && errno == EINTR);
  return result == 0 ? 0 : -errno;
}

int shm_rename(const char *from, const char *to) {
  return rename(from, to) == 0 ? 0 : -errno;
}

int shm_truncate(int descriptor, uint64_t size) {
  int result;
  do result = ftruncate(descriptor, (off_t)size);
  while (result != 0 && errno == EINTR);
  return result == 0 ? 0 : -errno;
}

void *shm_map(int descriptor, uint64_t count, bool writable, int *error) {
  int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
  void *address = mmap(NULL, count, protection, MAP_SHARED, descriptor, 0);
  if (address == MAP_FAILED) {
    *error = errno;
    return NULL;
  }
  if (!shm_loss_watch(address, count, writable)) {
    munmap(address, count);
    *error = ENOMEM;
    return NULL;
  }
  return address;
}

void shm_unmap(void *address, uint64_t count) {
  shm_loss_forget(address);
  munmap(address, count);
}

int shm_link_into_place(const char *from, const char *to) {
  return link(from, to) == 0 ? 0 : -errno;
}

int shm_unlink(const char *path) { return unlink(path) == 0 ? 0 : -errno; }

int shm_unlink_own(const char *path, int descriptor) {
  struct stat named, own;
  if (lstat(path, &named) != 0 || fstat(descriptor, &own) != 0) return -errno;
  if (named.st_dev != own.st_dev || named.st_ino != own.st_ino) return -ESTALE;
  return shm_unlink(path);
}

int shm_make_directory(const char *path, uint32_t mode) {
  return mkdir(path, mode) == 0 || errno == EEXIST ? 0 : -errno;
}

static int lock_command(int descriptor, uint64_t offset, int command, short type) {
  struct flock lock = {.l_type = type, .l_whence = SEEK_SET, .l_start = (off_t)offset, .l_len = 1};
  int result;
  do result = fcntl(descriptor, command, &lock);
  while (result != 0 && errno == EINTR);
  if (result != 0) return errno == EACCES ? -EAGAIN : -errno;
  if (command == F_OFD_GETLK && lock.l_type != F_UNLCK) return -EAGAIN;
  return 0;
}

int shm_lock_byte(int descriptor, uint64_t offset) {
  return lock_command(descriptor, offset, F_OFD_SETLK, F_WRLCK);
}

int shm_test_byte(int descriptor, uint64_t offset) {
  return lock_command(descriptor, offset, F_OFD_GETLK, F_WRLCK);
}

int shm_unlock_byte(int descriptor, uint64_t offset) {
  return lock_command(descriptor, offset, F_OFD_SETLK, F_UNLCK);
}

static uint64_t nanoseconds(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

uint64_t shm_monotonic_time(void) { return nanoseconds(CLOCK_MONOTONIC); }
uint64_t shm_wall_time(void) { return nanoseconds(CLOCK_REALTIME); }

int shm_random(void *bytes, size_t count) {
  return getentropy(bytes, count) == 0 ? 0 : -errno;
}

void shm_pause(uint64_t nanoseconds) {
  struct timespec time = {.tv_sec = (time_t)(nanoseconds / 1000000000u),
                          .tv_nsec = (long)(nanoseconds % 1000000000u)};
  while (nanosleep(&time, &time) != 0 && errno == EINTR) {
  }
}
