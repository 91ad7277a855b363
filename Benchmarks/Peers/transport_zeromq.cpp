// ZeroMQ over ipc: PUSH to PULL; each producer binds a socket, each consumer connects to all of them.
#include <zmq.h>

#include <cerrno>

#include "transport_bench.hpp"

namespace {

class ZeroLink {
 public:
  static constexpr uint64_t one_way_messages = 300'000;
  static constexpr bool sends_batches = false;

  explicit ZeroLink(const bench::Scene& scene) : scene_(scene) {}

  ~ZeroLink() {
    for (int producer = 0; producer < scene_.producers; producer++) {
      unlink(address(producer).c_str() + strlen("ipc://"));
    }
  }

  // The processes of a benchmark leave without ceremony when all messages have come.
  void attach(int process) {
    context_ = zmq_ctx_new();
    bool sends = process < scene_.producers;
    socket_ = zmq_socket(context_, sends ? ZMQ_PUSH : ZMQ_PULL);
    int most = int(std::clamp<size_t>((4 << 20) / scene_.bytes, 4, 1000));
    zmq_setsockopt(socket_, sends ? ZMQ_SNDHWM : ZMQ_RCVHWM, &most, sizeof most);
    if (sends) {
      if (zmq_bind(socket_, address(process).c_str())) bench::fail("zmq_bind");
      return;
    }
    for (int producer = 0; producer < scene_.producers; producer++) {
      if (zmq_connect(socket_, address(producer).c_str())) bench::fail("zmq_connect");
    }
  }

  void send(const char* message) {
    if (zmq_send(socket_, message, scene_.bytes, 0) < 0) bench::fail("zmq_send");
  }

  bool try_receive(char* message) {
    int received = zmq_recv(socket_, message, scene_.bytes, ZMQ_DONTWAIT);
    if (received < 0 && errno != EAGAIN) bench::fail("zmq_recv");
    return received >= 0;
  }

  void receive(char* message) {
    if (zmq_recv(socket_, message, scene_.bytes, 0) < 0) bench::fail("zmq_recv");
  }

 private:
  const bench::Scene scene_;
  void* context_ = nullptr;
  void* socket_ = nullptr;

  std::string address(int producer) const {
    return "ipc:///dev/shm/lava-benchmarks-peer-" + std::to_string(getpgrp()) +
           (scene_.back ? "-back-" : "-there-") + std::to_string(producer);
  }
};

}  // namespace

int main(int count, char** arguments) {
  bench::run_transport<ZeroLink>("zeromq-ipc", bench::Options(count, arguments));
}
