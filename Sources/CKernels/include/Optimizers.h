#pragma once
#include <stddef.h>

/// One Adam update of `count` scalars, as in torch:
///     m = beta1 m + (1 - beta1) g        v = beta2 v + (1 - beta2) g^2
///     p -= stepSize * m / (sqrt(v) / correction2Sqrt + epsilon)
/// where stepSize = rate / (1 - beta1^t) and correction2Sqrt = sqrt(1 - beta2^t).
void ck_adam(size_t count, float *parameter, float *first, float *second, const float *gradient,
             float beta1, float oneMinusBeta1, float beta2, float oneMinusBeta2, float stepSize,
             float correction2Sqrt, float epsilon);

/// One momentum update of `count` scalars (dampening 0): b = momentum b + g; p -= rate b.
void ck_momentum(size_t count, float *parameter, float *buffer, const float *gradient,
                 float momentum, float rate);

/// The sum of squares, in double, in an order that depends on `count` alone.
double ck_sum_of_squares(size_t count, const float *values);

/// Multiplies in place.
void ck_scale(size_t count, float *values, float factor);
