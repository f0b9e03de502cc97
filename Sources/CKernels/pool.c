#define _GNU_SOURCE
#include "Pool.h"
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

// Spinning longer than this costs more, when another program has the processor, than sleeping.
#define SPINS 2000

typedef struct {
    ck_pool *pool;
    int spins;  // before it sleeps
    pthread_t thread;
} helper;

struct ck_pool {
    pthread_mutex_t turn;      // held by the caller of a region
    pthread_mutex_t lock;      // guards the two conditions below
    pthread_cond_t started;    // `tickets` is not 0, or `ending`
    pthread_cond_t finished;   // `inside` has become 0
    atomic_size_t tickets;     // helpers that may still join the present region
    atomic_size_t inside;      // tickets not yet taken, and helpers that have not left
    atomic_int ending;
    // Of the present region: written while no helper is inside, read with a ticket.
    atomic_size_t next;        // first item that nobody has taken
    atomic_size_t workers;     // worker numbers given out
    size_t items;
    void (*body)(void *, size_t, size_t);
    void *context;
    size_t count;              // helpers that have started
    helper helpers[];
};

/// The pools whose regions the thread is in, innermost first.
typedef struct frame {
    const ck_pool *pool;
    const struct frame *outer;
} frame;

static _Thread_local const frame *regions;

static inline void relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

size_t ck_core_count(void) {
    // The set must be as large as the kernel's, which may be larger than `cpu_set_t`.
    for (size_t cores = CPU_SETSIZE; cores <= 1 << 20; cores *= 2) {
        cpu_set_t *set = CPU_ALLOC(cores);
        if (set == NULL) return 1;
        size_t size = CPU_ALLOC_SIZE(cores);
        int status = sched_getaffinity(0, size, set);
        int count = status == 0 ? CPU_COUNT_S(size, set) : 0;
        CPU_FREE(set);
        if (status == 0) return count > 0 ? (size_t)count : 1;
        if (errno != EINVAL) return 1;
    }
    return 1;
}

/// Takes items until none is left. A thread gets a worker number with its first item, so there are
/// never more numbers than items, nor more than threads.
static void take_items(ck_pool *pool) {
    size_t item = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
    if (item >= pool->items) return;
    size_t worker = atomic_fetch_add_explicit(&pool->workers, 1, memory_order_relaxed);
    frame frame = {pool, regions};
    regions = &frame;
    do {
        pool->body(pool->context, item, worker);
        item = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
    } while (item < pool->items);
    regions = frame.outer;
}

/// Takes a ticket if there is one.
static int join_region(ck_pool *pool) {
    size_t tickets = atomic_load_explicit(&pool->tickets, memory_order_relaxed);
    while (tickets > 0)
        // The acquire pairs with the release in `open_region`: the region's values are visible.
        if (atomic_compare_exchange_weak_explicit(&pool->tickets, &tickets, tickets - 1,
                                                  memory_order_acquire, memory_order_relaxed))
            return 1;
    return 0;
}

