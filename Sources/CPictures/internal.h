#pragma once
#include <stdio.h>
#include <string.h>

#include "CPictures.h"

int hide_jpeg_probe(const uint8_t *bytes, size_t count, const hide_picture_limits *limits,
                    hide_picture_info *info, char *message);
int hide_jpeg_decode(const uint8_t *bytes, size_t count, const hide_picture_limits *limits,
                     const hide_picture_info *info, uint8_t *rgb, char *message);
int hide_png_probe(const uint8_t *bytes, size_t count, const hide_picture_limits *limits,
                   hide_picture_info *info, char *message);
int hide_png_decode(const uint8_t *bytes, size_t count, const hide_picture_limits *limits,
                    const hide_picture_info *info, uint8_t *rgb, char *message);

static inline void hide_say(char *message, const char *text) {
    snprintf(message, HIDE_PICTURE_MESSAGE_LENGTH, "%s", text);
}

// The words for a file that was cut.
static inline void hide_say_truncated(char *message, size_t count) {
    snprintf(message, HIDE_PICTURE_MESSAGE_LENGTH, "truncated: it ends after %zu bytes", count);
}
