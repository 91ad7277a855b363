// LMDB on a tmpfs, its fastest configuration for several processes: writable map, no sync at all.
// Every operation is a transaction of its own, as independent callers need it.
#include <lmdb.h>

#include "kv_bench.hpp"

namespace {

void check(int result, const char* what) {
  if (result) bench::fail(std::string(what) + ": " + mdb_strerror(result));
}

class LMDBStore {
 public:
  static constexpr uint64_t write_divisor = 4;

  static void remove() {
    unlink(path);
    unlink((std::string(path) + "-lock").c_str());
  }

  LMDBStore(bool create, uint64_t keys, size_t value_bytes) {
    check(mdb_env_create(&environment_), "mdb_env_create");
    check(mdb_env_set_mapsize(environment_, room(keys, value_bytes)), "mdb_env_set_mapsize");
    unsigned flags = MDB_NOSUBDIR | MDB_WRITEMAP | MDB_NOSYNC | MDB_NOMETASYNC | MDB_NOTLS;
    check(mdb_env_open(environment_, path, flags, 0600), "mdb_env_open");
    MDB_txn* transaction;
    check(mdb_txn_begin(environment_, nullptr, create ? 0 : MDB_RDONLY, &transaction), "begin");
    check(mdb_dbi_open(transaction, nullptr, 0, &database_), "mdb_dbi_open");
    check(mdb_txn_commit(transaction), "commit");
  }

  ~LMDBStore() { mdb_env_close(environment_); }

  LMDBStore(const LMDBStore&) = delete;

  // All pages up to the last that was ever used, which is what the file takes.
  uint64_t used_bytes() {
    MDB_envinfo facts;
    MDB_stat pages;
    check(mdb_env_info(environment_, &facts), "mdb_env_info");
    check(mdb_env_stat(environment_, &pages), "mdb_env_stat");
    return uint64_t(facts.me_last_pgno + 1) * pages.ms_psize;
  }

  class Session {
   public:
    // One read transaction is kept and renewed for each get: cheaper than beginning a new one.
    explicit Session(LMDBStore& store)
        : environment_(store.environment_), database_(store.database_) {
      check(mdb_txn_begin(environment_, nullptr, MDB_RDONLY, &reader_), "begin");
      mdb_txn_reset(reader_);
    }

    ~Session() { mdb_txn_abort(reader_); }

    Session(const Session&) = delete;

    bool put(const bench::Key& key, const char* value, size_t bytes) {
      MDB_val key_value = wrap(key);
      MDB_val data{bytes, const_cast<char*>(value)};
      MDB_txn* transaction = begin();
      check(mdb_put(transaction, database_, &key_value, &data, 0), "mdb_put");
      check(mdb_txn_commit(transaction), "commit");
      return true;
    }

    bool get(const bench::Key& key, char* out, size_t capacity, size_t& bytes) {
      return read(key, [&](const MDB_val& data) {
        bytes = data.mv_size;
        memcpy(out, data.mv_data, std::min(capacity, data.mv_size));
      });
    }

    bool look(const bench::Key& key, uint64_t& opening, size_t& bytes) {
      return read(key, [&](const MDB_val& data) {
        bytes = data.mv_size;
        memcpy(&opening, data.mv_data, sizeof opening);
      });
    }

    bool erase(const bench::Key& key) {
      MDB_val key_value = wrap(key);
      MDB_txn* transaction = begin();
      bool found = mdb_del(transaction, database_, &key_value, nullptr) == 0;
      check(mdb_txn_commit(transaction), "commit");
      return found;
    }

   private:
    MDB_env* environment_;
    MDB_dbi database_;
    MDB_txn* reader_ = nullptr;

    template <class Body>
    bool read(const bench::Key& key, Body body) {
      MDB_val key_value = wrap(key);
      MDB_val data;
      check(mdb_txn_renew(reader_), "mdb_txn_renew");
      bool found = mdb_get(reader_, database_, &key_value, &data) == 0;
      if (found) body(data);
      mdb_txn_reset(reader_);
      return found;
    }

    static MDB_val wrap(const bench::Key& key) {
      return {sizeof key, const_cast<bench::Key*>(&key)};
    }

    MDB_txn* begin() {
      MDB_txn* transaction;
      check(mdb_txn_begin(environment_, nullptr, 0, &transaction), "begin");
      return transaction;
    }
  };

 private:
  static constexpr const char* path = "/dev/shm/lava-benchmarks-peer.lmdb";

  MDB_env* environment_ = nullptr;
  MDB_dbi database_ = 0;

  // Address space, of which only what is used takes memory.
  static size_t room(uint64_t keys, size_t value_bytes) {
    return (size_t(2) << 30) + keys * value_bytes * 4;
  }
};

}  // namespace

int main(int count, char** arguments) {
  bench::run_key_value<LMDBStore>("lmdb", bench::Options(count, arguments));
}
