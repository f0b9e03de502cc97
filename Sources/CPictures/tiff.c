// The first picture of a TIFF file through libtiff, to 8-bit RGB with Pillow's rules: gray of more than
// 8 bits is clipped, colour of 16 bits keeps its high byte, alpha is dropped (after a division where
// colours were multiplied by it), CMYK is converted, the tag of orientation obeyed.

#include <stdlib.h>

#include "internal.h"
#include <tiffio.h>

typedef struct {
    const uint8_t *bytes;
    size_t count;
    uint64_t position;
    int ran_out;
    char *message;
} byte_file;

static tmsize_t read_file(thandle_t handle, void *target, tmsize_t size) {
    byte_file *file = handle;
    if (size <= 0) return 0;
    size_t left = file->position < file->count ? file->count - (size_t)file->position : 0;
    if ((size_t)size > left) file->ran_out = 1;
    size_t count = (size_t)size < left ? (size_t)size : left;
    if (count) memcpy(target, file->bytes + file->position, count);
    file->position += count;
    return (tmsize_t)count;
}

static tmsize_t refuse_write(thandle_t handle, void *source, tmsize_t size) {
    (void)handle;
    (void)source;
    (void)size;
    return -1;
}

static toff_t seek(thandle_t handle, toff_t offset, int origin) {
    byte_file *file = handle;
    uint64_t base = origin == SEEK_SET ? 0 : origin == SEEK_CUR ? file->position : file->count;
    file->position = base + offset;
    return file->position;
}

static int close_nothing(thandle_t handle) {
    (void)handle;
    return 0;
}

static toff_t size_of(thandle_t handle) { return ((byte_file *)handle)->count; }

// The first error is the cause of those after it.
static int keep_error(TIFF *tiff, void *user, const char *module, const char *format, va_list values) {
    (void)tiff;
    (void)module;
    byte_file *file = user;
    if (!file->message[0]) vsnprintf(file->message, HIDE_PICTURE_MESSAGE_LENGTH, format, values);
    return 1;
}

static int ignore_warning(TIFF *tiff, void *user, const char *module, const char *format,
                          va_list values) {
    (void)tiff;
    (void)user;
    (void)module;
    (void)format;
    (void)values;
    return 1;
}

static TIFF *open_file(byte_file *file, const hide_picture_limits *limits) {
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (!options) return NULL;
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, (tmsize_t)limits->working_bytes);
    TIFFOpenOptionsSetErrorHandlerExtR(options, keep_error, file);
    TIFFOpenOptionsSetWarningHandlerExtR(options, ignore_warning, file);
    TIFF *tiff = TIFFClientOpenExt("picture", "rm", file, read_file, refuse_write, seek, close_nothing,
                                   size_of, NULL, NULL, options);
    TIFFOpenOptionsFree(options);
    return tiff;
}

// What the tags say of the samples of a pixel.
typedef struct {
    uint32_t width, height;
    uint16_t compression, photometric, bits, samples, format, planes, orientation;
    uint16_t extra;          // meaning of the first sample behind the colours
    uint16_t extra_count;
    hide_palette palette;
} tiff_layout;

static void read_tags(TIFF *tiff, tiff_layout *layout) {
    memset(layout, 0, sizeof *layout);
    uint16_t *extras = NULL;
    TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &layout->width);
    TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &layout->height);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &layout->compression);
    TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &layout->photometric);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &layout->bits);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &layout->samples);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &layout->format);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &layout->planes);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &layout->orientation);
    TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &layout->extra_count, &extras);
    if (extras && layout->extra_count) layout->extra = extras[0];
    uint16_t *red, *green, *blue;
    hide_palette_begin(&layout->palette);
    if (layout->photometric != PHOTOMETRIC_PALETTE || layout->bits > 8) return;
    if (!TIFFGetField(tiff, TIFFTAG_COLORMAP, &red, &green, &blue)) return;
    for (int i = 0; i < 1 << layout->bits; i++) {
        layout->palette.colours[i][0] = (uint8_t)(red[i] >> 8);
        layout->palette.colours[i][1] = (uint8_t)(green[i] >> 8);
        layout->palette.colours[i][2] = (uint8_t)(blue[i] >> 8);
    }
}

static int is_known_compression(uint16_t compression) {
    switch (compression) {
    case COMPRESSION_NONE: case COMPRESSION_CCITTRLE: case COMPRESSION_CCITTFAX3:
    case COMPRESSION_CCITTFAX4: case COMPRESSION_LZW: case COMPRESSION_JPEG:
    case COMPRESSION_ADOBE_DEFLATE: case COMPRESSION_DEFLATE: case COMPRESSION_PACKBITS:
        return 1;
    default: return 0;
    }
}

