#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Copies between private memory and a mapping that another process may be writing at the same time.
// A reader of a block checks afterwards that what it copied was current, and throws the copy away
// otherwise, so a torn copy is harmless; what matters is that the compiler may not assume that the
// bytes stand still. Words are moved by relaxed atomic accesses; where the processor is known, more
// at a time by instructions the compiler cannot look into. Mapped addresses are 8-byte aligned; private ones
// need not be.

/// Copies `count` bytes out of a mapping into private memory.
static inline void shm_copy_out(void *restrict private_bytes, const void *restrict mapped,
                                size_t count);

/// Copies `count` bytes of private memory into a mapping.
static inline void shm_copy_in(void *restrict mapped, const void *restrict private_bytes,
                               size_t count);

/// Whether `count` mapped bytes equal those of `private_bytes`.
static inline bool shm_equal(const void *mapped, const void *private_bytes, size_t count);

#if defined(__x86_64__)
typedef long long shm_line_part __attribute__((vector_size(16)));

// Sixteen bytes at a time, in instructions the compiler takes as they stand.
static inline void shm_move16(void *to, const void *from) {
  shm_line_part part;
  __asm__ volatile("movdqu %1, %0" : "=x"(part) : "m"(*(const uint8_t(*)[16])from));
  __asm__ volatile("movdqu %1, %0" : "=m"(*(uint8_t(*)[16])to) : "x"(part));
}

enum { shm_string_copy_minimum = 768 };
static inline void shm_string_copy(void *to, const void *from, size_t count) {
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
}
#endif

static inline void shm_copy_out(void *restrict private_bytes, const void *restrict mapped,
                                size_t count) {
  uint8_t *to = (uint8_t *)private_bytes;
  const uint8_t *from = (const uint8_t *)mapped;
#if defined(__x86_64__)
  if (count >= shm_string_copy_minimum) {
    shm_string_copy(to, from, count);
    return;
  }
  while (count >= 16) {
    shm_move16(to, from);
    to += 16;
    from += 16;
    count -= 16;
  }
#endif
  while (count >= 8) {
    uint64_t word = __atomic_load_n((const uint64_t *)from, __ATOMIC_RELAXED);
    __builtin_memcpy(to, &word, 8);
    to += 8;
    from += 8;
    count -= 8;
  }
  for (size_t i = 0; i < count; i++) {
    to[i] = __atomic_load_n(from + i, __ATOMIC_RELAXED);
  }
}

static inline void shm_copy_in(void *restrict mapped, const void *restrict private_bytes,
                               size_t count) {
  uint8_t *to = (uint8_t *)mapped;
  const uint8_t *from = (const uint8_t *)private_bytes;
#if defined(__x86_64__)
  if (count >= shm_string_copy_minimum) {
    shm_string_copy(to, from, count);
    return;
  }
  while (count >= 16) {
    shm_move16(to, from);
    to += 16;
    from += 16;
    count -= 16;
  }
#endif
  while (count >= 8) {
    uint64_t word;
    __builtin_memcpy(&word, from, 8);
    __atomic_store_n((uint64_t *)to, word, __ATOMIC_RELAXED);
    to += 8;
    from += 8;
    count -= 8;
  }
  for (size_t i = 0; i < count; i++) {
    __atomic_store_n(to + i, from[i], __ATOMIC_RELAXED);
  }
}

static inline bool shm_equal(const void *mapped, const void *private_bytes, size_t count) {
  const uint8_t *a = (const uint8_t *)mapped;
  const uint8_t *b = (const uint8_t *)private_bytes;
  while (count >= 8) {
    uint64_t word;
    __builtin_memcpy(&word, b, 8);
    if (__atomic_load_n((const uint64_t *)a, __ATOMIC_RELAXED) != word) return false;
    a += 8;
    b += 8;
    count -= 8;
  }
  for (size_t i = 0; i < count; i++) {
    if (__atomic_load_n(a + i, __ATOMIC_RELAXED) != b[i]) return false;
  }
  return true;
}
