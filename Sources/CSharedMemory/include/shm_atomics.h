#pragma once

#include <stdbool.h>
#include <stdint.h>

// Each compiles to the one instruction its name says. The name carries the ordering; the caller's
// comment names the partner. A plain load works on a read-only mapping, which is why nothing here
// is wider than 64 bits.

static inline uint64_t shm_load_relaxed(const uint64_t *word) {
  return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static inline uint64_t shm_load_acquire(const uint64_t *word) {
  return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static inline uint64_t shm_load_seq_cst(const uint64_t *word) {
  return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

static inline void shm_store_relaxed(uint64_t *word, uint64_t value) {
  __atomic_store_n(word, value, __ATOMIC_RELAXED);
}

static inline void shm_store_release(uint64_t *word, uint64_t value) {
  __atomic_store_n(word, value, __ATOMIC_RELEASE);
}

static inline uint64_t shm_exchange_seq_cst(uint64_t *word, uint64_t value) {
  return __atomic_exchange_n(word, value, __ATOMIC_SEQ_CST);
}

static inline bool shm_compare_exchange_seq_cst(uint64_t *word, uint64_t expected, uint64_t value) {
  return __atomic_compare_exchange_n(word, &expected, value, false, __ATOMIC_SEQ_CST,
                                     __ATOMIC_ACQUIRE);
}

static inline uint64_t shm_fetch_add_relaxed(uint64_t *word, uint64_t value) {
  return __atomic_fetch_add(word, value, __ATOMIC_RELAXED);
}

static inline uint64_t shm_fetch_add_release(uint64_t *word, uint64_t value) {
  return __atomic_fetch_add(word, value, __ATOMIC_RELEASE);
}

static inline uint64_t shm_fetch_add_seq_cst(uint64_t *word, uint64_t value) {
  return __atomic_fetch_add(word, value, __ATOMIC_SEQ_CST);
}

static inline uint64_t shm_fetch_or_seq_cst(uint64_t *word, uint64_t value) {
  return __atomic_fetch_or(word, value, __ATOMIC_SEQ_CST);
}

static inline uint32_t shm_load32_relaxed(const uint32_t *word) {
  return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static inline uint32_t shm_load32_seq_cst(const uint32_t *word) {
  return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

static inline void shm_store32_relaxed(uint32_t *word, uint32_t value) {
  __atomic_store_n(word, value, __ATOMIC_RELAXED);
}

static inline uint32_t shm_fetch_or32_seq_cst(uint32_t *word, uint32_t value) {
  return __atomic_fetch_or(word, value, __ATOMIC_SEQ_CST);
}

static inline uint32_t shm_fetch_add32_seq_cst(uint32_t *word, uint32_t value) {
  return __atomic_fetch_add(word, value, __ATOMIC_SEQ_CST);
}

static inline bool shm_compare_exchange32_seq_cst(uint32_t *word, uint32_t expected,
                                                  uint32_t value) {
  return __atomic_compare_exchange_n(word, &expected, value, false, __ATOMIC_SEQ_CST,
                                     __ATOMIC_ACQUIRE);
}

static inline void shm_fence_acquire(void) { __atomic_thread_fence(__ATOMIC_ACQUIRE); }
static inline void shm_fence_release(void) { __atomic_thread_fence(__ATOMIC_RELEASE); }
static inline void shm_fence_compiler(void) { __atomic_signal_fence(__ATOMIC_SEQ_CST); }
static inline void shm_fence_seq_cst(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

/// Tells the processor that this is a spin loop.
static inline void shm_spin_hint(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/// Asks for the line at `address` before it is needed; never faults.
static inline void shm_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }

/// The same for a line that will be written: it comes without a copy left elsewhere.
static inline void shm_prefetch_for_writing(const void *address) {
#if defined(__x86_64__)
  __asm__ volatile("prefetchw %0" : : "m"(*(const char *)address));
#else
  __builtin_prefetch(address, 1, 3);
#endif
}
