#pragma once

#include <stddef.h>
#include <stdint.h>

// A queue of elements of any size: its entry, and the segments that its elements lie in, which are parts.

struct shm_byte_queue {
  uint32_t version;               // of this structure, not of the segment
  uint32_t overflow;              // 0 wait, 1 reject, 2 drop oldest, 3 drop newest
  uint32_t delivery;              // 0 at most once, 1 acknowledged
  uint32_t reserved_delivery;
  uint64_t segment_capacity;      // bytes for records in a usual segment
  uint64_t segment_limit;         // most segments at once
  uint64_t patience;              // nanoseconds after which a claim is late; 0 never
  uint8_t reserved[24];
  uint64_t head;                  // sequence of the first segment with something to take
  uint8_t reserved_head[56];
  uint64_t tail;                  // sequence of the segment that is being filled
  uint8_t reserved_tail[56];
  uint64_t oldest;                // all segments before it are gone
  uint64_t attention;             // not 0 while something may have been given back
  uint8_t reserved_oldest[48];
  uint32_t arrival;               // futex: bit 0 somebody may sleep until something arrives
  uint8_t reserved_arrival[60];
  uint32_t departure;             // futex: bit 0 somebody may sleep until a segment leaves
  uint8_t reserved_departure[60];
  uint64_t dropped;               // by overflow policy
  uint64_t rejected;              // by overflow policy
  uint64_t lost;                  // with a process that died writing or reading the element
  uint64_t redelivered;           // claims of elements that had been claimed before
  uint8_t reserved_counters[32];
};

enum {
  shm_byte_queue_version = 2,
  shm_byte_queue_size = sizeof(struct shm_byte_queue),
  shm_byte_queue_overflow = offsetof(struct shm_byte_queue, overflow),
  shm_byte_queue_delivery = offsetof(struct shm_byte_queue, delivery),
  shm_byte_queue_segment_capacity = offsetof(struct shm_byte_queue, segment_capacity),
  shm_byte_queue_segment_limit = offsetof(struct shm_byte_queue, segment_limit),
  shm_byte_queue_patience = offsetof(struct shm_byte_queue, patience),
  shm_byte_queue_head = offsetof(struct shm_byte_queue, head),
  shm_byte_queue_tail = offsetof(struct shm_byte_queue, tail),
  shm_byte_queue_oldest = offsetof(struct shm_byte_queue, oldest),
  shm_byte_queue_attention = offsetof(struct shm_byte_queue, attention),
  shm_byte_queue_arrival = offsetof(struct shm_byte_queue, arrival),
  shm_byte_queue_departure = offsetof(struct shm_byte_queue, departure),
  shm_byte_queue_dropped = offsetof(struct shm_byte_queue, dropped),
  shm_byte_queue_rejected = offsetof(struct shm_byte_queue, rejected),
  shm_byte_queue_lost = offsetof(struct shm_byte_queue, lost),
  shm_byte_queue_redelivered = offsetof(struct shm_byte_queue, redelivered),
};

_Static_assert(shm_byte_queue_head == 64 && shm_byte_queue_tail == 128, "each owns its line");
_Static_assert(shm_byte_queue_oldest == 192, "as does what only a look back needs");
_Static_assert(shm_byte_queue_arrival == 256 && shm_byte_queue_departure == 320, "and the futexes");
_Static_assert(sizeof(struct shm_byte_queue) == 448, "seven lines");

/// A segment; records follow it, one behind the other, each at a multiple of 16.
struct shm_queue_segment {
  uint32_t version;
  uint32_t closed;                // 1 before the tail goes past it
  uint64_t sequence;
  uint64_t capacity;              // bytes for records
  uint64_t creator;               // who made it, and the how many-eth that was
  uint64_t first;                 // records in the segments before it
  uint8_t reserved[24];
  uint64_t write_hint;            // units before a record that is claimed or next, and records there
  uint8_t reserved_write[56];
  uint64_t read_hint;             // offset at or before the first record to take
  uint8_t reserved_read[56];
};

enum {
  shm_queue_segment_version = 2,
  shm_queue_segment_size = sizeof(struct shm_queue_segment),
  shm_queue_segment_closed = offsetof(struct shm_queue_segment, closed),
  shm_queue_segment_sequence = offsetof(struct shm_queue_segment, sequence),
  shm_queue_segment_capacity = offsetof(struct shm_queue_segment, capacity),
  shm_queue_segment_creator = offsetof(struct shm_queue_segment, creator),
  shm_queue_segment_first = offsetof(struct shm_queue_segment, first),
  shm_queue_segment_write_hint = offsetof(struct shm_queue_segment, write_hint),
  shm_queue_segment_read_hint = offsetof(struct shm_queue_segment, read_hint),
};

_Static_assert(shm_queue_segment_write_hint == 64, "each side's hint owns its line");
_Static_assert(shm_queue_segment_read_hint == 128, "each side's hint owns its line");
_Static_assert(sizeof(struct shm_queue_segment) == 192, "records begin on a line");

/// What stands before the bytes of an element.
struct shm_queue_record {
  uint64_t control;               // size in units of 16 bytes, delivery, owner, state
  uint64_t length;                // bytes of the element
  uint32_t type;                  // type id of the element
  uint32_t reserved;
  uint64_t deadline;              // nanoseconds of the monotonic clock; 0 none
};

enum {
  shm_queue_record_size = sizeof(struct shm_queue_record),
  shm_queue_record_length = offsetof(struct shm_queue_record, length),
  shm_queue_record_type = offsetof(struct shm_queue_record, type),
  shm_queue_record_deadline = offsetof(struct shm_queue_record, deadline),
};

_Static_assert(sizeof(struct shm_queue_record) == 32, "elements begin at a multiple of 16");
