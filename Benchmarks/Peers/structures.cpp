// Workloads H, K, L and N: priority queues, maps and sets that threads of one process share.
//
// Keys are those of the store's workloads, words of splitmix64; values have 16 bytes.
#include <oneapi/tbb/concurrent_hash_map.h>
#include <oneapi/tbb/concurrent_map.h>
#include <oneapi/tbb/concurrent_priority_queue.h>
#include <oneapi/tbb/concurrent_set.h>

#include <functional>
#include <map>
#include <mutex>
#include <queue>
#include <set>
#include <unordered_map>

#include "crew.hpp"

namespace {

struct Value {
  uint64_t number;
  uint64_t rest;
};

// The key of an index, the same in every system.
uint64_t key_of(uint64_t index) { return bench::SplitMix64(index).next(); }

// MARK: Priority queues

struct Prioritized {
  uint64_t priority;
  uint64_t number;
  bool operator<(const Prioritized& other) const { return priority > other.priority; }
};

struct TbbPriority {
  tbb::concurrent_priority_queue<Prioritized> queue;
  void push(const Prioritized& item) { queue.push(item); }
  bool pop(Prioritized& item) { return queue.try_pop(item); }
};

struct MutexHeap {
  std::mutex mutex;
  std::priority_queue<Prioritized> queue;
  void push(const Prioritized& item) {
    std::lock_guard lock(mutex);
    queue.push(item);
  }
  bool pop(Prioritized& item) {
    std::lock_guard lock(mutex);
    if (queue.empty()) return false;
    item = queue.top();
    queue.pop();
    return true;
  }
};

// MARK: Maps and sets

struct TbbHashMap {
  tbb::concurrent_hash_map<uint64_t, Value> map;
  bool get(uint64_t key, Value& value) {
    decltype(map)::const_accessor found;
    if (!map.find(found, key)) return false;
    value = found->second;
    return true;
  }
  void put(uint64_t key, const Value& value) {
    decltype(map)::accessor place;
    map.insert(place, key);
    place->second = value;
  }
  bool remove(uint64_t key) { return map.erase(key); }
};

template <class Map>
struct MutexMap {
  std::mutex mutex;
  Map map;
  bool get(uint64_t key, Value& value) {
    std::lock_guard lock(mutex);
    auto found = map.find(key);
    if (found == map.end()) return false;
    value = found->second;
    return true;
  }
  void put(uint64_t key, const Value& value) {
    std::lock_guard lock(mutex);
    map.insert_or_assign(key, value);
  }
  bool remove(uint64_t key) {
    std::lock_guard lock(mutex);
    return map.erase(key);
  }
};

// Erasing is not safe beside others; values are changed in place, as two words.
struct TbbMap {
  struct Cell {
    std::atomic<uint64_t> number{0}, rest{0};
    Cell() = default;
    Cell(const Value& value) : number(value.number), rest(value.rest) {}
    Cell(const Cell& other) : number(other.number.load()), rest(other.rest.load()) {}
  };
  tbb::concurrent_map<uint64_t, Cell> map;
  bool get(uint64_t key, Value& value) {
    auto found = map.find(key);
    if (found == map.end()) return false;
    value.number = found->second.number.load(std::memory_order_relaxed);
    value.rest = found->second.rest.load(std::memory_order_relaxed);
    return true;
  }
  void put(uint64_t key, const Value& value) {
    auto [place, inserted] = map.emplace(key, value);
    if (inserted) return;
    place->second.number.store(value.number, std::memory_order_relaxed);
    place->second.rest.store(value.rest, std::memory_order_relaxed);
  }
  bool remove(uint64_t) { bench::fail("concurrent_map cannot erase beside others"); }
};

struct TbbSet {
  tbb::concurrent_set<uint64_t> set;
  bool get(uint64_t key, Value&) { return set.contains(key); }
  void put(uint64_t key, const Value&) { set.insert(key); }
  bool remove(uint64_t) { bench::fail("concurrent_set cannot erase beside others"); }
};

struct MutexSet {
  std::mutex mutex;
  std::set<uint64_t> set;
  bool get(uint64_t key, Value&) {
    std::lock_guard lock(mutex);
    return set.count(key);
  }
  void put(uint64_t key, const Value&) {
    std::lock_guard lock(mutex);
    set.insert(key);
  }
  bool remove(uint64_t key) {
    std::lock_guard lock(mutex);
    return set.erase(key);
  }
};

// MARK: Measuring

const char* title_of(const bench::Options& options) {
  static const std::pair<const char*, const char*> titles[] = {
      {"H1", "H1 push + pop of a priority queue"},
      {"H2", "H2 push + pop of a priority queue of 256"},
      {"K1", "K1 get of a hash map"},   {"K2", "K2 put over of a hash map"},
      {"K3", "K3 delete + insert of a hash map"},
      {"L1", "L1 get of a sorted map"}, {"L2", "L2 put over of a sorted map"},
      {"L3", "L3 delete + insert of a sorted map"},
      {"N1", "N1 look into a sorted set"}, {"N2", "N2 delete + insert of a sorted set"},
  };
  for (auto& [id, title] : titles) {
    if (options.workload == id) return title;
  }
  options.unknown();
}

void measure(const bench::Options& options, uint64_t most,
             const std::function<uint64_t(int thread, bench::SplitMix64 random, uint64_t operations)>& body) {
  int threads = options.concurrency();
  uint64_t operations = std::min(most, options.operations);
  std::vector<double> results;
  std::atomic<uint64_t> checksum{0};
  for (int run = 0; run < options.runs; run++) {
    for (uint64_t count : {operations / 20 + 1, operations}) {
      uint64_t elapsed = bench::run_crew(threads, [&](int thread, auto start) {
        start();
        checksum += body(thread, bench::SplitMix64(options.seed(run, thread)), count);
      });
      if (count == operations) results.push_back(double(elapsed) / double(operations * uint64_t(threads)));
    }
  }
  std::string at = std::to_string(options.at) + (options.workload[0] == 'H' ? " elements" : " keys");
  bench::report(options.peer, title_of(options), options.shape, at, results, "ns/op", checksum);
}

template <class Queue>
void run_priority(const bench::Options& options) {
  Queue queue;
  const uint64_t most = options.workload == "H2" ? 255 : UINT64_MAX;
  bench::SplitMix64 random(1);
  for (uint64_t i = 0; i < options.at; i++) queue.push({random.next() & most, i});
  measure(options, 500'000, [&](int, bench::SplitMix64 random, uint64_t operations) {
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations; i++) {
      Prioritized item{random.next() & most, i};
      queue.push(item);
      if (!queue.pop(item)) bench::fail("the priority queue is empty");
      sum += item.number;
    }
    return sum;
  });
}

