#include "LayerKernels.h"
#include "lanes.h"
#include <math.h>

INLINE float row_mean(size_t width, const float *x) {
    float lanes[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= width; i += LANES)
        for (size_t k = 0; k < LANES; k++) lanes[k] += x[i + k];
    for (size_t k = 0; i + k < width; k++) lanes[k] += x[i + k];
    return sum_lanes(lanes) / (float)width;
}

INLINE float row_variance(size_t width, const float *x, float mean) {
    float lanes[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= width; i += LANES)
        for (size_t k = 0; k < LANES; k++) {
            float d = x[i + k] - mean;
            lanes[k] += d * d;
        }
    for (size_t k = 0; i + k < width; k++) {
        float d = x[i + k] - mean;
        lanes[k] += d * d;
    }
    return sum_lanes(lanes) / (float)width;
}

CLONES void ck_layer_norm(size_t rows, size_t width, const float *restrict x, size_t xStride,
                          const float *restrict weight, const float *restrict bias, float epsilon,
                          float *restrict out, size_t outStride, float *restrict statistics) {
    for (size_t row = 0; row < rows; row++) {
        const float *xr = x + row * xStride;
        float *yr = out + row * outStride;
        float mean = row_mean(width, xr);
        float rstd = 1.0f / sqrtf(row_variance(width, xr, mean) + epsilon);
        statistics[2 * row] = mean;
        statistics[2 * row + 1] = rstd;
        for (size_t i = 0; i < width; i++) yr[i] = (xr[i] - mean) * rstd * weight[i] + bias[i];
    }
}

// y = n w + b with n = (x - mean) rstd, so with g = dy w:
// dx = rstd (g - mean(g) - n mean(g n)).
CLONES void ck_layer_norm_backward(size_t rows, size_t width, const float *restrict x,
                                   size_t xStride, const float *restrict weight,
                                   const float *restrict statistics, const float *restrict dy,
                                   size_t dyStride, float *restrict dx, size_t dxStride) {
    for (size_t row = 0; row < rows; row++) {
        const float *xr = x + row * xStride, *dyr = dy + row * dyStride;
        float *dxr = dx + row * dxStride;
        float mean = statistics[2 * row], rstd = statistics[2 * row + 1];
        float plain[LANES] = {0}, scaled[LANES] = {0};
        size_t i = 0;
        for (; i + LANES <= width; i += LANES)
            for (size_t k = 0; k < LANES; k++) {
                float g = dyr[i + k] * weight[i + k];
                plain[k] += g;
                scaled[k] += g * ((xr[i + k] - mean) * rstd);
            }
        for (size_t k = 0; i + k < width; k++) {
            float g = dyr[i + k] * weight[i + k];
            plain[k] += g;
            scaled[k] += g * ((xr[i + k] - mean) * rstd);
        }
        float meanG = sum_lanes(plain) / (float)width;
        float meanGN = sum_lanes(scaled) / (float)width;
        for (size_t j = 0; j < width; j++) {
            float n = (xr[j] - mean) * rstd;
            dxr[j] += rstd * (dyr[j] * weight[j] - meanG - n * meanGN);
        }
    }
}

CLONES void ck_layer_norm_parameters_backward(size_t rows, size_t width, const float *restrict x,
                                              size_t xStride, const float *restrict statistics,
                                              const float *restrict dy, size_t dyStride,
                                              float *restrict dWeight, float *restrict dBias) {
    for (size_t row = 0; row < rows; row++) {
        const float *xr = x + row * xStride, *dyr = dy + row * dyStride;
        float mean = statistics[2 * row], rstd = statistics[2 * row + 1];
        for (size_t i = 0; i < width; i++) {
            dWeight[i] += dyr[i] * ((xr[i] - mean) * rstd);
            dBias[i] += dyr[i];
        }
    }
}
