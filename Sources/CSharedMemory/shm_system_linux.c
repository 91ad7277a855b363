#if defined(__linux__)
#define _GNU_SOURCE
#include "CSharedMemory.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/membarrier.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "shm_file_steps.h"

// fallocate(2) itself: the library's emulation of posix_fallocate writes zeros over what another
// process may have written meanwhile.
static int commit_step(int descriptor, uint64_t offset, uint64_t count, int attempts) {
  int result;
  do result = fallocate(descriptor, 0, (off_t)offset, (off_t)count);
  while (result != 0 && errno == EINTR && --attempts != 0);
  return result == 0 ? 0 : -errno;
}

int shm_commit(int descriptor, uint64_t offset, uint64_t count) {
  // At once, so that what there is no room for takes none.
  int result = commit_step(descriptor, offset, count, 4);
  if (result != -EINTR) return result;
  // A signal undoes a call, and a timer might do so for ever: in parts that end before the next one.
  const uint64_t step = 16 << 20;
  for (uint64_t done = 0; done < count; done += step) {
    uint64_t part = count - done < step ? count - done : step;
    result = commit_step(descriptor, offset + done, part, -1);
    if (result != 0) return result;
  }
  return 0;
}

int shm_create_unnamed_file(const char *directory, uint32_t mode) {
  // Its name is given through this folder: of the thread, whose process may have lost its first one.
  if (access("/proc/thread-self/fd", X_OK) != 0) return -ENOSYS;
  return shm_with_mode(open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, mode), mode);
}

int shm_name_file(int descriptor, const char *to) {
  char path[64];
  snprintf(path, sizeof path, "/proc/thread-self/fd/%d", descriptor);
  return linkat(AT_FDCWD, path, AT_FDCWD, to, AT_SYMLINK_FOLLOW) == 0 ? 0 : -errno;
}

uint64_t *shm_fork_detector(void) {
  size_t size = (size_t)sysconf(_SC_PAGESIZE);
  void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return NULL;
  if (madvise(page, size, MADV_WIPEONFORK) != 0) {
    munmap(page, size);
    return NULL;
  }
  return (uint64_t *)page;
}

void shm_fork_detector_free(uint64_t *word) { munmap(word, (size_t)sysconf(_SC_PAGESIZE)); }

static struct timespec time_of(uint64_t nanoseconds) {
  return (struct timespec){.tv_sec = (time_t)(nanoseconds / 1000000000u),
                           .tv_nsec = (long)(nanoseconds % 1000000000u)};
}

// Never FUTEX_PRIVATE_FLAG: the word is shared between processes.
int shm_futex_wait(uint32_t *word, uint32_t expected, uint64_t timeout) {
  struct timespec time = time_of(timeout);
  long result = syscall(SYS_futex, word, FUTEX_WAIT, expected, &time, NULL, 0);
  return result != 0 && errno == ETIMEDOUT ? -ETIMEDOUT : 0;
}

int shm_futex_wake(uint32_t *word, int count) {
  long result = syscall(SYS_futex, word, FUTEX_WAKE, count, NULL, NULL, 0);
  return result < 0 ? -errno : (int)result;
}

int shm_enlist_for_fences(void) {
  return syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0) == 0 ? 0 : -errno;
}

int shm_fence_enlisted(void) {
  return syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0) == 0 ? 0 : -errno;
}

#ifndef SYS_futex_waitv
#define SYS_futex_waitv 449
#endif

int shm_futex_wait_any(uint32_t *const *words, const uint32_t *expected, unsigned count,
                       uint64_t timeout) {
  // The kernel's struct futex_waitv; headers older than Linux 5.16 lack it.
  struct {
    uint64_t value;
    uint64_t address;
    uint32_t flags;
    uint32_t reserved;
  } waiters[128];
  if (count > 128) return -EINVAL;
  for (unsigned i = 0; i < count; i++) {
    waiters[i].value = expected[i];
    waiters[i].address = (uint64_t)(uintptr_t)words[i];
    waiters[i].flags = 2;  // 32-bit word, shared between processes
    waiters[i].reserved = 0;
  }
  struct timespec deadline = time_of(shm_monotonic_time() + timeout);
  long result = syscall(SYS_futex_waitv, waiters, count, 0, &deadline, CLOCK_MONOTONIC);
  if (result < 0 && errno == ETIMEDOUT) return -ETIMEDOUT;
  if (result < 0 && (errno == ENOSYS || errno == EPERM)) return -ENOSYS;
  return 0;
}
#endif
