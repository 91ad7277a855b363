#pragma once

#include <stddef.h>
#include <stdint.h>

// The bytes of shared structures. `Documentation/MemoryLayout.md` draws and explains them. Each structure
// has a version of its own, in its first four bytes: a changed byte is a new one.

/// How the elements of a structure lie, as its creator saw them.
struct shm_element_layout {
  uint64_t fingerprint;           // of everything else here
  uint32_t size;
  uint32_t stride;
  uint32_t alignment;
  uint32_t fields_count;          // bytes of the text, also of what is cut off
  uint8_t fields[232];            // UTF-8
};

enum {
  shm_element_layout_size = sizeof(struct shm_element_layout),
  shm_element_layout_fields = offsetof(struct shm_element_layout, fields),
  shm_element_layout_fields_capacity = sizeof(((struct shm_element_layout *)0)->fields),
};

_Static_assert(offsetof(struct shm_element_layout, fields) == 24, "text follows the numbers");
_Static_assert(sizeof(struct shm_element_layout) == 256, "four lines");
