// Workloads T1 and T2: items of 16 bytes between threads, one by one and 64 at a time, over queues that
// hold 65,536 of them, or grow.
#include <concurrentqueue/concurrentqueue.h>
#include <oneapi/tbb/concurrent_queue.h>

#include <boost/lockfree/queue.hpp>
#include <boost/lockfree/spsc_queue.hpp>

#include "crew.hpp"

namespace {

constexpr size_t capacity = 65'536;
constexpr size_t batch_size = 64;

struct Item {
  uint64_t number;
  uint64_t rest;
};

// Each system: `Producer` and `Consumer` are made by the thread that uses them.

struct Moodycamel {
  static constexpr bool has_batches = true;
  moodycamel::ConcurrentQueue<Item> queue{capacity};

  struct Producer {
    moodycamel::ConcurrentQueue<Item>& queue;
    explicit Producer(Moodycamel& system) : queue(system.queue) {}
    bool push(const Item& item) { return queue.enqueue(item); }
    bool push(const Item* items, size_t count) { return queue.enqueue_bulk(items, count); }
  };
  struct Consumer {
    moodycamel::ConcurrentQueue<Item>& queue;
    explicit Consumer(Moodycamel& system) : queue(system.queue) {}
    size_t pop(Item& item) { return queue.try_dequeue(item); }
    size_t pop(Item* items, size_t most) { return queue.try_dequeue_bulk(items, most); }
  };
};

struct MoodycamelTokens {
  static constexpr bool has_batches = true;
  moodycamel::ConcurrentQueue<Item> queue{capacity};

  struct Producer {
    moodycamel::ConcurrentQueue<Item>& queue;
    moodycamel::ProducerToken token;
    explicit Producer(MoodycamelTokens& system) : queue(system.queue), token(system.queue) {}
    bool push(const Item& item) { return queue.enqueue(token, item); }
    bool push(const Item* items, size_t count) { return queue.enqueue_bulk(token, items, count); }
  };
  struct Consumer {
    moodycamel::ConcurrentQueue<Item>& queue;
    moodycamel::ConsumerToken token;
    explicit Consumer(MoodycamelTokens& system) : queue(system.queue), token(system.queue) {}
    size_t pop(Item& item) { return queue.try_dequeue(token, item); }
    size_t pop(Item* items, size_t most) { return queue.try_dequeue_bulk(token, items, most); }
  };
};

struct TbbBounded {
  static constexpr bool has_batches = false;
  tbb::concurrent_bounded_queue<Item> queue;
  TbbBounded() { queue.set_capacity(capacity); }

  struct Producer {
    tbb::concurrent_bounded_queue<Item>& queue;
    explicit Producer(TbbBounded& system) : queue(system.queue) {}
    bool push(const Item& item) {
      queue.push(item);  // waits for room
      return true;
    }
  };
  struct Consumer {
    tbb::concurrent_bounded_queue<Item>& queue;
    explicit Consumer(TbbBounded& system) : queue(system.queue) {}
    size_t pop(Item& item) { return queue.try_pop(item); }
  };
};

struct BoostLockfree {
  static constexpr bool has_batches = false;
  boost::lockfree::queue<Item, boost::lockfree::capacity<65'534>> queue;  // the most it can have

  struct Producer {
    BoostLockfree& system;
    explicit Producer(BoostLockfree& system) : system(system) {}
    bool push(const Item& item) { return system.queue.push(item); }
  };
  struct Consumer {
    BoostLockfree& system;
    explicit Consumer(BoostLockfree& system) : system(system) {}
    size_t pop(Item& item) { return system.queue.pop(item); }
  };
};

struct BoostOneToOne {
  static constexpr bool has_batches = true;
  boost::lockfree::spsc_queue<Item, boost::lockfree::capacity<capacity>> queue;

  struct Producer {
    BoostOneToOne& system;
    explicit Producer(BoostOneToOne& system) : system(system) {}
    bool push(const Item& item) { return system.queue.push(item); }
    bool push(const Item* items, size_t count) {
      // There is room for all or for none: capacity and batches are powers of two.
      return system.queue.write_available() >= count && system.queue.push(items, count) == count;
    }
  };
  struct Consumer {
    BoostOneToOne& system;
    explicit Consumer(BoostOneToOne& system) : system(system) {}
    size_t pop(Item& item) { return system.queue.pop(item); }
    size_t pop(Item* items, size_t most) { return system.queue.pop(items, most); }
  };
};

// Where threads share processors, whoever cannot go on makes room for the others.
void rest(int threads) {
  if (threads > 2) sched_yield(); else bench::relax();
}

template <class System>
void run(const bench::Options& options) {
  int producers = 1, consumers = 1;
  bool batch = options.workload == "T2";
  if (sscanf(options.shape.c_str(), "%d to %d", &producers, &consumers) != 2 ||
      (batch && !System::has_batches)) {
    options.unknown();
  }
  const int threads = producers + consumers;
  if (std::is_same_v<System, BoostOneToOne> && threads > 2) options.unknown();
  const uint64_t each = std::max<uint64_t>(std::min<uint64_t>(1'000'000, options.operations), 64) / 64 * 64;
  const uint64_t total = each * uint64_t(producers);
  std::vector<double> results;
  std::atomic<uint64_t> checksum{0};
  for (int run = 0; run < options.runs; run++) {
    auto system = std::make_unique<System>();
    alignas(64) std::atomic<uint64_t> taken{0};
    checksum = 0;
    uint64_t elapsed = bench::run_crew(threads, [&](int index, auto start) {
      Item items[batch_size] = {};
      if (index < producers) {
        typename System::Producer producer(*system);
        start();
        for (uint64_t number = 0; number < each;) {
          if constexpr (System::has_batches) {
            if (batch) {
              for (size_t i = 0; i < batch_size; i++) items[i].number = number + i;
              while (!producer.push(items, batch_size)) rest(threads);
              number += batch_size;
              continue;
            }
          }
          items[0].number = number++;
          while (!producer.push(items[0])) rest(threads);
        }
        return;
      }
      typename System::Consumer consumer(*system);
      start();
      uint64_t sum = 0, mine = 0;
      for (;;) {
        size_t count = 0;
        if constexpr (System::has_batches) {
          if (batch) count = consumer.pop(items, batch_size);
        }
        if (!batch) count = consumer.pop(items[0]);
        for (size_t i = 0; i < count; i++) sum += items[i].number;
        mine += count;
        if (count > 0) continue;
        // What was taken is told when there is nothing.
        if (taken.fetch_add(mine) + mine >= total) break;
        mine = 0;
        rest(threads);
      }
      checksum += sum;
    });
    if (checksum != uint64_t(producers) * (each * (each - 1) / 2)) bench::fail("items lost or twice");
    results.push_back(double(elapsed) / double(total));
  }
  bench::report(options.peer, batch ? "T2 64 items at a time" : "T1 an item", options.shape,
                bench::nowhere, results, "ns/item", checksum);
}

}  // namespace

int main(int count, char** arguments) {
  bench::Options options(count, arguments);
  if (options.workload != "T1" && options.workload != "T2") options.unknown();
  if (options.peer == "moodycamel") return run<Moodycamel>(options), 0;
  if (options.peer == "moodycamel-tokens") return run<MoodycamelTokens>(options), 0;
  if (options.peer == "tbb-bounded") return run<TbbBounded>(options), 0;
  if (options.peer == "boost-lockfree") return run<BoostLockfree>(options), 0;
  if (options.peer == "boost-one-to-one") return run<BoostOneToOne>(options), 0;
  options.unknown();
}
