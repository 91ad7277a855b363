#define _GNU_SOURCE
#include "CBenchmark.h"
#include "processes.h"

#include <linux/futex.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// Each word that one process writes while another polls owns its cache line.
typedef struct {
  _Alignas(64) _Atomic uint32_t value;
} line;

typedef struct {
  line arrived;
  line generation;
  line signals[2];
  line crowd;
  _Alignas(64) _Atomic uint64_t slots[BENCH_SLOT_KINDS][BENCH_MOST_WORKERS];
} rendezvous;

static rendezvous *shared;

static bool map(int descriptor) {
  void *memory =
      mmap(NULL, sizeof(rendezvous), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (memory == MAP_FAILED) return false;
  shared = memory;
  return true;
}

int32_t bench_rendezvous_create(void) {
  // Without MFD_CLOEXEC: the children inherit it.
  int descriptor = memfd_create("lava-benchmarks", 0);
  if (descriptor < 0) return -1;
  if (ftruncate(descriptor, sizeof(rendezvous)) || !map(descriptor)) return -1;
  return descriptor;
}

bool bench_rendezvous_attach(int32_t descriptor) { return map(descriptor); }

// More threads than processors must not poll for long: they would keep those from coming.
enum { polls = 2000 };

void bench_barrier_wait(uint32_t count) {
  _Atomic uint32_t *generation = &shared->generation.value;
  uint32_t seen = atomic_load(generation);
  if (atomic_fetch_add(&shared->arrived.value, 1) + 1 == count) {
    atomic_store(&shared->arrived.value, 0);
    atomic_fetch_add(generation, 1);
    syscall(SYS_futex, generation, FUTEX_WAKE, INT32_MAX, NULL, NULL, 0);
    return;
  }
  for (int i = 0; i < polls && atomic_load(generation) == seen; i++) bench_relax();
  while (atomic_load(generation) == seen) {
    syscall(SYS_futex, generation, FUTEX_WAIT, seen, NULL, NULL, 0);
  }
}

void bench_slot_store(uint32_t kind, uint32_t worker, uint64_t value) {
  if (kind < BENCH_SLOT_KINDS && worker < BENCH_MOST_WORKERS) {
    atomic_store(&shared->slots[kind][worker], value);
  }
}

uint64_t bench_slot_load(uint32_t kind, uint32_t worker) {
  bool exists = kind < BENCH_SLOT_KINDS && worker < BENCH_MOST_WORKERS;
  return exists ? atomic_load(&shared->slots[kind][worker]) : 0;
}

void bench_crowd_wait(void) {
  atomic_fetch_add(&shared->crowd.value, 1);
  for (;;) pause();
}

int32_t bench_crowd_start(int32_t count, const char *arguments) {
  atomic_store(&shared->crowd.value, 0);
  pid_t leader = bench_start(arguments);
  while (leader > 0 && atomic_load(&shared->crowd.value) < (uint32_t)count) {
    if (waitpid(leader, NULL, WNOHANG) != 0) return -1;
    bench_sleep(1000000);
  }
  return leader;
}

void bench_signal(uint32_t word, uint32_t value, bool wake) {
  _Atomic uint32_t *address = &shared->signals[word & 1].value;
  atomic_store(address, value);
  if (wake) syscall(SYS_futex, address, FUTEX_WAKE, 1, NULL, NULL, 0);
}

void bench_await(uint32_t word, uint32_t value, bool asleep) {
  _Atomic uint32_t *address = &shared->signals[word & 1].value;
  uint32_t current;
  while ((current = atomic_load(address)) != value) {
    if (asleep) {
      syscall(SYS_futex, address, FUTEX_WAIT, current, NULL, NULL, 0);
    } else {
      bench_relax();
    }
  }
}
