#pragma once

/// What vectors of floats the processor and the system can multiply: 0 fewer than eight at once, or
/// unknown; 1 eight (AVX2 with FMA); 2 sixteen (AVX-512 with its parts for servers).
int ck_vector_level(void);
