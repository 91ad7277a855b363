#include "CSharedMemory.h"

#include <pthread.h>

_Thread_local struct shm_thread_entry shm_thread_entries[shm_thread_entry_count];

static _Thread_local unsigned next_entry;
static pthread_key_t exit_key;
static pthread_once_t exit_key_once = PTHREAD_ONCE_INIT;
static void (*release_entry)(uint64_t serial, void *object);

static void release_all(void *unused) {
  (void)unused;
  for (int i = 0; i < shm_thread_entry_count; i++) {
    struct shm_thread_entry entry = shm_thread_entries[i];
    shm_thread_entries[i] = (struct shm_thread_entry){0, NULL};
    if (entry.serial != 0) release_entry(entry.serial, entry.object);
  }
}

static void make_exit_key(void) { pthread_key_create(&exit_key, release_all); }

void shm_thread_set_release(void (*release)(uint64_t serial, void *object)) {
  __atomic_store_n(&release_entry, release, __ATOMIC_RELEASE);
}

void shm_thread_remember(uint64_t serial, void *object) {
  pthread_once(&exit_key_once, make_exit_key);
  pthread_setspecific(exit_key, &shm_thread_entries);
  for (int i = 0; i < shm_thread_entry_count; i++) {
    if (shm_thread_entries[i].serial == 0) {
      shm_thread_entries[i] = (struct shm_thread_entry){serial, object};
      return;
    }
  }
  struct shm_thread_entry displaced = shm_thread_entries[next_entry];
  shm_thread_entries[next_entry] = (struct shm_thread_entry){serial, object};
  next_entry = (next_entry + 1) % shm_thread_entry_count;
  release_entry(displaced.serial, displaced.object);
}

void shm_thread_forget(uint64_t serial) {
  for (int i = 0; i < shm_thread_entry_count; i++) {
    if (shm_thread_entries[i].serial == serial) {
      shm_thread_entries[i] = (struct shm_thread_entry){0, NULL};
    }
  }
}
