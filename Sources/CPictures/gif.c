// The first frame of a GIF, on its canvas. Transparency is dropped: a transparent pixel has its
// palette's colour, and so has the canvas where the frame does not reach, as in Pillow.

#include <stdlib.h>

#include "internal.h"

typedef struct {
    const uint8_t *bytes;
    size_t count;
    size_t position;
    char *message;
    uint32_t width, height;              // of the canvas
    uint32_t left, top, columns, rows;   // of the frame
    int is_interlaced;
    int transparent;                     // an index, or -1
    hide_palette palette;
} gif_reader;

// The next `count` bytes; NULL, and said, when the file ends before.
static const uint8_t *take(gif_reader *reader, size_t count) {
    if (reader->count - reader->position < count) {
        hide_say_truncated(reader->message, reader->count);
        return NULL;
    }
    const uint8_t *bytes = reader->bytes + reader->position;
    reader->position += count;
    return bytes;
}

static int read_palette(gif_reader *reader, int flags) {
    if (!(flags & 0x80)) return 1;
    hide_palette_begin(&reader->palette);
    size_t size = (size_t)3 << ((flags & 7) + 1);
    const uint8_t *colours = take(reader, size);
    if (colours) memcpy(reader->palette.colours, colours, size);
    return colours != NULL;
}

// An extension: of interest is which index is transparent.
static int read_extension(gif_reader *reader) {
    const uint8_t *label = take(reader, 1);
    if (!label) return 0;
    for (int isFirst = 1;; isFirst = 0) {
        const uint8_t *size = take(reader, 1);
        if (!size) return 0;
        if (*size == 0) return 1;
        const uint8_t *block = take(reader, *size);
        if (!block) return 0;
        if (isFirst && *label == 0xF9 && *size >= 4 && block[0] & 1) reader->transparent = block[3];
    }
}

static int read_frame_header(gif_reader *reader) {
    const uint8_t *head = take(reader, 9);
    if (!head) return 0;
    reader->left = hide_little16(head);
    reader->top = hide_little16(head + 2);
    reader->columns = hide_little16(head + 4);
    reader->rows = hide_little16(head + 6);
    reader->is_interlaced = head[8] & 0x40;
    if (reader->columns == 0 || reader->rows == 0) {
        return hide_refuse(reader->message, "a GIF picture whose first frame is empty");
    }
    // A frame that reaches beyond the canvas makes it larger.
    if (reader->left + reader->columns > reader->width) {
        reader->width = reader->left + reader->columns;
    }
    if (reader->top + reader->rows > reader->height) reader->height = reader->top + reader->rows;
    return read_palette(reader, head[8]);
}

// Reads up to the pixels of the first frame.
static int read_header(gif_reader *reader, const uint8_t *bytes, size_t count, char *message) {
    memset(reader, 0, sizeof *reader);
    reader->bytes = bytes;
    reader->count = count;
    reader->message = message;
    reader->transparent = -1;
    hide_palette_begin(&reader->palette);
    const uint8_t *head = take(reader, 13);
    if (!head) return 0;
    reader->width = hide_little16(head + 6);
    reader->height = hide_little16(head + 8);
    if (!read_palette(reader, head[10])) return 0;
    for (;;) {
        const uint8_t *kind = take(reader, 1);
        if (!kind) return 0;
        if (*kind == ',') return read_frame_header(reader);
        if (*kind == ';') return hide_refuse(message, "a GIF file without a picture");
        if (*kind == '!' && !read_extension(reader)) return 0;
    }
}

static int probe(const uint8_t *bytes, size_t count, const hide_picture_limits *limits,
                 hide_picture_info *info, char *message) {
    (void)limits;
    gif_reader reader;
    if (!read_header(&reader, bytes, count, message)) return 0;
    info->width = reader.width;
    info->height = reader.height;
    return 1;
}

// The codes of the frame: bits from blocks that carry their length, the lowest first.
typedef struct {
    gif_reader *reader;
    size_t block;       // bytes left in the block
    uint32_t bits;
    int bit_count;
} bit_source;

// The next code; -1, and said, when the file ends before.
static int next_code(bit_source *source, int size) {
    while (source->bit_count < size) {
        const uint8_t *byte = take(source->reader, 1);
        if (!byte) return -1;
        if (source->block == 0) {
            source->block = *byte;
            continue;
        }
        source->block--;
        source->bits |= (uint32_t)*byte << source->bit_count;
        source->bit_count += 8;
    }
    int code = (int)(source->bits & ((1u << size) - 1));
    source->bits >>= size;
    source->bit_count -= size;
    return code;
}

