// Workload G1 with the oneTBB flow graph: a packet of 64 bytes through 8 trivial nodes and a sink.
//
// Peers: tbb-input (an input_node feeds serial nodes), tbb-push (the main thread puts all packets
// into them at once), tbb-lightweight (the nodes have no order to keep and run in their
// predecessor's thread, no task each; the fastest that oneTBB offers). reference-loop does the same
// work as eight steps of a loop, without any framework.
#include <oneapi/tbb/flow_graph.h>
#include <oneapi/tbb/global_control.h>

#include <memory>

#include "bench.hpp"

namespace {

constexpr int chain_length = 8;

struct Packet {
  uint64_t number = 0;
  uint64_t count = 0;
  char payload[48] = {};
};
static_assert(sizeof(Packet) == 64, "all systems carry 64 bytes");

struct Outcome {
  double nanoseconds_per_packet;
  uint64_t checksum;
};

template <class Policy>
Outcome run_chain(uint64_t packets, size_t concurrency, bool input) {
  using namespace tbb::flow;
  using Node = function_node<Packet, Packet, Policy>;

  graph graph;
  std::vector<std::unique_ptr<Node>> nodes;
  for (int i = 0; i < chain_length; i++) {
    nodes.push_back(std::make_unique<Node>(graph, concurrency, [](const Packet& packet) {
      Packet next = packet;
      next.count++;
      return next;
    }));
    if (i > 0) make_edge(*nodes[i - 1], *nodes[i]);
  }

  uint64_t received = 0, checksum = 0;
  function_node<Packet, continue_msg> sink(graph, serial, [&](const Packet& packet) {
    if (packet.count != chain_length) bench::fail("a packet missed a node");
    received++;
    checksum += packet.number;
    return continue_msg();
  });
  make_edge(*nodes.back(), sink);

  uint64_t start = bench::now_nanoseconds();
  if (input) {
    uint64_t next = 0;
    input_node<Packet> source(graph, [&](tbb::flow_control& control) {
      Packet packet;
      packet.number = next;
      if (next == packets) {
        control.stop();
      } else {
        next++;
      }
      return packet;
    });
    make_edge(source, *nodes.front());
    source.activate();
    graph.wait_for_all();
  } else {
    Packet packet;
    for (packet.number = 0; packet.number < packets; packet.number++) {
      nodes.front()->try_put(packet);
    }
    graph.wait_for_all();
  }
  uint64_t elapsed = bench::now_nanoseconds() - start;
  if (received != packets) bench::fail("packets lost");
  return {double(elapsed) / double(packets), checksum};
}

Outcome run_loop(uint64_t packets) {
  uint64_t checksum = 0;
  Packet packet;
  uint64_t start = bench::now_nanoseconds();
  for (packet.number = 0; packet.number < packets; packet.number++) {
    packet.count = 0;
    for (int i = 0; i < chain_length; i++) {
      packet.count++;
      asm volatile("" ::"r"(&packet) : "memory");  // Each call must happen.
    }
    checksum += packet.number;
  }
  return {double(bench::now_nanoseconds() - start) / double(packets), checksum};
}

}  // namespace

int main(int count, char** arguments) {
  using tbb::flow::queueing;
  using tbb::flow::queueing_lightweight;
  using tbb::flow::serial;
  using tbb::flow::unlimited;

  bench::Options options(count, arguments);
  if (options.workload != "G1") options.unknown();
  tbb::global_control limit(tbb::global_control::max_allowed_parallelism,
                            size_t(options.concurrency()));

  auto run = [&](uint64_t divisor) {
    uint64_t many = std::min<uint64_t>(1'000'000, options.operations) / divisor;
    uint64_t few = std::min<uint64_t>(200'000, options.operations) / divisor;
    if (options.peer == "tbb-input") return run_chain<queueing>(few, serial, true);
    if (options.peer == "tbb-push") return run_chain<queueing>(few, serial, false);
    if (options.peer == "tbb-lightweight") {
      return run_chain<queueing_lightweight>(many, unlimited, false);
    }
    if (options.peer == "reference-loop") return run_loop(many);
    options.unknown();
  };

  run(10);  // Starts the worker threads.
  std::vector<double> per_packet, per_hop;
  uint64_t checksum = 0;
  for (int i = 0; i < options.runs; i++) {
    Outcome outcome = run(1);
    per_packet.push_back(outcome.nanoseconds_per_packet);
    per_hop.push_back(outcome.nanoseconds_per_packet / chain_length);
    checksum += outcome.checksum;
  }
  bench::report(options.peer, "G1 chain of 8 nodes", options.shape, bench::nowhere, per_packet, "ns/packet",
                checksum);
  bench::report(options.peer, "G1 one hop", options.shape, bench::nowhere, per_hop, "ns/hop", checksum);
}
