#pragma once

#include <stddef.h>
#include <stdint.h>

#include "shm_structures.h"

// Rings: queues whose elements have one size. Positions count elements from the first on; the cell of
// a position is its remainder by the capacity, a power of two.

/// What the users of a ring of cells share.
struct shm_ring {
  uint64_t head;                  // position of the next cell to take
  uint8_t reserved_head[56];
  uint64_t tail;                  // position of the next cell to fill
  uint8_t reserved_tail[56];
  uint32_t arrival;               // futex: bit 0 somebody may sleep until something arrives
  uint8_t reserved_arrival[60];
  uint32_t departure;             // futex: bit 0 somebody may sleep until something leaves
  uint8_t reserved_departure[60];
  uint64_t dropped;               // by overflow policy
  uint64_t rejected;              // by overflow policy
  uint64_t lost;                  // with a process that died holding the cell
  uint8_t reserved_counters[40];
};

enum {
  shm_ring_size = sizeof(struct shm_ring),
  shm_ring_head = offsetof(struct shm_ring, head),
  shm_ring_tail = offsetof(struct shm_ring, tail),
  shm_ring_arrival = offsetof(struct shm_ring, arrival),
  shm_ring_departure = offsetof(struct shm_ring, departure),
  shm_ring_dropped = offsetof(struct shm_ring, dropped),
  shm_ring_rejected = offsetof(struct shm_ring, rejected),
  shm_ring_lost = offsetof(struct shm_ring, lost),
};

_Static_assert(shm_ring_head == 0 && shm_ring_tail == 64, "head and tail own their lines");
_Static_assert(shm_ring_arrival == 128 && shm_ring_departure == 192, "as do the futexes");
_Static_assert(shm_ring_size == 320, "five lines");

/// A queue of messages; the cells follow it.
struct shm_queue {
  uint32_t version;               // of this structure, not of the segment
  uint32_t overflow;              // 0 wait, 1 reject, 2 drop oldest, 3 drop newest
  uint64_t capacity;              // cells
  uint64_t stride;                // bytes per cell
  uint64_t payload_capacity;      // bytes a cell carries inline
  uint8_t reserved[32];
  struct shm_ring ring;
};

enum {
  shm_queue_version = 2,
  shm_queue_size = sizeof(struct shm_queue),
  shm_queue_overflow = offsetof(struct shm_queue, overflow),
  shm_queue_capacity = offsetof(struct shm_queue, capacity),
  shm_queue_stride = offsetof(struct shm_queue, stride),
  shm_queue_payload_capacity = offsetof(struct shm_queue, payload_capacity),
  shm_queue_ring = offsetof(struct shm_queue, ring),
};

_Static_assert(shm_queue_ring == 64, "the ring begins on a line");
_Static_assert(shm_queue_size == 384, "as do the cells");

/// A queue of elements of one size; the cells follow it, a control word and an element each, and, where
/// consumers acknowledge, on the next line the claims.
struct shm_element_queue {
  uint32_t version;               // of this structure, not of the segment
  uint32_t overflow;              // 0 wait, 1 reject, 2 drop oldest, 3 drop newest
  uint64_t capacity;              // cells
  uint64_t stride;                // bytes per cell
  uint32_t delivery;              // 0 at most once, 1 acknowledged
  uint32_t claim_limit;           // claims, where consumers acknowledge
  uint64_t patience;              // nanoseconds after which a claim is late; 0 never
  uint8_t reserved[24];
  struct shm_ring ring;
  struct shm_element_layout elements;
  uint64_t attention;             // not 0 while something may have been given back
  uint64_t redelivered;           // claims of elements that had been claimed before
  uint8_t reserved_attention[48];
};

enum {
  shm_element_queue_version = 2,
  shm_element_queue_size = sizeof(struct shm_element_queue),
  shm_element_queue_overflow = offsetof(struct shm_element_queue, overflow),
  shm_element_queue_capacity = offsetof(struct shm_element_queue, capacity),
  shm_element_queue_stride = offsetof(struct shm_element_queue, stride),
  shm_element_queue_delivery = offsetof(struct shm_element_queue, delivery),
  shm_element_queue_claim_limit = offsetof(struct shm_element_queue, claim_limit),
  shm_element_queue_patience = offsetof(struct shm_element_queue, patience),
  shm_element_queue_ring = offsetof(struct shm_element_queue, ring),
  shm_element_queue_elements = offsetof(struct shm_element_queue, elements),
  shm_element_queue_attention = offsetof(struct shm_element_queue, attention),
  shm_element_queue_redelivered = offsetof(struct shm_element_queue, redelivered),
};

