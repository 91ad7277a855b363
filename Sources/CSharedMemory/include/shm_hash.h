#pragma once

#include <stddef.h>
#include <stdint.h>

// A seeded 64-bit hash by widening multiplication, after the wyhash family: 16-byte keys cost two
// multiplications. It is not cryptographic; the seed is random per segment, so that stored keys
// cannot be chosen to collide without reading the segment.

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

/// Hashes `count` private bytes.
static inline uint64_t shm_hash(const void *key, size_t count, uint64_t seed) {
  // Every factor that meets the key depends on the seed: with a constant one, keys that cancel it
  // could be chosen without knowing the seed.
  const uint64_t k0 = seed ^ 0xa0761d6478bd642full;
  const uint64_t k1 = (seed << 32 | seed >> 32) ^ 0xe7037ed1a0b428dbull;
  const uint8_t *bytes = (const uint8_t *)key;
  uint64_t a, b, state = k0;
  if (count <= 16) {
    if (count >= 8) {
      a = shm_read64(bytes);
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
  } else {
    size_t left = count;
    while (left > 16) {
      state = shm_mix(shm_read64(bytes) ^ k1, shm_read64(bytes + 8) ^ state);
      bytes += 16;
      left -= 16;
    }
    a = shm_read64(bytes + left - 16);
    b = shm_read64(bytes + left - 8);
  }
  return shm_mix(k0 ^ (uint64_t)count, shm_mix(a ^ k1, b ^ state));
}
