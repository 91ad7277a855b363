// Workloads R1 to R3 over any means of sending messages between processes, each pinned to a processor.
//
// A `Link` is a class with
//   Link(const Scene&);                  // makes what is shared, before the processes exist
//   void attach(int process);            // called in each; producers come first, then consumers
//   void send(const char* message);      // waits for room
//   bool try_receive(char* message);
//   void receive(char* message);         // waits, asleep if need be
//   static constexpr bool sends_batches; // if so:
//   void send_batch(const char* messages);
//   size_t receive_batch(char* messages);  // up to batch_size; 0 when there is none
// A round trip has two links, in the constructor's order one each way.
#pragma once

#include <memory>

#include "bench.hpp"

namespace bench {

constexpr size_t batch_size = 64;

struct Scene {
  int producers = 1;
  int consumers = 1;
  size_t bytes = 64;   // of a message; its first 8 are its number
  bool back = false;   // the way back of a round trip

  int processes() const { return producers + consumers; }
  // Where they must share processors, whoever finds nothing makes room for the others.
  void rest() const {
    if (processes() > 2) sched_yield(); else relax();
  }
};

inline uint64_t number_of(const char* message) {
  uint64_t number;
  memcpy(&number, message, sizeof number);
  return number;
}

inline void set_number(char* message, uint64_t number) { memcpy(message, &number, sizeof number); }

inline std::string bytes_text(size_t bytes) { return std::to_string(bytes) + " B"; }

// Each producer sends `messages`; consumers take until they have all. What one has taken it says when it
// finds nothing, in the slot that the others add up.
template <class Link>
void run_transport_one_way(const std::string& peer, const Options& options, Scene scene, bool batch,
                           uint64_t messages) {
  struct Shared {
    Rendezvous rendezvous;
    alignas(64) std::atomic<uint64_t> taken;
  };
  auto* shared = static_cast<Shared*>(shared_memory(sizeof(Shared)));
  Rendezvous& rendezvous = shared->rendezvous;
  const uint64_t total = messages * uint64_t(scene.producers);
  const size_t stride = scene.bytes;
  std::vector<double> results;
  for (int run = 0; run < options.runs; run++) {
    shared->taken = 0;
    rendezvous.checksum = 0;
    Link link(scene);
    run_pinned(scene.processes(), [&](int process) {
      link.attach(process);
      std::vector<char> buffer(stride * (batch ? batch_size : 1));
      uint64_t checksum = 0;
      rendezvous.barrier.wait(uint32_t(scene.processes()));
      rendezvous.began[process] = now_nanoseconds();
      if (process < scene.producers) {
        if constexpr (Link::sends_batches) {
          for (uint64_t number = 0; batch && number < messages; number += batch_size) {
            for (size_t i = 0; i < batch_size; i++) set_number(&buffer[i * stride], number + i);
            link.send_batch(buffer.data());
          }
        }
        for (uint64_t number = 0; !batch && number < messages; number++) {
          set_number(buffer.data(), number);
          link.send(buffer.data());
        }
      } else {
        uint64_t taken = 0;
        for (;;) {
          size_t count = 0;
          if (!batch) {
            count = link.try_receive(buffer.data());
          } else if constexpr (Link::sends_batches) {
            count = link.receive_batch(buffer.data());
          }
          for (size_t i = 0; i < count; i++) checksum += number_of(&buffer[i * stride]);
          taken += count;
          if (scene.consumers == 1 ? taken == total : count == 0) {
            if (shared->taken.fetch_add(taken) + taken >= total) break;
            taken = 0;
          }
          if (count == 0) scene.rest();
        }
      }
      rendezvous.ended[process] = now_nanoseconds();
      rendezvous.checksum += checksum;
      rendezvous.barrier.wait(uint32_t(scene.processes()));
    });
    uint64_t expected = uint64_t(scene.producers) * (messages * (messages - 1) / 2);
    if (rendezvous.checksum != expected) fail(peer + ": messages lost or twice");
    results.push_back(double(rendezvous.elapsed(scene.processes())) / double(total));
  }
  report(peer, "R1 one way", options.shape, bytes_text(scene.bytes), results, "ns/message",
         rendezvous.checksum);
}

template <class Link>
void run_transport_round_trip(const std::string& peer, const Options& options, Scene scene,
                              bool polling, uint64_t most) {
  const uint64_t warm_up = 200, trips = std::min(most, options.operations);
  auto* rendezvous = static_cast<Rendezvous*>(shared_memory(sizeof(Rendezvous)));
  auto* samples = static_cast<uint32_t*>(shared_memory(trips * sizeof(uint32_t)));
  Scene back = scene;
  back.back = true;
  std::vector<double> results[3];
  const double quantiles[3] = {0.5, 0.99, 0.999};
  for (int run = 0; run < options.runs; run++) {
    Link there(scene), here(back);
    run_pinned(2, [&](int side) {
      // A process is the producer of one link and the consumer of the other.
      there.attach(side);
      here.attach(1 - side);
      std::vector<char> message(scene.bytes);
      auto receive = [&](Link& link) {
        if (!polling) return link.receive(message.data());
        while (!link.try_receive(message.data())) relax();
      };
      uint64_t wrong = 0;
      rendezvous->barrier.wait(2);
      for (uint64_t trip = 0; trip < warm_up + trips; trip++) {
        if (side == 0) {
          uint64_t start = now_nanoseconds();
          set_number(message.data(), trip);
          there.send(message.data());
          receive(here);
          if (trip >= warm_up) samples[trip - warm_up] = uint32_t(now_nanoseconds() - start);
        } else {
          receive(there);
          here.send(message.data());
        }
        wrong += number_of(message.data()) != trip;
      }
      rendezvous->wrong_results += wrong;
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
    report(peer, "R2 round trip", options.shape + names[i], bytes_text(scene.bytes), results[i], "ns",
           trips);
  }
}

// Each producer sends one message at a time, at its moment; a message has the time at which it was sent
// instead of a number. When all have sent theirs they send 0 now and then, for consumers that sleep, until
// all consumers have ended, which they do when all messages were received.
template <class Link>
void run_transport_paced(const std::string& peer, const Options& options, Scene scene, bool polling) {
  struct Shared {
    Rendezvous rendezvous;
    alignas(64) std::atomic<uint64_t> count, received;
    std::atomic<int> finished, ended;
    uint32_t samples[40'000];
  };
  constexpr uint64_t warm_up = 1, warm_up_count = 100;  // messages that do not count have that time
  const uint64_t messages = std::min<uint64_t>(scene.bytes > 4096 ? 2'000 : 10'000, options.operations);
  const uint64_t total = messages * uint64_t(scene.producers);
  const uint64_t period = std::max<uint64_t>(20'000, scene.bytes * 2);
  auto* shared = static_cast<Shared*>(shared_memory(sizeof(Shared)));
  std::vector<double> results[3];
  const double quantiles[3] = {0.5, 0.99, 0.999};
  for (int run = 0; run < options.runs; run++) {
    shared->count = shared->received = 0;
    shared->finished = shared->ended = 0;
    Link link(scene);
    run_pinned(scene.processes(), [&](int process) {
      link.attach(process);
      std::vector<char> message(scene.bytes);
      shared->rendezvous.barrier.wait(uint32_t(scene.processes()));
      if (process < scene.producers) {
        uint64_t due = now_nanoseconds() + period + period / 2 * uint64_t(process);  // two take turns
        for (uint64_t number = 0; number < warm_up_count + messages; number++, due += period) {
          uint64_t now;
          while ((now = now_nanoseconds()) < due) scene.rest();
          set_number(message.data(), number < warm_up_count ? warm_up : now);
          link.send(message.data());
        }
        set_number(message.data(), 0);
        shared->finished++;
        while (shared->ended < scene.consumers) {
          if (shared->finished == scene.producers) link.send(message.data());
          timespec pause{0, 1'000'000};
          nanosleep(&pause, nullptr);
        }
      } else {
        for (;;) {
          if (polling) {
            while (!link.try_receive(message.data())) scene.rest();
          } else {
            link.receive(message.data());
          }
          uint64_t now = now_nanoseconds(), sent = number_of(message.data());
          if (sent == 0) {
            if (shared->received == total + warm_up_count * uint64_t(scene.producers)) break;
            continue;
          }
          if (sent != warm_up) {
            shared->samples[shared->count++] = uint32_t(std::min<uint64_t>(now - sent, UINT32_MAX));
          }
          shared->received++;
        }
        shared->ended++;
      }
      shared->rendezvous.barrier.wait(uint32_t(scene.processes()));
    });
    if (shared->count != total) fail(peer + ": messages lost or twice");
    std::sort(shared->samples, shared->samples + total);
    for (int i = 0; i < 3; i++) {
      results[i].push_back(shared->samples[size_t(quantiles[i] * double(total - 1) + 0.5)]);
    }
  }
  const char* names[3] = {" p50", " p99", " p99.9"};
  for (int i = 0; i < 3; i++) {
    report(peer, "R3 now and then", options.shape + names[i], bytes_text(scene.bytes), results[i], "ns",
           total);
  }
}

// Nothing is printed for what a link cannot do; `is_possible` says so.
template <class Link>
void run_transport(const std::string& peer, const Options& options) {
  Scene scene;
  scene.bytes = options.at ? options.at : 64;
  uint64_t trips = scene.bytes > 4096 ? 2'000 : 20'000;
  if (options.workload == "R2" && (options.shape == "polling" || options.shape == "blocking")) {
    return run_transport_round_trip<Link>(peer, options, scene, options.shape == "polling", trips);
  }
  if (options.workload == "R3") {
    char mode[16];
    if (sscanf(options.shape.c_str(), "%d to %d, %15s", &scene.producers, &scene.consumers, mode) != 3) {
      options.unknown();
    }
    return run_transport_paced<Link>(peer, options, scene, std::string(mode) == "polling");
  }
  bool batch = options.shape == "1 to 1, batch";
  if (options.workload != "R1" ||
      (!batch && sscanf(options.shape.c_str(), "%d to %d", &scene.producers, &scene.consumers) != 2)) {
    options.unknown();
  }
  if (batch && !Link::sends_batches) options.unknown();
  uint64_t messages = Link::one_way_messages;
  if (scene.bytes > 256) messages /= scene.bytes / 256;
  messages = std::max<uint64_t>(std::min(messages, options.operations), batch_size);
  messages -= messages % batch_size;
  run_transport_one_way<Link>(peer, options, scene, batch, messages);
}

}  // namespace bench
