#pragma once

// Built with the package trait StepHook, and only then, each call of the system that changes a file, or
// asks what others change, is a step like an access to shared memory: see shm_step.h. Any other build
// calls the system as it is written.
//
// Included last, since these names stand in the system's own headers. A macro is not expanded within
// itself, so each calls the function of its name.

#if defined(STEP_HOOK)
#define open(...) (shm_step(), open(__VA_ARGS__))
#define close(...) (shm_step(), close(__VA_ARGS__))
#define fstat(...) (shm_step(), fstat(__VA_ARGS__))
#define lstat(...) (shm_step(), lstat(__VA_ARGS__))
#define fchown(...) (shm_step(), fchown(__VA_ARGS__))
#define fchmod(...) (shm_step(), fchmod(__VA_ARGS__))
#define pread(...) (shm_step(), pread(__VA_ARGS__))
#define pwrite(...) (shm_step(), pwrite(__VA_ARGS__))
#define ftruncate(...) (shm_step(), ftruncate(__VA_ARGS__))
#define fallocate(...) (shm_step(), fallocate(__VA_ARGS__))
#define fsync(...) (shm_step(), fsync(__VA_ARGS__))
#define link(...) (shm_step(), link(__VA_ARGS__))
#define linkat(...) (shm_step(), linkat(__VA_ARGS__))
#define rename(...) (shm_step(), rename(__VA_ARGS__))
#define unlink(...) (shm_step(), unlink(__VA_ARGS__))
#define mkdir(...) (shm_step(), mkdir(__VA_ARGS__))
#define fcntl(...) (shm_step(), fcntl(__VA_ARGS__))
#endif
