#include "Optimizers.h"
#include "clones.h"
#include <math.h>

CLONES void ck_adam(size_t count, float *restrict parameter, float *restrict first,
                    float *restrict second, const float *restrict gradient, float beta1,
                    float oneMinusBeta1, float beta2, float oneMinusBeta2, float stepSize,
                    float correction2Sqrt, float epsilon) {
    for (size_t i = 0; i < count; i++) {
        float g = gradient[i];
        float m = first[i] * beta1 + oneMinusBeta1 * g;
        float v = second[i] * beta2 + oneMinusBeta2 * (g * g);
        first[i] = m;
        second[i] = v;
        parameter[i] -= stepSize * m / (sqrtf(v) / correction2Sqrt + epsilon);
    }
}

CLONES void ck_momentum(size_t count, float *restrict parameter, float *restrict buffer,
                        const float *restrict gradient, float momentum, float rate) {
    for (size_t i = 0; i < count; i++) {
        buffer[i] = momentum * buffer[i] + gradient[i];
        parameter[i] -= rate * buffer[i];
    }
}

CLONES double ck_sum_of_squares(size_t count, const float *restrict values) {
    // Eight running sums, so that the additions do not wait for one another.
    double sums[8] = {0};
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        for (size_t k = 0; k < 8; k++) {
            double x = values[i + k];
            sums[k] += x * x;
        }
    }
    for (size_t k = 0; i < count; i++, k++) {
        double x = values[i];
        sums[k] += x * x;
    }
    return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

CLONES void ck_scale(size_t count, float *values, float factor) {
    for (size_t i = 0; i < count; i++) values[i] *= factor;
}
