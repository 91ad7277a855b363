#if defined(STEP_HOOK)
#include "CSharedMemory.h"

static _Thread_local void (*step_function)(void *);
static _Thread_local void *step_context;

void shm_step(void) {
  void (*function)(void *) = step_function;
  if (function == NULL) return;
  step_function = NULL;
  function(step_context);
  step_function = function;
}

void shm_set_step(void (*function)(void *context), void *context) {
  step_function = function;
  step_context = context;
}
#endif