_Static_assert(shm_element_queue_ring == 64, "the ring begins on a line");
_Static_assert(shm_element_queue_attention == 640, "what only a look back needs owns its line");
_Static_assert(shm_element_queue_size == 704, "cells begin on a line");

/// A claim, which begins on a line: what stands before the element that a consumer has.
struct shm_queue_claim {
  uint64_t control;               // version, delivery, owner, state
  uint64_t position;              // of the cell that the element came in
  uint64_t deadline;              // nanoseconds of the monotonic clock; 0 none
  uint64_t reserved;
};

enum {
  shm_queue_claim_size = sizeof(struct shm_queue_claim),
  shm_queue_claim_position = offsetof(struct shm_queue_claim, position),
  shm_queue_claim_deadline = offsetof(struct shm_queue_claim, deadline),
};

_Static_assert(shm_queue_claim_size == 32, "half a line is left for the element");

/// A queue of elements of one size with one sender and one receiver; the cells follow it, a control
/// word and an element each.
struct shm_channel {
  uint32_t version;               // of this structure, not of the segment
  uint32_t overflow;              // 0 wait, 1 reject, 3 drop newest
  uint64_t capacity;              // elements
  uint64_t stride;                // bytes per cell
  uint64_t delivery;              // 0 at most once, 1 acknowledged
  uint8_t reserved[32];
  uint64_t head;                  // position of the next element to take; the receiver's
  uint8_t reserved_head[56];
  uint64_t tail;                  // position of the next cell to fill, or a little before; the sender's
  uint8_t reserved_tail[56];
  uint32_t arrival;               // futex: bit 0 the receiver may sleep
  uint8_t reserved_arrival[60];
  uint32_t departure;             // futex: bit 0 the sender may sleep
  uint8_t reserved_departure[60];
  uint64_t receiver;              // who has this end
  uint64_t taken;                 // up to this position elements were lent
  uint64_t lost;                  // lent to a receiver that died with them
  uint64_t lost_next;             // what `lost` becomes
  uint64_t lost_until;            // when everything up to this position is settled
  uint8_t reserved_receiver[24];
  uint64_t sender;                // who has this end
  uint64_t dropped;               // by overflow policy
  uint64_t rejected;              // by overflow policy
  uint8_t reserved_sender[40];
  struct shm_element_layout elements;
};

enum {
  shm_channel_version = 2,
  shm_channel_size = sizeof(struct shm_channel),
  shm_channel_overflow = offsetof(struct shm_channel, overflow),
  shm_channel_capacity = offsetof(struct shm_channel, capacity),
  shm_channel_stride = offsetof(struct shm_channel, stride),
  shm_channel_delivery = offsetof(struct shm_channel, delivery),
  shm_channel_head = offsetof(struct shm_channel, head),
  shm_channel_tail = offsetof(struct shm_channel, tail),
  shm_channel_arrival = offsetof(struct shm_channel, arrival),
  shm_channel_departure = offsetof(struct shm_channel, departure),
  shm_channel_receiver = offsetof(struct shm_channel, receiver),
  shm_channel_taken = offsetof(struct shm_channel, taken),
  shm_channel_lost = offsetof(struct shm_channel, lost),
  shm_channel_lost_next = offsetof(struct shm_channel, lost_next),
  shm_channel_lost_until = offsetof(struct shm_channel, lost_until),
  shm_channel_sender = offsetof(struct shm_channel, sender),
  shm_channel_dropped = offsetof(struct shm_channel, dropped),
  shm_channel_rejected = offsetof(struct shm_channel, rejected),
  shm_channel_elements = offsetof(struct shm_channel, elements),
};

_Static_assert(shm_channel_head == 64 && shm_channel_tail == 128, "head and tail own their lines");
_Static_assert(shm_channel_arrival == 192 && shm_channel_departure == 256, "as do the futexes");
_Static_assert(shm_channel_receiver == 320 && shm_channel_sender == 384, "and what is an end's");
_Static_assert(shm_channel_size == 704, "cells begin on a line");
