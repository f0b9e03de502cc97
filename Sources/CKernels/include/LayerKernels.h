#pragma once
#include <stddef.h>

// Matrices are row-major; a `Stride` is the distance of two rows in floats. Results do not depend
// on the processor: all clones do the same arithmetic in the same order.

/// out = (x - mean) * rstd * weight + bias, row by row; statistics [rows, 2] = mean, rstd.
void ck_layer_norm(size_t rows, size_t width, const float *x, size_t xStride, const float *weight,
                   const float *bias, float epsilon, float *out, size_t outStride,
                   float *statistics);

/// dx += the gradient of `ck_layer_norm` with respect to x.
void ck_layer_norm_backward(size_t rows, size_t width, const float *x, size_t xStride,
                            const float *weight, const float *statistics, const float *dy,
                            size_t dyStride, float *dx, size_t dxStride);

/// dWeight += sum of dy * normalised x over rows; dBias += sum of dy.
void ck_layer_norm_parameters_backward(size_t rows, size_t width, const float *x, size_t xStride,
                                       const float *statistics, const float *dy, size_t dyStride,
                                       float *dWeight, float *dBias);

/// x = GELU(x) with the exact normal distribution; error below 1.5e-7 max(1, abs(x)).
void ck_gelu(size_t count, float *x);

/// out = GELU(x), then x = the derivative of GELU at x.
void ck_gelu_with_derivative(size_t count, float *x, float *out);

/// x = max(x, 0), row by row.
void ck_relu(size_t rows, size_t width, float *x, size_t stride);

/// out = max(x, 0), then x = the derivative at x, which is 0 at 0.
void ck_relu_with_derivative(size_t count, float *x, float *out);

/// d = 0 where y, the result of `ck_relu`, is 0.
void ck_relu_backward(size_t rows, size_t width, const float *y, size_t yStride, float *d,
                      size_t dStride);

/// Softmax of each row, in place.
void ck_softmax(size_t rows, size_t width, float *x, size_t stride);

/// d = p * (d - sum(p * d)) row by row: d becomes the gradient before the softmax.
void ck_softmax_backward(size_t rows, size_t width, const float *p, size_t pStride, float *d,
                         size_t dStride);

/// y *= x.
void ck_multiply(size_t count, const float *x, float *y);

/// out = bias in every row.
void ck_fill_rows(size_t rows, size_t width, const float *bias, float *out, size_t outStride);

/// out = x + bias, the bias added to every row.
void ck_add_bias(size_t rows, size_t width, const float *x, size_t xStride, const float *bias,
                 float *out, size_t outStride);

/// y += x.
void ck_add_rows(size_t rows, size_t width, const float *x, size_t xStride, float *y,
                 size_t yStride);

/// out = a - b.
void ck_subtract_rows(size_t rows, size_t width, const float *a, size_t aStride, const float *b,
                      size_t bStride, float *out, size_t outStride);

/// out += the sum of the rows of x, in order.
void ck_add_column_sums(size_t rows, size_t width, const float *x, size_t xStride, float *out);

/// out[row, class] = x[row] . weight[class] + bias[class]; a row's bits do not depend on the others.
void ck_linear(size_t rows, size_t width, size_t classes, const float *x, const float *weight,
               const float *bias, float *out);

/// Cuts one picture [channels, size, size] into rows [patches, channels * patch * patch].
void ck_patches(size_t channels, size_t size, size_t patch, const float *picture, float *out);
