#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "clones.h"

// Every clone reduces over this fixed number of lanes.
#define LANES 16

#define INLINE static inline __attribute__((always_inline))

/// Adds the lanes in a fixed tree.
INLINE float sum_lanes(const float *lanes) {
    float eight[8], four[4];
    for (int k = 0; k < 8; k++) eight[k] = lanes[k] + lanes[k + 8];
    for (int k = 0; k < 4; k++) four[k] = eight[k] + eight[k + 4];
    return (four[0] + four[2]) + (four[1] + four[3]);
}

/// exp(x) for x <= 0, relative error below 2e-7; x below -87 counts as -87 (1.6e-38).
/// Cephes' polynomial on [-ln2/2, ln2/2].
INLINE float exp_of_negative(float x) {
    x = x < -87.0f ? -87.0f : x;
    // Adding and subtracting 1.5 * 2^23 rounds to the nearest integer.
    float n = (x * 1.44269504088896341f + 12582912.0f) - 12582912.0f;
    float r = x - n * 0.693359375f;
    r = r + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * (r * r) + r + 1.0f;
    int32_t bits = ((int32_t)n + 127) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return p * power;
}
