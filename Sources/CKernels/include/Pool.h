#pragma once
#include <stddef.h>

/// A fixed set of threads that run the items of one region at a time. Idle threads spin for a few
/// microseconds and then sleep, because the regions of a step follow each other closely but the
/// processor may belong to others.
typedef struct ck_pool ck_pool;

/// Returns a pool that runs on `threads` threads, the caller's among them; NULL if none can start.
ck_pool *ck_pool_create(size_t threads);

/// Ends the threads and frees the pool. No region may be running.
void ck_pool_destroy(ck_pool *pool);

/// Calls `body(context, item, worker)` once for each item below `items` and returns when all have
/// returned. `worker` is below the number of threads, and no two running calls share it. Items are
/// started in order. Several callers take turns.
void ck_pool_run(ck_pool *pool, size_t items, void (*body)(void *, size_t, size_t), void *context);
