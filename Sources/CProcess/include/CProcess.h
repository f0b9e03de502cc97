#pragma once
#include <sys/types.h>

/// What of a process's settings Swift cannot reach: prctl takes its arguments by a variadic list.

/// Asks the kernel to kill this process when the thread that started it ends, however that happens.
/// Returns 0, or -1 when `parent` is gone already, so that nobody waits for this process.
int hide_process_end_with_parent(pid_t parent);
