#include "CProcess.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

int hide_process_end_with_parent(pid_t parent) {
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return -1;
    // It may have ended before the request: then this process has another parent by now.
    return getppid() == parent ? 0 : -1;
}
