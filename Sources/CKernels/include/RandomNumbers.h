#pragma once
#include <stddef.h>
#include <stdint.h>

/// Writes the 4 * `blocks` words of Philox-4x32-10 for the counters
/// (firstBlock + i, upper), i = 0, 1, …, under a key; low words first.
void ck_philox(uint64_t firstBlock, uint64_t upper, uint64_t key, size_t blocks, uint32_t *words);

/// Turns `pairs` pairs of uniform words into pairs of standard normal values (Box and Muller):
///     u = (words[2i] + 1) / 2^32,  a = 2 pi words[2i + 1] / 2^32
///     values[2i] = sqrt(-2 log u) cos a,  values[2i + 1] = sqrt(-2 log u) sin a
/// Logarithm, sine and cosine are polynomials in double of error below 1e-11, made of additions,
/// multiplications and divisions only, so every processor gives the same bits.
void ck_box_muller(size_t pairs, const uint32_t *words, float *values);
