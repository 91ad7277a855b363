#pragma once

#include <stdbool.h>
#include <stdint.h>

// Who a process is, and whether it still runs.

enum shm_liveness { shm_dead = 0, shm_alive = 1, shm_unknown = 2 };

/// What `shm_process_start_time` says of a process all of whose threads have ended, and that was not
/// waited for yet.
static const uint64_t shm_zombie = UINT64_MAX;

/// Start time of a process in clock ticks since boot, `shm_zombie`, or 0 when it is gone or hidden: all
/// are where /proc shows those of another pid namespace.
uint64_t shm_process_start_time(uint32_t pid);

/// Whether the process that had `pid` and `start_time` in this pid namespace still runs.
enum shm_liveness shm_process_liveness(uint32_t pid, uint64_t start_time);

/// Identity of this process's namespaces of pids and of times, 1 where there are but those for all; 0
/// when it cannot be told.
uint64_t shm_process_namespaces(void);

/// Identity of this boot of the machine: 16 bytes.
void shm_boot_id(uint8_t *bytes);

/// ELF number of this processor architecture.
uint32_t shm_architecture(void);

/// Name of this process for people, zero-terminated.
void shm_process_name(char *name, unsigned count);

/// A descriptor that becomes readable when process `pid` ends, or -errno.
int shm_process_descriptor(uint32_t pid);

/// Waits until `descriptor` is readable, at most `timeout_milliseconds` (-1 for ever).
/// Returns 1 readable, 0 time passed, -errno.
int shm_wait_readable(int descriptor, int timeout_milliseconds);
