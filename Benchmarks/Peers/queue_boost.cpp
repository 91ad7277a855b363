// Boost.Interprocess message_queue: 1024 messages of 64 bytes each way.
#include <boost/interprocess/ipc/message_queue.hpp>
#include <memory>

#include "queue_bench.hpp"

namespace {

namespace bi = boost::interprocess;

class BoostLink {
 public:
  static constexpr uint64_t one_way_messages = 300'000;

  BoostLink() {
    remove();
    for (const char* name : names) {
      bi::message_queue(bi::create_only, name, 1024, sizeof(bench::Message));
    }
  }

  ~BoostLink() { remove(); }

  void attach(int side, bool polling) {
    polling_ = polling;
    out_ = std::make_unique<bi::message_queue>(bi::open_only, names[side]);
    in_ = std::make_unique<bi::message_queue>(bi::open_only, names[1 - side]);
  }

  void send(const bench::Message& message) {
    if (!polling_) return out_->send(&message, sizeof message, 0);
    while (!out_->try_send(&message, sizeof message, 0)) bench::relax();
  }

  void receive(bench::Message& message) {
    bi::message_queue::size_type received;
    unsigned priority;
    if (!polling_) return in_->receive(&message, sizeof message, received, priority);
    while (!in_->try_receive(&message, sizeof message, received, priority)) bench::relax();
  }

 private:
  static constexpr const char* names[2] = {"lava-benchmarks-peer-there",
                                           "lava-benchmarks-peer-back"};

  bool polling_ = false;
  std::unique_ptr<bi::message_queue> out_;
  std::unique_ptr<bi::message_queue> in_;

  static void remove() {
    for (const char* name : names) bi::message_queue::remove(name);
  }
};

}  // namespace

int main(int count, char** arguments) {
  bench::run_queue<BoostLink>("boost-queue", bench::Options(count, arguments));
}
