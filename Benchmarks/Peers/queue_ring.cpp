// A bare ring for one producer and one consumer: a reference for what the machine allows, no peer.
// It has no name, no attachment check, no blocking receive, and a death on either side leaves it
// stuck.
#include "queue_bench.hpp"

namespace {

struct Ring {
  static constexpr uint64_t capacity = 4096;

  alignas(64) std::atomic<uint64_t> head;
  uint64_t cached_tail;  // The producer's last sight of `tail`.
  alignas(64) std::atomic<uint64_t> tail;
  uint64_t cached_head;  // The consumer's last sight of `head`.
  alignas(64) bench::Message slots[capacity];

  void push(const bench::Message& message) {
    uint64_t position = head.load(std::memory_order_relaxed);
    while (position - cached_tail >= capacity) {
      cached_tail = tail.load(std::memory_order_acquire);
      if (position - cached_tail >= capacity) bench::relax();
    }
    slots[position % capacity] = message;
    head.store(position + 1, std::memory_order_release);
  }

  void pop(bench::Message& message) {
    uint64_t position = tail.load(std::memory_order_relaxed);
    while (cached_head == position) {
      cached_head = head.load(std::memory_order_acquire);
      if (cached_head == position) bench::relax();
    }
    message = slots[position % capacity];
    tail.store(position + 1, std::memory_order_release);
  }
};

class RingLink {
 public:
  static constexpr uint64_t one_way_messages = 3'000'000;

  RingLink() {
    for (auto& ring : rings_) ring = static_cast<Ring*>(bench::shared_memory(sizeof(Ring)));
  }

  ~RingLink() {
    for (auto* ring : rings_) munmap(ring, sizeof(Ring));
  }

  void attach(int side, bool polling) {
    if (!polling) bench::fail("the bare ring can only be polled");
    out_ = rings_[side];
    in_ = rings_[1 - side];
  }

  void send(const bench::Message& message) { out_->push(message); }
  void receive(bench::Message& message) { in_->pop(message); }

 private:
  Ring* rings_[2];
  Ring* out_ = nullptr;
  Ring* in_ = nullptr;
};

}  // namespace

int main(int count, char** arguments) {
  bench::run_queue<RingLink>("reference-ring", bench::Options(count, arguments));
}
