// Workloads of the store over any key-value store that several processes share: S1 to S6, values of
// many sizes (V), many processes (C), memory (M), and the loop around an operation (P5).
//
// A `Store` is a class with
//   static void remove();                           // takes leftovers away
//   Store(bool create, uint64_t keys, size_t value_bytes);   // each process opens it for itself
//   uint64_t used_bytes();                          // what keys and values take, and all around them
//   static constexpr uint64_t write_divisor;        // slow writers do fewer operations
//   class Session;                                  // what one thread uses it through:
//     Session(Store&);
//     bool put(const Key&, const char* value, size_t bytes);
//     bool get(const Key&, char* out, size_t capacity, size_t& bytes);   // copies the value out
//     bool look(const Key&, uint64_t& opening, size_t& bytes);           // reads it where it lies
//     bool erase(const Key&);
#pragma once

#include <thread>

#include "bench.hpp"

namespace bench {

struct Key {
  uint64_t low;
  uint64_t high;
};

inline Key key_of(uint64_t index) {
  return {SplitMix64(index * 2 + 1).next(), SplitMix64(index * 2 + 2).next()};
}

enum class Action { get, look, put, mixed, reinsert, miss, nothing, fill };

// What a workload finds when it begins.
struct Scene {
  uint64_t keys = 100'000;
  size_t value_bytes = 64;
  int processes = 1;
  int threads = 1;
  std::string at = nowhere;

  int workers() const { return processes * threads; }
};

// One axis along which the cost may grow; the twin of StoreAxis.swift.
enum class Axis { keys, none, value_size, processes, memory };

struct KeyValueWorkload {
  const char* id;
  const char* title;
  Action action;
  Axis axis;
  uint64_t operations;
  uint64_t keys = 100'000;
  size_t value_bytes = 64;

  Scene scene(const Options& options) const {
    Scene scene;
    std::string number = std::to_string(options.at);
    scene.keys = keys;
    scene.value_bytes = value_bytes;
    switch (axis) {
      case Axis::keys:
        scene.keys = options.at;
        scene.at = number + " keys";
        [[fallthrough]];
      case Axis::none:
        scene.processes = options.shape == "2 processes" ? 2 : 1;
        scene.threads = options.shape == "2 threads" ? 2 : 1;
        break;
      case Axis::value_size:
        scene.keys = 64;
        scene.value_bytes = options.at;
        scene.at = number + " B";
        break;
      case Axis::processes:
        scene.processes = int(options.at);
        scene.at = number + (options.at == 1 ? " process" : " processes");
        break;
      case Axis::memory:
        scene.keys = std::min(keys, (uint64_t(256) << 20) / std::max<uint64_t>(options.at, 1));
        scene.value_bytes = options.at;
        scene.at = number + " B";
        break;
    }
    if (scene.keys < 2 || scene.value_bytes < 8 || scene.workers() < 1 ||
        scene.workers() > most_workers) {
      options.unknown();
    }
    return scene;
  }

