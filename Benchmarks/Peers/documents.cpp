// Workloads B: documents of FlexBuffers and MessagePack.
//
// Every operation but the building begins with the bytes of a document, as they come from a file or
// another process. FlexBuffers are read in place, MessagePack is unpacked first. MessagePack has no
// vectors of one type: `msgpack` writes arrays, as its libraries do, and `msgpack-bin` the bytes of
// vectors of numbers, whose type reader and writer then have to agree upon.
#include <flatbuffers/flexbuffers.h>
#include <msgpack.h>

#include <functional>
#include <memory>

#include "bench.hpp"

namespace {

// MARK: What the documents hold, the same in every system

struct Node {
  std::string name;
  double value;
  std::unique_ptr<Node> left, right;
};

struct Content {
  bench::SplitMix64 random{1};
  std::string kind;

  // The sample of sensors.
  int64_t time = 0;
  uint64_t sequence = 0;
  double battery = 0;
  float temperature = 0;
  std::vector<double> joints;
  std::vector<float> velocities, acceleration, rotation;

  // The mesh.
  std::vector<float> positions, normals;
  std::vector<uint32_t> indices;

  // The table; the sum of a table is that of its times.
  std::vector<int64_t> ids;
  std::vector<double> times;
  std::vector<float> values;
  std::vector<uint16_t> sensors;
  std::vector<uint32_t> wide_sensors;  // FlexBuffers: a vector's length has the width of its elements.
  std::vector<std::string> labels;

  // The tree.
  std::unique_ptr<Node> root;
  int depth = 0;

  // The keys.
  std::vector<std::string> keys;
  std::vector<int64_t> numbers;

