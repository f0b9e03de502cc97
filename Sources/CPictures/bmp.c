// BMP of 1 to 32 bits, plain, with run lengths and with bit fields. Alpha is dropped; values of five
// and six bits are scaled to the full range with the fraction cut, as Pillow does.

#include <stdlib.h>

#include "internal.h"

enum { PLAIN = 0, RUNS_OF_BYTES = 1, RUNS_OF_NIBBLES = 2, BIT_FIELDS = 3 };

typedef struct {
    uint32_t width, height;
    int rows_downward;
    uint32_t bits;
    uint32_t compression;
    int is_565;               // of 16 bits
    int place[3];             // of red, green and blue in a pixel of 24 and 32 bits
    size_t pixels_at;
    hide_palette palette;
} bmp_layout;

static int read_sizes(bmp_layout *layout, const uint8_t *header, uint32_t size, char *message) {
    if (size == 12) {
        layout->width = hide_little16(header + 4);
        layout->height = hide_little16(header + 6);
        layout->bits = hide_little16(header + 10);
        return 1;
    }
    layout->width = hide_little32(header + 4);
    layout->height = hide_little32(header + 8);
    layout->rows_downward = header[11] == 0xFF;
    if (layout->rows_downward) layout->height = 0u - layout->height;
    layout->bits = hide_little16(header + 14);
    layout->compression = hide_little32(header + 16);
    if (layout->compression > BIT_FIELDS) {
        snprintf(message, HIDE_PICTURE_MESSAGE_LENGTH,
                 "a BMP picture of compression %u, which is not supported", layout->compression);
        return 0;
    }
    return 1;
}

// The byte of a pixel that a mask takes; -1 for any other mask.
static int byte_of(uint32_t mask) {
    for (int byte = 0; byte < 4; byte++) {
        if (mask == 0xFFu << 8 * byte) return byte;
    }
    return -1;
}

// The layouts that Pillow reads, which are those that other programs write.
static int read_masks(bmp_layout *layout, const uint8_t *masks, char *message) {
    uint32_t red = hide_little32(masks), green = hide_little32(masks + 4);
    uint32_t blue = hide_little32(masks + 8);
    if (layout->bits == 16 && red == 0xF800 && green == 0x7E0 && blue == 0x1F) {
        layout->is_565 = 1;
        return 1;
    }
    if (layout->bits == 16 && red == 0x7C00 && green == 0x3E0 && blue == 0x1F) return 1;
    if (layout->bits == 32 && (red | green | blue) == 0) return 1;
    int places[3] = {byte_of(red), byte_of(green), byte_of(blue)};
    int isWhole = places[0] >= 0 && places[1] >= 0 && places[2] >= 0;
    int isInside = layout->bits == 32
        || (layout->bits == 24 && places[0] == 2 && places[1] == 1 && places[2] == 0);
    if (!isWhole || !isInside) {
        return hide_refuse(message, "a BMP picture with bit fields that are not supported");
    }
    memcpy(layout->place, places, sizeof places);
    return 1;
}

static int read_palette(bmp_layout *layout, const uint8_t *bytes, size_t count, size_t at,
                        size_t colours, size_t size, char *message) {
    if (colours == 0 || colours > 65536) {
        return hide_refuse(message, "a BMP picture with a damaged palette");
    }
    hide_palette_begin(&layout->palette);
    for (size_t i = 0; i < colours && i < 256 && at + (i + 1) * size <= count; i++) {
        const uint8_t *colour = bytes + at + i * size;
        for (int c = 0; c < 3; c++) layout->palette.colours[i][c] = colour[2 - c];
    }
    return 1;
}

