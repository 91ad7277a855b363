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

  LMDBStore(bool create, uint64_t, size_t) {
    check(mdb_env_create(&environment_), "mdb_env_create");
    check(mdb_env_set_mapsize(environment_, size_t(2) << 30), "mdb_env_set_mapsize");
    unsigned flags = MDB_NOSUBDIR | MDB_WRITEMAP | MDB_NOSYNC | MDB_NOMETASYNC | MDB_NOTLS;
    check(mdb_env_open(environment_, path, flags, 0600), "mdb_env_open");
    MDB_txn* transaction;
    check(mdb_txn_begin(environment_, nullptr, create ? 0 : MDB_RDONLY, &transaction), "begin");
    check(mdb_dbi_open(transaction, nullptr, 0, &database_), "mdb_dbi_open");
    check(mdb_txn_commit(transaction), "commit");
    // One read transaction is kept and renewed for each get: cheaper than beginning a new one.
    check(mdb_txn_begin(environment_, nullptr, MDB_RDONLY, &reader_), "begin");
    mdb_txn_reset(reader_);
  }

  ~LMDBStore() {
    mdb_txn_abort(reader_);
    mdb_env_close(environment_);
  }

  LMDBStore(const LMDBStore&) = delete;

  bool put(const bench::Key& key, const char* value, size_t bytes) {
    MDB_val key_value = wrap(key);
    MDB_val data{bytes, const_cast<char*>(value)};
    MDB_txn* transaction = begin();
    check(mdb_put(transaction, database_, &key_value, &data, 0), "mdb_put");
    check(mdb_txn_commit(transaction), "commit");
    return true;
  }

  bool get(const bench::Key& key, char* out, size_t capacity, size_t& bytes) {
    MDB_val key_value = wrap(key);
    MDB_val data;
    check(mdb_txn_renew(reader_), "mdb_txn_renew");
    bool found = mdb_get(reader_, database_, &key_value, &data) == 0;
    if (found) {
      bytes = data.mv_size;
      memcpy(out, data.mv_data, std::min(capacity, data.mv_size));
    }
    mdb_txn_reset(reader_);
    return found;
  }

  bool erase(const bench::Key& key) {
    MDB_val key_value = wrap(key);
    MDB_txn* transaction = begin();
    bool found = mdb_del(transaction, database_, &key_value, nullptr) == 0;
    check(mdb_txn_commit(transaction), "commit");
    return found;
  }

 private:
  static constexpr const char* path = "/dev/shm/lava-benchmarks-peer.lmdb";

  MDB_env* environment_ = nullptr;
  MDB_dbi database_ = 0;
  MDB_txn* reader_ = nullptr;

  static MDB_val wrap(const bench::Key& key) {
    return {sizeof key, const_cast<bench::Key*>(&key)};
  }

  MDB_txn* begin() {
    MDB_txn* transaction;
    check(mdb_txn_begin(environment_, nullptr, 0, &transaction), "begin");
    return transaction;
  }
};

}  // namespace

int main(int count, char** arguments) {
  bench::run_key_value<LMDBStore>("lmdb", bench::Options(count, arguments));
}
