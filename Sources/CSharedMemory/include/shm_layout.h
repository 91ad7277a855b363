#pragma once

#include <stddef.h>
#include <stdint.h>

// The bytes of a segment. `Documentation/MemoryLayout.md` draws and explains them. A changed byte is
// a new layout version. All numbers are little-endian; mapped bytes hold offsets, never addresses.

enum { shm_layout_version = 3 };

/// First page. Everything before `state` is written once, before the segment can be found.
struct shm_header {
  uint8_t magic[8];               // "LAVASIMD"
  uint32_t byte_order;            // 0x01020304 as the creator's machine stores it
  uint32_t layout_version;
  uint64_t incompatible;          // feature bits a reader must know to attach
  uint64_t write_incompatible;    // feature bits a writer must know to attach for writing
  uint64_t compatible;            // feature bits anyone may ignore
  uint8_t uuid[16];
  uint8_t boot_id[16];
  uint64_t hash_seed;
  uint64_t creation_time;         // nanoseconds since the Unix epoch
  uint32_t architecture;          // ELF machine number
  uint32_t page_size;
  uint32_t block_size;            // bytes, a multiple of 64
  uint32_t participant_count;     // rows, at most 1,024
  uint32_t lane_count;
  uint32_t header_size;
  uint64_t block_count;           // committed at creation
  uint64_t maximum_block_count;
  uint64_t index_group_count;     // home groups of the first index, a power of two
  uint64_t maximum_bytes;         // size of the file, and of the mapping every attacher reserves
  uint64_t participants_offset;
  uint64_t lanes_offset;
  uint64_t changes_offset;
  uint64_t index_offset;
  uint64_t block_headers_offset;
  uint64_t block_stamps_offset;
  uint64_t blocks_offset;
  uint8_t reserved[56];
  // Mutable from here on; each hot word owns its line.
  uint64_t state;                 // 1 live, 2 dropped
  uint64_t committed_block_count;
  uint64_t lane_high_water;       // lanes at or above it were never used
  uint64_t index_state;           // which table is the index's, and whether it is being moved
  uint64_t orphans;               // hint: runs that participants which are gone left retired, pinned
  uint64_t settled_changes;       // changes of the dead that sweeps have settled, for viewers
  uint64_t watched;               // bit 0 somebody watches; 1-31 times said so, 32-63 times cleared
  uint64_t reserve_claims;        // hint: not 0 while blocks kept for overwriting may be in use
  uint64_t allocation_cursor;     // hint: where the next search for free blocks begins
  uint8_t reserved_cursor[56];
  uint64_t index_used;            // hint: slots of the index that were taken for the first time
  uint64_t index_front;           // epoch and group: all slots below are frozen
  uint64_t index_cursor;          // hint: what of a move is to be done next
  uint8_t reserved_move[40];
  uint32_t change_arrival;        // futex: bit 0 a watcher may sleep until something changes
  uint8_t reserved_arrival[60];
};

enum {
  shm_header_size = 4096,         // the first page; bytes after the struct are zero
  shm_header_state = offsetof(struct shm_header, state),
  shm_header_committed = offsetof(struct shm_header, committed_block_count),
  shm_header_lane_high_water = offsetof(struct shm_header, lane_high_water),
  shm_header_index_state = offsetof(struct shm_header, index_state),
  shm_header_orphans = offsetof(struct shm_header, orphans),
  shm_header_settled_changes = offsetof(struct shm_header, settled_changes),
  shm_header_watched = offsetof(struct shm_header, watched),
  shm_header_reserve_claims = offsetof(struct shm_header, reserve_claims),
  shm_header_cursor = offsetof(struct shm_header, allocation_cursor),
  shm_header_index_used = offsetof(struct shm_header, index_used),
  shm_header_index_front = offsetof(struct shm_header, index_front),
  shm_header_index_cursor = offsetof(struct shm_header, index_cursor),
  shm_header_change_arrival = offsetof(struct shm_header, change_arrival),
};

_Static_assert(offsetof(struct shm_header, byte_order) == 8, "fixed for all versions");
_Static_assert(offsetof(struct shm_header, layout_version) == 12, "fixed for all versions");
_Static_assert(offsetof(struct shm_header, uuid) == 40, "identity follows the feature masks");
_Static_assert(offsetof(struct shm_header, hash_seed) == 72, "seed");
_Static_assert(offsetof(struct shm_header, block_size) == 96, "geometry begins");
_Static_assert(offsetof(struct shm_header, state) == 256, "mutable words begin on a line");
_Static_assert(offsetof(struct shm_header, allocation_cursor) == 320, "cursor owns its line");
_Static_assert(offsetof(struct shm_header, index_used) == 384, "and so do those of a move");
_Static_assert(offsetof(struct shm_header, change_arrival) == 448, "as does the watchers' futex");
_Static_assert(sizeof(struct shm_header) == 512, "well inside the first page");

