// What every peer program shares: clock, random numbers, pinned processes, options, result line.
// Header only, C++17, Linux. The Swift side (../Sources/LavaBenchmarks) does the same things the
// same way; a change here needs its twin there, or the ratios compare different work.
#pragma once

#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace bench {

// Ends this process with a message; the driver script reports the workload as failed.
[[noreturn]] inline void fail(const std::string& what) {
  fprintf(stderr, "peer: %s\n", what.c_str());
  _exit(1);
}

inline uint64_t now_nanoseconds() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return uint64_t(time.tv_sec) * 1'000'000'000u + uint64_t(time.tv_nsec);
}

// Steele, Lea, Flood (2014): a fixed seed gives every system the same sequence of keys.
struct SplitMix64 {
  uint64_t state;

  explicit SplitMix64(uint64_t seed) : state(seed) {}

  uint64_t next() {
    uint64_t z = (state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }

  // Uniform in [0, bound) by multiply and shift.
  uint64_t below(uint64_t bound) { return uint64_t((unsigned __int128)next() * bound >> 64); }
};

// Waits a moment inside a polling loop without flooding the core's pipeline.
inline void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Zeroed memory that child processes share.
inline void* shared_memory(size_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (memory == MAP_FAILED) fail("no shared memory");
  return memory;
}

// Barrier for a fixed number of threads of any processes, usable many times. Polls a moment, then
// sleeps: more threads than processors must not keep each other from coming.
struct Barrier {
  alignas(64) std::atomic<uint32_t> arrived;
  alignas(64) std::atomic<uint32_t> generation;

  void wait(uint32_t count) {
    uint32_t seen = generation.load();
    if (arrived.fetch_add(1) + 1 == count) {
      arrived.store(0);
      generation.fetch_add(1);
      syscall(SYS_futex, &generation, FUTEX_WAKE, INT32_MAX, nullptr, nullptr, 0);
      return;
    }
    for (int i = 0; i < 2000 && generation.load() == seen; i++) relax();
    while (generation.load() == seen) {
      syscall(SYS_futex, &generation, FUTEX_WAIT, seen, nullptr, nullptr, 0);
    }
  }
};

constexpr int most_workers = 8;

// What the measured threads leave behind for the parent of their processes.
struct Rendezvous {
  Barrier barrier;
  std::atomic<uint64_t> began[most_workers];
  std::atomic<uint64_t> ended[most_workers];
  std::atomic<uint64_t> checksum;
  std::atomic<uint64_t> wrong_results;

  // From when the first worker began until the last had ended.
  uint64_t elapsed(int workers) const {
    return *std::max_element(ended, ended + workers) - *std::min_element(began, began + workers);
  }
};

inline void pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu % sysconf(_SC_NPROCESSORS_ONLN), &set);
  sched_setaffinity(0, sizeof set, &set);
}

// Runs `body(index)` in `count` forked processes at once, each pinned to its own processor.
// They die with this process; this process fails when one of them does.
template <class Body>
void run_pinned(int count, Body body) {
  fflush(stdout);
  std::vector<pid_t> children;
  for (int index = 0; index < count; index++) {
    pid_t child = fork();
    if (child < 0) fail("fork failed");
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      pin(index);
      body(index);
      _exit(0);
    }
    children.push_back(child);
  }
  // Whichever ends badly first ends the others: they would wait at the barrier for good.
  for (int left = count; left > 0; left--) {
    int status = 0;
    wait(&status);
    if (status == 0) continue;
    for (pid_t child : children) kill(child, SIGKILL);
    fail("a measured process failed");
  }
}

// The command line that all programs, and lava-benchmarks, understand:
//   PROGRAM WORKLOAD SHAPE [--peer NAME] [--at N] [--runs N] [--round N] [--operations N]
struct Options {
  std::string workload;
  std::string shape;
  std::string peer;
  uint64_t at = 0;                   // Where on the workload's axis: keys, bytes, or processes.
  int runs = 5;
  uint64_t round = 0;                // Moves the seeds on, for drivers that call once per round.
  uint64_t operations = UINT64_MAX;  // At most this many, whatever the workload's own number.

  Options(int count, char** arguments) {
    if (count < 3 || count % 2 == 0) usage(arguments[0]);
    workload = arguments[1];
    shape = arguments[2];
    for (int i = 3; i < count; i += 2) {
      std::string name = arguments[i];
      const char* value = arguments[i + 1];
      if (name == "--peer") {
        peer = value;
      } else if (name == "--runs") {
        runs = atoi(value);
      } else if (name == "--round") {
        round = strtoull(value, nullptr, 10);
      } else if (name == "--at") {
        at = strtoull(value, nullptr, 10);
      } else if (name == "--operations") {
        operations = strtoull(value, nullptr, 10);
      } else {
        usage(arguments[0]);
      }
    }
    if (runs < 1 || operations < 1) usage(arguments[0]);
    alarm(1800);  // Nothing here may run for ever.
  }

  [[noreturn]] static void usage(const char* program) {
    fprintf(stderr,
            "usage: %s WORKLOAD SHAPE [--peer NAME] [--at N] [--runs N] [--round N] "
            "[--operations N]\n",
            program);
    exit(2);
  }

  [[noreturn]] void unknown() const {
    fail("no workload '" + workload + "' of shape '" + shape + "' at " + std::to_string(at) +
         " for peer '" + peer + "'");
  }

  // Seed of one worker in one run; equal for every system that is compared.
  uint64_t seed(int run, int worker) const {
    return 12345 + (round * uint64_t(runs) + uint64_t(run)) * 77 + uint64_t(worker) * 1'000'003;
  }

  // The number that the shapes "1 process" and "2 workers" begin with.
  int concurrency() const {
    int number = atoi(shape.c_str());
    if (number < 1 || number > 2) unknown();
    return number;
  }
};

inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

// Where a workload is measured whose cost is looked at in one place only.
inline constexpr const char* nowhere = "-";

// One result: peer, workload, shape, at, median, best, unit, runs, checksum, separated by tabs.
// Less is better in every unit used.
inline void report(const std::string& peer, const std::string& workload, const std::string& shape,
                   const std::string& at, const std::vector<double>& values, const char* unit,
                   uint64_t checksum) {
  printf("%s\t%s\t%s\t%s\t%.2f\t%.2f\t%s\t%zu\t%016llx\n", peer.c_str(), workload.c_str(),
         shape.c_str(), at.c_str(), median(values), *std::min_element(values.begin(), values.end()),
         unit, values.size(), (unsigned long long)checksum);
  fflush(stdout);
}

}  // namespace bench
