#pragma once

// What Swift cannot say about memory that several processes map: single-instruction atomics on
// mapped words, copies that may race, system calls without a Swift import, one thread-local cache,
// and the byte layout of a segment, proved at compile time.

#include "shm_atomics.h"
#include "shm_byte_topic.h"
#include "shm_copy.h"
#include "shm_hash.h"
#include "shm_heap.h"
#include "shm_layout.h"
#include "shm_loss.h"
#include "shm_mapping.h"
#include "shm_nodes.h"
#include "shm_process.h"
#include "shm_segments.h"
#include "shm_rings.h"
#include "shm_step.h"
#include "shm_structures.h"
#include "shm_system.h"
#include "shm_tables.h"
#include "shm_thread.h"
#include "shm_topic.h"
