// What the two halves of the TIFF reader share: tiff.c opens a file and reads its tags,
// tiff_pixels.c reads and converts its pixels.
#pragma once
#include <tiffio.h>

#include "internal.h"

typedef struct {
    const uint8_t *bytes;
    size_t count;
    uint64_t position;
    int ran_out;         // the library read beyond the end
    int has_lost_palette;
    char *message;
} hide_tiff_file;

// What the tags say of the samples of a pixel.
typedef struct {
    uint32_t width, height;
    uint16_t compression, photometric, bits, samples, format, planes, orientation;
    uint16_t extra;          // meaning of the first sample behind the colours
    uint16_t extra_count;
    hide_palette palette;
} hide_tiff_layout;

// Reads the pixels into `rgb`, turned as the tag of orientation says. Returns 0 with a text in the
// file's message.
int hide_tiff_read_pixels(TIFF *tiff, const hide_tiff_layout *layout,
                          const hide_picture_limits *limits, uint8_t *rgb, hide_tiff_file *file);
