// PBM, PGM and PPM, plain and raw. Values of 8 bits are scaled to the full range as Pillow does,
// half to even; gray of more than 8 bits is scaled to 16 and clipped at 255 (Pillow converts it through
// 32-bit integers).

#include <math.h>

#include "internal.h"

typedef struct {
    const uint8_t *bytes;
    size_t count;
    size_t position;
    int kind;              // the digit after the P
    uint32_t width;
    uint32_t height;
    uint32_t maximum;      // 1 for bitmaps
} pnm_reader;

static int is_space(uint8_t byte) { return byte == ' ' || (byte >= 9 && byte <= 13); }

// The next byte that stands in no comment; -1 at the end.
static int next_byte(pnm_reader *reader) {
    if (reader->position >= reader->count) return -1;
    uint8_t byte = reader->bytes[reader->position++];
    if (byte != '#') return byte;
    while (reader->position < reader->count) {
        byte = reader->bytes[reader->position++];
        if (byte == '\n' || byte == '\r') return byte;
    }
    return -1;
}

// A number and the one space behind it. Returns 1, 0 where there is none, -1 at the end of the file.
static int read_number(pnm_reader *reader, uint32_t *number) {
    int byte = next_byte(reader);
    while (byte >= 0 && is_space((uint8_t)byte)) byte = next_byte(reader);
    if (byte < 0) return -1;
    uint64_t value = 0;
    for (int digits = 0; byte >= 0 && !is_space((uint8_t)byte); byte = next_byte(reader)) {
        if (byte < '0' || byte > '9' || ++digits > 9) return 0;
        value = value * 10 + (uint64_t)(byte - '0');
    }
    *number = (uint32_t)value;
    return 1;
}

static int read_header(pnm_reader *reader, const uint8_t *bytes, size_t count, char *message) {
    *reader = (pnm_reader){.bytes = bytes, .count = count, .position = 3, .kind = bytes[1] - '0'};
    int isBitmap = reader->kind == 1 || reader->kind == 4;
    reader->maximum = 1;
    uint32_t *numbers[3] = {&reader->width, &reader->height, &reader->maximum};
    for (int i = 0; i < (isBitmap ? 2 : 3); i++) {
        int found = read_number(reader, numbers[i]);
        if (found < 0) return hide_say_truncated(message, count);
        if (found == 0) return hide_refuse(message, "a PNM picture with a damaged header");
    }
    if (reader->maximum == 0 || reader->maximum > 65535) {
        return hide_refuse(message, "a PNM picture whose maximum is not 1 to 65535");
    }
    return 1;
}

static int probe(const uint8_t *bytes, size_t count, const hide_picture_limits *limits,
                 hide_picture_info *info, char *message) {
    (void)limits;
    pnm_reader reader;
    if (!read_header(&reader, bytes, count, message)) return 0;
    info->width = reader.width;
    info->height = reader.height;
    return 1;
}

static uint8_t scaled(const pnm_reader *reader, uint32_t value, int isGray) {
    uint32_t maximum = reader->maximum;
    if (maximum == 255) return (uint8_t)value;
    double top = isGray && maximum > 255 ? 65535 : 255;
    double level = maximum == top ? value : rint((double)value / maximum * top);
    return level > 255 ? 255 : (uint8_t)level;
}

// Raw bitmaps: a bit a pixel, 1 is black, rows of whole bytes.
static int read_bits(pnm_reader *reader, uint8_t *rgb, char *message) {
    size_t rowBytes = ((size_t)reader->width + 7) / 8;
    if ((reader->count - reader->position) / rowBytes < reader->height) {
        return hide_say_truncated(message, reader->count);
    }
    for (uint32_t y = 0; y < reader->height; y++) {
        const uint8_t *row = reader->bytes + reader->position + y * rowBytes;
        for (uint32_t x = 0; x < reader->width; x++, rgb += 3) {
            memset(rgb, row[x / 8] >> (7 - x % 8) & 1 ? 0 : 255, 3);
        }
    }
    return 1;
}

static int read_raw(pnm_reader *reader, int channels, uint8_t *rgb, char *message) {
    int size = reader->maximum > 255 ? 2 : 1;
    uint64_t samples = (uint64_t)reader->width * reader->height * (uint64_t)channels;
    if ((reader->count - reader->position) / (size_t)size < samples) {
        return hide_say_truncated(message, reader->count);
    }
    const uint8_t *at = reader->bytes + reader->position;
    for (uint64_t i = 0; i < samples; i++, at += size) {
        uint32_t value = size == 1 ? at[0] : (uint32_t)at[0] << 8 | at[1];
        uint8_t level = scaled(reader, value, channels == 1);
        if (channels == 1) memset(rgb + i * 3, level, 3);
        else rgb[i] = level;
    }
    return 1;
}

// Plain bitmaps: digits, with or without spaces between them.
static int read_plain_bits(pnm_reader *reader, uint8_t *rgb, char *message) {
    uint64_t pixels = (uint64_t)reader->width * reader->height;
    for (uint64_t i = 0; i < pixels;) {
        int byte = next_byte(reader);
        if (byte < 0) return hide_say_truncated(message, reader->count);
        if (is_space((uint8_t)byte)) continue;
        if (byte != '0' && byte != '1') return hide_refuse(message, "a damaged PNM picture");
        memset(rgb + i++ * 3, byte == '0' ? 255 : 0, 3);
    }
    return 1;
}

static int read_plain(pnm_reader *reader, int channels, uint8_t *rgb, char *message) {
    uint64_t samples = (uint64_t)reader->width * reader->height * (uint64_t)channels;
    for (uint64_t i = 0; i < samples; i++) {
        uint32_t value = 0;
        int found = read_number(reader, &value);
        if (found < 0) return hide_say_truncated(message, reader->count);
        if (found == 0 || value > reader->maximum) {
            return hide_refuse(message, "a damaged PNM picture");
        }
        uint8_t level = scaled(reader, value, channels == 1);
        if (channels == 1) memset(rgb + i * 3, level, 3);
        else rgb[i] = level;
    }
    return 1;
}

static int decode(const uint8_t *bytes, size_t count, const hide_picture_limits *limits,
                  const hide_picture_info *info, uint8_t *rgb, char *message) {
    (void)limits;
    (void)info;
    pnm_reader reader;
    if (!read_header(&reader, bytes, count, message)) return 0;
    switch (reader.kind) {
    case 1: return read_plain_bits(&reader, rgb, message);
    case 2: return read_plain(&reader, 1, rgb, message);
    case 3: return read_plain(&reader, 3, rgb, message);
    case 4: return read_bits(&reader, rgb, message);
    case 5: return read_raw(&reader, 1, rgb, message);
    default: return read_raw(&reader, 3, rgb, message);
    }
}

const hide_codec hide_pnm = {probe, decode};
