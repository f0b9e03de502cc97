#include "internal.h"

static hide_picture_format format_of(const uint8_t *bytes, size_t count) {
    static const uint8_t png[8] = {0x89, 'P', 'N', 'G', 0x0D, 0x0A, 0x1A, 0x0A};
    if (count >= 3 && bytes[0] == 0xFF && bytes[1] == 0xD8 && bytes[2] == 0xFF) {
        return HIDE_PICTURE_JPEG;
    }
    if (count >= 8 && memcmp(bytes, png, 8) == 0) return HIDE_PICTURE_PNG;
    return HIDE_PICTURE_UNKNOWN;
}

// Formats that turn up under a JPEG or PNG name; knowing which one saves the user a search.
static const char *foreign_format(const uint8_t *bytes, size_t count) {
    if (count >= 4 && memcmp(bytes, "GIF8", 4) == 0) return "a GIF picture";
    if (count >= 2 && memcmp(bytes, "BM", 2) == 0) return "a BMP picture";
    if (count >= 12 && memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WEBP", 4) == 0) {
        return "a WebP picture";
    }
    if (count >= 4 && (memcmp(bytes, "II*\0", 4) == 0 || memcmp(bytes, "MM\0*", 4) == 0)) {
        return "a TIFF picture";
    }
    return NULL;
}

int hide_picture_probe(const uint8_t *bytes, size_t count, const hide_picture_limits *limits,
                       hide_picture_info *info, char *message) {
    info->width = info->height = 0;
    info->format = format_of(bytes, count);
    int done = 0;
    if (count == 0) {
        hide_say(message, "the file is empty");
    } else if (info->format == HIDE_PICTURE_JPEG) {
        done = hide_jpeg_probe(bytes, count, limits, info, message);
    } else if (info->format == HIDE_PICTURE_PNG) {
        done = hide_png_probe(bytes, count, limits, info, message);
    } else {
        const char *foreign = foreign_format(bytes, count);
        snprintf(message, HIDE_PICTURE_MESSAGE_LENGTH, "%s, not a JPEG or PNG picture",
                 foreign ? foreign : "unknown content");
    }
    if (done && (uint64_t)info->width * info->height > limits->pixel_count) {
        snprintf(message, HIDE_PICTURE_MESSAGE_LENGTH,
                 "%u × %u pixels are more than the limit of %llu", info->width, info->height,
                 (unsigned long long)limits->pixel_count);
        return 0;
    }
    return done;
}

int hide_picture_decode(const uint8_t *bytes, size_t count, const hide_picture_limits *limits,
                        const hide_picture_info *info, uint8_t *rgb, char *message) {
    if (info->format == HIDE_PICTURE_JPEG) {
        return hide_jpeg_decode(bytes, count, limits, info, rgb, message);
    }
    return hide_png_decode(bytes, count, limits, info, rgb, message);
}
