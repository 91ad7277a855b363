// Boost.Interprocess: an unordered map of strings in managed shared memory under one lock.
// Peers: boost-sharable (readers share the lock) and boost-mutex. Neither lock survives the death
// of its holder; that is not measured here.
#include <boost/interprocess/allocators/allocator.hpp>
#include <boost/interprocess/containers/string.hpp>
#include <boost/interprocess/managed_shared_memory.hpp>
#include <boost/interprocess/sync/interprocess_mutex.hpp>
#include <boost/interprocess/sync/interprocess_sharable_mutex.hpp>
#include <boost/interprocess/sync/scoped_lock.hpp>
#include <boost/interprocess/sync/sharable_lock.hpp>
#include <boost/unordered_map.hpp>

#include "kv_bench.hpp"

namespace {

namespace bi = boost::interprocess;

using Segment = bi::managed_shared_memory;
using CharAllocator = bi::allocator<char, Segment::segment_manager>;
using SharedString = bi::basic_string<char, std::char_traits<char>, CharAllocator>;

// Lets the map be searched by bytes that do not lie in the segment.
struct View {
  const char* bytes;
  size_t length;
};

// Reads whole words, so that boost::hash's byte loop does not hold the map back.
struct Hash {
  static size_t of(const char* bytes, size_t length) {
    uint64_t hash = 0x9E3779B97F4A7C15u ^ length;
    for (; length >= 8; bytes += 8, length -= 8) {
      uint64_t word;
      memcpy(&word, bytes, 8);
      hash = (hash ^ word) * 0xFF51AFD7ED558CCDu;
      hash ^= hash >> 32;
    }
    uint64_t rest = 0;
    memcpy(&rest, bytes, length);
    hash = (hash ^ rest) * 0xFF51AFD7ED558CCDu;
    return hash ^ (hash >> 32);
  }

  size_t operator()(const SharedString& key) const { return of(key.data(), key.size()); }
  size_t operator()(const View& key) const { return of(key.bytes, key.length); }
};

struct Equal {
  bool operator()(const SharedString& a, const SharedString& b) const { return a == b; }
  bool operator()(const View& a, const SharedString& b) const {
    return a.length == b.size() && !memcmp(a.bytes, b.data(), a.length);
  }
  bool operator()(const SharedString& a, const View& b) const { return (*this)(b, a); }
};

using Entry = std::pair<const SharedString, SharedString>;
using Map = boost::unordered_map<SharedString, SharedString, Hash, Equal,
                                 bi::allocator<Entry, Segment::segment_manager>>;

struct Sharable {
  using Mutex = bi::interprocess_sharable_mutex;
  using ReadLock = bi::sharable_lock<Mutex>;
};

struct Exclusive {
  using Mutex = bi::interprocess_mutex;
  using ReadLock = bi::scoped_lock<Mutex>;
};

template <class Locking>
class BoostStore {
 public:
  static constexpr uint64_t write_divisor = 1;

  static void remove() { bi::shared_memory_object::remove(name); }

  BoostStore(bool create, uint64_t keys, size_t value_bytes)
      : segment_(create ? Segment(bi::create_only, name, room(keys, value_bytes))
                        : Segment(bi::open_only, name)),
        allocator_(segment_.get_segment_manager()),
        map_(*segment_.find_or_construct<Map>("map")(keys * 2, Hash(), Equal(),
                                                     segment_.get_allocator<Entry>())),
        mutex_(*segment_.find_or_construct<Mutex>("mutex")()) {}

  BoostStore(const BoostStore&) = delete;

  // Free memory is what was never used or was given back.
  uint64_t used_bytes() { return segment_.get_size() - segment_.get_free_memory(); }

  // Nothing of a thread's own is needed.
  class Session {
   public:
    explicit Session(BoostStore& store) : store_(store) {}

    bool put(const bench::Key& key, const char* value, size_t bytes) {
      View view = wrap(key);
      WriteLock lock(store_.mutex_);
      auto found = store_.find(view);
      if (found != store_.map_.end()) {
        found->second.assign(value, bytes);
      } else {
        store_.map_.emplace(SharedString(view.bytes, view.length, store_.allocator_),
                            SharedString(value, bytes, store_.allocator_));
      }
      return true;
    }

    bool get(const bench::Key& key, char* out, size_t capacity, size_t& bytes) {
      ReadLock lock(store_.mutex_);
      auto found = store_.find(wrap(key));
      if (found == store_.map_.end()) return false;
      bytes = found->second.size();
      memcpy(out, found->second.data(), std::min(capacity, bytes));
      return true;
    }

    bool look(const bench::Key& key, uint64_t& opening, size_t& bytes) {
      ReadLock lock(store_.mutex_);
      auto found = store_.find(wrap(key));
      if (found == store_.map_.end()) return false;
      bytes = found->second.size();
      memcpy(&opening, found->second.data(), sizeof opening);
      return true;
    }

    bool erase(const bench::Key& key) {
      WriteLock lock(store_.mutex_);
      auto found = store_.find(wrap(key));
      if (found == store_.map_.end()) return false;
      store_.map_.erase(found);
      return true;
    }

   private:
    BoostStore& store_;
  };

 private:
  static constexpr const char* name = "lava-benchmarks-peer-boost";

  using Mutex = typename Locking::Mutex;
  using ReadLock = typename Locking::ReadLock;
  using WriteLock = bi::scoped_lock<Mutex>;

  Segment segment_;
  CharAllocator allocator_;
  Map& map_;
  Mutex& mutex_;

  // Generous, so that no search for free memory is held against it.
  static size_t room(uint64_t keys, size_t value_bytes) {
    return (size_t(16) << 20) + keys * (value_bytes + 256) * 4;
  }

  typename Map::iterator find(const View& key) { return map_.find(key, Hash(), Equal()); }

  static View wrap(const bench::Key& key) {
    return {reinterpret_cast<const char*>(&key), sizeof key};
  }
};

}  // namespace

int main(int count, char** arguments) {
  bench::Options options(count, arguments);
  if (options.peer == "boost-mutex") {
    bench::run_key_value<BoostStore<Exclusive>>(options.peer, options);
  } else if (options.peer == "boost-sharable") {
    bench::run_key_value<BoostStore<Sharable>>(options.peer, options);
  } else {
    options.unknown();
  }
}
