#if defined(__APPLE__)
#include "CSharedMemory.h"

#include <errno.h>
#include <fcntl.h>
#include <os/os_sync_wait_on_address.h>
#include <sys/mman.h>
#include <unistd.h>

#include "shm_file_steps.h"

int shm_commit(int descriptor, uint64_t offset, uint64_t count) {
  fstore_t store = {.fst_flags = F_ALLOCATEALL,
                    .fst_posmode = F_PEOFPOSMODE,
                    .fst_offset = 0,
                    .fst_length = (off_t)count};
  (void)offset;
  return fcntl(descriptor, F_PREALLOCATE, &store) == 0 ? 0 : -errno;
}

int shm_create_unnamed_file(const char *directory, uint32_t mode) {
  (void)directory;
  (void)mode;
  return -ENOTSUP;
}

int shm_name_file(int descriptor, const char *to) {
  (void)descriptor;
  (void)to;
  return -ENOTSUP;
}

uint64_t *shm_fork_detector(void) {
  size_t size = (size_t)sysconf(_SC_PAGESIZE);
  void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0);
  if (page == MAP_FAILED) return NULL;
  if (minherit(page, size, VM_INHERIT_ZERO) != 0) {
    munmap(page, size);
    return NULL;
  }
  return (uint64_t *)page;
}

void shm_fork_detector_free(uint64_t *word) { munmap(word, (size_t)sysconf(_SC_PAGESIZE)); }

int shm_futex_wait(uint32_t *word, uint32_t expected, uint64_t timeout) {
  int result = os_sync_wait_on_address_with_timeout(
      word, expected, 4, OS_SYNC_WAIT_ON_ADDRESS_SHARED, OS_CLOCK_MACH_ABSOLUTE_TIME, timeout);
  return result < 0 && errno == ETIMEDOUT ? -ETIMEDOUT : 0;
}

int shm_futex_wake(uint32_t *word, int count) {
  int result = count == 1
                   ? os_sync_wake_by_address_any(word, 4, OS_SYNC_WAKE_BY_ADDRESS_SHARED)
                   : os_sync_wake_by_address_all(word, 4, OS_SYNC_WAKE_BY_ADDRESS_SHARED);
  return result < 0 ? -errno : 0;
}

int shm_enlist_for_fences(void) { return -ENOSYS; }

int shm_fence_enlisted(void) { return -ENOSYS; }

int shm_futex_wait_any(uint32_t *const *words, const uint32_t *expected, unsigned count,
                       uint64_t timeout) {
  (void)words, (void)expected, (void)count, (void)timeout;
  return -ENOSYS;
}
#endif
