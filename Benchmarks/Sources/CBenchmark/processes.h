// What the C files of this target share.
#pragma once

#include <sys/types.h>

/// Starts this executable with arguments separated by newlines; its process id, or -1.
pid_t bench_start(const char *arguments);
