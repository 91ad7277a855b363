#include "CSharedMemory.h"

// Between these lengths one string instruction is faster than a loop. Beyond, it takes up to 1.6
// times as long where the two addresses differ by an odd multiple of 16, as an array's do.
enum { shm_string_copy_minimum = 768, shm_string_copy_limit = 65536 };

#if defined(__x86_64__)
// Moves all but the last bytes, fewer than sixteen; returns how many it moved.
static size_t move_lines(uint8_t *to, const uint8_t *from, size_t count) {
  if (count >= shm_string_copy_minimum && count < shm_string_copy_limit) {
    size_t left = count;
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(left) : : "memory");
    return count;
  }
  size_t moved = 0;
  for (; count - moved >= 64; moved += 64) shm_move_16_to_64(to + moved, from + moved, 64);
  for (; count - moved >= 16; moved += 16) shm_move16(to + moved, from + moved);
  return moved;
}
#else
static size_t move_lines(uint8_t *to, const uint8_t *from, size_t count) { return 0; }
#endif

void shm_copy_out_any(uint8_t *restrict private_bytes, const uint8_t *restrict mapped,
                      size_t count) {
  size_t moved = move_lines(private_bytes, mapped, count);
  for (; count - moved >= 8; moved += 8) {
    uint64_t word = __atomic_load_n((const uint64_t *)(mapped + moved), __ATOMIC_RELAXED);
    __builtin_memcpy(private_bytes + moved, &word, 8);
  }
  for (; moved < count; moved++) {
    private_bytes[moved] = __atomic_load_n(mapped + moved, __ATOMIC_RELAXED);
  }
}

void shm_copy_in_any(uint8_t *restrict mapped, const uint8_t *restrict private_bytes,
                     size_t count) {
  size_t moved = move_lines(mapped, private_bytes, count);
  for (; count - moved >= 8; moved += 8) {
    uint64_t word;
    __builtin_memcpy(&word, private_bytes + moved, 8);
    __atomic_store_n((uint64_t *)(mapped + moved), word, __ATOMIC_RELAXED);
  }
  for (; moved < count; moved++) {
    __atomic_store_n(mapped + moved, private_bytes[moved], __ATOMIC_RELAXED);
  }
}

bool shm_equal_any(const uint8_t *mapped, const uint8_t *private_bytes, size_t count) {
  size_t seen = 0;
  for (; count - seen >= 8; seen += 8) {
    uint64_t word;
    __builtin_memcpy(&word, private_bytes + seen, 8);
    if (__atomic_load_n((const uint64_t *)(mapped + seen), __ATOMIC_RELAXED) != word) return false;
  }
  for (; seen < count; seen++) {
    if (__atomic_load_n(mapped + seen, __ATOMIC_RELAXED) != private_bytes[seen]) return false;
  }
  return true;
}
