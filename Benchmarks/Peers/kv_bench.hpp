// Workloads S1 to S6 over any key-value store that several processes share.
//
// A `Store` is a class with
//   static void remove();                           // takes leftovers away
//   Store(bool create, uint64_t keys, size_t value_bytes);   // each process opens it for itself
//   bool put(const Key&, const char* value, size_t bytes);
//   bool get(const Key&, char* out, size_t capacity, size_t& bytes);   // copies the value out
//   bool erase(const Key&);
//   static constexpr uint64_t write_divisor;        // slow writers do fewer operations
#pragma once

#include "bench.hpp"

namespace bench {

struct Key {
  uint64_t low;
  uint64_t high;
};

inline Key key_of(uint64_t index) {
  return {SplitMix64(index * 2 + 1).next(), SplitMix64(index * 2 + 2).next()};
}

enum class Action { get, put, mixed, churn, miss };

struct KeyValueWorkload {
  const char* id;
  const char* title;
  Action action;
  size_t value_bytes;
  uint64_t most_keys;  // 0: as many as the options say.
  uint64_t operations;
};

inline constexpr KeyValueWorkload key_value_workloads[] = {
    {"S1", "S1 get", Action::get, 64, 0, 1'000'000},
    {"S2", "S2 put over", Action::put, 64, 0, 1'000'000},
    {"S3", "S3 90 % get, 10 % put", Action::mixed, 64, 0, 1'000'000},
    {"S4-get-4KiB", "S4 get 4 KiB", Action::get, 4096, 4096, 100'000},
    {"S4-put-4KiB", "S4 put 4 KiB", Action::put, 4096, 4096, 100'000},
    {"S4-get-1MiB", "S4 get 1 MiB", Action::get, 1 << 20, 64, 1000},
    {"S4-put-1MiB", "S4 put 1 MiB", Action::put, 1 << 20, 64, 1000},
    {"S5", "S5 delete + insert", Action::churn, 64, 0, 200'000},
    {"S6", "S6 get of an absent key", Action::miss, 64, 0, 1'000'000},
};

// Performs single operations of a workload and counts what came out wrong. Every value opens with
// the index of its key, so each read is checked.
template <class Store>
class KeyValueActor {
 public:
  uint64_t wrong_results = 0;
  uint64_t checksum = 0;

  KeyValueActor(Store& store, Action action, size_t value_bytes, uint64_t keys, uint64_t seed,
                int process)
      : store_(store),
        action_(action),
        keys_(keys),
        random_(seed),
        process_(process),
        value_(value_bytes, 'y'),
        buffer_(value_bytes + 64) {}

  void perform() {
    switch (action_) {
      case Action::get: return get();
      case Action::put: return put();
      case Action::mixed: return random_.below(10) == 0 ? put() : get();
      case Action::churn: return churn();
      case Action::miss: return miss();
    }
  }

  void put(uint64_t index) {
    memcpy(value_.data(), &index, sizeof index);
    expect(store_.put(key_of(index), value_.data(), value_.size()));
    checksum += index;
  }

 private:
  Store& store_;
  Action action_;
  uint64_t keys_;
  SplitMix64 random_;
  uint64_t process_;
  std::vector<char> value_;
  std::vector<char> buffer_;

  void expect(bool holds) { wrong_results += !holds; }

  void put() { put(random_.below(keys_)); }

  void get() {
    uint64_t index = random_.below(keys_);
    size_t bytes = 0;
    bool found = store_.get(key_of(index), buffer_.data(), buffer_.size(), bytes);
    uint64_t opening;
    memcpy(&opening, buffer_.data(), sizeof opening);
    expect(found && bytes == value_.size() && opening == index);
    checksum += opening;
  }

  // Two processes use disjoint keys: each must find the key that it takes away.
  void churn() {
    uint64_t index = random_.below(keys_ / 2) * 2 + process_;
    expect(store_.erase(key_of(index)));
    put(index);
  }

  void miss() {
    uint64_t index = random_.below(keys_) + (uint64_t(1) << 40);
    size_t bytes = 0;
    expect(!store_.get(key_of(index), buffer_.data(), buffer_.size(), bytes));
    checksum += index;
  }
};

// Fills a fresh store and measures the workload in one or two processes: the wall time of the
// slower one over the operations of both.
template <class Store>
void run_key_value(const std::string& peer, const Options& options) {
  const KeyValueWorkload* workload = nullptr;
  for (const auto& each : key_value_workloads) {
    if (options.workload == each.id) workload = &each;
  }
  if (!workload) options.unknown();

  int processes = options.concurrency();
  Action action = workload->action;
  size_t value_bytes = workload->value_bytes;
  uint64_t keys =
      workload->most_keys ? std::min(workload->most_keys, options.keys) : options.keys;
  bool writes = action == Action::put || action == Action::churn;
  uint64_t operations = std::min(
      workload->operations / (writes ? Store::write_divisor : 1), options.operations);

  auto* rendezvous = static_cast<Rendezvous*>(shared_memory(sizeof(Rendezvous)));
  Store::remove();
  {
    Store owner(true, keys, value_bytes);
    KeyValueActor<Store> filler(owner, action, value_bytes, keys, 0, 0);
    for (uint64_t index = 0; index < keys; index++) filler.put(index);
    if (filler.wrong_results) fail("the store could not be filled");

    std::vector<double> results;
    for (int run = 0; run < options.runs; run++) {
      run_pinned(processes, [&](int process) {
        Store store(false, keys, value_bytes);
        KeyValueActor<Store> actor(store, action, value_bytes, keys, options.seed(run, process),
                                   process);
        for (uint64_t i = 0; i < operations / 20 + 1; i++) actor.perform();  // Warms up.

        rendezvous->barrier.wait(processes);
        uint64_t start = now_nanoseconds();
        for (uint64_t i = 0; i < operations; i++) actor.perform();
        rendezvous->nanoseconds[process] = now_nanoseconds() - start;
        rendezvous->wrong_results += actor.wrong_results;
        rendezvous->checksum += actor.checksum;
        rendezvous->barrier.wait(processes);
      });
      uint64_t slowest = rendezvous->nanoseconds[0];
      if (processes == 2) slowest = std::max(slowest, rendezvous->nanoseconds[1].load());
      results.push_back(double(slowest) / double(operations * uint64_t(processes)));
    }
    if (uint64_t wrong = rendezvous->wrong_results) {
      fail(peer + ": " + std::to_string(wrong) + " wrong results in " + workload->title);
    }
    report(peer, workload->title, options.shape, results, "ns/op", rendezvous->checksum);
  }
  Store::remove();
}

}  // namespace bench
