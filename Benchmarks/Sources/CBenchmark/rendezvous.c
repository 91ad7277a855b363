#define _GNU_SOURCE
#include "CBenchmark.h"

#include <linux/futex.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

// Each word that one process writes while another polls owns its cache line.
typedef struct {
  _Alignas(64) _Atomic uint32_t value;
} line;

typedef struct {
  line arrived;
  line generation;
  line signals[2];
  _Alignas(64) _Atomic uint64_t slots[BENCH_SLOT_COUNT];
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

void bench_barrier_wait(uint32_t count) {
  uint32_t seen = atomic_load(&shared->generation.value);
  if (atomic_fetch_add(&shared->arrived.value, 1) + 1 == count) {
    atomic_store(&shared->arrived.value, 0);
    atomic_fetch_add(&shared->generation.value, 1);
  } else {
    while (atomic_load(&shared->generation.value) == seen) bench_relax();
  }
}

void bench_slot_store(uint32_t slot, uint64_t value) {
  if (slot < BENCH_SLOT_COUNT) atomic_store(&shared->slots[slot], value);
}

uint64_t bench_slot_load(uint32_t slot) {
  return slot < BENCH_SLOT_COUNT ? atomic_load(&shared->slots[slot]) : 0;
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