// Where the next index goes.
typedef struct {
    const gif_reader *reader;
    uint8_t *indices;   // of the canvas
    uint32_t x, y;
    int pass;           // of an interlaced frame, from 0; 3 where rows follow each other
    int is_done;
} row_sink;

static void next_row(row_sink *sink) {
    static const uint32_t starts[4] = {0, 4, 2, 1}, steps[4] = {8, 8, 4, 2};
    sink->x = 0;
    sink->y += sink->reader->is_interlaced ? steps[sink->pass] : 1;
    while (sink->y >= sink->reader->rows && sink->pass < 3) sink->y = starts[++sink->pass];
    sink->is_done = sink->y >= sink->reader->rows;
}

static void put(row_sink *sink, uint8_t index) {
    const gif_reader *reader = sink->reader;
    size_t row = (size_t)(reader->top + sink->y) * reader->width;
    sink->indices[row + reader->left + sink->x] = index;
    if (++sink->x == reader->columns) next_row(sink);
}

enum { TABLE = 4096 };

typedef struct {
    uint16_t link[TABLE];    // the code before the last index
    uint8_t last[TABLE];
    uint8_t string[TABLE];   // of one code, backwards
} code_table;

// Puts the string of a code, and after it its own first index where the code is only being defined.
// Returns the first index, or -1 for a code that is not there.
static int put_string(code_table *table, int code, int clear, int repeats, row_sink *sink) {
    int length = repeats;
    while (code >= clear) {
        if (length >= TABLE) return -1;
        table->string[length++] = table->last[code];
        code = table->link[code];
    }
    if (length >= TABLE) return -1;
    table->string[length++] = (uint8_t)code;
    if (repeats) table->string[0] = (uint8_t)code;
    while (length > 0 && !sink->is_done) put(sink, table->string[--length]);
    return code;
}

static int read_indices(gif_reader *reader, code_table *table, uint8_t *indices) {
    const uint8_t *first = take(reader, 1);
    if (!first) return 0;
    if (*first > 11) return hide_refuse(reader->message, "a damaged GIF picture");
    int clear = 1 << *first, size = *first + 1, next = clear + 2, previous = -1;
    bit_source source = {.reader = reader};
    row_sink sink = {.reader = reader, .indices = indices, .pass = reader->is_interlaced ? 0 : 3};
    while (!sink.is_done) {
        int code = next_code(&source, size);
        if (code < 0) return 0;
        if (code == clear) {
            size = *first + 1;
            next = clear + 2;
            previous = -1;
            continue;
        }
        if (code == clear + 1) {
            return hide_refuse(reader->message, "a GIF picture whose data ends before its last row");
        }
        int isNew = code == next && previous >= 0;
        if ((code >= next && !isNew) || (previous < 0 && code > clear)) {
            return hide_refuse(reader->message, "a damaged GIF picture");
        }
        int start = put_string(table, isNew ? previous : code, clear, isNew, &sink);
        if (start < 0) return hide_refuse(reader->message, "a damaged GIF picture");
        if (previous >= 0 && next < TABLE) {
            table->last[next] = (uint8_t)start;
            table->link[next] = (uint16_t)previous;
            if (next++ == (1 << size) - 1 && size < 12) size++;
        }
        previous = code;
    }
    return 1;
}

static int decode(const uint8_t *bytes, size_t count, const hide_picture_limits *limits,
                  const hide_picture_info *info, uint8_t *rgb, char *message) {
    (void)limits;
    gif_reader reader;
    if (!read_header(&reader, bytes, count, message)) return 0;
    size_t pixels = (size_t)info->width * info->height;
    uint8_t *indices = malloc(pixels);
    code_table *table = malloc(sizeof *table);
    int done = indices && table;
    if (!done) hide_say(message, "out of memory");
    if (done) {
        memset(indices, reader.transparent < 0 ? 0 : reader.transparent, pixels);
        done = read_indices(&reader, table, indices);
    }
    for (size_t i = 0; done && i < pixels; i++) {
        memcpy(rgb + i * 3, reader.palette.colours[indices[i]], 3);
    }
    free(table);
    free(indices);
    return done;
}

const hide_codec hide_gif = {probe, decode};
