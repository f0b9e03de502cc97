// The pixels of a TIFF picture, from strips or tiles in one plane or several.

#include <stdlib.h>

#include "tiff.h"

// A strip or tile: rows of `columns` pixels, in one plane or in one for each sample.
typedef struct {
    uint8_t *planes[6];
    size_t row_bytes;
    int step;            // samples from a pixel to the next
} pixel_block;

// A sample as it is stored; of 32 bits as a signed or floating number.
static double sample_of(const hide_tiff_layout *layout, const pixel_block *block, uint32_t x, uint32_t y,
                        int sample) {
    int plane = block->step == 1 ? sample : 0;
    size_t index = (size_t)x * (size_t)block->step + (size_t)(block->step == 1 ? 0 : sample);
    const uint8_t *row = block->planes[plane] + y * block->row_bytes;
    switch (layout->bits) {
    case 8: return row[index];
    case 16: {
        uint16_t value;
        memcpy(&value, row + index * 2, 2);
        return layout->format == SAMPLEFORMAT_INT ? (double)(int16_t)value : (double)value;
    }
    case 32: {
        uint32_t value;
        float real;
        memcpy(&value, row + index * 4, 4);
        memcpy(&real, row + index * 4, 4);
        return layout->format == SAMPLEFORMAT_IEEEFP ? (double)real : (double)(int32_t)value;
    }
    default: {
        size_t bit = index * layout->bits;
        return row[bit / 8] >> (8 - layout->bits - bit % 8) & ((1 << layout->bits) - 1);
    }
    }
}

// A sample of 8 or 16 bits as a byte.
static int byte_of(const hide_tiff_layout *layout, const pixel_block *block, uint32_t x, uint32_t y,
                   int sample) {
    double value = sample_of(layout, block, x, y, sample);
    return layout->bits == 16 ? (int)value >> 8 : (int)value;
}

static void convert_gray(const hide_tiff_layout *layout, double value, uint8_t *rgb) {
    if (layout->bits < 8) value = value * 255 / ((1 << layout->bits) - 1);
    if (layout->bits <= 8 && layout->photometric == PHOTOMETRIC_MINISWHITE) value = 255 - value;
    memset(rgb, value >= 255 ? 255 : value > 0 ? (int)value : 0, 3);
}

static void convert_pixel(const hide_tiff_layout *layout, const pixel_block *block, uint32_t x, uint32_t y,
                          uint8_t *rgb) {
    int values[4] = {0};
    switch (layout->photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
        convert_gray(layout, sample_of(layout, block, x, y, 0), rgb);
        return;
    case PHOTOMETRIC_PALETTE:
        memcpy(rgb, layout->palette.colours[(int)sample_of(layout, block, x, y, 0)], 3);
        return;
    case PHOTOMETRIC_SEPARATED:
        for (int c = 0; c < 4; c++) values[c] = byte_of(layout, block, x, y, c);
        for (int c = 0; c < 3; c++) {
            int white = 255 - values[3];
            rgb[c] = (uint8_t)(white - hide_scaled(values[c], white));
        }
        return;
    default:
        for (int c = 0; c < 3; c++) values[c] = byte_of(layout, block, x, y, c);
        if (layout->samples > 3 && layout->extra == EXTRASAMPLE_ASSOCALPHA) {
            int alpha = byte_of(layout, block, x, y, 3);
            for (int c = 0; alpha > 0 && alpha < 255 && c < 3; c++) {
                int whole = values[c] * 255 / alpha;
                values[c] = whole > 255 ? 255 : whole;
            }
            if (alpha == 0) memset(values, 0, sizeof values);
        }
        for (int c = 0; c < 3; c++) rgb[c] = (uint8_t)values[c];
    }
}

// Where a pixel of the file stands in the picture (TIFF 6.0, tag Orientation).
static size_t place_of(const hide_tiff_layout *layout, uint32_t x, uint32_t y) {
    uint32_t right = layout->width - 1 - x, bottom = layout->height - 1 - y;
    switch (layout->orientation) {
    case ORIENTATION_TOPRIGHT: return (size_t)y * layout->width + right;
    case ORIENTATION_BOTRIGHT: return (size_t)bottom * layout->width + right;
    case ORIENTATION_BOTLEFT: return (size_t)bottom * layout->width + x;
    case ORIENTATION_LEFTTOP: return (size_t)x * layout->height + y;
    case ORIENTATION_RIGHTTOP: return (size_t)x * layout->height + bottom;
    case ORIENTATION_RIGHTBOT: return (size_t)right * layout->height + bottom;
    case ORIENTATION_LEFTBOT: return (size_t)right * layout->height + y;
    default: return (size_t)y * layout->width + x;
    }
}

