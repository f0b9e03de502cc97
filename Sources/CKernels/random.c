#include "RandomNumbers.h"
#include "clones.h"
#include <math.h>
#include <string.h>

CLONES void ck_philox(uint64_t firstBlock, uint64_t upper, uint64_t key, size_t blocks,
                      uint32_t *restrict words) {
    for (size_t i = 0; i < blocks; i++) {
        uint64_t counter = firstBlock + i;
        uint32_t x0 = (uint32_t)counter, x1 = (uint32_t)(counter >> 32);
        uint32_t x2 = (uint32_t)upper, x3 = (uint32_t)(upper >> 32);
        uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
#pragma clang loop unroll(full)
        for (int round = 0; round < 10; round++) {
            uint64_t first = (uint64_t)x0 * 0xD2511F53u;
            uint64_t second = (uint64_t)x2 * 0xCD9E8D57u;
            x0 = (uint32_t)(second >> 32) ^ x1 ^ k0;
            x1 = (uint32_t)second;
            x2 = (uint32_t)(first >> 32) ^ x3 ^ k1;
            x3 = (uint32_t)first;
            k0 += 0x9E3779B9u;
            k1 += 0xBB67AE85u;
        }
        words[4 * i] = x0;
        words[4 * i + 1] = x1;
        words[4 * i + 2] = x2;
        words[4 * i + 3] = x3;
    }
}

/// log u for positive normal u: u = 2^k m with m in [sqrt(1/2), sqrt(2)) and, with
/// f = (m - 1) / (m + 1), log m = 2 (f + f^3/3 + f^5/5 + …), f^2 < 0.0295.
static inline double logarithm(double u) {
    uint64_t bits;
    memcpy(&bits, &u, 8);
    uint64_t biased = (bits + (0x3FF0000000000000u - 0x3FE6A09E667F3BCDu)) >> 52;  // k + 1023
    uint64_t mantissa = bits - ((biased - 1023) << 52);
    uint64_t shifted = biased | 0x4330000000000000u;  // the double 2^52 + biased
    double m, k;
    memcpy(&m, &mantissa, 8);
    memcpy(&k, &shifted, 8);
    k -= 4503599627370496.0 + 1023.0;
    double f = (m - 1) / (m + 1);
    double s = f * f;
    double series =
        1 + s * (1.0 / 3 + s * (1.0 / 5 + s * (1.0 / 7 + s * (1.0 / 9 + s * (1.0 / 11 + s * (1.0 / 13))))));
    return k * 0.693147180559945309 + 2 * f * series;
}

CLONES void ck_box_muller(size_t pairs, const uint32_t *restrict words, float *restrict values) {
    for (size_t i = 0; i < pairs; i++) {
        // Signed words convert to double fastest: w = signed(w ^ 2^31) + 2^31.
        double u = ((double)(int32_t)(words[2 * i] ^ 0x80000000u) + 2147483649.0) * 0x1p-32;
        double radius = sqrt(-2 * logarithm(u));
        // The angle is 2 pi / 2^32 * word: a quarter turn and a rest in [-pi/4, pi/4).
        uint32_t turned = words[2 * i + 1] + 0x20000000u;
        uint32_t quarter = turned >> 30;
        double a = (double)((int32_t)(turned & 0x3FFFFFFFu) - 0x20000000) * 1.4629180792671596e-9;
        double s = a * a;
        double sine =
            a * (1 - s * (1.0 / 6) * (1 - s * (1.0 / 20) * (1 - s * (1.0 / 42) * (1 - s * (1.0 / 72) * (1 - s * (1.0 / 110))))));
        double cosine =
            1 - s * (1.0 / 2) * (1 - s * (1.0 / 12) * (1 - s * (1.0 / 30) * (1 - s * (1.0 / 56) * (1 - s * (1.0 / 90) * (1 - s * (1.0 / 132))))));
        double x = (quarter & 1) ? -sine : cosine;
        double y = (quarter & 1) ? cosine : sine;
        double length = (quarter & 2) ? -radius : radius;
        values[2 * i] = (float)(length * x);
        values[2 * i + 1] = (float)(length * y);
    }
}
