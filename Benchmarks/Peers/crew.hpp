// Threads of one process that are measured together, each pinned to a processor.
#pragma once

#include <thread>

#include "bench.hpp"

namespace bench {

// Runs `body(thread, start)` on `count` threads; nanoseconds from when the first began until the last had
// ended. A thread calls `start()` when it is prepared, which waits for the others.
template <class Body>
uint64_t run_crew(int count, Body body) {
  Rendezvous meeting{};
  std::vector<std::thread> threads;
  for (int index = 0; index < count; index++) {
    threads.emplace_back([&, index] {
      pin(index);
      body(index, [&] {
        meeting.barrier.wait(uint32_t(count));
        meeting.began[index] = now_nanoseconds();
      });
      meeting.ended[index] = now_nanoseconds();
    });
  }
  for (auto& thread : threads) thread.join();
  return meeting.elapsed(count);
}

}  // namespace bench
