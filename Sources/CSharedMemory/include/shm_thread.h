#pragma once

#include <stddef.h>
#include <stdint.h>

// A thread's own entry for each segment it writes to, found without a lock or a hash. Entries are
// keyed by a serial that is never used twice in a process, so a stale one can never match.

enum { shm_thread_entry_count = 4 };

struct shm_thread_entry {
  uint64_t serial;
  void *object;
};

extern _Thread_local struct shm_thread_entry shm_thread_entries[shm_thread_entry_count];

/// The object remembered under `serial` in this thread, or NULL.
static inline void *shm_thread_find(uint64_t serial) {
  for (int i = 0; i < shm_thread_entry_count; i++) {
    if (shm_thread_entries[i].serial == serial) return shm_thread_entries[i].object;
  }
  return NULL;
}

/// Remembers `object` under `serial`; the oldest entry is handed to `release` when all are taken.
void shm_thread_remember(uint64_t serial, void *object);

/// Forgets the entry of `serial` without releasing its object.
void shm_thread_forget(uint64_t serial);

/// `release` is called for each entry when a thread ends or an entry is displaced.
void shm_thread_set_release(void (*release)(uint64_t serial, void *object));
