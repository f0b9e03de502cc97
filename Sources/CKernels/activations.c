#include "LayerKernels.h"
#include "lanes.h"

/// The normal distribution function at x, and its density.
///
/// For z = |x|: Q(z) = exp(-z^2 / 2) P(t), t = 1 / (1 + 0.29 z), with P fitted on 0 <= z <= 9 to a
/// relative error of 2e-8; one exponential serves both values.
INLINE void normal_distribution(float x, float *distribution, float *density) {
    float z = x < 0.0f ? -x : x;
    float e = exp_of_negative(-0.5f * (x * x));
    float t = 1.0f / (1.0f + 0.29f * z);
    float p = 0.04150531068444252f;
    p = p * t - 0.20370525121688843f;
    p = p * t + 0.3293590843677521f;
    p = p * t - 0.17892952263355255f;
    p = p * t + 0.2058810591697693f;
    p = p * t + 0.06765090674161911f;
    p = p * t + 0.12338058650493622f;
    p = p * t + 0.11481405794620514f;
    p = p * t + 4.377837831270881e-05f;
    float q = e * p;
    *distribution = x < 0.0f ? q : 1.0f - q;
    *density = 0.3989422804014327f * e;
}

CLONES void ck_gelu(size_t count, float *restrict x) {
    for (size_t i = 0; i < count; i++) {
        float distribution, density;
        normal_distribution(x[i], &distribution, &density);
        x[i] = x[i] * distribution;
    }
}

CLONES void ck_gelu_with_derivative(size_t count, float *restrict x, float *restrict out) {
    for (size_t i = 0; i < count; i++) {
        float distribution, density, value = x[i];
        normal_distribution(value, &distribution, &density);
        out[i] = value * distribution;
        x[i] = distribution + value * density;
    }
}

CLONES void ck_relu(size_t rows, size_t width, float *restrict x, size_t stride) {
    for (size_t row = 0; row < rows; row++) {
        float *xr = x + row * stride;
        for (size_t i = 0; i < width; i++) xr[i] = xr[i] < 0.0f ? 0.0f : xr[i];
    }
}

CLONES void ck_relu_with_derivative(size_t count, float *restrict x, float *restrict out) {
    for (size_t i = 0; i < count; i++) {
        float value = x[i];
        out[i] = value < 0.0f ? 0.0f : value;
        x[i] = value > 0.0f ? 1.0f : 0.0f;
    }
}

CLONES void ck_relu_backward(size_t rows, size_t width, const float *restrict y, size_t yStride,
                             float *restrict d, size_t dStride) {
    for (size_t row = 0; row < rows; row++) {
        const float *yr = y + row * yStride;
        float *dr = d + row * dStride;
        for (size_t i = 0; i < width; i++) dr[i] = yr[i] > 0.0f ? dr[i] : 0.0f;
    }
}

INLINE float row_maximum(size_t width, const float *x) {
    float lanes[LANES];
    for (size_t k = 0; k < LANES; k++) lanes[k] = x[0];
    size_t i = 0;
    for (; i + LANES <= width; i += LANES)
        for (size_t k = 0; k < LANES; k++) lanes[k] = x[i + k] > lanes[k] ? x[i + k] : lanes[k];
    for (size_t k = 0; i + k < width; k++) lanes[k] = x[i + k] > lanes[k] ? x[i + k] : lanes[k];
    float maximum = lanes[0];
    for (size_t k = 1; k < LANES; k++) maximum = lanes[k] > maximum ? lanes[k] : maximum;
    return maximum;
}

CLONES void ck_softmax(size_t rows, size_t width, float *restrict x, size_t stride) {
    for (size_t row = 0; row < rows; row++) {
        float *xr = x + row * stride;
        float maximum = row_maximum(width, xr);
        for (size_t i = 0; i < width; i++) xr[i] = exp_of_negative(xr[i] - maximum);
        float lanes[LANES] = {0};
        size_t i = 0;
        for (; i + LANES <= width; i += LANES)
            for (size_t k = 0; k < LANES; k++) lanes[k] += xr[i + k];
        for (size_t k = 0; i + k < width; k++) lanes[k] += xr[i + k];
        float scale = 1.0f / sum_lanes(lanes);
        for (size_t j = 0; j < width; j++) xr[j] *= scale;
    }
}

CLONES void ck_softmax_backward(size_t rows, size_t width, const float *restrict p, size_t pStride,
                                float *restrict d, size_t dStride) {
    for (size_t row = 0; row < rows; row++) {
        const float *pr = p + row * pStride;
        float *dr = d + row * dStride;
        float lanes[LANES] = {0};
        size_t i = 0;
        for (; i + LANES <= width; i += LANES)
            for (size_t k = 0; k < LANES; k++) lanes[k] += pr[i + k] * dr[i + k];
        for (size_t k = 0; i + k < width; k++) lanes[k] += pr[i + k] * dr[i + k];
        float mean = sum_lanes(lanes);
        for (size_t j = 0; j < width; j++) dr[j] = pr[j] * (dr[j] - mean);
    }
}
