// Workloads T1 to T3: items between threads, one by one, 64 at a time, and there and back, over queues that
// hold 65,536 of them, or grow.
#include <concurrentqueue/blockingconcurrentqueue.h>
#include <concurrentqueue/concurrentqueue.h>
#include <oneapi/tbb/concurrent_queue.h>

#include <boost/lockfree/queue.hpp>
#include <boost/lockfree/spsc_queue.hpp>

#include "crew.hpp"

namespace {

constexpr size_t batch_size = 64;
// Items of 4 MiB, or fewer.
template <class Item>
constexpr size_t capacity = std::min<size_t>(65'536, (4 << 20) / sizeof(Item));

template <size_t bytes>
struct ItemOf {
  uint64_t number;
  char rest[bytes - 8];
};

// Each system: `Producer` and `Consumer` are made by the thread that uses them. `wait` takes an item, asleep
// until there is one if need be.

template <class Item>
struct Moodycamel {
  static constexpr bool has_batches = true;
  moodycamel::ConcurrentQueue<Item> queue{capacity<Item>};

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

// The same with a semaphore.
template <class Item>
struct MoodycamelBlocking {
  moodycamel::BlockingConcurrentQueue<Item> queue{capacity<Item>};

  struct Producer {
    moodycamel::BlockingConcurrentQueue<Item>& queue;
    explicit Producer(MoodycamelBlocking& system) : queue(system.queue) {}
    bool push(const Item& item) { return queue.enqueue(item); }
  };
  struct Consumer {
    moodycamel::BlockingConcurrentQueue<Item>& queue;
    explicit Consumer(MoodycamelBlocking& system) : queue(system.queue) {}
    void wait(Item& item) { queue.wait_dequeue(item); }
  };
};

template <class Item>
struct MoodycamelTokens {
  static constexpr bool has_batches = true;
  moodycamel::ConcurrentQueue<Item> queue{capacity<Item>};

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

template <class Item>
struct TbbBounded {
  static constexpr bool has_batches = false;
  tbb::concurrent_bounded_queue<Item> queue;
  TbbBounded() { queue.set_capacity(capacity<Item>); }

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
    void wait(Item& item) { queue.pop(item); }
  };
};

template <class Item>
struct BoostLockfree {
  static constexpr bool has_batches = false;
  // 65,534 are the most it can have.
  boost::lockfree::queue<Item, boost::lockfree::capacity<std::min<size_t>(65'534, capacity<Item>)>> queue;

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

template <class Item>
struct BoostOneToOne {
  static constexpr bool has_batches = true;
  boost::lockfree::spsc_queue<Item, boost::lockfree::capacity<capacity<Item>>> queue;

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

template <class Item, class System>
void run_one_way(const bench::Options& options) {
  int producers = 1, consumers = 1;
  bool batch = options.workload == "T2";
  if (sscanf(options.shape.c_str(), "%d to %d", &producers, &consumers) != 2 ||
      (batch && !System::has_batches)) {
    options.unknown();
  }
  const int threads = producers + consumers;
  if (std::is_same_v<System, BoostOneToOne<Item>> && threads > 2) options.unknown();
  const uint64_t most = 1'000'000 / std::max<uint64_t>(1, sizeof(Item) / 256);
  const uint64_t each = std::max<uint64_t>(std::min(most, options.operations), 64) / 64 * 64;
  const uint64_t total = each * uint64_t(producers);
  std::vector<double> results;
  std::atomic<uint64_t> checksum{0};
  for (int run = 0; run < options.runs; run++) {
    auto system = std::make_unique<System>();
    alignas(64) std::atomic<uint64_t> taken{0};
    checksum = 0;
    uint64_t elapsed = bench::run_crew(threads, [&](int index, auto start) {
      std::vector<Item> buffer(batch_size);
      Item* items = buffer.data();
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
                std::to_string(sizeof(Item)) + " B", results, "ns/item", checksum);
}

template <class Item, class System, bool polling>
void run_round_trip(const bench::Options& options) {
  const uint64_t warm_up = 200, trips = std::min<uint64_t>(20'000, options.operations);
  std::vector<double> results[3];
  const double quantiles[3] = {0.5, 0.99, 0.999};
  for (int run = 0; run < options.runs; run++) {
    auto there = std::make_unique<System>(), back = std::make_unique<System>();
    std::vector<uint32_t> samples(trips);
    std::atomic<uint64_t> wrong{0};
    bench::run_crew(2, [&](int side, auto start) {
      typename System::Producer outward(side == 0 ? *there : *back);
      typename System::Consumer inward(side == 0 ? *back : *there);
      Item item = {};
      auto receive = [&] {
        if constexpr (polling) {
          while (!inward.pop(item)) bench::relax();
        } else {
          inward.wait(item);
        }
      };
      start();
      for (uint64_t trip = 0; trip < warm_up + trips; trip++) {
        if (side == 0) {
          uint64_t began = bench::now_nanoseconds();
          item.number = trip;
          outward.push(item);
          receive();
          if (trip >= warm_up) samples[trip - warm_up] = uint32_t(bench::now_nanoseconds() - began);
        } else {
          receive();
          outward.push(item);
        }
        wrong += item.number != trip;
      }
    });
    if (wrong) bench::fail("items lost or out of order");
    std::sort(samples.begin(), samples.end());
    for (int i = 0; i < 3; i++) {
      results[i].push_back(samples[size_t(quantiles[i] * double(trips - 1) + 0.5)]);
    }
  }
  const char* names[3] = {" p50", " p99", " p99.9"};
  for (int i = 0; i < 3; i++) {
    bench::report(options.peer, "T3 there and back", options.shape + names[i],
                  std::to_string(sizeof(Item)) + " B", results[i], "ns", trips);
  }
}

template <class Item>
void run(const bench::Options& options) {
  if (options.workload == "T3") {
    if (options.shape == "blocking") {
      if (options.peer == "moodycamel") return run_round_trip<Item, MoodycamelBlocking<Item>, false>(options);
      if (options.peer == "tbb-bounded") return run_round_trip<Item, TbbBounded<Item>, false>(options);
    } else if (options.shape == "polling") {
      if (options.peer == "moodycamel") return run_round_trip<Item, Moodycamel<Item>, true>(options);
      if (options.peer == "tbb-bounded") return run_round_trip<Item, TbbBounded<Item>, true>(options);
      if (options.peer == "boost-one-to-one") {
        return run_round_trip<Item, BoostOneToOne<Item>, true>(options);
      }
    }
  } else {
    if (options.peer == "moodycamel") return run_one_way<Item, Moodycamel<Item>>(options);
    if (options.peer == "moodycamel-tokens") return run_one_way<Item, MoodycamelTokens<Item>>(options);
    if (options.peer == "tbb-bounded") return run_one_way<Item, TbbBounded<Item>>(options);
    if (options.peer == "boost-lockfree") return run_one_way<Item, BoostLockfree<Item>>(options);
    if (options.peer == "boost-one-to-one") return run_one_way<Item, BoostOneToOne<Item>>(options);
  }
  options.unknown();
}

}  // namespace

int main(int count, char** arguments) {
  bench::Options options(count, arguments);
  if (options.workload != "T1" && options.workload != "T2" && options.workload != "T3") options.unknown();
  switch (options.at) {
    case 16: return run<ItemOf<16>>(options), 0;
    case 64: return run<ItemOf<64>>(options), 0;
    case 1024: return run<ItemOf<1024>>(options), 0;
    default: options.unknown();
  }
}
