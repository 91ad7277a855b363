#pragma once

// Built with the package trait StepHook, and only then, a thread can have a function called before
// each of its accesses to shared memory, and before each call of the system that changes a file or looks
// at one: a trial kills or stops the process there, or lets another thread go on.

/// Calls the function that the calling thread has set, if any. What that one accesses itself is no
/// step.
void shm_step(void);

/// Sets the calling thread's function and what it is called with; NULL for none.
void shm_set_step(void (*function)(void *context), void *context);