// The samples of a colour, or 0 for pixels that are not read.
static int colours_of(const tiff_layout *layout) {
    int isByte = layout->bits == 8, isWord = layout->bits == 16;
    int isPlain = layout->format == SAMPLEFORMAT_UINT;
    switch (layout->photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK: {
        int isSmall = layout->bits == 1 || layout->bits == 2 || layout->bits == 4 || isByte;
        int isInteger = isPlain || layout->format == SAMPLEFORMAT_INT;
        if (isSmall && isPlain) return 1;
        if (isByte && isInteger && layout->photometric == PHOTOMETRIC_MINISBLACK) return 1;
        if (isWord && isInteger && layout->photometric == PHOTOMETRIC_MINISBLACK) return 1;
        if (layout->bits != 32) return 0;
        return layout->format == SAMPLEFORMAT_IEEEFP
            || (isInteger && layout->photometric == PHOTOMETRIC_MINISBLACK);
    }
    case PHOTOMETRIC_PALETTE:
        return isPlain && (layout->bits == 1 || layout->bits == 2 || layout->bits == 4 || isByte);
    case PHOTOMETRIC_RGB: return isPlain && (isByte || isWord) ? 3 : 0;
    case PHOTOMETRIC_SEPARATED: return isPlain && (isByte || isWord) ? 4 : 0;
    case PHOTOMETRIC_YCBCR:
        // The JPEG decoder gives red, green and blue for them.
        return isPlain && isByte && layout->compression == COMPRESSION_JPEG ? 3 : 0;
    default: return 0;
    }
}

static int check_layout(const tiff_layout *layout, char *message) {
    if (!is_known_compression(layout->compression)) {
        snprintf(message, HIDE_PICTURE_MESSAGE_LENGTH,
                 "a TIFF picture of compression %u, which is not supported", layout->compression);
        return 0;
    }
    int colours = colours_of(layout);
    int isGray = colours == 1;
    int hasExtras = layout->samples > colours;
    if (colours == 0 || layout->samples < colours || layout->samples > 6
        || (isGray && hasExtras && (layout->bits != 8 || layout->extra == EXTRASAMPLE_ASSOCALPHA))) {
        snprintf(message, HIDE_PICTURE_MESSAGE_LENGTH,
                 "a TIFF picture of photometric %u with %u samples of %u bits, which is not supported",
                 layout->photometric, layout->samples, layout->bits);
        return 0;
    }
    return 1;
}

static int is_turned(const tiff_layout *layout) {
    return layout->orientation >= ORIENTATION_LEFTTOP && layout->orientation <= ORIENTATION_LEFTBOT;
}

static int open_picture(byte_file *file, const hide_picture_limits *limits, TIFF **tiff,
                        tiff_layout *layout) {
    file->message[0] = 0;
    *tiff = open_file(file, limits);
    if (!*tiff) {
        if (file->ran_out) return hide_say_truncated(file->message, file->count);
        if (!file->message[0]) hide_say(file->message, "a damaged TIFF picture");
        return 0;
    }
    read_tags(*tiff, layout);
    file->message[0] = 0;
    return check_layout(layout, file->message);
}

static int probe(const uint8_t *bytes, size_t count, const hide_picture_limits *limits,
                 hide_picture_info *info, char *message) {
    byte_file file = {.bytes = bytes, .count = count, .message = message};
    TIFF *tiff = NULL;
    tiff_layout layout;
    int done = open_picture(&file, limits, &tiff, &layout);
    if (done) {
        info->width = is_turned(&layout) ? layout.height : layout.width;
        info->height = is_turned(&layout) ? layout.width : layout.height;
    }
    if (tiff) TIFFClose(tiff);
    return done;
}

// A strip or tile: rows of `columns` pixels, in one plane or in one for each sample.
typedef struct {
    uint8_t *planes[6];
    size_t row_bytes;
    int step;            // samples from a pixel to the next
} pixel_block;

// A sample as it is stored; of 32 bits as a signed or floating number.
static double sample_of(const tiff_layout *layout, const pixel_block *block, uint32_t x, uint32_t y,
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
static int byte_of(const tiff_layout *layout, const pixel_block *block, uint32_t x, uint32_t y,
                   int sample) {
    double value = sample_of(layout, block, x, y, sample);
    return layout->bits == 16 ? (int)value >> 8 : (int)value;
}

static void convert_gray(const tiff_layout *layout, double value, uint8_t *rgb) {
    if (layout->bits < 8) value = value * 255 / ((1 << layout->bits) - 1);
    if (layout->bits <= 8 && layout->photometric == PHOTOMETRIC_MINISWHITE) value = 255 - value;
    memset(rgb, value >= 255 ? 255 : value > 0 ? (int)value : 0, 3);
}

static void convert_pixel(const tiff_layout *layout, const pixel_block *block, uint32_t x, uint32_t y,
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
static size_t place_of(const tiff_layout *layout, uint32_t x, uint32_t y) {
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

static int read_sizes(TIFF *tiff, const tiff_layout *layout, const hide_picture_limits *limits,
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

static int read_block(TIFF *tiff, const tiff_layout *layout, const block_sizes *sizes,
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

static int read_blocks(TIFF *tiff, const tiff_layout *layout, const block_sizes *sizes,
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

static int read_pixels(TIFF *tiff, const tiff_layout *layout, const hide_picture_limits *limits,
                       uint8_t *rgb, byte_file *file) {
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

static int decode(const uint8_t *bytes, size_t count, const hide_picture_limits *limits,
                  const hide_picture_info *info, uint8_t *rgb, char *message) {
    byte_file file = {.bytes = bytes, .count = count, .message = message};
    TIFF *tiff = NULL;
    tiff_layout layout;
    int done = open_picture(&file, limits, &tiff, &layout);
    if (done && (uint64_t)layout.width * layout.height != (uint64_t)info->width * info->height) {
        done = hide_refuse(message, "the header contradicts itself");
    }
    done = done && read_pixels(tiff, &layout, limits, rgb, &file);
    if (tiff) TIFFClose(tiff);
    return done;
}

const hide_codec hide_tiff = {probe, decode};
