#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// How a file's bytes come into a process, beyond a plain mapping. Each returns 0 or -errno.

/// Maps `count` bytes of the file, shared, at an address that is a multiple of `alignment`, a power
/// of two. Returns NULL and sets `*error` on failure.
void *shm_map_aligned(int descriptor, uint64_t count, bool writable, uint64_t alignment,
                      int *error);

/// Bytes of a huge page.
enum { shm_huge_page_size = 2 << 20 };

/// Gathers the range's pages into huge ones, as many as the system can; -EINVAL where it can none.
int shm_gather_huge_pages(void *address, uint64_t count);

/// Brings the whole range into the process's page table.
int shm_prefault(void *address, uint64_t count, bool writable);

/// Keeps the range in memory for as long as this process has it mapped.
int shm_lock_range(void *address, uint64_t count);

/// Most bytes that this process may lock; UINT64_MAX for any number.
uint64_t shm_lock_limit(void);

/// Makes an empty file without a name in memory, which is gone with its last user. `name` is what
/// people see in the system's lists. Returns its descriptor.
int shm_create_anonymous(const char *name);

/// Opens an open file for reading and writing once more: a description of its own, as a lock needs.
int shm_open_again(int descriptor);
