#pragma once

#include <stddef.h>
#include <stdint.h>

#include "shm_structures.h"

// The bytes of packs, tables and interned strings. `Documentation/MemoryLayout.md` draws and explains
// them; each has a version of its own in its first four bytes.

/// Many values in one entry, immutable.
struct shm_pack {
  uint32_t version;
  uint32_t form;                  // 0 values behind an offset table, 1 elements of one layout
  uint64_t count;
  uint64_t byte_count;            // of the whole pack
  uint8_t unused[40];
};

/// A row of a pack's offset table.
struct shm_pack_value {
  uint64_t offset;                // from the pack's beginning
  uint32_t length;
  uint32_t type;
};

enum {
  shm_pack_version = 1,
  shm_pack_size = sizeof(struct shm_pack),
  shm_pack_form = offsetof(struct shm_pack, form),
  shm_pack_count = offsetof(struct shm_pack, count),
  shm_pack_byte_count = offsetof(struct shm_pack, byte_count),
  shm_pack_value_size = sizeof(struct shm_pack_value),
  shm_pack_value_length = offsetof(struct shm_pack_value, length),
  shm_pack_value_type = offsetof(struct shm_pack_value, type),
};

_Static_assert(offsetof(struct shm_pack, count) == 8, "words are aligned");
_Static_assert(sizeof(struct shm_pack) == 64, "what follows begins on a line");
_Static_assert(sizeof(struct shm_pack_value) == 16, "four rows to a line");

/// A table with one writer. Cells follow, then the slots of the index, then the bytes of the keys.
struct shm_table {
  uint32_t version;
  uint32_t unused;
  uint64_t capacity;              // cells
  uint64_t slot_count;            // of the index: a power of two
  uint64_t key_capacity;          // bytes for keys, a multiple of 8
  uint64_t seed;                  // of the hash of keys
  uint8_t unused_1[24];

  _Alignas(64) uint64_t owner;    // {claims 37, identity 27} of the writer; identity 0 is nobody
  uint8_t unused_2[56];

  _Alignas(64) uint64_t count;    // cells whose key is there
  uint8_t unused_3[56];

  _Alignas(64) uint64_t changes;  // publications
  uint32_t change;                // futex: until something is published
  uint8_t unused_4[52];
};

/// A cell: one line, so that control word and value come together.
struct shm_table_cell {
  uint64_t control;               // {version 36, type 20, size 5, half 1, state 2}
  uint64_t key;                   // {payloads 2, unused 13, length 17, offset 32}
  uint8_t halves[2][24];
};

enum {
  shm_table_version = 1,
  shm_table_size = sizeof(struct shm_table),
  shm_table_capacity = offsetof(struct shm_table, capacity),
  shm_table_slot_count = offsetof(struct shm_table, slot_count),
  shm_table_key_capacity = offsetof(struct shm_table, key_capacity),
  shm_table_seed = offsetof(struct shm_table, seed),
  shm_table_owner = offsetof(struct shm_table, owner),
  shm_table_count = offsetof(struct shm_table, count),
  shm_table_changes = offsetof(struct shm_table, changes),
  shm_table_change = offsetof(struct shm_table, change),
  shm_table_cell_size = sizeof(struct shm_table_cell),
  shm_table_cell_key = offsetof(struct shm_table_cell, key),
  shm_table_cell_halves = offsetof(struct shm_table_cell, halves),
  shm_table_half_size = sizeof(((struct shm_table_cell *)0)->halves[0]),
};

_Static_assert(offsetof(struct shm_table, owner) == 64, "the owner has its line");
_Static_assert(offsetof(struct shm_table, count) == 128, "the count has its line");
_Static_assert(offsetof(struct shm_table, changes) == 192, "what is written with each value");
_Static_assert(sizeof(struct shm_table) == 256, "cells begin on a line");
_Static_assert(sizeof(struct shm_table_cell) == 64, "a cell is a line");

/// Interned strings: the root of a trie, whose records lie in chunks, which are parts.
struct shm_strings {
  uint32_t version;
  uint32_t unused;
  uint64_t chunk_size;            // bytes of the first chunk: a power of two
  uint64_t seed;                  // of the hashes
  uint8_t unused_1[40];

  _Alignas(64) uint64_t chunk;    // where to look for room first
  uint8_t unused_2[56];

  _Alignas(64) uint64_t root[16];
};

/// A chunk; records follow, one behind the other.
struct shm_strings_chunk {
  uint32_t version;
  uint32_t unused;
  uint64_t end;                   // where to look for room first
  uint8_t unused_1[48];
};

/// A string's record, before its bytes. A node's is the word and sixteen children.
struct shm_strings_record {
  uint64_t word;                  // {units 34, owner 27, state 3}
  uint64_t hash;
  uint64_t length;
};

enum {
  shm_strings_version = 1,
  shm_strings_size = sizeof(struct shm_strings),
  shm_strings_chunk_size = offsetof(struct shm_strings, chunk_size),
  shm_strings_seed = offsetof(struct shm_strings, seed),
  shm_strings_chunk_hint = offsetof(struct shm_strings, chunk),
  shm_strings_root = offsetof(struct shm_strings, root),
  shm_strings_chunk_header = sizeof(struct shm_strings_chunk),
  shm_strings_chunk_end = offsetof(struct shm_strings_chunk, end),
  shm_strings_record_size = sizeof(struct shm_strings_record),
  shm_strings_record_hash = offsetof(struct shm_strings_record, hash),
  shm_strings_record_length = offsetof(struct shm_strings_record, length),
};

_Static_assert(offsetof(struct shm_strings, chunk) == 64, "the hint has its line");
_Static_assert(offsetof(struct shm_strings, root) == 128, "the root is read only, mostly");
_Static_assert(sizeof(struct shm_strings) == 256, "four lines");
_Static_assert(sizeof(struct shm_strings_chunk) == 64, "records begin on a line");
_Static_assert(sizeof(struct shm_strings_record) == 24, "bytes follow three words");
