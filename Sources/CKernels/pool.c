#include "Pool.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

// Spinning longer than this costs more, when another program has the processor, than sleeping.
#define SPINS 2000

typedef struct {
    ck_pool *pool;
    size_t index;
    pthread_t thread;
} worker;

struct ck_pool {
    pthread_mutex_t turn;        // held by the caller of a region
    pthread_mutex_t lock;        // guards the two conditions below
    pthread_cond_t started;      // `epoch` has changed
    pthread_cond_t finished;     // `busy` has become 0
    atomic_size_t epoch;         // number of regions started
    atomic_size_t next;          // first item that nobody has taken
    atomic_size_t busy;          // helpers that have not finished the present region
    atomic_int ending;
    size_t items;
    void (*body)(void *, size_t, size_t);
    void *context;
    size_t helpers;
    worker workers[];
};

static inline void relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

static void take_items(ck_pool *pool, size_t index) {
    for (;;) {
        size_t item = atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);
        if (item >= pool->items) return;
        pool->body(pool->context, item, index);
    }
}

static void wait_for_region(ck_pool *pool, size_t seen) {
    for (int spin = 0; spin < SPINS; spin++) {
        if (atomic_load_explicit(&pool->epoch, memory_order_acquire) != seen) return;
        relax();
    }
    pthread_mutex_lock(&pool->lock);
    while (atomic_load_explicit(&pool->epoch, memory_order_acquire) == seen)
        pthread_cond_wait(&pool->started, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

static void *work(void *argument) {
    worker *self = argument;
    ck_pool *pool = self->pool;
    for (size_t seen = 0;; seen++) {
        wait_for_region(pool, seen);
        if (atomic_load_explicit(&pool->ending, memory_order_acquire)) return NULL;
        take_items(pool, self->index);
        // The release pairs with the acquire in `ck_pool_run`: results are visible to the caller.
        if (atomic_fetch_sub_explicit(&pool->busy, 1, memory_order_acq_rel) == 1) {
            pthread_mutex_lock(&pool->lock);
            pthread_cond_signal(&pool->finished);
            pthread_mutex_unlock(&pool->lock);
        }
    }
}

static void start_region(ck_pool *pool) {
    pthread_mutex_lock(&pool->lock);
    atomic_fetch_add_explicit(&pool->epoch, 1, memory_order_release);
    pthread_cond_broadcast(&pool->started);
    pthread_mutex_unlock(&pool->lock);
}

static void wait_for_helpers(ck_pool *pool) {
    for (int spin = 0; spin < SPINS; spin++) {
        if (atomic_load_explicit(&pool->busy, memory_order_acquire) == 0) return;
        relax();
    }
    pthread_mutex_lock(&pool->lock);
    while (atomic_load_explicit(&pool->busy, memory_order_acquire) != 0)
        pthread_cond_wait(&pool->finished, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

ck_pool *ck_pool_create(size_t threads) {
    size_t helpers = threads > 1 ? threads - 1 : 0;
    ck_pool *pool = calloc(1, sizeof(ck_pool) + helpers * sizeof(worker));
    if (pool == NULL) return NULL;
    pthread_mutex_init(&pool->turn, NULL);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->started, NULL);
    pthread_cond_init(&pool->finished, NULL);
    for (size_t i = 0; i < helpers; i++) {
        pool->workers[i].pool = pool;
        pool->workers[i].index = i + 1;
        if (pthread_create(&pool->workers[i].thread, NULL, work, &pool->workers[i]) != 0) {
            ck_pool_destroy(pool);
            return NULL;
        }
        pool->helpers = i + 1;
    }
    return pool;
}

void ck_pool_destroy(ck_pool *pool) {
    atomic_store_explicit(&pool->ending, 1, memory_order_release);
    start_region(pool);
    for (size_t i = 0; i < pool->helpers; i++) pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->finished);
    pthread_cond_destroy(&pool->started);
    pthread_mutex_destroy(&pool->lock);
    pthread_mutex_destroy(&pool->turn);
    free(pool);
}

void ck_pool_run(ck_pool *pool, size_t items, void (*body)(void *, size_t, size_t),
                 void *context) {
    pthread_mutex_lock(&pool->turn);
    pool->items = items;
    pool->body = body;
    pool->context = context;
    atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
    if (items > 1 && pool->helpers > 0) {
        atomic_store_explicit(&pool->busy, pool->helpers, memory_order_relaxed);
        start_region(pool);
        take_items(pool, 0);
        wait_for_helpers(pool);
    } else {
        take_items(pool, 0);
    }
    pthread_mutex_unlock(&pool->turn);
}
