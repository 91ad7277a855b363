#pragma once

#include <stddef.h>
#include <stdint.h>

// A seeded 64-bit hash by widening multiplication, after the wyhash family: 16-byte keys cost two
// multiplications. It is not cryptographic; the seed is random per segment, so that stored keys
// cannot be chosen to collide without reading the segment.

/// What keys are multiplied with. Every factor that meets a key depends on the seed: with a constant
/// one, keys that cancel it could be chosen without knowing the seed.
struct shm_hash_factors {
  uint64_t a, b;
};

static inline struct shm_hash_factors shm_hash_factors_of(uint64_t seed) {
  return (struct shm_hash_factors){seed ^ 0xa0761d6478bd642full,
                                   (seed << 32 | seed >> 32) ^ 0xe7037ed1a0b428dbull};
}

static inline uint64_t shm_mix(uint64_t a, uint64_t b) {
  __uint128_t product = (__uint128_t)a * b;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t shm_read64(const uint8_t *bytes) {
  uint64_t word;
  __builtin_memcpy(&word, bytes, 8);
  return word;
}

static inline uint64_t shm_read32(const uint8_t *bytes) {
  uint32_t word;
  __builtin_memcpy(&word, bytes, 4);
  return word;
}

/// The state after all but the last 16 bytes of a key of more.
uint64_t shm_hash_head(const uint8_t *bytes, size_t count, struct shm_hash_factors factors);

/// Hashes `count` private bytes.
static inline uint64_t shm_hash(const void *key, size_t count, struct shm_hash_factors factors) {
  const uint8_t *bytes = (const uint8_t *)key;
  uint64_t a, b, state = factors.a;
  if (count >= 8) {
    const uint8_t *tail = bytes;
    if (count > 16) {
      state = shm_hash_head(bytes, count, factors);
      tail = bytes + count - 16;
    }
    a = shm_read64(tail);
    b = shm_read64(bytes + count - 8);
  } else if (count >= 4) {
    a = shm_read32(bytes);
    b = shm_read32(bytes + count - 4);
  } else if (count > 0) {
    a = ((uint64_t)bytes[0] << 16) | ((uint64_t)bytes[count >> 1] << 8) | bytes[count - 1];
    b = 0;
  } else {
    a = b = 0;
  }
  return shm_mix(factors.a ^ (uint64_t)count, shm_mix(a ^ factors.b, b ^ state));
}
