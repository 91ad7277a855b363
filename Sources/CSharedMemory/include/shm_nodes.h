#pragma once

#include <stddef.h>
#include <stdint.h>

#include "shm_structures.h"

// The bytes of structures that are made of linked units. `Documentation/MemoryLayout.md` draws and
// explains them.

/// The beginning of their entry. Heads of lists follow it, then the first extent of units.
struct shm_nodes {
  uint32_t version;
  uint32_t stride;                // bytes of a unit
  uint64_t unit_bits;             // the first extent has 2^bits units
  uint64_t maximum_bits;          // all extents together have at most 2^bits
  uint64_t heads_size;            // bytes of the heads
  uint8_t reserved[32];
  uint32_t arrival;               // futex: bit 0 somebody may sleep until something arrives
  uint8_t reserved_arrival[60];
  uint64_t sequence;              // numbers given out so far, upwards
  uint64_t front;                 // numbers given out so far, downwards
  uint64_t lost;                  // elements whose taker died with them
  uint8_t reserved_sequence[40];
  uint8_t reserved_line[64];
  struct shm_element_layout keys;
  struct shm_element_layout values;
};

enum {
  shm_nodes_version = 1,
  shm_nodes_size = sizeof(struct shm_nodes),
  shm_nodes_stride = offsetof(struct shm_nodes, stride),
  shm_nodes_unit_bits = offsetof(struct shm_nodes, unit_bits),
  shm_nodes_maximum_bits = offsetof(struct shm_nodes, maximum_bits),
  shm_nodes_heads_size = offsetof(struct shm_nodes, heads_size),
  shm_nodes_arrival = offsetof(struct shm_nodes, arrival),
  shm_nodes_sequence = offsetof(struct shm_nodes, sequence),
  shm_nodes_front = offsetof(struct shm_nodes, front),
  shm_nodes_lost = offsetof(struct shm_nodes, lost),
  shm_nodes_keys = offsetof(struct shm_nodes, keys),
  shm_nodes_values = offsetof(struct shm_nodes, values),
};

_Static_assert(shm_nodes_arrival == 64 && shm_nodes_sequence == 128, "hot words own their lines");
_Static_assert(shm_nodes_keys == 256 && shm_nodes_values == 512, "layouts begin on a line");
_Static_assert(sizeof(struct shm_nodes) == 768, "heads begin on a line");

/// The beginning of a unit; key and value follow it.
struct shm_unit {
  uint64_t header;                // bits 0-2 state, 3-30 link, 31-63 version
  uint64_t next;                  // bit 0 mark, 1-28 unit, 29-63 version
};

enum {
  shm_unit_next = offsetof(struct shm_unit, next),
  shm_unit_key = sizeof(struct shm_unit),
};

_Static_assert(sizeof(struct shm_unit) == 16, "key begins on a word");

/// Where one level of a priority queue begins and ends: bits 0-27 unit, 28-63 position.
struct shm_level {
  uint64_t head;
  uint64_t tail;
  uint8_t reserved[48];
};

/// The heads of a priority queue.
struct shm_levels {
  uint64_t states[16];            // each 2 bits for 16 levels, then a version
  struct shm_level levels[256];
};

enum {
  shm_levels_first = offsetof(struct shm_levels, levels),
  shm_levels_size = sizeof(struct shm_levels),
  shm_level_tail = offsetof(struct shm_level, tail),
  shm_level_size = sizeof(struct shm_level),
};

_Static_assert(shm_levels_first % 64 == 0 && shm_level_size == 64, "a level owns its line");

/// The head of a stack.
struct shm_stack {
  uint64_t top;                   // bits 0-27 unit, 28-63 version
  uint8_t reserved[56];
};

enum {
  shm_stack_size = sizeof(struct shm_stack),
};

_Static_assert(shm_stack_size % 64 == 0, "units begin on a line");
