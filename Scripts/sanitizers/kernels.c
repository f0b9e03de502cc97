// Runs every kernel on memory of exactly its size, and the pool in all ways that it may be used, for the
// sanitizers to watch.
#include "CKernels.h"
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void require(int holds, const char *what) {
    if (holds) return;
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static float *numbers(size_t count) {
    float *values = malloc((count ? count : 1) * sizeof(float));
    for (size_t i = 0; i < count; i++) values[i] = (float)((i * 37 + 11) % 101) / 50 - 1;
    return values;
}

/// Matrices whose last row ends where its memory ends.
static float *matrix(size_t rows, size_t width, size_t stride) {
    return numbers(rows ? (rows - 1) * stride + width : 0);
}

static void run_kernels(size_t rows, size_t width, size_t stride) {
    float *x = matrix(rows, width, stride), *y = matrix(rows, width, stride);
    float *z = matrix(rows, width, stride);
    float *weight = numbers(width), *bias = numbers(width), *sums = numbers(width);
    float *statistics = numbers(2 * rows);
    size_t count = rows * width;
    float *flat = numbers(count), *other = numbers(count), *third = numbers(count);
    ck_layer_norm(rows, width, x, stride, weight, bias, 1e-6f, y, stride, statistics);
    ck_layer_norm_backward(rows, width, x, stride, weight, statistics, y, stride, z, stride);
    ck_layer_norm_parameters_backward(rows, width, x, stride, statistics, y, stride, sums, bias);
    ck_gelu(count, flat);
    ck_gelu_with_derivative(count, flat, other);
    ck_relu(rows, width, x, stride);
    ck_relu_with_derivative(count, flat, other);
    ck_relu_backward(rows, width, x, stride, y, stride);
    ck_softmax(rows, width, x, stride);
    ck_softmax_backward(rows, width, x, stride, y, stride);
    ck_multiply(count, flat, other);
    ck_fill_rows(rows, width, bias, y, stride);
    ck_add_bias(rows, width, x, stride, bias, y, stride);
    ck_add_rows(rows, width, x, stride, y, stride);
    ck_subtract_rows(rows, width, x, stride, y, stride, z, stride);
    ck_add_column_sums(rows, width, x, stride, sums);
    ck_adam(count, flat, other, third, flat, 0.9f, 0.1f, 0.999f, 0.001f, 0.01f, 1, 1e-8f);
    ck_momentum(count, flat, other, third, 0.9f, 0.1f);
    require(isfinite(ck_sum_of_squares(count, third)) != 0 || count == 0, "a sum that is none");
    ck_scale(count, flat, 0.5f);
    float *weights = numbers(3 * width), *biases = numbers(3), *logits = numbers(3 * rows);
    float *dense = numbers(count);
    ck_linear(rows, width, 3, dense, weights, biases, logits);
    float *all[] = {x, y, z, weight, bias, sums, statistics, flat, other, third, weights, biases,
                    logits, dense};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

static void run_others(void) {
    for (size_t blocks = 0; blocks < 20; blocks++) {
        uint32_t *words = malloc(16 * blocks + 4);
        float *values = malloc(16 * blocks + 4);
        ck_philox(UINT64_MAX - 3, 7, 9, blocks, words);
        ck_box_muller(2 * blocks, words, values);
        free(words);
        free(values);
    }
    float *picture = numbers(3 * 8 * 8), *patches = numbers(3 * 8 * 8);
    ck_patches(3, 8, 2, picture, patches);
    free(picture);
    free(patches);
}

typedef struct {
    ck_pool *pool;
    size_t items, threads;
    size_t *runs;        // of each item: every call writes its own
    size_t *scratch;     // of each worker: not atomic, so a shared one is a race
    atomic_size_t nested;
} region;

static void nested_body(void *context, size_t item, size_t worker) {
    require(worker == 0, "a nested region with a second worker");
    atomic_fetch_add(&((region *)context)->nested, item + 1);
}

static void body(void *context, size_t item, size_t worker) {
    region *own = context;
    require(worker < own->threads && worker < own->items, "a worker beyond threads or items");
    own->runs[item]++;
    own->scratch[worker]++;
    if (item % 3 == 0) ck_pool_run(own->pool, 4, nested_body, own);
}

static void run_region(ck_pool *pool, size_t items) {
    region own = {.pool = pool, .items = items, .threads = ck_pool_threads(pool)};
    own.runs = calloc(items + 1, sizeof(size_t));
    own.scratch = calloc(own.threads, sizeof(size_t));
    ck_pool_run(pool, items, body, &own);
    size_t taken = 0;
    for (size_t i = 0; i < items; i++) require(own.runs[i] == 1, "an item not run once");
    for (size_t i = 0; i < own.threads; i++) taken += own.scratch[i];
    require(taken == items, "items that no worker took");
    require(own.nested == (items + 2) / 3 * 10, "nested items");
    free(own.runs);
    free(own.scratch);
}

static void *call(void *pool) {
    for (size_t i = 0; i < 50; i++) run_region(pool, i % 7);
    return NULL;
}

static void run_pools(void) {
    size_t threads[] = {2, 3, 7, 16, 64};
    size_t items[] = {0, 1, 2, 3, 5, 17, 100};
    for (size_t t = 0; t < sizeof threads / sizeof *threads; t++) {
        ck_pool *pool = ck_pool_create(threads[t]);
        require(pool != NULL && ck_pool_threads(pool) == threads[t], "threads that did not start");
        for (size_t round = 0; round < 30; round++)
            for (size_t i = 0; i < sizeof items / sizeof *items; i++) run_region(pool, items[i]);
        pthread_t callers[3];
        for (size_t i = 0; i < 3; i++) pthread_create(&callers[i], NULL, call, pool);
        for (size_t i = 0; i < 3; i++) pthread_join(callers[i], NULL);
        ck_pool_destroy(pool);
        // Ended before any helper may have begun.
        pool = ck_pool_create(threads[t]);
        if (pool != NULL) ck_pool_destroy(pool);
    }
    require(ck_pool_create(0) == NULL && ck_pool_create(1) == NULL, "a pool without helpers");
    require(ck_core_count() >= 1, "no core");
}

int main(void) {
    size_t rows[] = {0, 1, 2, 5}, widths[] = {1, 5, 16, 17, 33, 197};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++)
        for (size_t w = 0; w < sizeof widths / sizeof *widths; w++)
            for (size_t gap = 0; gap < 4; gap += 3) run_kernels(rows[r], widths[w], widths[w] + gap);
    run_others();
    run_pools();
    return 0;
}
