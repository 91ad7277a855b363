// Workloads Q1 and Q2 over any pair of queues between two processes, each pinned to its processor.
//
// A `Link` is two queues, one each way; a class with
//   Link();                                 // makes both queues, before the processes exist
//   void attach(int side, bool polling);    // called in each process; side 0 or 1
//   void send(const Message&);
//   void receive(Message&);                 // waits for a message; polling or blocking
//   static constexpr uint64_t one_way_messages;
#pragma once

#include "bench.hpp"

namespace bench {

struct Message {
  uint64_t number = 0;
  char payload[56] = {};
};
static_assert(sizeof(Message) == 64, "all systems carry 64 bytes");

// Q1: the consumer's time from the start signal to the last of the messages, per message.
template <class Link>
void run_one_way(const std::string& peer, const Options& options, bool polling) {
  auto* rendezvous = static_cast<Rendezvous*>(shared_memory(sizeof(Rendezvous)));
  uint64_t messages = std::min(Link::one_way_messages, options.operations);
  std::vector<double> results;
  for (int run = 0; run < options.runs; run++) {
    Link link;
    run_pinned(2, [&](int side) {
      link.attach(side, polling);
      Message message;
      rendezvous->barrier.wait(2);
      if (side == 0) {
        for (uint64_t number = 0; number < messages; number++) {
          message.number = number;
          link.send(message);
        }
      } else {
        uint64_t start = now_nanoseconds();
        uint64_t wrong = 0, checksum = 0;
        for (uint64_t number = 0; number < messages; number++) {
          link.receive(message);
          wrong += message.number != number;
          checksum += message.number;
        }
        rendezvous->ended[0] = now_nanoseconds();
        rendezvous->began[0] = start;
        rendezvous->wrong_results += wrong;
        rendezvous->checksum += checksum;
      }
      rendezvous->barrier.wait(2);
    });
    results.push_back(double(rendezvous->elapsed(1)) / double(messages));
  }
  if (rendezvous->wrong_results) fail(peer + ": messages lost or out of order");
  report(peer, "Q1 one-way 64 B", options.shape, nowhere, results, "ns/message", rendezvous->checksum);
}

// Q2: a message there and back; quantiles over the round trips of each run. With the shape "asleep"
// each trip comes after a pause in which the other side has fallen asleep.
template <class Link>
void run_round_trip(const std::string& peer, const Options& options, bool polling) {
  bool pausing = options.shape == "asleep";
  const uint64_t warm_up = pausing ? 20 : 500;
  const timespec pause{0, 1'000'000};
  auto* rendezvous = static_cast<Rendezvous*>(shared_memory(sizeof(Rendezvous)));
  uint64_t most = pausing ? 1000 : polling ? 100'000 : 20'000;
  uint64_t trips = std::min(most, options.operations);
  auto* samples = static_cast<uint32_t*>(shared_memory(trips * sizeof(uint32_t)));
  std::vector<double> results[3];
  const double quantiles[3] = {0.5, 0.99, 0.999};
  for (int run = 0; run < options.runs; run++) {
    Link link;
    run_pinned(2, [&](int side) {
      link.attach(side, polling);
      Message message;
      uint64_t wrong = 0, checksum = 0;
      rendezvous->barrier.wait(2);
      for (uint64_t trip = 0; trip < warm_up + trips; trip++) {
        if (side == 0) {
          if (pausing) nanosleep(&pause, nullptr);
          uint64_t start = now_nanoseconds();
          message.number = trip;
          link.send(message);
          link.receive(message);
          if (trip >= warm_up) samples[trip - warm_up] = uint32_t(now_nanoseconds() - start);
          wrong += message.number != trip;
          checksum += message.number;
        } else {
          link.receive(message);
          link.send(message);
        }
      }
      rendezvous->wrong_results += wrong;
      rendezvous->checksum += checksum;
      rendezvous->barrier.wait(2);
    });
    std::sort(samples, samples + trips);
    for (int i = 0; i < 3; i++) {
      results[i].push_back(samples[size_t(quantiles[i] * double(trips - 1) + 0.5)]);
    }
  }
  if (rendezvous->wrong_results) fail(peer + ": messages lost or out of order");
  const char* names[3] = {" p50", " p99", " p99.9"};
  for (int i = 0; i < 3; i++) {
    report(peer, "Q2 round trip 64 B", options.shape + names[i], nowhere, results[i], "ns",
           rendezvous->checksum);
  }
}

template <class Link>
void run_queue(const std::string& peer, const Options& options) {
  bool polling = options.shape == "polling";
  bool known = polling || options.shape == "blocking";
  if (options.workload == "Q1" && known) {
    run_one_way<Link>(peer, options, polling);
  } else if (options.workload == "Q2" && (known || options.shape == "asleep")) {
    run_round_trip<Link>(peer, options, polling);
  } else {
    options.unknown();
  }
}

}  // namespace bench
