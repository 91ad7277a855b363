#define _GNU_SOURCE
#include "CSharedMemory.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>

// The signal handler reads the notes while other threads change them: no lock, and no note is ever
// freed. A note is reused, under a version that is odd while its fields change.
//
// A note that changes under the handler is not the one it looks for: whoever accesses a mapping keeps
// it from being unmapped.

struct note {
  struct note *next;   // an older one; written once
  uint64_t version;
  uintptr_t begin;     // 0: free
  uintptr_t end;
  bool writable;
};

static struct note *newest;

// Whether the note was free, or of `begin`, and is the caller's now.
static bool claim(struct note *note, uintptr_t begin) {
  uint64_t version = __atomic_load_n(&note->version, __ATOMIC_ACQUIRE);
  if (version % 2 != 0 || __atomic_load_n(&note->begin, __ATOMIC_RELAXED) != begin) return false;
  if (!__atomic_compare_exchange_n(&note->version, &version, version + 1, false, __ATOMIC_ACQ_REL,
                                   __ATOMIC_RELAXED)) {
    return false;
  }
  __atomic_thread_fence(__ATOMIC_RELEASE);
  return true;
}

static void write_claimed(struct note *note, uintptr_t begin, uintptr_t end, bool writable) {
  __atomic_store_n(&note->begin, begin, __ATOMIC_RELAXED);
  __atomic_store_n(&note->end, end, __ATOMIC_RELAXED);
  __atomic_store_n(&note->writable, writable, __ATOMIC_RELAXED);
  __atomic_fetch_add(&note->version, 1, __ATOMIC_RELEASE);
}

static struct note *claim_any(uintptr_t begin) {
  struct note *note = __atomic_load_n(&newest, __ATOMIC_ACQUIRE);
  while (note != NULL && !claim(note, begin)) note = note->next;
  return note;
}

bool shm_loss_watch(void *address, uint64_t count, bool writable) {
  uintptr_t begin = (uintptr_t)address;
  struct note *note = claim_any(0);
  if (note != NULL) {
    write_claimed(note, begin, begin + count, writable);
    return true;
  }
  note = calloc(1, sizeof *note);
  if (note == NULL) return false;
  *note = (struct note){.begin = begin, .end = begin + count, .writable = writable};
  note->next = __atomic_load_n(&newest, __ATOMIC_RELAXED);
  while (!__atomic_compare_exchange_n(&newest, &note->next, note, false, __ATOMIC_RELEASE,
                                      __ATOMIC_RELAXED)) {
  }
  return true;
}

void shm_loss_forget(void *address) {
  struct note *note = claim_any((uintptr_t)address);
  if (note != NULL) write_claimed(note, 0, 0, false);
}

// All of the mapping that holds `address` becomes zero memory; false when no watched one does.
static bool replace(uintptr_t address) {
  struct note *note = __atomic_load_n(&newest, __ATOMIC_ACQUIRE);
  for (; note != NULL; note = note->next) {
    uint64_t version = __atomic_load_n(&note->version, __ATOMIC_ACQUIRE);
    uintptr_t begin = __atomic_load_n(&note->begin, __ATOMIC_RELAXED);
    uintptr_t end = __atomic_load_n(&note->end, __ATOMIC_RELAXED);
    bool writable = __atomic_load_n(&note->writable, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    if (version % 2 != 0 || __atomic_load_n(&note->version, __ATOMIC_RELAXED) != version) continue;
    if (address < begin || address >= end) continue;
    // The whole, so that nobody mixes what is left of the file with zeros. Two threads that come at
    // once both do it: what the first wrote into its zeros in between is as lost as the rest.
    int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
    return mmap((void *)begin, end - begin, protection, flags, -1, 0) != MAP_FAILED;
  }
  return false;
}

static struct sigaction previous;

static void pass_on(int number, siginfo_t *info, void *context) {
  if (previous.sa_flags & SA_SIGINFO) {
    previous.sa_sigaction(number, info, context);
  } else if (previous.sa_handler == SIG_IGN && info->si_code != BUS_ADRERR) {
    return;
  } else if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
    previous.sa_handler(number);
  } else {
    // What the kernel would have done: it delivers the signal again when this handler returns.
    signal(number, SIG_DFL);
    raise(number);
  }
}

static void handle(int number, siginfo_t *info, void *context) {
  int error = errno;
  bool is_replaced = info->si_code == BUS_ADRERR && replace((uintptr_t)info->si_addr);
  if (!is_replaced) pass_on(number, info, context);
  errno = error;
}

static void install(void) {
  struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK};
  action.sa_sigaction = handle;
  sigemptyset(&action.sa_mask);
  // Before the handler can run.
  sigaction(SIGBUS, NULL, &previous);
  sigaction(SIGBUS, &action, NULL);
}

void shm_loss_survive(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, install);
}
