#pragma once

// One body per processor generation in one binary, chosen when the program is loaded.
#if defined(__x86_64__) && defined(__ELF__) && !defined(ONE_CLONE)
#define CLONES __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else
#define CLONES
#endif

// Every clone must do the same arithmetic: no contraction into fused multiply-adds, which would also
// turn into library calls in the default clone.
#pragma STDC FP_CONTRACT OFF
