// Two pipes of 1 MiB: what a program gets from the system alone.
#include <fcntl.h>

#include <cerrno>

#include "queue_bench.hpp"

namespace {

class PipeLink {
 public:
  static constexpr uint64_t one_way_messages = 300'000;

  PipeLink() {
    for (auto& ends : pipes_) {
      if (pipe(ends)) bench::fail("no pipe");
      fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
    }
  }

  ~PipeLink() {
    for (auto& ends : pipes_) {
      close(ends[0]);
      close(ends[1]);
    }
  }

  void attach(int side, bool polling) {
    out_ = pipes_[side][1];
    in_ = pipes_[1 - side][0];
    if (polling) fcntl(in_, F_SETFL, O_NONBLOCK);
  }

  // 64 bytes are below PIPE_BUF, so a message is written and read whole.
  void send(const bench::Message& message) {
    if (write(out_, &message, sizeof message) != ssize_t(sizeof message)) bench::fail("write");
  }

  void receive(bench::Message& message) {
    for (;;) {
      ssize_t bytes = read(in_, &message, sizeof message);
      if (bytes == ssize_t(sizeof message)) return;
      if (bytes >= 0 || errno != EAGAIN) bench::fail("read");
      bench::relax();
    }
  }

 private:
  int pipes_[2][2];
  int out_ = -1;
  int in_ = -1;
};

}  // namespace

int main(int count, char** arguments) {
  bench::run_queue<PipeLink>("pipe", bench::Options(count, arguments));
}