/// Waits for a region and joins it; returns 0 when the pool ends.
static int wait_for_region(ck_pool *pool, int spins) {
    for (int spin = 0; spin < spins; spin++) {
        if (join_region(pool)) return 1;
        relax();
    }
    int joined = 0;
    pthread_mutex_lock(&pool->lock);
    while (!atomic_load_explicit(&pool->ending, memory_order_acquire)
           && !(joined = join_region(pool)))
        pthread_cond_wait(&pool->started, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
    return joined;
}

/// Takes helpers, or tickets that nobody took, off the region; the last one says so.
static void leave_region(ck_pool *pool, size_t count) {
    // The release pairs with the acquire in `close_region`: results are visible to the caller.
    if (atomic_fetch_sub_explicit(&pool->inside, count, memory_order_acq_rel) != count) return;
    pthread_mutex_lock(&pool->lock);
    pthread_cond_signal(&pool->finished);
    pthread_mutex_unlock(&pool->lock);
}

static void *help(void *argument) {
    helper *self = argument;
    while (wait_for_region(self->pool, self->spins)) {
        take_items(self->pool);
        leave_region(self->pool, 1);
    }
    return NULL;
}

/// Lets `count` helpers in.
static void open_region(ck_pool *pool, size_t count) {
    pthread_mutex_lock(&pool->lock);
    atomic_store_explicit(&pool->inside, count, memory_order_relaxed);
    atomic_store_explicit(&pool->tickets, count, memory_order_release);
    if (count == pool->count) {
        pthread_cond_broadcast(&pool->started);
    } else {
        for (size_t i = 0; i < count; i++) pthread_cond_signal(&pool->started);
    }
    pthread_mutex_unlock(&pool->lock);
}

/// Waits for the helpers that are inside; one that is still asleep is not waited for.
static void close_region(ck_pool *pool) {
    size_t untaken = atomic_exchange_explicit(&pool->tickets, 0, memory_order_acq_rel);
    if (untaken > 0) leave_region(pool, untaken);
    for (int spin = 0; spin < SPINS; spin++) {
        if (atomic_load_explicit(&pool->inside, memory_order_acquire) == 0) return;
        relax();
    }
    pthread_mutex_lock(&pool->lock);
    while (atomic_load_explicit(&pool->inside, memory_order_acquire) != 0)
        pthread_cond_wait(&pool->finished, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

static void start_helpers(ck_pool *pool, size_t wanted) {
    size_t cores = ck_core_count();
    for (size_t i = 0; i < wanted; i++) {
        pool->helpers[i].pool = pool;
        // Threads without a core of their own would spin on those of the others.
        pool->helpers[i].spins = i + 1 < cores ? SPINS : 0;
        if (pthread_create(&pool->helpers[i].thread, NULL, help, &pool->helpers[i]) != 0) return;
        pool->count = i + 1;
    }
}

ck_pool *ck_pool_create(size_t threads) {
    if (threads < 2) return NULL;
    size_t wanted = (threads < CK_POOL_LIMIT ? threads : CK_POOL_LIMIT) - 1;
    ck_pool *pool = calloc(1, sizeof(ck_pool) + wanted * sizeof(helper));
    if (pool == NULL) return NULL;
    pthread_mutex_init(&pool->turn, NULL);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->started, NULL);
    pthread_cond_init(&pool->finished, NULL);
    start_helpers(pool, wanted);
    if (pool->count > 0) return pool;
    ck_pool_destroy(pool);
    return NULL;
}

size_t ck_pool_threads(const ck_pool *pool) { return pool->count + 1; }

void ck_pool_destroy(ck_pool *pool) {
    pthread_mutex_lock(&pool->lock);
    atomic_store_explicit(&pool->ending, 1, memory_order_release);
    pthread_cond_broadcast(&pool->started);
    pthread_mutex_unlock(&pool->lock);
    for (size_t i = 0; i < pool->count; i++) pthread_join(pool->helpers[i].thread, NULL);
    pthread_cond_destroy(&pool->finished);
    pthread_cond_destroy(&pool->started);
    pthread_mutex_destroy(&pool->lock);
    pthread_mutex_destroy(&pool->turn);
    free(pool);
}

static int is_inside(const ck_pool *pool) {
    for (const frame *frame = regions; frame != NULL; frame = frame->outer)
        if (frame->pool == pool) return 1;
    return 0;
}

void ck_pool_run(ck_pool *pool, size_t items, void (*body)(void *, size_t, size_t),
                 void *context) {
    if (items == 0) return;
    if (is_inside(pool)) {
        // The threads are taken: waiting for them would wait for this very call.
        for (size_t item = 0; item < items; item++) body(context, item, 0);
        return;
    }
    pthread_mutex_lock(&pool->turn);
    pool->items = items;
    pool->body = body;
    pool->context = context;
    atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
    atomic_store_explicit(&pool->workers, 0, memory_order_relaxed);
    size_t wanted = items - 1 < pool->count ? items - 1 : pool->count;
    if (wanted > 0) open_region(pool, wanted);
    take_items(pool);
    if (wanted > 0) close_region(pool);
    pthread_mutex_unlock(&pool->turn);
}
