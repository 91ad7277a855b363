#pragma once

#include <stdint.h>

// The page's files, embedded, so that the executable needs no folder beside it. Every function takes
// any numbers: what does not exist is empty.

/// How many files there are.
uint32_t fissure_file_count(void);

/// Byte `index` of the name of file `file`, or 0 behind its end.
uint8_t fissure_file_name_byte(uint32_t file, uint32_t index);

/// Bytes of file `file`.
uint32_t fissure_file_length(uint32_t file);

/// Byte `index` of file `file`, or 0 behind its end.
uint8_t fissure_file_byte(uint32_t file, uint32_t index);