static int read_header(bmp_layout *layout, const uint8_t *bytes, size_t count, char *message) {
    memset(layout, 0, sizeof *layout);
    uint32_t size = hide_little32(bytes + 14);
    size_t end = 14 + (size_t)size;
    if (count < end) return hide_say_truncated(message, count);
    if (!read_sizes(layout, bytes + 14, size, message)) return 0;
    layout->place[0] = 2;
    layout->place[1] = 1;
    layout->pixels_at = hide_little32(bytes + 10);
    if (layout->compression == BIT_FIELDS) {
        // The short header has its masks behind it, longer ones within.
        size_t masks = 54;
        if (size == 40) end += 12;
        if (count < masks + 12) return hide_say_truncated(message, count);
        if (!read_masks(layout, bytes + masks, message)) return 0;
    }
    uint32_t given = size == 12 ? 0 : hide_little32(bytes + 46);
    size_t colours = given ? given : (size_t)1 << (layout->bits & 31);
    size_t entry = size == 12 ? 3 : 4;
    switch (layout->bits) {
    case 1: case 4: case 8:
        if (!read_palette(layout, bytes, count, end, colours, entry, message)) return 0;
        if (layout->pixels_at == 14 + (size_t)size) layout->pixels_at += entry * colours;
        if (layout->pixels_at == 0) layout->pixels_at = end + entry * colours;
        break;
    case 16: case 24: case 32:
        if (layout->pixels_at == 0) layout->pixels_at = end;
        break;
    default:
        snprintf(message, HIDE_PICTURE_MESSAGE_LENGTH,
                 "a BMP picture of %u bits a pixel, which is not supported", layout->bits);
        return 0;
    }
    if (layout->pixels_at > count) return hide_say_truncated(message, count);
    return 1;
}

static int probe(const uint8_t *bytes, size_t count, const hide_picture_limits *limits,
                 hide_picture_info *info, char *message) {
    (void)limits;
    bmp_layout layout;
    if (!read_header(&layout, bytes, count, message)) return 0;
    info->width = layout.width;
    info->height = layout.height;
    return 1;
}

static void convert_row(const bmp_layout *layout, const uint8_t *row, uint8_t *rgb) {
    for (uint32_t x = 0; x < layout->width; x++, rgb += 3) {
        switch (layout->bits) {
        case 1: case 4: case 8: {
            uint64_t bit = (uint64_t)x * layout->bits;
            int index = row[bit / 8] >> (8 - layout->bits - bit % 8) & ((1 << layout->bits) - 1);
            memcpy(rgb, layout->palette.colours[index], 3);
            break;
        }
        case 16: {
            uint32_t pixel = hide_little16(row + (size_t)x * 2);
            uint32_t greens = layout->is_565 ? 63 : 31;
            rgb[0] = (uint8_t)((pixel >> (layout->is_565 ? 11 : 10) & 31) * 255 / 31);
            rgb[1] = (uint8_t)((pixel >> 5 & greens) * 255 / greens);
            rgb[2] = (uint8_t)((pixel & 31) * 255 / 31);
            break;
        }
        default:
            for (int c = 0; c < 3; c++) {
                rgb[c] = row[(size_t)x * (layout->bits / 8) + (size_t)layout->place[c]];
            }
        }
    }
}

static uint8_t *target_row(const bmp_layout *layout, uint8_t *rgb, uint32_t row) {
    uint32_t y = layout->rows_downward ? row : layout->height - 1 - row;
    return rgb + (size_t)y * layout->width * 3;
}

static int read_plain(const bmp_layout *layout, const uint8_t *bytes, size_t count, uint8_t *rgb,
                      char *message) {
    uint64_t rowBits = (uint64_t)layout->width * layout->bits;
    size_t stride = (size_t)((rowBits + 31) / 32 * 4), rowBytes = (size_t)((rowBits + 7) / 8);
    // The last row may lack what fills it up.
    if (count - layout->pixels_at < stride * (layout->height - 1) + rowBytes) {
        return hide_say_truncated(message, count);
    }
    for (uint32_t row = 0; row < layout->height; row++) {
        convert_row(layout, bytes + layout->pixels_at + row * stride, target_row(layout, rgb, row));
    }
    return 1;
}

// Run lengths, expanded to a byte a pixel in the order of the file.
typedef struct {
    const uint8_t *bytes;
    size_t count;
    size_t position;
    uint32_t width;
    uint8_t *indices;
    size_t length;      // indices so far
    size_t total;
    uint64_t x;
    int is_nibbles;
} run_reader;

