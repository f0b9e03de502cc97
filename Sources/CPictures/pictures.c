#include "internal.h"

static int is_bmp(const uint8_t *bytes, size_t count) {
    if (count < 18 || memcmp(bytes, "BM", 2) != 0) return 0;
    switch (hide_little32(bytes + 14)) {
    case 12: case 40: case 52: case 56: case 64: case 108: case 124: return 1;
    default: return 0;   // two letters are too few to tell a picture from a text
    }
}

static int is_tiff(const uint8_t *bytes, size_t count) {
    static const char starts[4][4] = {"II*\0", "MM\0*", "II+\0", "MM\0+"};
    for (int i = 0; count >= 4 && i < 4; i++) {
        if (memcmp(bytes, starts[i], 4) == 0) return 1;
    }
    return 0;
}

static int is_pnm(const uint8_t *bytes, size_t count) {
    return count >= 3 && bytes[0] == 'P' && bytes[1] >= '1' && bytes[1] <= '6'
        && (bytes[2] == ' ' || (bytes[2] >= 9 && bytes[2] <= 13));
}

hide_picture_format hide_picture_format_of(const uint8_t *bytes, size_t count) {
    static const uint8_t png[8] = {0x89, 'P', 'N', 'G', 0x0D, 0x0A, 0x1A, 0x0A};
    if (count >= 3 && bytes[0] == 0xFF && bytes[1] == 0xD8 && bytes[2] == 0xFF) {
        return HIDE_PICTURE_JPEG;
    }
    if (count >= 8 && memcmp(bytes, png, 8) == 0) return HIDE_PICTURE_PNG;
    if (count >= 12 && memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WEBP", 4) == 0) {
        return HIDE_PICTURE_WEBP;
    }
    if (count >= 6 && (memcmp(bytes, "GIF87a", 6) == 0 || memcmp(bytes, "GIF89a", 6) == 0)) {
        return HIDE_PICTURE_GIF;
    }
    if (is_bmp(bytes, count)) return HIDE_PICTURE_BMP;
    if (is_tiff(bytes, count)) return HIDE_PICTURE_TIFF;
    if (is_pnm(bytes, count)) return HIDE_PICTURE_PNM;
    return HIDE_PICTURE_UNKNOWN;
}

static const hide_codec *codec_of(hide_picture_format format) {
    switch (format) {
    case HIDE_PICTURE_JPEG: return &hide_jpeg;
    case HIDE_PICTURE_PNG: return &hide_png;
    case HIDE_PICTURE_WEBP: return &hide_webp;
    case HIDE_PICTURE_GIF: return &hide_gif;
    case HIDE_PICTURE_BMP: return &hide_bmp;
    case HIDE_PICTURE_TIFF: return &hide_tiff;
    case HIDE_PICTURE_PNM: return &hide_pnm;
    default: return NULL;
    }
}

int hide_picture_probe(const uint8_t *bytes, size_t count, const hide_picture_limits *limits,
                       hide_picture_info *info, char *message) {
    message[0] = 0;
    info->width = info->height = 0;
    info->format = hide_picture_format_of(bytes, count);
    const hide_codec *codec = codec_of(info->format);
    if (!codec || !codec->probe(bytes, count, limits, info, message)) return 0;
    if (info->width == 0 || info->height == 0) return hide_refuse(message, "a picture without pixels");
    if ((uint64_t)info->width * info->height > limits->pixel_count) {
        snprintf(message, HIDE_PICTURE_MESSAGE_LENGTH,
                 "%u × %u pixels are more than the limit of %llu", info->width, info->height,
                 (unsigned long long)limits->pixel_count);
        return 0;
    }
    return 1;
}

int hide_picture_decode(const uint8_t *bytes, size_t count, const hide_picture_limits *limits,
                        const hide_picture_info *info, uint8_t *rgb, char *message) {
    const hide_codec *codec = codec_of(info->format);
    if (!codec) return hide_refuse(message, "no picture");
    return codec->decode(bytes, count, limits, info, rgb, message);
}
