// Boost.Interprocess message_queue: 1024 messages, or 4 MiB of them.
#include <boost/interprocess/ipc/message_queue.hpp>

#include "transport_bench.hpp"

namespace {

namespace bi = boost::interprocess;

class BoostLink {
 public:
  static constexpr uint64_t one_way_messages = 300'000;
  static constexpr bool sends_batches = false;

  explicit BoostLink(const bench::Scene& scene)
      : bytes_(scene.bytes),
        name_(scene.back ? "lava-benchmarks-peer-back" : "lava-benchmarks-peer-there") {
    bi::message_queue::remove(name_);
    size_t count = std::clamp<size_t>((4 << 20) / scene.bytes, 4, 1024);
    bi::message_queue(bi::create_only, name_, count, scene.bytes);
  }

  ~BoostLink() { bi::message_queue::remove(name_); }

  void attach(int) { queue_ = std::make_unique<bi::message_queue>(bi::open_only, name_); }

  void send(const char* message) { queue_->send(message, bytes_, 0); }

  bool try_receive(char* message) {
    return queue_->try_receive(message, bytes_, received_, priority_);
  }

  void receive(char* message) { queue_->receive(message, bytes_, received_, priority_); }

 private:
  size_t bytes_;
  const char* name_;
  bi::message_queue::size_type received_ = 0;
  unsigned priority_ = 0;
  std::unique_ptr<bi::message_queue> queue_;
};

}  // namespace

int main(int count, char** arguments) {
  bench::run_transport<BoostLink>("boost-queue", bench::Options(count, arguments));
}