static void put(run_reader *reader, uint8_t index, size_t count) {
    for (; count > 0 && reader->length < reader->total; count--) {
        reader->indices[reader->length++] = index;
    }
}

static void put_run(run_reader *reader, size_t length, uint8_t value) {
    if (reader->x + length > reader->width) {
        length = reader->x < reader->width ? (size_t)(reader->width - reader->x) : 0;
    }
    if (reader->is_nibbles) {
        for (size_t i = 0; i < length; i++) put(reader, i % 2 ? value & 15 : value >> 4, 1);
    } else {
        put(reader, value, length);
    }
    reader->x += length;
}

// Pixels one by one, filled up to an even place in the file. Returns 0 at the end of the file.
static int put_literally(run_reader *reader, size_t length) {
    size_t wanted = reader->total - reader->length < length ? reader->total - reader->length : length;
    size_t size = reader->is_nibbles ? (wanted + 1) / 2 : wanted;
    if (reader->count - reader->position < size) return 0;
    for (size_t i = 0; i < wanted; i++) {
        uint8_t byte = reader->bytes[reader->position + (reader->is_nibbles ? i / 2 : i)];
        put(reader, !reader->is_nibbles ? byte : i % 2 ? byte & 15 : byte >> 4, 1);
    }
    reader->x += length;
    reader->position += size;
    reader->position += reader->position % 2;
    return 1;
}

static void end_line(run_reader *reader) {
    size_t rest = reader->length % reader->width;
    if (rest) put(reader, 0, reader->width - rest);
    reader->x = 0;
}

static void expand(run_reader *reader) {
    while (reader->length < reader->total && reader->position + 2 <= reader->count) {
        const uint8_t *pair = reader->bytes + reader->position;
        reader->position += 2;
        if (pair[0]) {
            put_run(reader, pair[0], pair[1]);
        } else if (pair[1] == 0) {
            end_line(reader);
        } else if (pair[1] == 1) {
            return;
        } else if (pair[1] == 2) {
            if (reader->position + 2 > reader->count) return;
            const uint8_t *step = reader->bytes + reader->position;
            reader->position += 2;
            put(reader, 0, step[0] + (size_t)step[1] * reader->width);
            reader->x = reader->length % reader->width;
        } else if (!put_literally(reader, pair[1])) {
            return;
        }
    }
}

static int read_runs(const bmp_layout *layout, const uint8_t *bytes, size_t count, uint8_t *rgb,
                     char *message) {
    size_t total = (size_t)layout->width * layout->height;
    run_reader reader = {
        .bytes = bytes, .count = count, .position = layout->pixels_at, .width = layout->width,
        .indices = malloc(total), .total = total,
        .is_nibbles = layout->compression == RUNS_OF_NIBBLES};
    if (!reader.indices) return hide_refuse(message, "out of memory");
    expand(&reader);
    for (uint32_t row = 0; reader.length == total && row < layout->height; row++) {
        const uint8_t *indices = reader.indices + (size_t)row * layout->width;
        uint8_t *target = target_row(layout, rgb, row);
        for (uint32_t x = 0; x < layout->width; x++) {
            memcpy(target + (size_t)x * 3, layout->palette.colours[indices[x]], 3);
        }
    }
    free(reader.indices);
    if (reader.length < total) {
        return hide_refuse(message, "a BMP picture whose data ends before its last row");
    }
    return 1;
}

static int decode(const uint8_t *bytes, size_t count, const hide_picture_limits *limits,
                  const hide_picture_info *info, uint8_t *rgb, char *message) {
    (void)limits;
    (void)info;
    bmp_layout layout;
    if (!read_header(&layout, bytes, count, message)) return 0;
    int hasRuns = layout.compression == RUNS_OF_BYTES || layout.compression == RUNS_OF_NIBBLES;
    if (!hasRuns) return read_plain(&layout, bytes, count, rgb, message);
    if (layout.bits > 8) {
        return hide_refuse(message, "a BMP picture with run lengths of colours, which is not supported");
    }
    return read_runs(&layout, bytes, count, rgb, message);
}

const hide_codec hide_bmp = {probe, decode};
