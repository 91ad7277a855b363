// What Swift cannot say itself: pinned processes, memory they share before any store exists, and
// the bare operations of the machine. Only numbers and strings cross, so Swift holds no pointers.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/// Nanoseconds of the monotonic clock.
static inline uint64_t bench_now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/// Waits a moment inside a polling loop without flooding the core's pipeline.
static inline void bench_relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/// Sleeps for so many nanoseconds.
static inline void bench_sleep(uint32_t nanoseconds) {
  struct timespec time = {0, nanoseconds};
  nanosleep(&time, 0);
}

/// Ends this process after so many seconds, whatever it waits for.
void bench_watchdog(uint32_t seconds);

/// Writes the line to standard error and exits with 1.
_Noreturn void bench_fail(const char *line);

// MARK: Rendezvous: a barrier, result slots and two signal words that parent and children share.

/// How many result slots a rendezvous has.
#define BENCH_SLOT_COUNT 16

/// Makes the rendezvous of this process; its descriptor, or -1.
int32_t bench_rendezvous_create(void);
/// Maps the rendezvous that the parent made, from the descriptor it left open.
bool bench_rendezvous_attach(int32_t descriptor);
/// Polls until `count` processes have come.
void bench_barrier_wait(uint32_t count);
/// Leaves a number for the parent; `slot` is below `BENCH_SLOT_COUNT`.
void bench_slot_store(uint32_t slot, uint64_t value);
/// A number that a child has left.
uint64_t bench_slot_load(uint32_t slot);

// MARK: Processes

/// Starts this executable `count` times with `arguments` (separated by newlines) and a last one
/// that numbers the process, each pinned to its own processor; waits for all.
///
/// The children die with their parent. When one fails, the others are ended; the result is false.
bool bench_run_pinned(int32_t count, const char *arguments);

// MARK: The machine's own operations

/// Copies `bytes` from `operations` random places of a buffer of `span` bytes; nanoseconds for all.
uint64_t bench_copy_random(uint64_t bytes, uint64_t span, uint64_t operations, uint64_t seed);
/// Enters the kernel `operations` times; nanoseconds for all.
uint64_t bench_system_calls(uint64_t operations);
/// Sets one of the two signal words of the rendezvous and, if `wake`, wakes who sleeps on it.
void bench_signal(uint32_t word, uint32_t value, bool wake);
/// Waits until a signal word has the value: asleep on a futex, or polling.
void bench_await(uint32_t word, uint32_t value, bool asleep);
