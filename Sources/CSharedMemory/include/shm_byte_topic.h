#pragma once

#include <stddef.h>
#include <stdint.h>

// A topic whose subscribers have a byte queue each: its entry. A word for each subscriber follows it.

struct shm_byte_topic {
  uint32_t version;               // of this structure, not of the segment
  uint32_t reserved_version;
  uint64_t subscriber_capacity;   // words
  uint64_t segment_capacity;      // of each subscriber's queue: bytes for records in a usual segment
  uint64_t segment_limit;         // of each subscriber's queue: most segments at once
  uint64_t rows;                  // all words from here on were always free
  uint8_t reserved[24];
};

enum {
  shm_byte_topic_version = 1,
  shm_byte_topic_size = sizeof(struct shm_byte_topic),
  shm_byte_topic_subscriber_capacity = offsetof(struct shm_byte_topic, subscriber_capacity),
  shm_byte_topic_segment_capacity = offsetof(struct shm_byte_topic, segment_capacity),
  shm_byte_topic_segment_limit = offsetof(struct shm_byte_topic, segment_limit),
  shm_byte_topic_rows = offsetof(struct shm_byte_topic, rows),
};

_Static_assert(shm_byte_topic_subscriber_capacity == 8, "words are aligned");
_Static_assert(sizeof(struct shm_byte_topic) == 64, "subscribers begin on a line");
