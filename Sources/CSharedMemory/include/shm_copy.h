#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Copies between private memory and a mapping that another process may be writing at the same time.
// A reader of a block checks afterwards that what it copied was current, and throws the copy away
// otherwise, so a torn copy is harmless; what matters is that the compiler may not assume that the
// bytes stand still. Words are moved by relaxed atomic accesses; where the processor is known, more
// at a time, and at any address, by instructions the compiler cannot look into. Mapped addresses are
// 8-byte aligned; private ones need not be, and may be null where there is nothing to move.
//
// Short and common lengths are inline and without a loop, a dozen instructions; the rest is called.

/// What the inline part leaves: any length.
void shm_copy_out_any(uint8_t *restrict private_bytes, const uint8_t *restrict mapped,
                      size_t count);
void shm_copy_in_any(uint8_t *restrict mapped, const uint8_t *restrict private_bytes,
                     size_t count);
bool shm_equal_any(const uint8_t *mapped, const uint8_t *private_bytes, size_t count);

#if defined(__x86_64__)
typedef long long shm_line_part __attribute__((vector_size(16)));

static inline void shm_move16(uint8_t *to, const uint8_t *from) {
  shm_line_part part;
  __asm__ volatile("movdqu %1, %0" : "=x"(part) : "m"(*(const uint8_t(*)[16])from));
  __asm__ volatile("movdqu %1, %0" : "=m"(*(uint8_t(*)[16])to) : "x"(part));
}

static inline uint64_t shm_racing_word(const uint8_t *mapped) {
  uint64_t word;
  __asm__ volatile("movq %1, %0" : "=r"(word) : "m"(*(const uint8_t(*)[8])mapped));
  return word;
}

// The ends, which meet or overlap, of 16 to 64 bytes.
static inline void shm_move_16_to_64(uint8_t *to, const uint8_t *from, size_t count) {
  shm_move16(to, from);
  if (count > 32) {
    shm_move16(to + 16, from + 16);
    shm_move16(to + count - 32, from + count - 32);
  }
  shm_move16(to + count - 16, from + count - 16);
}
#endif

/// Copies `count` bytes out of a mapping into private memory.
static inline void shm_copy_out(void *restrict private_bytes, const void *restrict mapped,
                                size_t count) {
#if defined(__x86_64__)
  if (count - 16 <= 48) {
    shm_move_16_to_64((uint8_t *)private_bytes, (const uint8_t *)mapped, count);
    return;
  }
#endif
  shm_copy_out_any((uint8_t *)private_bytes, (const uint8_t *)mapped, count);
}

/// Copies `count` bytes of private memory into a mapping.
static inline void shm_copy_in(void *restrict mapped, const void *restrict private_bytes,
                               size_t count) {
#if defined(__x86_64__)
  if (count - 16 <= 48) {
    shm_move_16_to_64((uint8_t *)mapped, (const uint8_t *)private_bytes, count);
    return;
  }
#endif
  shm_copy_in_any((uint8_t *)mapped, (const uint8_t *)private_bytes, count);
}

/// Whether `count` mapped bytes equal those of `private_bytes`.
static inline bool shm_equal(const void *mapped, const void *private_bytes, size_t count) {
  const uint8_t *a = (const uint8_t *)mapped;
  const uint8_t *b = (const uint8_t *)private_bytes;
#if defined(__x86_64__)
  // The ends, which meet or overlap.
  if (count - 8 <= 8) {
    uint64_t first, last;
    __builtin_memcpy(&first, b, 8);
    __builtin_memcpy(&last, b + count - 8, 8);
    return ((shm_racing_word(a) ^ first) | (shm_racing_word(a + count - 8) ^ last)) == 0;
  }
#endif
  return shm_equal_any(a, b, count);
}
