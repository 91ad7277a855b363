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

/// Most threads, of all processes together, that are measured at once.
#define BENCH_MOST_WORKERS 8
/// Kinds of results; each worker has a slot for each.
#define BENCH_SLOT_KINDS 11

/// Makes the rendezvous of this process; its descriptor, or -1.
int32_t bench_rendezvous_create(void);
/// Maps the rendezvous that the parent made, from the descriptor it left open.
bool bench_rendezvous_attach(int32_t descriptor);
/// Waits until `count` threads, of any of the processes, have come: polls a moment, then sleeps.
void bench_barrier_wait(uint32_t count);
/// Leaves a number for the parent; kind and worker are below their numbers.
void bench_slot_store(uint32_t kind, uint32_t worker, uint64_t value);
/// A number that a worker has left.
uint64_t bench_slot_load(uint32_t kind, uint32_t worker);

// MARK: Processes

/// Starts this executable `count` times with `arguments` (separated by newlines) and a last one
/// that numbers the process, each pinned to its own processor; waits for all.
///
/// The children die with their parent. When one fails, the others are ended; the result is false.
bool bench_run_pinned(int32_t count, const char *arguments);
/// Pins the calling thread.
void bench_pin(int32_t processor);
/// Starts this executable once with `arguments` and waits until `count` processes have called
/// `bench_crowd_wait`; its process id, or -1 when it ended before.
int32_t bench_crowd_start(int32_t count, const char *arguments);
/// In the process that was started: makes `count` processes of it, all of which return.
void bench_crowd_multiply(int32_t count);
/// In each of them: says that it is there, and sleeps for good.
_Noreturn void bench_crowd_wait(void);
/// Ends what `bench_crowd_start` has started.
void bench_crowd_stop(int32_t process);
/// Bytes that a file takes of the file system's memory; 0 when there is none.
uint64_t bench_file_bytes(const char *path);

// MARK: The machine's own operations

/// Copies `bytes` from `operations` random places of a buffer of `span` bytes; nanoseconds for all.
uint64_t bench_copy_random(uint64_t bytes, uint64_t span, uint64_t operations, uint64_t seed);
/// Enters the kernel `operations` times; nanoseconds for all.
uint64_t bench_system_calls(uint64_t operations);
/// Allocates `bytes` as zeros from the C library's heap and gives them back.
void bench_allocate_and_free(uint64_t bytes);
/// Sets one of the two signal words of the rendezvous and, if `wake`, wakes who sleeps on it.
void bench_signal(uint32_t word, uint32_t value, bool wake);
/// Waits until a signal word has the value: asleep on a futex, or polling.
void bench_await(uint32_t word, uint32_t value, bool asleep);
