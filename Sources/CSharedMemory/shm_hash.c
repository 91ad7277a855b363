#include "CSharedMemory.h"

uint64_t shm_hash_head(const uint8_t *bytes, size_t count, struct shm_hash_factors factors) {
  uint64_t state = factors.a;
  for (size_t left = count; left > 16; left -= 16) {
    state = shm_mix(shm_read64(bytes) ^ factors.b, shm_read64(bytes + 8) ^ state);
    bytes += 16;
  }
  return state;
}