template <class Map>
void run_map(const bench::Options& options) {
  Map map;
  const uint64_t keys = options.at;
  for (uint64_t i = 0; i < keys; i++) map.put(key_of(i), {i, i});
  const int threads = options.concurrency();
  const bool is_set = options.workload[0] == 'N';
  const char action = options.workload == "N2" ? '3' : options.workload[1];
  measure(options, action == '3' ? 200'000 : 500'000,
          [&](int thread, bench::SplitMix64 random, uint64_t operations) {
    uint64_t sum = 0;
    for (uint64_t i = 0; i < operations; i++) {
      uint64_t index = random.below(keys);
      Value value{index, i};
      switch (action) {
        case '1':
          if (!map.get(key_of(index), value) || (!is_set && value.number != index)) {
            bench::fail("a wrong value");
          }
          break;
        case '2': map.put(key_of(index), value); break;
        default:
          // Each thread has its own keys.
          index = std::min(index - index % uint64_t(threads) + uint64_t(thread), keys - uint64_t(threads) + uint64_t(thread));
          value.number = index;
          if (!map.remove(key_of(index))) bench::fail("a key is missing");
          map.put(key_of(index), value);
      }
      sum += index;
    }
    return sum;
  });
}

}  // namespace

int main(int count, char** arguments) {
  bench::Options options(count, arguments);
  title_of(options);
  char kind = options.workload[0];
  if (kind == 'H' && options.peer == "tbb") return run_priority<TbbPriority>(options), 0;
  if (kind == 'H' && options.peer == "mutex-std") return run_priority<MutexHeap>(options), 0;
  if (kind == 'K' && options.peer == "tbb") return run_map<TbbHashMap>(options), 0;
  if (kind == 'K' && options.peer == "mutex-std") {
    return run_map<MutexMap<std::unordered_map<uint64_t, Value>>>(options), 0;
  }
  if (kind == 'L' && options.peer == "tbb") return run_map<TbbMap>(options), 0;
  if (kind == 'L' && options.peer == "mutex-std") {
    return run_map<MutexMap<std::map<uint64_t, Value>>>(options), 0;
  }
  if (kind == 'N' && options.peer == "tbb") return run_map<TbbSet>(options), 0;
  if (kind == 'N' && options.peer == "mutex-std") return run_map<MutexSet>(options), 0;
  options.unknown();
}
