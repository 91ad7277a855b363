#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A thread's own entry for each segment it writes to, found without a lock or a hash. Entries are
// keyed by a serial that is never used twice in a process, so a stale one can never match.

enum { shm_thread_entry_count = 8 };

struct shm_thread_entry {
  uint64_t serial;
  void *state;   // what the thread works with
  void *object;  // who owns the state
};

extern _Thread_local struct shm_thread_entry shm_thread_entries[shm_thread_entry_count];

/// The state remembered under `serial` in this thread, or NULL.
static inline void *shm_thread_find(uint64_t serial) {
  for (int i = 0; i < shm_thread_entry_count; i++) {
    if (shm_thread_entries[i].serial == serial) return shm_thread_entries[i].state;
  }
  return NULL;
}

/// Remembers `object` and its `state` under `serial`. When all entries are taken, the oldest that
/// can be given up is; false when there is none.
bool shm_thread_remember(uint64_t serial, void *object, void *state);

/// Forgets the entry of `serial` without releasing its object, which is returned; NULL when this
/// thread has none.
void *shm_thread_forget(uint64_t serial);

/// `may_displace` says whether an entry may be given up for another; `release` is called for each
/// that is, and for all when the thread ends.
void shm_thread_set_release(bool (*may_displace)(void *object), void (*release)(void *object));

extern _Thread_local uint32_t shm_thread_own_number;

/// Gives this thread its number.
uint32_t shm_thread_take_number(void);

/// A number of this thread, for choosing among places that threads better do not share; never 0.
static inline uint32_t shm_thread_number(void) {
  uint32_t number = shm_thread_own_number;
  return number != 0 ? number : shm_thread_take_number();
}
