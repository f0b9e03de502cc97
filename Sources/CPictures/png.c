// PNG through libpng: every colour type and depth to 8-bit RGB with Pillow's rules. Alpha and
// transparency are dropped, not composed; 16-bit samples keep their high byte, except 16-bit gray,
// which is clipped at 255 (Pillow converts it through 32-bit integers); gamma is not applied.

#include <setjmp.h>
#include <stdlib.h>

#include "internal.h"
#include <png.h>

typedef struct {
    png_structp png;
    png_infop info;
    const uint8_t *bytes;
    size_t left;
    size_t byte_count;
    char *message;
    uint8_t *buffer;    // one row, or the whole picture if interlaced
    png_bytep *rows;    // only if interlaced
    jmp_buf escape;
} reader_state;

static void leave(png_structp png, png_const_charp text) {
    reader_state *state = png_get_error_ptr(png);
    hide_say(state->message, text);
    longjmp(state->escape, 1);
}

static void ignore_warning(png_structp png, png_const_charp text) {
    (void)png;
    (void)text;
}

static void read_bytes(png_structp png, png_bytep target, size_t count) {
    reader_state *state = png_get_io_ptr(png);
    if (count > state->left) {
        hide_say_truncated(state->message, state->byte_count);
        longjmp(state->escape, 1);
    }
    memcpy(target, state->bytes, count);
    state->bytes += count;
    state->left -= count;
}

static int open_reader(reader_state *state, const uint8_t *bytes, size_t count, char *message) {
    memset(state, 0, sizeof *state);
    state->bytes = bytes;
    state->left = state->byte_count = count;
    state->message = message;
    state->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, state, leave, ignore_warning);
    if (state->png) state->info = png_create_info_struct(state->png);
    if (!state->info) hide_say(message, "out of memory");
    return state->info != NULL;
}

static void close_reader(reader_state *state) {
    free(state->rows);
    free(state->buffer);
    png_destroy_read_struct(&state->png, &state->info, NULL);
}

// Chunks that say nothing about the pixels read here. Libpng would inflate some of them, a thousandfold
// and again at each decode.
static void skip_side_chunks(reader_state *state) {
    static const png_byte names[] =
        "bKGD\0cHRM\0cICP\0cLLI\0eXIf\0gAMA\0hIST\0iCCP\0iTXt\0mDCV\0oFFs\0pCAL\0pHYs\0sBIT\0sCAL\0"
        "sPLT\0sRGB\0sTER\0tEXt\0tIME\0zTXt";
    png_set_keep_unknown_chunks(
        state->png, PNG_HANDLE_CHUNK_NEVER, names, (int)(sizeof names / 5));
    // And every chunk that libpng does not know.
    png_set_keep_unknown_chunks(state->png, PNG_HANDLE_CHUNK_NEVER, NULL, 0);
}

static void read_header(reader_state *state, const hide_picture_limits *limits,
                        hide_picture_info *info) {
    png_set_user_limits(state->png, 1000000, 1000000);
    png_set_chunk_malloc_max(state->png, (png_alloc_size_t)(limits->working_bytes / 16));
    png_set_chunk_cache_max(state->png, 256);
    skip_side_chunks(state);
    png_set_read_fn(state->png, state, read_bytes);
    png_read_info(state->png, state->info);
    info->width = png_get_image_width(state->png, state->info);
    info->height = png_get_image_height(state->png, state->info);
}

static int probe(const uint8_t *bytes, size_t count, const hide_picture_limits *limits,
                 hide_picture_info *info, char *message) {
    reader_state *state = malloc(sizeof *state);
    if (!state) {
        hide_say(message, "out of memory");
        return 0;
    }
    int done = 0;
    if (open_reader(state, bytes, count, message) && setjmp(state->escape) == 0) {
        read_header(state, limits, info);
        done = 1;
    }
    close_reader(state);
    free(state);
    return done;
}