/// A participant: one attached process. The lock byte of row r is the file byte of the row.
struct shm_participant {
  uint64_t state;                 // bits 0-7 {0 free, 1 claiming, 2 active}, bits 8-63 incarnation
  uint32_t pid;
  uint32_t reserved_flags;
  uint64_t start_time;            // of the process, in clock ticks since boot
  uint64_t pid_namespace;         // of pids and times: whose numbers and start times mean the same
  uint64_t attach_time;           // nanoseconds since the Unix epoch
  uint64_t boot;                  // first bytes of the boot id: no process outlives its boot
  uint64_t watching;              // identity + 1 while it watches for changes
  uint8_t reserved[8];
  uint8_t name[64];               // UTF-8, zero-terminated
};

enum {
  shm_participant_size = sizeof(struct shm_participant),
  shm_participant_pid = offsetof(struct shm_participant, pid),
  shm_participant_start_time = offsetof(struct shm_participant, start_time),
  shm_participant_namespace = offsetof(struct shm_participant, pid_namespace),
  shm_participant_attach_time = offsetof(struct shm_participant, attach_time),
  shm_participant_boot = offsetof(struct shm_participant, boot),
  shm_participant_watching = offsetof(struct shm_participant, watching),
  shm_participant_name = offsetof(struct shm_participant, name),
};

_Static_assert(offsetof(struct shm_participant, pid) == 8, "pid");
_Static_assert(offsetof(struct shm_participant, name) == 64, "name owns a line");
_Static_assert(sizeof(struct shm_participant) == 128, "two lines");

/// A lane: what one thread of a participant holds half-done.
struct shm_lane {
  uint64_t owner;                 // 0 free, else participant identity + 1
  uint64_t intent_slot;           // segment offset of the word about to change; 0 none
  uint64_t intent_old;
  uint64_t intent_new;
  uint64_t changes;               // entries this lane has published or deleted; never reset
  uint8_t reserved[24];
  uint64_t pins[8];               // slot words whose blocks must not be reused; 0 none
};

enum {
  shm_lane_size = sizeof(struct shm_lane),
  shm_lane_intent_slot = offsetof(struct shm_lane, intent_slot),
  shm_lane_intent_old = offsetof(struct shm_lane, intent_old),
  shm_lane_intent_new = offsetof(struct shm_lane, intent_new),
  shm_lane_changes = offsetof(struct shm_lane, changes),
  shm_lane_pins = offsetof(struct shm_lane, pins),
  shm_lane_pin_count = 8,
};

_Static_assert(offsetof(struct shm_lane, pins) == 64, "pins own their line");
_Static_assert(sizeof(struct shm_lane) == 128, "two lines");

/// The truth about a block, in a table beside the blocks, and the beginning of the record in it.
struct shm_block_header {
  uint64_t state;                 // state, owner or head, generation; see MemoryLayout.md
  uint64_t lengths;               // bits 0-15 key - 1, 16-51 value, 52 fragmented, 53-62 type
  uint8_t key[16];                // as much of the key as fits
};

_Static_assert(offsetof(struct shm_block_header, key) == 16, "key");
_Static_assert(sizeof(struct shm_block_header) == 32, "two headers a line");

/// The change table: word i counts the changes that were announced in the i-th share of the index.
enum {
  shm_change_share_count = 1024,
  shm_change_table_size = shm_change_share_count * 8,
};

/// One cache line of the index: short tags, then seven slots.
struct shm_index_group {
  uint64_t tags;                  // byte i: hash tag of slot i (0 unset: look); byte 7: epoch
  uint64_t slots[7];
};

_Static_assert(sizeof(struct shm_index_group) == 64, "one line");

enum {
  shm_block_header_size = sizeof(struct shm_block_header),
  shm_block_state = offsetof(struct shm_block_header, state),
  shm_block_lengths = offsetof(struct shm_block_header, lengths),
  shm_block_key = offsetof(struct shm_block_header, key),
  shm_block_key_capacity = sizeof(((struct shm_block_header *)0)->key),
  shm_block_stamp_size = sizeof(uint64_t),
  shm_index_group_size = sizeof(struct shm_index_group),
};

/// The envelope of everything that travels; an inline payload of up to 1 KiB follows it.
struct shm_message {
  uint64_t handle;                // generation of a store reference, or a local address
  uint32_t type;                  // type id of the payload
  uint8_t kind;                   // 0 inline, 1 store reference, 2 local address, 3 end of stream
  uint8_t priority;
  uint16_t flags;
  uint64_t size;                  // bytes of the payload
  uint64_t cycle;
  uint64_t correlation;
  uint64_t sender;
  uint64_t reply_to;
  uint64_t deadline;              // nanoseconds of the monotonic clock; 0 none
};

_Static_assert(offsetof(struct shm_message, type) == 8, "type");
_Static_assert(offsetof(struct shm_message, kind) == 12, "kind");
_Static_assert(offsetof(struct shm_message, size) == 16, "size");
_Static_assert(offsetof(struct shm_message, cycle) == 24, "cycle");
_Static_assert(offsetof(struct shm_message, deadline) == 56, "deadline");
_Static_assert(sizeof(struct shm_message) == 64, "one line");
