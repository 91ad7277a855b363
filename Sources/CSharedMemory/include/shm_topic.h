#pragma once

#include <stddef.h>
#include <stdint.h>

#include "shm_structures.h"

// A ring of elements that every subscriber reads: its entry. Rows of subscribers follow it, then cells.

struct shm_topic {
  uint32_t version;               // of this structure, not of the segment
  uint32_t policy;                // what slow subscribers mean to publishers: 0 skip, 1 wait
  uint64_t capacity;              // cells
  uint64_t stride;                // bytes per cell
  uint64_t subscriber_capacity;   // rows
  uint8_t reserved[32];
  uint64_t tail;                  // position of the next cell to fill
  uint8_t reserved_tail[56];
  uint32_t arrival;               // futex: bit 0 somebody may sleep until something is published
  uint8_t reserved_arrival[60];
  uint32_t departure;             // futex: bit 0 somebody may sleep until a subscriber goes on
  uint8_t reserved_departure[60];
  uint64_t lost;                  // with a publisher that died
  uint64_t missed;                // by subscribers that were slow
  uint8_t reserved_counters[48];
  struct shm_element_layout element;
};

enum {
  shm_topic_version = 1,
  shm_topic_size = sizeof(struct shm_topic),
  shm_topic_policy = offsetof(struct shm_topic, policy),
  shm_topic_capacity = offsetof(struct shm_topic, capacity),
  shm_topic_stride = offsetof(struct shm_topic, stride),
  shm_topic_subscriber_capacity = offsetof(struct shm_topic, subscriber_capacity),
  shm_topic_tail = offsetof(struct shm_topic, tail),
  shm_topic_arrival = offsetof(struct shm_topic, arrival),
  shm_topic_departure = offsetof(struct shm_topic, departure),
  shm_topic_lost = offsetof(struct shm_topic, lost),
  shm_topic_missed = offsetof(struct shm_topic, missed),
  shm_topic_element = offsetof(struct shm_topic, element),
};

_Static_assert(shm_topic_tail == 64 && shm_topic_arrival == 128, "each owns its line");
_Static_assert(shm_topic_departure == 192 && shm_topic_lost == 256, "each owns its line");
_Static_assert(sizeof(struct shm_topic) == 576, "rows begin on a line");

/// A subscriber.
struct shm_subscriber {
  uint64_t owner;                 // 0 free, else identity and serial
  uint64_t cursor;                // low bits of the serial, and position of the next element to read
  uint8_t reserved[48];
};

enum {
  shm_subscriber_size = sizeof(struct shm_subscriber),
  shm_subscriber_cursor = offsetof(struct shm_subscriber, cursor),
};

_Static_assert(sizeof(struct shm_subscriber) == 64, "each owns its line");
