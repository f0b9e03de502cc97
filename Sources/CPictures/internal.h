#pragma once
#include <stdio.h>
#include <string.h>

#include "CPictures.h"

// The two functions of a format.
typedef struct {
    int (*probe)(const uint8_t *bytes, size_t count, const hide_picture_limits *limits,
                 hide_picture_info *info, char *message);
    int (*decode)(const uint8_t *bytes, size_t count, const hide_picture_limits *limits,
                  const hide_picture_info *info, uint8_t *rgb, char *message);
} hide_codec;

extern const hide_codec hide_jpeg, hide_png, hide_webp, hide_gif, hide_bmp, hide_tiff, hide_pnm;

static inline void hide_say(char *message, const char *text) {
    snprintf(message, HIDE_PICTURE_MESSAGE_LENGTH, "%s", text);
}

// The words for a file that was cut. Returns 0, as a reader that refuses does.
static inline int hide_say_truncated(char *message, size_t count) {
    snprintf(message, HIDE_PICTURE_MESSAGE_LENGTH, "truncated: it ends after %zu bytes", count);
    return 0;
}

// Says why a picture is refused. Returns 0.
static inline int hide_refuse(char *message, const char *text) {
    hide_say(message, text);
    return 0;
}

static inline uint32_t hide_little16(const uint8_t *bytes) {
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8;
}

static inline uint32_t hide_little32(const uint8_t *bytes) {
    return hide_little16(bytes) | hide_little16(bytes + 2) << 16;
}

// Colours by index. Indices beyond those that a file gives read as gray levels, as Pillow's initial
// palette has them.
typedef struct {
    uint8_t colours[256][3];
} hide_palette;

static inline void hide_palette_begin(hide_palette *palette) {
    for (int i = 0; i < 256; i++) memset(palette->colours[i], i, 3);
}

// a · b / 255, rounded, for bytes; Pillow's MULDIV255.
static inline int hide_scaled(int a, int b) {
    int product = a * b + 128;
    return ((product >> 8) + product) >> 8;
}
