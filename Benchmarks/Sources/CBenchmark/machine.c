#define _GNU_SOURCE
#include "CBenchmark.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static uint64_t next_random(uint64_t *state) {
  uint64_t z = (*state += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

uint64_t bench_copy_random(uint64_t bytes, uint64_t span, uint64_t operations, uint64_t seed) {
  // Shared, as a store's pages are.
  char *memory = mmap(NULL, span + bytes, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (memory == MAP_FAILED) return 0;
  memset(memory, 1, span + bytes);
  char *target = memory + span;
  uint64_t places = span / bytes;
  uint64_t start = bench_now();
  for (uint64_t i = 0; i < operations; i++) {
    uint64_t place = (uint64_t)((unsigned __int128)next_random(&seed) * places >> 64);
    memcpy(target, memory + place * bytes, bytes);
    __asm__ volatile("" ::"r"(target) : "memory");
  }
  uint64_t elapsed = bench_now() - start;
  munmap(memory, span + bytes);
  return elapsed;
}

void bench_allocate_and_free(uint64_t bytes) {
  void *volatile memory = calloc(1, bytes);
  free(memory);
}

uint64_t bench_system_calls(uint64_t operations) {
  uint64_t start = bench_now();
  for (uint64_t i = 0; i < operations; i++) syscall(SYS_getppid);
  return bench_now() - start;
}
