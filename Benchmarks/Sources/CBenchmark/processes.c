#define _GNU_SOURCE
#include "CBenchmark.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_ARGUMENTS 32
#define MOST_CHILDREN 2

void bench_watchdog(uint32_t seconds) { alarm(seconds); }

void bench_fail(const char *line) {
  fprintf(stderr, "%s\n", line);
  exit(1);
}

// Runs in the child, between fork and exec.
static void become(int processor, char **arguments) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor % sysconf(_SC_NPROCESSORS_ONLN), &set);
  sched_setaffinity(0, sizeof set, &set);
  execv("/proc/self/exe", arguments);
  _exit(127);
}

bool bench_run_pinned(int32_t count, const char *arguments) {
  if (count < 1 || count > MOST_CHILDREN) return false;
  char *text = strdup(arguments);
  char *list[MOST_ARGUMENTS + 3] = {"lava-benchmarks"};
  int length = 1;
  char *rest = text;
  for (char *one; length <= MOST_ARGUMENTS && (one = strsep(&rest, "\n"));) list[length++] = one;
  char number[12];
  list[length] = number;

  pid_t children[MOST_CHILDREN];
  for (int index = 0; index < count; index++) {
    snprintf(number, sizeof number, "%d", index);
    children[index] = fork();
    if (children[index] == 0) become(index, list);
  }
  free(text);

  // Whichever ends badly first ends the others: they would wait at the barrier for good.
  bool succeeded = true;
  for (int left = count; left > 0; left--) {
    int status = 0;
    if (wait(&status) > 0 && status == 0) continue;
    for (int index = 0; succeeded && index < count; index++) {
      if (children[index] > 0) kill(children[index], SIGKILL);
    }
    succeeded = false;
  }
  return succeeded;
}
