#define _GNU_SOURCE
#include "processes.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "CBenchmark.h"

#define MOST_ARGUMENTS 32

void bench_watchdog(uint32_t seconds) { alarm(seconds); }

void bench_fail(const char *line) {
  fprintf(stderr, "%s\n", line);
  exit(1);
}

void bench_pin(int32_t processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor % sysconf(_SC_NPROCESSORS_ONLN), &set);
  sched_setaffinity(0, sizeof set, &set);
}

// `text` is cut into the arguments, which point into it.
static void split(char *text, char *list[MOST_ARGUMENTS + 2]) {
  int length = 1;
  list[0] = "lava-benchmarks";
  for (char *one; length <= MOST_ARGUMENTS && (one = strsep(&text, "\n"));) list[length++] = one;
  list[length] = NULL;
}

pid_t bench_start(const char *arguments) {
  char *text = strdup(arguments);
  char *list[MOST_ARGUMENTS + 2];
  split(text, list);
  pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execv("/proc/self/exe", list);
    _exit(127);
  }
  free(text);
  return child;
}

bool bench_run_pinned(int32_t count, const char *arguments) {
  if (count < 1 || count > BENCH_MOST_WORKERS) return false;
  cpu_set_t own;
  sched_getaffinity(0, sizeof own, &own);
  pid_t children[BENCH_MOST_WORKERS];
  for (int index = 0; index < count; index++) {
    char numbered[4096];
    snprintf(numbered, sizeof numbered, "%s\n%d", arguments, index);
    // What is started inherits the processor.
    bench_pin(index);
    children[index] = bench_start(numbered);
  }
  sched_setaffinity(0, sizeof own, &own);

  // Whichever ends badly first ends the others: they would wait at the barrier for good.
  bool succeeded = true;
  for (int left = count; left > 0; left--) {
    int status = 0;
    // A crowd goes on sleeping; if it ends, that is a failure too.
    if (wait(&status) > 0 && status == 0) continue;
    for (int index = 0; succeeded && index < count; index++) {
      if (children[index] > 0) kill(children[index], SIGKILL);
    }
    succeeded = false;
  }
  return succeeded;
}

void bench_crowd_multiply(int32_t count) {
  for (int32_t i = 1; i < count; i++) {
    if (fork() == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      return;
    }
  }
}

void bench_crowd_stop(int32_t process) {
  kill(process, SIGKILL);
  waitpid(process, NULL, 0);
}

uint64_t bench_file_bytes(const char *path) {
  struct stat facts;
  return stat(path, &facts) == 0 ? (uint64_t)facts.st_blocks * 512 : 0;
}
