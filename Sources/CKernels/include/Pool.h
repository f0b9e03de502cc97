#pragma once
#include <stddef.h>

/// The most threads of a pool.
#define CK_POOL_LIMIT 256

/// A fixed set of threads that run the items of one region at a time. Idle threads spin for a few
/// microseconds and then sleep, because the regions of a step follow each other closely but the
/// processor may belong to others; threads beyond the cores sleep at once.
typedef struct ck_pool ck_pool;

/// Returns a pool that runs on `threads` threads, the caller's among them: fewer where the system
/// refuses threads, and at most `CK_POOL_LIMIT`. NULL where no thread beside the caller's can
/// start, or none is asked for.
ck_pool *ck_pool_create(size_t threads);

/// The threads of a pool, the caller's among them.
size_t ck_pool_threads(const ck_pool *pool);

/// Ends the threads and frees the pool. No region may be running.
void ck_pool_destroy(ck_pool *pool);

/// Calls `body(context, item, worker)` once for each item below `items` and returns when all have
/// returned. Items are started in order. `worker` is below the number of threads and below `items`,
/// and no two running calls of a region share it. Several callers take turns. A body may run a
/// region of its own pool: its items then run one after the other, as worker 0 of that region.
void ck_pool_run(ck_pool *pool, size_t items, void (*body)(void *, size_t, size_t), void *context);

/// The cores that the process may run on, at least 1.
size_t ck_core_count(void);
