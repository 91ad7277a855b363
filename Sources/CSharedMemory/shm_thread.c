#include "CSharedMemory.h"

#include <pthread.h>

_Thread_local struct shm_thread_entry shm_thread_entries[shm_thread_entry_count];

_Thread_local uint32_t shm_thread_own_number;

static uint32_t numbers_taken;
static _Thread_local unsigned next_entry;
static pthread_key_t exit_key;
static pthread_once_t exit_key_once = PTHREAD_ONCE_INIT;
static bool (*may_displace_entry)(void *object);
static void (*release_entry)(void *object);

static void release_all(void *unused) {
  (void)unused;
  for (int i = 0; i < shm_thread_entry_count; i++) {
    struct shm_thread_entry entry = shm_thread_entries[i];
    shm_thread_entries[i] = (struct shm_thread_entry){0, NULL, NULL};
    if (entry.serial != 0) release_entry(entry.object);
  }
}

static void make_exit_key(void) { pthread_key_create(&exit_key, release_all); }

void shm_thread_set_release(bool (*may_displace)(void *object), void (*release)(void *object)) {
  may_displace_entry = may_displace;
  release_entry = release;
}

bool shm_thread_remember(uint64_t serial, void *object, void *state) {
  pthread_once(&exit_key_once, make_exit_key);
  pthread_setspecific(exit_key, &shm_thread_entries);
  struct shm_thread_entry entry = {serial, state, object};
  for (int i = 0; i < shm_thread_entry_count; i++) {
    if (shm_thread_entries[i].serial == 0) {
      shm_thread_entries[i] = entry;
      return true;
    }
  }
  for (int i = 0; i < shm_thread_entry_count; i++) {
    struct shm_thread_entry *oldest = &shm_thread_entries[next_entry];
    next_entry = (next_entry + 1) % shm_thread_entry_count;
    if (!may_displace_entry(oldest->object)) continue;
    void *displaced = oldest->object;
    *oldest = entry;
    release_entry(displaced);
    return true;
  }
  return false;
}

void *shm_thread_forget(uint64_t serial) {
  for (int i = 0; i < shm_thread_entry_count; i++) {
    if (shm_thread_entries[i].serial == serial) {
      void *object = shm_thread_entries[i].object;
      shm_thread_entries[i] = (struct shm_thread_entry){0, NULL, NULL};
      return object;
    }
  }
  return NULL;
}

uint32_t shm_thread_take_number(void) {
  uint32_t number = __atomic_add_fetch(&numbers_taken, 1, __ATOMIC_RELAXED);
  shm_thread_own_number = number != 0 ? number : 1;
  return shm_thread_own_number;
}
