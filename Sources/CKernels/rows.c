#include "LayerKernels.h"
#include "lanes.h"

CLONES void ck_multiply(size_t count, const float *restrict x, float *restrict y) {
    for (size_t i = 0; i < count; i++) y[i] *= x[i];
}

CLONES void ck_fill_rows(size_t rows, size_t width, const float *restrict bias,
                         float *restrict out, size_t outStride) {
    for (size_t row = 0; row < rows; row++)
        memcpy(out + row * outStride, bias, width * sizeof(float));
}

CLONES void ck_add_bias(size_t rows, size_t width, const float *restrict x, size_t xStride,
                        const float *restrict bias, float *restrict out, size_t outStride) {
    for (size_t row = 0; row < rows; row++) {
        const float *xr = x + row * xStride;
        float *yr = out + row * outStride;
        for (size_t i = 0; i < width; i++) yr[i] = xr[i] + bias[i];
    }
}

CLONES void ck_add_rows(size_t rows, size_t width, const float *restrict x, size_t xStride,
                        float *restrict y, size_t yStride) {
    for (size_t row = 0; row < rows; row++) {
        const float *xr = x + row * xStride;
        float *yr = y + row * yStride;
        for (size_t i = 0; i < width; i++) yr[i] += xr[i];
    }
}

CLONES void ck_subtract_rows(size_t rows, size_t width, const float *restrict a, size_t aStride,
                             const float *restrict b, size_t bStride, float *restrict out,
                             size_t outStride) {
    for (size_t row = 0; row < rows; row++) {
        const float *ar = a + row * aStride, *br = b + row * bStride;
        float *yr = out + row * outStride;
        for (size_t i = 0; i < width; i++) yr[i] = ar[i] - br[i];
    }
}

CLONES void ck_add_column_sums(size_t rows, size_t width, const float *restrict x, size_t xStride,
                               float *restrict out) {
    for (size_t row = 0; row < rows; row++) {
        const float *xr = x + row * xStride;
        for (size_t i = 0; i < width; i++) out[i] += xr[i];
    }
}

CLONES void ck_linear(size_t rows, size_t width, size_t classes, const float *restrict x,
                      const float *restrict weight, const float *restrict bias,
                      float *restrict out) {
    for (size_t row = 0; row < rows; row++) {
        const float *xr = x + row * width;
        for (size_t c = 0; c < classes; c++) {
            const float *w = weight + c * width;
            float lanes[LANES] = {0};
            size_t i = 0;
            for (; i + LANES <= width; i += LANES)
                for (size_t k = 0; k < LANES; k++) lanes[k] += xr[i + k] * w[i + k];
            for (size_t k = 0; i + k < width; k++) lanes[k] += xr[i + k] * w[i + k];
            out[row * classes + c] = sum_lanes(lanes) + bias[c];
        }
    }
}

void ck_patches(size_t channels, size_t size, size_t patch, const float *restrict picture,
                float *restrict out) {
    size_t grid = size / patch;
    for (size_t row = 0; row < grid; row++)
        for (size_t column = 0; column < grid; column++)
            for (size_t channel = 0; channel < channels; channel++)
                for (size_t y = 0; y < patch; y++) {
                    const float *from = picture + (channel * size + row * patch + y) * size
                                        + column * patch;
                    memcpy(out, from, patch * sizeof(float));
                    out += patch;
                }
}