  Content(const std::string& shape, uint64_t limit) : kind(shape) {
    if (kind == "sample of sensors") {
      time = 1'764'000'000'000'000'000;
      sequence = 1'234'567;
      battery = number();
      temperature = float(number());
      fill(joints, 7);
      fill(velocities, 7);
      fill(acceleration, 3);
      fill(rotation, 3);
    } else if (kind == "mesh of 100,000 vertices") {
      size_t count = std::min<uint64_t>(100'000, limit);
      fill(positions, 3 * count);
      fill(normals, 3 * count);
      for (size_t i = 0; i < 6 * count; i++) indices.push_back(uint32_t(random.below(count)));
    } else if (kind == "table of 1,000,000 rows") {
      size_t count = std::min<uint64_t>(1'000'000, limit);
      for (size_t i = 0; i < count; i++) ids.push_back(int64_t(i));
      fill(times, count);
      fill(values, count);
      for (size_t i = 0; i < count; i++) sensors.push_back(uint16_t(random.below(1'000)));
      wide_sensors.assign(sensors.begin(), sensors.end());
      for (size_t i = 0; i < count; i++) labels.push_back("label " + std::to_string(random.below(1'000)));
    } else if (kind == "tree of 10 levels") {
      depth = limit < 1'000 ? 5 : 10;
      root = node(depth);
    } else if (kind == "10,000 keys") {
      size_t count = std::min<uint64_t>(10'000, limit);
      for (size_t i = 0; i < count; i++) keys.push_back("sensor/" + std::to_string(i) + "/value");
      for (size_t i = 0; i < count; i++) numbers.push_back(int64_t(random.below(1'000'000)));
    } else {
      bench::fail("no document '" + kind + "'");
    }
  }

  double number() { return double(random.next() >> 40) / double(1 << 24); }

  template <class Number>
  void fill(std::vector<Number>& vector, size_t count) {
    for (size_t i = 0; i < count; i++) vector.push_back(Number(number()));
  }

  std::unique_ptr<Node> node(int levels) {
    auto made = std::make_unique<Node>();
    made->name = "node " + std::to_string(levels);
    made->value = number();
    if (levels > 1) {
      made->left = node(levels - 1);
      made->right = node(levels - 1);
    }
    return made;
  }

  // How many numbers the sum has.
  size_t summed() const {
    if (root) return (size_t(1) << depth) - 1;
    return std::max({joints.size(), positions.size(), times.size(), numbers.size()});
  }
};

// Eight sums side by side, so that additions do not wait for each other.
template <class At>
double sum_of(size_t count, At at) {
  double sums[8] = {};
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    for (size_t k = 0; k < 8; k++) sums[k] += double(at(i + k));
  }
  double sum = 0;
  for (; i < count; i++) sum += double(at(i));
  for (double each : sums) sum += each;
  return sum;
}

// What is looked up in a sample of sensors, in turn.
const char* const fields[] = {"battery", "time", "sequence", "temperature"};

// MARK: FlexBuffers

struct FlexBuffers {
  flexbuffers::Builder builder;

  template <class Number>
  void vector(const char* key, const std::vector<Number>& vector) {
    builder.Vector(key, vector.data(), vector.size());
  }

  void build(const Content& content) {
    builder.Clear();
    builder.Map([&] {
      if (content.kind == "sample of sensors") {
        builder.String("name", "arm-3");
        builder.Int("time", content.time);
        builder.UInt("sequence", content.sequence);
        builder.Bool("enabled", true);
        builder.Double("battery", content.battery);
        builder.String("status", "moving");
        vector("joints", content.joints);
        vector("velocities", content.velocities);
        builder.Map("imu", [&] {
          vector("acceleration", content.acceleration);
          vector("rotation", content.rotation);
          builder.Float("temperature", content.temperature);
        });
        builder.Vector("tags", [&] {
          for (const char* tag : {"left", "calibrated", "slow"}) builder.String(tag);
        });
      } else if (!content.positions.empty()) {
        builder.String("name", "mesh");
        vector("positions", content.positions);
        vector("normals", content.normals);
        vector("indices", content.indices);
      } else if (!content.times.empty()) {
        vector("id", content.ids);
        vector("time", content.times);
        vector("value", content.values);
        vector("sensor", content.wide_sensors);
        builder.Vector("label", [&] {
          for (const auto& label : content.labels) builder.String(label);
        });
      } else if (content.root) {
        node(*content.root);
      } else {
        for (size_t i = 0; i < content.keys.size(); i++) {
          builder.Int(content.keys[i].c_str(), content.numbers[i]);
        }
      }
    });
    builder.Finish();
  }

  void node(const Node& node) {
    builder.String("name", node.name);
    builder.Double("value", node.value);
    if (!node.left) return;
    builder.Map("left", [&] { this->node(*node.left); });
    builder.Map("right", [&] { this->node(*node.right); });
  }

  const std::vector<uint8_t>& bytes() { return builder.GetBuffer(); }

  double look_up(const std::vector<uint8_t>& bytes, const Content& content, uint64_t word) {
    auto map = flexbuffers::GetRoot(bytes).AsMap();
    if (!content.joints.empty()) {
      switch (word % 4) {
        case 0: return map["battery"].AsDouble();
        case 1: return double(map["time"].AsInt64());
        case 2: return double(map["sequence"].AsUInt64());
        default: return map["imu"].AsMap()["temperature"].AsDouble();
      }
    }
    if (!content.positions.empty()) {
      return map["positions"].AsTypedVector()[word % content.positions.size()].AsDouble();
    }
    if (!content.times.empty()) {
      return map["value"].AsTypedVector()[word % content.values.size()].AsDouble();
    }
    if (content.root) {
      for (int level = 1; level < content.depth; level++, word >>= 1) {
        map = map[word & 1 ? "right" : "left"].AsMap();
      }
      return map["value"].AsDouble();
    }
    return map[content.keys[word % content.keys.size()]].AsDouble();
  }

  double sum(const std::vector<uint8_t>& bytes, const Content& content) {
    auto map = flexbuffers::GetRoot(bytes).AsMap();
    if (content.root) return sum(map);
    if (!content.numbers.empty()) {
      auto values = map.Values();
      return sum_of(values.size(), [&](size_t i) { return values[i].AsDouble(); });
    }
    const char* key = !content.joints.empty() ? "joints" : !content.positions.empty() ? "positions" : "time";
    auto vector = map[key].AsTypedVector();
    return sum_of(vector.size(), [&](size_t i) { return vector[i].AsDouble(); });
  }

  double sum(flexbuffers::Map map) {
    double sum = map["value"].AsDouble();
    auto left = map["left"];
    return left.IsMap() ? sum + this->sum(left.AsMap()) + this->sum(map["right"].AsMap()) : sum;
  }
};

// MARK: MessagePack

template <bool packs_bytes>
struct MessagePack {
  msgpack_sbuffer buffer;
  msgpack_packer packer;
  msgpack_zone zone;

  MessagePack() {
    msgpack_sbuffer_init(&buffer);
    msgpack_packer_init(&packer, &buffer, msgpack_sbuffer_write);
    if (!msgpack_zone_init(&zone, 8192)) bench::fail("no memory");
  }
  ~MessagePack() {
    msgpack_zone_destroy(&zone);
    msgpack_sbuffer_destroy(&buffer);
  }

  void text(const std::string& text) {
    msgpack_pack_str(&packer, text.size());
    msgpack_pack_str_body(&packer, text.data(), text.size());
  }
  void pack(double value) { msgpack_pack_double(&packer, value); }
  void pack(float value) { msgpack_pack_float(&packer, value); }
  void pack(int64_t value) { msgpack_pack_int64(&packer, value); }
  void pack(uint64_t value) { msgpack_pack_uint64(&packer, value); }
  void pack(uint32_t value) { msgpack_pack_uint32(&packer, value); }
  void pack(uint16_t value) { msgpack_pack_uint16(&packer, value); }

  template <class Number>
  void vector(const char* key, const std::vector<Number>& vector) {
    text(key);
    if (packs_bytes) {
      msgpack_pack_bin(&packer, vector.size() * sizeof(Number));
      msgpack_pack_bin_body(&packer, vector.data(), vector.size() * sizeof(Number));
      return;
    }
    msgpack_pack_array(&packer, vector.size());
    for (Number each : vector) pack(each);
  }

  void build(const Content& content) {
    msgpack_sbuffer_clear(&buffer);
    if (!content.joints.empty()) {
      msgpack_pack_map(&packer, 10);
      text("name"), text("arm-3");
      text("time"), pack(content.time);
      text("sequence"), pack(content.sequence);
      text("enabled"), msgpack_pack_true(&packer);
      text("battery"), pack(content.battery);
      text("status"), text("moving");
      vector("joints", content.joints);
      vector("velocities", content.velocities);
      text("imu");
      msgpack_pack_map(&packer, 3);
      vector("acceleration", content.acceleration);
      vector("rotation", content.rotation);
      text("temperature"), pack(content.temperature);
      text("tags");
      msgpack_pack_array(&packer, 3);
      for (const char* tag : {"left", "calibrated", "slow"}) text(tag);
    } else if (!content.positions.empty()) {
      msgpack_pack_map(&packer, 4);
      text("name"), text("mesh");
      vector("positions", content.positions);
      vector("normals", content.normals);
      vector("indices", content.indices);
    } else if (!content.times.empty()) {
      msgpack_pack_map(&packer, 5);
      vector("id", content.ids);
      vector("time", content.times);
      vector("value", content.values);
      vector("sensor", content.sensors);
      text("label");
      msgpack_pack_array(&packer, content.labels.size());
      for (const auto& label : content.labels) text(label);
    } else if (content.root) {
      node(*content.root);
    } else {
      msgpack_pack_map(&packer, content.keys.size());
      for (size_t i = 0; i < content.keys.size(); i++) text(content.keys[i]), pack(content.numbers[i]);
    }
  }

  void node(const Node& node) {
    msgpack_pack_map(&packer, node.left ? 4 : 2);
    text("name"), text(node.name);
    text("value"), pack(node.value);
    if (!node.left) return;
    text("left"), this->node(*node.left);
    text("right"), this->node(*node.right);
  }

  std::vector<uint8_t> bytes() { return {buffer.data, buffer.data + buffer.size}; }

  msgpack_object unpacked(const std::vector<uint8_t>& bytes) {
    msgpack_zone_clear(&zone);
    size_t offset = 0;
    msgpack_object object;
    auto result = msgpack_unpack(reinterpret_cast<const char*>(bytes.data()), bytes.size(), &offset, &zone, &object);
    if (result != MSGPACK_UNPACK_SUCCESS) bench::fail("msgpack: not unpacked");
    return object;
  }

  static const msgpack_object* find(const msgpack_object& map, const char* key, size_t length) {
    for (uint32_t i = 0; i < map.via.map.size; i++) {
      const auto& entry = map.via.map.ptr[i];
      if (entry.key.via.str.size == length && memcmp(entry.key.via.str.ptr, key, length) == 0) return &entry.val;
    }
    return nullptr;
  }

  static const msgpack_object& at(const msgpack_object& map, const std::string& key) {
    auto found = find(map, key.data(), key.size());
    if (!found) bench::fail("no key " + key);
    return *found;
  }

  static double number(const msgpack_object& object) {
    switch (object.type) {
      case MSGPACK_OBJECT_POSITIVE_INTEGER: return double(object.via.u64);
      case MSGPACK_OBJECT_NEGATIVE_INTEGER: return double(object.via.i64);
      default: return object.via.f64;
    }
  }

  template <class Number>
  static double element(const msgpack_object& vector, size_t index) {
    if (!packs_bytes) return number(vector.via.array.ptr[index]);
    Number value;
    memcpy(&value, vector.via.bin.ptr + index * sizeof value, sizeof value);
    return double(value);
  }

  double look_up(const std::vector<uint8_t>& bytes, const Content& content, uint64_t word) {
    auto root = unpacked(bytes);
    if (!content.joints.empty()) {
      auto field = fields[word % 4];
      return number(at(word % 4 == 3 ? at(root, "imu") : root, field));
    }
    if (!content.positions.empty()) {
      return element<float>(at(root, "positions"), word % content.positions.size());
    }
    if (!content.times.empty()) {
      return element<float>(at(root, "value"), word % content.values.size());
    }
    if (content.root) {
      const msgpack_object* map = &root;
      for (int level = 1; level < content.depth; level++, word >>= 1) {
        map = &at(*map, word & 1 ? "right" : "left");
      }
      return number(at(*map, "value"));
    }
    return number(at(root, content.keys[word % content.keys.size()]));
  }

  double sum(const std::vector<uint8_t>& bytes, const Content& content) {
    auto root = unpacked(bytes);
    if (content.root) return sum(root);
    if (!content.numbers.empty()) {
      return sum_of(root.via.map.size, [&](size_t i) { return number(root.via.map.ptr[i].val); });
    }
    if (!content.positions.empty()) {
      const auto& vector = at(root, "positions");
      return sum_of(content.positions.size(), [&](size_t i) { return element<float>(vector, i); });
    }
    const auto& vector = at(root, content.times.empty() ? "joints" : "time");
    return sum_of(content.summed(), [&](size_t i) { return element<double>(vector, i); });
  }

  static double sum(const msgpack_object& map) {
    double sum = number(at(map, "value"));
    auto left = find(map, "left", 4);
    return left ? sum + MessagePack::sum(*left) + MessagePack::sum(at(map, "right")) : sum;
  }
};

// MARK: Measuring

// Nanoseconds of one call, over as many calls as take a tenth of a second.
double nanoseconds_each(const bench::Options& options, const std::function<void(uint64_t)>& body) {
  body(0);
  for (uint64_t count = 1;; count *= 4) {
    uint64_t began = bench::now_nanoseconds();
    for (uint64_t i = 0; i < count; i++) body(i);
    uint64_t elapsed = bench::now_nanoseconds() - began;
    if (elapsed > 100'000'000 || count >= options.operations) return double(elapsed) / double(count);
  }
}

uint64_t bits(double number) {
  uint64_t bits;
  memcpy(&bits, &number, sizeof bits);
  return bits;
}

template <class Format>
void measure(const bench::Options& options) {
  Content content(options.shape, options.operations);
  Format format;
  format.build(content);
  auto bytes = format.bytes();
  std::vector<double> results;
  const char* unit = "";
  std::string title;
  double checksum = 0;
  for (int run = 0; run < options.runs; run++) {
    if (options.workload == "B1") {
      title = "B1 build", unit = "us";
      results.push_back(nanoseconds_each(options, [&](uint64_t) { format.build(content); }) / 1e3);
      checksum = 0;
    } else if (options.workload == "B2") {
      title = "B2 look up one field", unit = "ns";
      checksum = 0;
      for (uint64_t i = 0; i < 1'000 && i < options.operations; i += 100) {
        checksum += format.look_up(bytes, content, bench::SplitMix64(i).next());
      }
      double kept = 0;
      results.push_back(nanoseconds_each(options, [&](uint64_t i) {
        kept += format.look_up(bytes, content, bench::SplitMix64(i).next());
      }));
      if (kept < 0) bench::fail("numbers are positive");
    } else if (options.workload == "B3") {
      title = "B3 sum", unit = "ns/number";
      double kept = 0;
      results.push_back(nanoseconds_each(options, [&](uint64_t) { kept += format.sum(bytes, content); }) /
                        double(content.summed()));
      if (kept < 0) bench::fail("numbers are positive");
      checksum = format.sum(bytes, content);
    } else if (options.workload == "B4") {
      title = "B4 size", unit = "B";
      results.push_back(double(bytes.size()));
    } else {
      options.unknown();
    }
  }
  bench::report(options.peer, title, options.shape, bench::nowhere, results, unit, bits(checksum));
}

}  // namespace

int main(int count, char** arguments) {
  bench::Options options(count, arguments);
  bench::pin(0);
  if (options.peer == "flexbuffers") {
    measure<FlexBuffers>(options);
  } else if (options.peer == "msgpack") {
    measure<MessagePack<false>>(options);
  } else if (options.peer == "msgpack-bin") {
    measure<MessagePack<true>>(options);
  } else {
    options.unknown();
  }
}
