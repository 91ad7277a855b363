// A bare ring for one producer and one consumer, copied in and out: a reference for what the machine
// allows, no peer. It has no name, no check, nobody sleeps, and a death on either side leaves it stuck.
#include "transport_bench.hpp"

namespace {

struct Positions {
  alignas(64) std::atomic<uint64_t> head;
  uint64_t cached_tail;  // The producer's last sight of `tail`.
  alignas(64) std::atomic<uint64_t> tail;
  uint64_t cached_head;  // The consumer's last sight of `head`.
  alignas(64) char slots[1];
};

class RingLink {
 public:
  static constexpr uint64_t one_way_messages = 2'000'000;
  static constexpr bool sends_batches = true;

  explicit RingLink(const bench::Scene& scene) : bytes_(scene.bytes) {
    if (scene.processes() > 2) bench::fail("the bare ring has one producer and one consumer");
    // The largest power of two of which 4 MiB are enough, but room for four.
    capacity_ = 1024;
    while (capacity_ > 4 && capacity_ * bytes_ > (4 << 20)) capacity_ /= 2;
    size_ = sizeof(Positions) + capacity_ * bytes_;
    ring_ = static_cast<Positions*>(bench::shared_memory(size_));
  }

  ~RingLink() { munmap(ring_, size_); }

  void attach(int) {}

  void send(const char* message) {
    uint64_t position = wait_for_room(1);
    memcpy(slot(position), message, bytes_);
    ring_->head.store(position + 1, std::memory_order_release);
  }

  void send_batch(const char* messages) {
    uint64_t position = wait_for_room(bench::batch_size);
    for (size_t i = 0; i < bench::batch_size; i++) {
      memcpy(slot(position + i), messages + i * bytes_, bytes_);
    }
    ring_->head.store(position + bench::batch_size, std::memory_order_release);
  }

  bool try_receive(char* message) { return take(message, 1) == 1; }

  size_t receive_batch(char* messages) { return take(messages, bench::batch_size); }

  void receive(char*) { bench::fail("the bare ring can only be polled"); }

 private:
  size_t bytes_, size_;
  uint64_t capacity_;
  Positions* ring_;

  char* slot(uint64_t position) { return ring_->slots + (position & (capacity_ - 1)) * bytes_; }

  uint64_t wait_for_room(uint64_t count) {
    uint64_t position = ring_->head.load(std::memory_order_relaxed);
    while (position + count - ring_->cached_tail > capacity_) {
      ring_->cached_tail = ring_->tail.load(std::memory_order_acquire);
      if (position + count - ring_->cached_tail > capacity_) bench::relax();
    }
    return position;
  }

  size_t take(char* messages, size_t most) {
    uint64_t position = ring_->tail.load(std::memory_order_relaxed);
    if (ring_->cached_head - position < most) {
      ring_->cached_head = ring_->head.load(std::memory_order_acquire);
    }
    size_t count = std::min<size_t>(most, ring_->cached_head - position);
    for (size_t i = 0; i < count; i++) memcpy(messages + i * bytes_, slot(position + i), bytes_);
    if (count > 0) ring_->tail.store(position + count, std::memory_order_release);
    return count;
  }
};

}  // namespace

int main(int count, char** arguments) {
  bench::run_transport<RingLink>("reference-ring", bench::Options(count, arguments));
}
