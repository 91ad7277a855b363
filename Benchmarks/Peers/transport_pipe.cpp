// A pipe of 1 MiB, shared by all producers and consumers where messages are small enough for that.
#include <fcntl.h>
#include <poll.h>

#include <cerrno>
#include <climits>

#include "transport_bench.hpp"

namespace {

class PipeLink {
 public:
  static constexpr uint64_t one_way_messages = 300'000;
  static constexpr bool sends_batches = true;

  explicit PipeLink(const bench::Scene& scene) : bytes_(scene.bytes) {
    // Up to PIPE_BUF bytes are written and read whole; more may be mixed with another's.
    if (scene.processes() > 2 && bytes_ > PIPE_BUF) bench::fail("too large for a shared pipe");
    if (pipe(ends_)) bench::fail("no pipe");
    fcntl(ends_[1], F_SETPIPE_SZ, 1 << 20);
    fcntl(ends_[0], F_SETFL, O_NONBLOCK);
  }

  ~PipeLink() {
    close(ends_[0]);
    close(ends_[1]);
  }

  void attach(int) {}

  void send(const char* message) { write_all(message, bytes_); }

  void send_batch(const char* messages) { write_all(messages, bytes_ * bench::batch_size); }

  bool try_receive(char* message) { return read_some(message, bytes_) == 1; }

  size_t receive_batch(char* messages) { return read_some(messages, bytes_ * bench::batch_size); }

  void receive(char* message) {
    while (!try_receive(message)) {
      pollfd arrival{ends_[0], POLLIN, 0};
      poll(&arrival, 1, -1);
    }
  }

 private:
  size_t bytes_;
  int ends_[2];

  void write_all(const char* bytes, size_t count) {
    while (count > 0) {
      ssize_t written = write(ends_[1], bytes, count);
      if (written < 0) bench::fail("write");
      bytes += written;
      count -= size_t(written);
    }
  }

  // How many messages there were; what has begun to come is waited for.
  size_t read_some(char* bytes, size_t count) {
    size_t done = 0;
    for (;;) {
      ssize_t read_now = read(ends_[0], bytes + done, count - done);
      if (read_now < 0 && errno != EAGAIN) bench::fail("read");
      if (read_now > 0) done += size_t(read_now);
      if (done % bytes_ == 0) return done / bytes_;
      if (read_now <= 0) bench::relax();
    }
  }
};

}  // namespace

int main(int count, char** arguments) {
  bench::run_transport<PipeLink>("pipe", bench::Options(count, arguments));
}
