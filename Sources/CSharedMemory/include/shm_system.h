#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// System calls that Swift does not import. Each returns 0 or a count, or -errno.

/// Opens `path` for reading and writing, or reading alone; never follows a link.
int shm_open_file(const char *path, bool writable);

/// Creates `path`, which must not exist, with exactly `mode`.
int shm_create_file(const char *path, uint32_t mode);

/// Creates a file without a name in `directory`, which is gone with its last descriptor unless
/// `shm_name_file` names it; -errno where the system or the file system has no such files.
int shm_create_unnamed_file(const char *directory, uint32_t mode);

/// Gives the file without a name its name `to`; -EEXIST when another was first.
int shm_name_file(int descriptor, const char *to);

/// Whether two descriptors are of one file.
bool shm_same_file(int descriptor, int other);

/// Gives a file that was just created exactly `mode`; -errno of the creation where that failed.
int shm_with_mode(int descriptor, uint32_t mode);

int shm_close(int descriptor);

/// What must be known of a file before its bytes are trusted.
struct shm_file_facts {
  uint64_t size;
  uint64_t allocated;  // bytes of memory or disk
  uint64_t links;
  uint32_t owner;
  uint32_t group;
  uint32_t mode;
  bool regular;
  bool directory;
};

int shm_file_facts(int descriptor, struct shm_file_facts *facts);

/// The same of what `path` names; of a link itself, where its last part is one.
int shm_path_facts(const char *path, struct shm_file_facts *facts);

/// Lets a group read and write the open file: it becomes the group's, with mode 0660.
int shm_share_with_group(int descriptor, uint32_t group);

/// The number of the group `name`, or -1 where there is none.
int64_t shm_group_number(const char *name);

/// Reads `count` bytes at `offset`; returns how many there were.
int64_t shm_read_at(int descriptor, void *bytes, size_t count, uint64_t offset);

/// Writes `count` bytes at `offset`; returns how many were, fewer only when there was an error after them.
int64_t shm_write_at(int descriptor, const void *bytes, size_t count, uint64_t offset);

/// Makes sure that the file's bytes are on its disk.
int shm_sync(int descriptor);

/// Gives `from` the name `to`, in place of any file of that name.
int shm_rename(const char *from, const char *to);

/// Sets the file's size without committing memory.
int shm_truncate(int descriptor, uint64_t size);

/// Commits memory for a range, so that a full file system is an error here and never a signal later.
int shm_commit(int descriptor, uint64_t offset, uint64_t count);

/// Maps `count` bytes of the file, shared, and watches the mapping for the loss of its file. Returns
/// NULL and sets `*error` on failure.
void *shm_map(int descriptor, uint64_t count, bool writable, int *error);

void shm_unmap(void *address, uint64_t count);

/// A page of private memory that reads as zero in a forked child.
uint64_t *shm_fork_detector(void);
void shm_fork_detector_free(uint64_t *word);

/// Gives the complete file `from` its public name `to`; -EEXIST when another was first.
int shm_link_into_place(const char *from, const char *to);

int shm_unlink(const char *path);

/// Removes the name `path` if it is a name of the open file; -ESTALE when it is another file's.
int shm_unlink_own(const char *path, int descriptor);
int shm_make_directory(const char *path, uint32_t mode);

/// Takes or tests the open-file-description lock on one byte: the kernel drops it at death.
/// Returns 0 when taken (or free), -EAGAIN when another holds it.
int shm_lock_byte(int descriptor, uint64_t offset);
int shm_test_byte(int descriptor, uint64_t offset);
int shm_unlock_byte(int descriptor, uint64_t offset);

/// Sleeps while `*word == expected`, at most `timeout` nanoseconds. Returns 0 after any wake-up or
/// change, -ETIMEDOUT when the time has passed.
int shm_futex_wait(uint32_t *word, uint32_t expected, uint64_t timeout);

/// Wakes up to `count` sleepers; returns how many.
int shm_futex_wake(uint32_t *word, int count);

/// Sleeps until any of `count` words differs from its expected value, at most `timeout` nanoseconds.
int shm_futex_wait_any(uint32_t *const *words, const uint32_t *expected, unsigned count,
                       uint64_t timeout);

/// Lets any process fence for all threads of this one, see `shm_fence_enlisted`; -errno where the
/// system has no such thing. The first time it may take milliseconds in a process with several threads.
int shm_enlist_for_fences(void);

/// Each thread of each process that is enlisted fences before this returns; -errno where that cannot be.
int shm_fence_enlisted(void);

/// Nanoseconds of the monotonic clock, and since the Unix epoch.
uint64_t shm_monotonic_time(void);
uint64_t shm_wall_time(void);

/// Lets the calling thread sleep.
void shm_pause(uint64_t nanoseconds);

/// Fills `bytes` with randomness from the system.
int shm_random(void *bytes, size_t count);
