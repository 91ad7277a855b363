#define _GNU_SOURCE
#include "CSharedMemory.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int shm_wait_readable(int descriptor, int timeout_milliseconds) {
  struct pollfd entry = {.fd = descriptor, .events = POLLIN};
  int result;
  do result = poll(&entry, 1, timeout_milliseconds);
  while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : result;
}

uint32_t shm_architecture(void) {
#if defined(__x86_64__)
  return 62;
#elif defined(__aarch64__)
  return 183;
#else
#error "unknown architecture: add its ELF machine number"
#endif
}

enum shm_liveness shm_process_liveness(uint32_t pid, uint64_t start_time) {
  if (kill((pid_t)pid, 0) != 0 && errno == ESRCH) return shm_dead;
  // A process that could not tell its own start time cannot be told from a later one of its number.
  if (start_time == 0) return shm_unknown;
  uint64_t now = shm_process_start_time(pid);
  if (now != 0) return now == start_time ? shm_alive : shm_dead;
  // It was there a moment ago: gone by now, or hidden from this user.
  return kill((pid_t)pid, 0) != 0 && errno == ESRCH ? shm_dead : shm_unknown;
}

#if defined(__linux__)
#include <sys/syscall.h>

static int read_file(const char *path, char *text, int count) {
  int descriptor = open(path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return -1;
  ssize_t got = read(descriptor, text, (size_t)count - 1);
  close(descriptor);
  if (got < 0) return -1;
  text[got] = 0;
  return (int)got;
}

static char *skip_fields(char *field, int count) {
  while (count-- > 0) {
    field = strchr(field, ' ');
    if (field == NULL) return NULL;
    field++;
  }
  return field;
}

// Whether /proc tells of processes by the numbers that this one knows them by. It does not in a pid
// namespace that has no /proc of its own: there, a number leads to a process outside.
static bool shows_own_namespace(void) {
  char text[24];
  ssize_t count = readlink("/proc/self", text, sizeof text - 1);
  if (count <= 0) return false;
  text[count] = 0;
  return strtol(text, NULL, 10) == (long)getpid();
}

uint64_t shm_process_start_time(uint32_t pid) {
  char path[64], text[1024];
  if (!shows_own_namespace()) return 0;
  snprintf(path, sizeof path, "/proc/%u/stat", pid);
  if (read_file(path, text, sizeof text) <= 0) return 0;
  // The name in parentheses may itself hold parentheses and spaces: start after the last one.
  char *field = strrchr(text, ')');
  if (field == NULL || field[1] == 0) return 0;
  field += 2;
  char state = *field;
  // The line shows the state of the main thread, which may end before the others: then it is Z, and
  // the threads that are left, itself included, are more than one.
  field = skip_fields(field, 17);
  if (field == NULL) return 0;
  if (state == 'X' || (state == 'Z' && strtoul(field, NULL, 10) <= 1)) return shm_zombie;
  field = skip_fields(field, 2);
  return field == NULL ? 0 : strtoull(field, NULL, 10);
}

uint64_t shm_process_namespaces(void) {
  struct stat pids, times;
  if (stat("/proc/self/ns/pid", &pids) != 0) return 0;
  // Start times are told as the reader's own clock has them. Before Linux 5.6 there is but one.
  if (stat("/proc/self/ns/time", &times) != 0) return (uint64_t)pids.st_ino;
  return (uint64_t)pids.st_ino << 32 ^ (uint64_t)times.st_ino;
}

void shm_boot_id(uint8_t *bytes) {
  char text[64];
  memset(bytes, 0, 16);
  if (read_file("/proc/sys/kernel/random/boot_id", text, sizeof text) < 36) return;
  unsigned digit = 0;
  for (const char *c = text; *c && digit < 32; c++) {
    int value;
    if (*c >= '0' && *c <= '9') value = *c - '0';
    else if (*c >= 'a' && *c <= 'f') value = *c - 'a' + 10;
    else continue;
    bytes[digit / 2] |= (uint8_t)(value << (digit % 2 == 0 ? 4 : 0));
    digit++;
  }
}

void shm_process_name(char *name, unsigned count) {
  int got = read_file("/proc/self/comm", name, (int)count);
  if (got <= 0) {
    name[0] = 0;
  } else if (name[got - 1] == '\n') {
    name[got - 1] = 0;
  }
}

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

int shm_process_descriptor(uint32_t pid) {
  long descriptor = syscall(SYS_pidfd_open, (pid_t)pid, 0);
  return descriptor < 0 ? -errno : (int)descriptor;
}
#endif

#if defined(__APPLE__)
#include <libproc.h>
#include <sys/event.h>
#include <sys/sysctl.h>

uint64_t shm_process_start_time(uint32_t pid) {
  struct proc_bsdinfo info;
  int got = proc_pidinfo((int)pid, PROC_PIDTBSDINFO, 0, &info, sizeof info);
  if (got != sizeof info) return 0;
  if (info.pbi_status == 5) return shm_zombie;
  return info.pbi_start_tvsec * 1000000u + info.pbi_start_tvusec;
}

uint64_t shm_process_namespaces(void) { return 1; }

void shm_boot_id(uint8_t *bytes) {
  struct timeval boot;
  size_t size = sizeof boot;
  memset(bytes, 0, 16);
  if (sysctlbyname("kern.boottime", &boot, &size, NULL, 0) == 0) memcpy(bytes, &boot, 16);
}

void shm_process_name(char *name, unsigned count) {
  if (proc_name(getpid(), name, count) <= 0) name[0] = 0;
}

int shm_process_descriptor(uint32_t pid) {
  int queue = kqueue();
  if (queue < 0) return -errno;
  struct kevent event;
  EV_SET(&event, pid, EVFILT_PROC, EV_ADD, NOTE_EXIT, 0, NULL);
  if (kevent(queue, &event, 1, NULL, 0, NULL) != 0) {
    int error = errno;
    close(queue);
    return -error;
  }
  return queue;
}
#endif