typedef struct {
    int is_tiled;
    uint32_t columns, rows;     // of a block
    tmsize_t bytes;             // of a plane of a block
    int plane_count;
} block_sizes;

static int read_sizes(TIFF *tiff, const hide_tiff_layout *layout, const hide_picture_limits *limits,
                      block_sizes *sizes, char *message) {
    memset(sizes, 0, sizeof *sizes);
    sizes->is_tiled = TIFFIsTiled(tiff);
    sizes->plane_count = layout->planes == PLANARCONFIG_SEPARATE ? layout->samples : 1;
    if (sizes->is_tiled) {
        TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &sizes->columns);
        TIFFGetField(tiff, TIFFTAG_TILELENGTH, &sizes->rows);
        sizes->bytes = TIFFTileSize(tiff);
    } else {
        sizes->columns = layout->width;
        TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &sizes->rows);
        if (sizes->rows > layout->height) sizes->rows = layout->height;
        sizes->bytes = TIFFStripSize(tiff);
    }
    if (sizes->columns == 0 || sizes->rows == 0 || sizes->bytes <= 0) {
        return hide_refuse(message, "a damaged TIFF picture");
    }
    if ((uint64_t)sizes->bytes > limits->working_bytes / (unsigned)sizes->plane_count) {
        return hide_refuse(message, "the picture needs too much memory");
    }
    return 1;
}

static int read_block(TIFF *tiff, const hide_tiff_layout *layout, const block_sizes *sizes,
                      pixel_block *block, uint32_t left, uint32_t top) {
    uint32_t rows = layout->height - top < sizes->rows ? layout->height - top : sizes->rows;
    for (int plane = 0; plane < sizes->plane_count; plane++) {
        tmsize_t wanted = sizes->is_tiled ? sizes->bytes : (tmsize_t)(block->row_bytes * rows);
        tmsize_t got = sizes->is_tiled
            ? TIFFReadTile(tiff, block->planes[plane], left, top, 0, (uint16_t)plane)
            : TIFFReadEncodedStrip(tiff, TIFFComputeStrip(tiff, top, (uint16_t)plane),
                                   block->planes[plane], wanted);
        if (got < wanted) return 0;
    }
    return 1;
}

static int read_blocks(TIFF *tiff, const hide_tiff_layout *layout, const block_sizes *sizes,
                       pixel_block *block, uint8_t *rgb) {
    for (uint64_t top = 0; top < layout->height; top += sizes->rows) {
        for (uint64_t left = 0; left < layout->width; left += sizes->columns) {
            if (!read_block(tiff, layout, sizes, block, (uint32_t)left, (uint32_t)top)) return 0;
            for (uint64_t y = top; y < top + sizes->rows && y < layout->height; y++) {
                for (uint64_t x = left; x < left + sizes->columns && x < layout->width; x++) {
                    convert_pixel(
                        layout, block, (uint32_t)(x - left), (uint32_t)(y - top),
                        rgb + 3 * place_of(layout, (uint32_t)x, (uint32_t)y));
                }
            }
        }
    }
    return 1;
}

int hide_tiff_read_pixels(TIFF *tiff, const hide_tiff_layout *layout, const hide_picture_limits *limits,
                       uint8_t *rgb, hide_tiff_file *file) {
    if (layout->compression == COMPRESSION_JPEG && layout->photometric == PHOTOMETRIC_YCBCR) {
        TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    }
    block_sizes sizes;
    if (!read_sizes(tiff, layout, limits, &sizes, file->message)) return 0;
    pixel_block block = {.step = sizes.plane_count > 1 ? 1 : layout->samples};
    uint64_t rowBits = (uint64_t)sizes.columns * (unsigned)block.step * layout->bits;
    block.row_bytes = (size_t)((rowBits + 7) / 8);
    int done = block.row_bytes <= (uint64_t)sizes.bytes / sizes.rows;
    for (int plane = 0; plane < sizes.plane_count; plane++) {
        block.planes[plane] = calloc((size_t)sizes.bytes, 1);
        done = done && block.planes[plane];
    }
    done = done && read_blocks(tiff, layout, &sizes, &block, rgb);
    for (int plane = 0; plane < sizes.plane_count; plane++) free(block.planes[plane]);
    if (!done && file->ran_out) return hide_say_truncated(file->message, file->count);
    if (!done && !file->message[0]) hide_say(file->message, "a damaged TIFF picture");
    return done;
}
