#pragma once

#include <stddef.h>
#include <stdint.h>

// The bytes of a heap. `Documentation/MemoryLayout.md` draws and explains them.

/// Its entry. Each class of sizes has a part of its own, made of units; each large allocation has one.
struct shm_heap {
  uint32_t version;
  uint8_t unused[4];
  uint64_t large;                 // numbers given out to large allocations so far
  uint8_t reserved[48];
};

/// The beginning of a large allocation; its bytes follow it.
struct shm_heap_large {
  uint64_t state;                 // bits 0-2 state, 3-30 owner
  uint64_t facts;                 // bits 0-31 type
  uint8_t reserved[48];
};

enum {
  shm_heap_version = 1,
  shm_heap_size = sizeof(struct shm_heap),
  shm_heap_large_count = offsetof(struct shm_heap, large),
  shm_heap_large_facts = offsetof(struct shm_heap_large, facts),
  shm_heap_large_size = sizeof(struct shm_heap_large),
};

_Static_assert(sizeof(struct shm_heap) == 64, "a line");
_Static_assert(sizeof(struct shm_heap_large) == 64, "the bytes begin on a line");