  // Operations of each worker.
  uint64_t operations_of(const Scene& scene) const {
    switch (axis) {
      case Axis::processes: return operations / uint64_t(scene.processes);
      case Axis::value_size:
        // A gibibyte is copied, whatever the size of its pieces, or a million of them.
        if (action != Action::look) {
          return std::min(std::max((uint64_t(1) << 30) / scene.value_bytes, uint64_t(64)),
                          operations);
        }
        [[fallthrough]];
      default: return operations;
    }
  }
};

inline constexpr KeyValueWorkload key_value_workloads[] = {
    {"S1", "S1 get", Action::get, Axis::keys, 1'000'000},
    {"S2", "S2 put over", Action::put, Axis::keys, 1'000'000},
    {"S3", "S3 90 % get, 10 % put", Action::mixed, Axis::keys, 1'000'000},
    {"S4-get-4KiB", "S4 get 4 KiB", Action::get, Axis::none, 100'000, 4096, 4096},
    {"S4-put-4KiB", "S4 put 4 KiB", Action::put, Axis::none, 100'000, 4096, 4096},
    {"S4-get-1MiB", "S4 get 1 MiB", Action::get, Axis::none, 1000, 64, 1 << 20},
    {"S4-put-1MiB", "S4 put 1 MiB", Action::put, Axis::none, 1000, 64, 1 << 20},
    {"S5", "S5 delete + insert", Action::reinsert, Axis::keys, 200'000},
    {"S6", "S6 get of an absent key", Action::miss, Axis::keys, 1'000'000},
    {"V1", "V1 get", Action::get, Axis::value_size, 1'000'000},
    {"V2", "V2 put over", Action::put, Axis::value_size, 1'000'000},
    {"V3", "V3 get in place", Action::look, Axis::value_size, 1'000'000},
    {"C1", "C1 get", Action::get, Axis::processes, 1'000'000},
    {"C2", "C2 put over", Action::put, Axis::processes, 1'000'000},
    {"M1", "M1 memory beyond key and value", Action::fill, Axis::memory, 1},
    {"P5", "P5 loop around an operation", Action::nothing, Axis::none, 1'000'000},
};

// Performs single operations of a workload and counts what came out wrong. Every value opens with
// the index of its key, so each read is checked.
template <class Store>
class KeyValueActor {
 public:
  uint64_t wrong_results = 0;
  uint64_t checksum = 0;

  KeyValueActor(Store& store, Action action, const Scene& scene, uint64_t seed, int worker)
      : session_(store),
        action_(action),
        keys_(scene.keys),
        random_(seed),
        worker_(worker),
        value_(scene.value_bytes, 'y'),
        buffer_(scene.value_bytes + 64) {}

  void perform() {
    switch (action_) {
      case Action::get: return get();
      case Action::look: return look();
      case Action::put: return put();
      case Action::mixed: return random_.below(10) == 0 ? put() : get();
      case Action::reinsert: return reinsert();
      case Action::miss: return miss();
      case Action::nothing: return skip();
      case Action::fill: return;
    }
  }

  void put(uint64_t index) {
    memcpy(value_.data(), &index, sizeof index);
    expect(session_.put(key_of(index), value_.data(), value_.size()));
    checksum += index;
  }

 private:
  typename Store::Session session_;
  Action action_;
  uint64_t keys_;
  SplitMix64 random_;
  uint64_t worker_;
  std::vector<char> value_;
  std::vector<char> buffer_;

  void expect(bool holds) { wrong_results += !holds; }

  void put() { put(random_.below(keys_)); }

  void get() {
    uint64_t index = random_.below(keys_);
    size_t bytes = 0;
    bool found = session_.get(key_of(index), buffer_.data(), buffer_.size(), bytes);
    uint64_t opening;
    memcpy(&opening, buffer_.data(), sizeof opening);
    expect(found && bytes == value_.size() && opening == index);
    checksum += opening;
  }

  void look() {
    uint64_t index = random_.below(keys_);
    uint64_t opening = 0;
    size_t bytes = 0;
    bool found = session_.look(key_of(index), opening, bytes);
    expect(found && bytes == value_.size() && opening == index);
    checksum += index;
  }

  // Two workers use disjoint keys: each must find the key that it takes away.
  void reinsert() {
    uint64_t index = random_.below(keys_ / 2) * 2 + worker_;
    expect(session_.erase(key_of(index)));
    put(index);
  }

  void miss() {
    uint64_t index = random_.below(keys_) + (uint64_t(1) << 40);
    size_t bytes = 0;
    expect(!session_.get(key_of(index), buffer_.data(), buffer_.size(), bytes));
    checksum += index;
  }

  // For measuring the loop alone.
  void skip() {
    Key key = key_of(random_.below(keys_));
    checksum += key.low ^ key.high;
  }
};

// What one worker does from the first barrier to the last.
template <class Store>
void work(Store& store, const KeyValueWorkload& workload, const Scene& scene, uint64_t operations,
          uint64_t seed, int worker, Rendezvous& rendezvous) {
  KeyValueActor<Store> actor(store, workload.action, scene, seed, worker);
  // Warms up: touches every page that is needed, 64 KiB of which the system maps at a time.
  uint64_t warm_up = std::max(operations / 20 + 1, std::min(operations, scene.keys / 16));
  for (uint64_t i = 0; i < warm_up; i++) actor.perform();

  rendezvous.barrier.wait(scene.workers());
  rendezvous.began[worker] = now_nanoseconds();
  for (uint64_t i = 0; i < operations; i++) actor.perform();
  rendezvous.ended[worker] = now_nanoseconds();
  rendezvous.wrong_results += actor.wrong_results;
  rendezvous.checksum += actor.checksum;
  rendezvous.barrier.wait(scene.workers());
}

// Fills a fresh store and measures the workload in some processes or threads: the time from when the
// first began until the last had ended, over the operations of all.
template <class Store>
void run_key_value(const std::string& peer, const Options& options) {
  const KeyValueWorkload* workload = nullptr;
  for (const auto& each : key_value_workloads) {
    if (options.workload == each.id) workload = &each;
  }
  if (!workload) options.unknown();

  const Scene scene = workload->scene(options);
  bool writes = workload->action == Action::put || workload->action == Action::reinsert;
  uint64_t operations = std::min(
      workload->operations_of(scene) / (writes ? Store::write_divisor : 1), options.operations);
  operations = std::max<uint64_t>(operations, 1);

  auto& rendezvous = *static_cast<Rendezvous*>(shared_memory(sizeof(Rendezvous)));
  Store::remove();
  {
    Store owner(true, scene.keys, scene.value_bytes);
    {
      KeyValueActor<Store> filler(owner, Action::fill, scene, 0, 0);
      for (uint64_t index = 0; index < scene.keys; index++) filler.put(index);
      if (filler.wrong_results) fail("the store could not be filled");
    }
    if (workload->action == Action::fill) {
      double each = double(owner.used_bytes()) / double(scene.keys);
      report(peer, workload->title, options.shape, scene.at,
             {each - double(scene.value_bytes + sizeof(Key))}, "B/entry", owner.used_bytes());
      Store::remove();
      return;
    }

    std::vector<double> results;
    for (int run = 0; run < options.runs; run++) {
      run_pinned(scene.processes, [&](int process) {
        Store store(false, scene.keys, scene.value_bytes);
        auto play = [&](int worker) {
          work(store, *workload, scene, operations, options.seed(run, worker), worker, rendezvous);
        };
        if (scene.threads == 1) return play(process);
        std::vector<std::thread> threads;
        for (int thread = 0; thread < scene.threads; thread++) {
          threads.emplace_back([&, thread] {
            pin(thread);
            play(thread);
          });
        }
        for (auto& thread : threads) thread.join();
      });
      results.push_back(double(rendezvous.elapsed(scene.workers())) /
                        double(operations * uint64_t(scene.workers())));
    }
    if (uint64_t wrong = rendezvous.wrong_results) {
      fail(peer + ": " + std::to_string(wrong) + " wrong results in " + workload->title);
    }
    bool nothing = workload->action == Action::nothing;
    report(nothing ? "machine" : peer, workload->title, nothing ? "in C++" : options.shape,
           scene.at, results, "ns/op", rendezvous.checksum);
  }
  Store::remove();
}

}  // namespace bench