typedef struct {
    int channels;      // 1 gray or index, 2 gray + alpha, 3 colour, 4 colour + alpha
    int depth;         // 8 or 16
    int has_palette;
    hide_palette palette;
} row_layout;

static void read_palette(reader_state *state, row_layout *layout) {
    hide_palette_begin(&layout->palette);
    png_colorp colours = NULL;
    int count = 0;
    png_get_PLTE(state->png, state->info, &colours, &count);
    for (int i = 0; i < count && i < 256; i++) {
        layout->palette.colours[i][0] = colours[i].red;
        layout->palette.colours[i][1] = colours[i].green;
        layout->palette.colours[i][2] = colours[i].blue;
    }
}

static void convert_row(const uint8_t *row, uint8_t *rgb, uint32_t width,
                        const row_layout *layout) {
    int bytes = layout->depth / 8;
    int stride = layout->channels * bytes;
    int isColour = layout->channels >= 3;
    for (uint32_t x = 0; x < width; x++, row += stride, rgb += 3) {
        if (layout->has_palette) {
            memcpy(rgb, layout->palette.colours[row[0]], 3);
        } else if (isColour) {
            for (int c = 0; c < 3; c++) rgb[c] = row[c * bytes];
        } else {
            int clips = layout->depth == 16 && layout->channels == 1;
            memset(rgb, clips ? (row[0] ? 255 : row[1]) : row[0], 3);
        }
    }
}

static int begin_rows(reader_state *state, row_layout *layout) {
    int type = png_get_color_type(state->png, state->info);
    layout->has_palette = type == PNG_COLOR_TYPE_PALETTE;
    if (layout->has_palette) {
        png_set_packing(state->png);
        read_palette(state, layout);
    } else if (png_get_bit_depth(state->png, state->info) < 8) {
        png_set_expand_gray_1_2_4_to_8(state->png);
    }
    int passes = png_set_interlace_handling(state->png);
    png_read_update_info(state->png, state->info);
    layout->channels = png_get_channels(state->png, state->info);
    layout->depth = png_get_bit_depth(state->png, state->info);
    return passes;
}

static void read_rows(reader_state *state, const hide_picture_limits *limits,
                      const hide_picture_info *info, uint8_t *rgb) {
    row_layout layout;
    int isInterlaced = begin_rows(state, &layout) > 1;
    size_t rowBytes = png_get_rowbytes(state->png, state->info);
    size_t total = isInterlaced ? rowBytes * info->height : rowBytes;
    if (total > limits->working_bytes) leave(state->png, "the picture needs too much memory");
    state->buffer = calloc(total, 1);
    if (!state->buffer) leave(state->png, "out of memory");
    if (isInterlaced) {
        state->rows = malloc(info->height * sizeof *state->rows);
        if (!state->rows) leave(state->png, "out of memory");
        for (uint32_t y = 0; y < info->height; y++) state->rows[y] = state->buffer + y * rowBytes;
        png_read_image(state->png, state->rows);
    }
    for (uint32_t y = 0; y < info->height; y++) {
        if (!isInterlaced) png_read_row(state->png, state->buffer, NULL);
        const uint8_t *row = isInterlaced ? state->rows[y] : state->buffer;
        convert_row(row, rgb + (size_t)y * info->width * 3, info->width, &layout);
    }
}

static int decode(const uint8_t *bytes, size_t count, const hide_picture_limits *limits,
                  const hide_picture_info *info, uint8_t *rgb, char *message) {
    reader_state *state = malloc(sizeof *state);
    if (!state) {
        hide_say(message, "out of memory");
        return 0;
    }
    int done = 0;
    hide_picture_info header = *info;
    if (open_reader(state, bytes, count, message) && setjmp(state->escape) == 0) {
        read_header(state, limits, &header);
        if (header.width != info->width || header.height != info->height) {
            leave(state->png, "the header contradicts itself");
        }
        read_rows(state, limits, info, rgb);
        done = 1;
    }
    close_reader(state);
    free(state);
    return done;
}

const hide_codec hide_png = {probe, decode};
