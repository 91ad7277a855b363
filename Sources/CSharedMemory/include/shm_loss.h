#pragma once

#include <stdbool.h>
#include <stdint.h>

// What becomes of a mapping whose file is cut short: the kernel answers an access behind the file's
// end with SIGBUS, which kills a process that does not handle it.

/// Notes a mapping that is to survive the loss of its file. Returns false without memory for the note.
bool shm_loss_watch(void *address, uint64_t count, bool writable);

/// Forgets a mapping, before its addresses become free for another.
void shm_loss_forget(void *address);

/// From now on an access behind the end of a watched mapping's file turns the whole mapping into
/// private memory that reads as zero, and goes on. Every other SIGBUS goes where it went before.
void shm_loss_survive(void);
