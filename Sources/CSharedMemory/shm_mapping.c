#define _GNU_SOURCE
#include "CSharedMemory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

void *shm_map_aligned(int descriptor, uint64_t count, bool writable, uint64_t alignment,
                      int *error) {
  // More address space than is wanted, so that an aligned part of it is large enough; the rest goes.
  uint8_t *reserved = mmap(NULL, count + alignment, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0);
  if (reserved == MAP_FAILED) {
    *error = errno;
    return NULL;
  }
  uint64_t before = (alignment - (uintptr_t)reserved % alignment) % alignment;
  int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
  void *address =
      mmap(reserved + before, count, protection, MAP_SHARED | MAP_FIXED, descriptor, 0);
  if (address == MAP_FAILED) {
    *error = errno;
    munmap(reserved, count + alignment);
    return NULL;
  }
  uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
  uint64_t end = before + (count + page - 1) / page * page;
  if (before > 0) munmap(reserved, before);
  if (end < count + alignment) munmap(reserved + end, count + alignment - end);
  if (!shm_loss_watch(address, count, writable)) {
    munmap(address, count);
    *error = ENOMEM;
    return NULL;
  }
  return address;
}

int shm_lock_range(void *address, uint64_t count) {
  return mlock(address, count) == 0 ? 0 : -errno;
}

uint64_t shm_lock_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return UINT64_MAX;
  return limit.rlim_cur;
}

#if defined(__linux__)

// Headers older than Linux 5.14 and 6.1 lack them.
#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif
// Linux 6.3; some systems refuse a file in memory that could be executed.
#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 8U
#endif
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

int shm_gather_huge_pages(void *address, uint64_t count) {
  // What has no room for a single one is no failure of the kernel's.
  uint64_t before = -(uintptr_t)address % shm_huge_page_size;
  if (count < before + shm_huge_page_size) return 0;
  // The wish first: pages that come later are huge from the beginning where the file system has them.
  if (madvise(address, count, MADV_HUGEPAGE) != 0) return -errno;
  int result;
  do result = madvise(address, count, MADV_COLLAPSE);
  while (result != 0 && errno == EINTR);
  // Where memory is too scattered or too scarce, some pages stay small: that is no failure.
  return result == 0 || errno == EAGAIN || errno == ENOMEM || errno == EBUSY ? 0 : -errno;
}

int shm_prefault(void *address, uint64_t count, bool writable) {
  int result;
  do result = madvise(address, count, writable ? MADV_POPULATE_WRITE : MADV_POPULATE_READ);
  while (result != 0 && errno == EINTR);
  return result == 0 ? 0 : -errno;
}

int shm_create_anonymous(const char *name) {
  unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  int descriptor = memfd_create(name, flags | MFD_NOEXEC_SEAL);
  if (descriptor < 0 && errno == EINVAL) descriptor = memfd_create(name, flags);
  if (descriptor < 0) return -errno;
  // Nobody cuts it short under those who have it mapped.
  if (fchmod(descriptor, 0600) != 0 || fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK) != 0) {
    int error = errno;
    close(descriptor);
    return -error;
  }
  return descriptor;
}

int shm_open_again(int descriptor) {
  char path[64];
  snprintf(path, sizeof path, "/proc/thread-self/fd/%d", descriptor);
  int again;
  do again = open(path, O_RDWR | O_CLOEXEC);
  while (again < 0 && errno == EINTR);
  return again < 0 ? -errno : again;
}

#else

int shm_gather_huge_pages(void *address, uint64_t count) {
  (void)address, (void)count;
  return -EINVAL;
}

int shm_prefault(void *address, uint64_t count, bool writable) {
  (void)writable;
  return madvise(address, count, MADV_WILLNEED) == 0 ? 0 : -errno;
}

int shm_create_anonymous(const char *name) {
  (void)name;
  return -ENOTSUP;
}

int shm_open_again(int descriptor) {
  (void)descriptor;
  return -ENOTSUP;
}

#endif
