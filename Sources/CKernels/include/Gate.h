#pragma once

/// Waits until fewer than 64 threads are between `ck_gate_enter` and `ck_gate_leave`.
///
/// Every call into the linear algebra library takes one of the library's buffers. A build for N
/// threads, 64 in Debian's, has 2 N, of which N - 1 may belong to the library's own threads; callers
/// beyond that make it warn, and crash from 256 on.
void ck_gate_enter(void);

/// Lets the next thread in.
void ck_gate_leave(void);
