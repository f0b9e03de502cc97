// The first picture of a TIFF file through libtiff, to 8-bit RGB with Pillow's rules: gray of more
// than 8 bits is clipped, colour of 16 bits keeps its high byte, alpha is dropped (after a division
// where colours were multiplied by it), CMYK is converted, the tag of orientation obeyed.

#include "tiff.h"

static tmsize_t read_file(thandle_t handle, void *target, tmsize_t size) {
    hide_tiff_file *file = handle;
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
    hide_tiff_file *file = handle;
    uint64_t base = origin == SEEK_SET ? 0 : origin == SEEK_CUR ? file->position : file->count;
    file->position = base + offset;
    return file->position;
}

static int close_nothing(thandle_t handle) {
    (void)handle;
    return 0;
}

static toff_t size_of(thandle_t handle) { return ((hide_tiff_file *)handle)->count; }

// The first error is the cause of those after it.
static int keep_error(TIFF *tiff, void *user, const char *module, const char *format, va_list values) {
    (void)tiff;
    (void)module;
    hide_tiff_file *file = user;
    if (!file->message[0]) vsnprintf(file->message, HIDE_PICTURE_MESSAGE_LENGTH, format, values);
    return 1;
}

// Of a picture whose palette cannot be read libtiff makes a gray one; anything else that it passes over
// changes no pixel.
static int note_warning(TIFF *tiff, void *user, const char *module, const char *format,
                        va_list values) {
    (void)tiff;
    (void)module;
    char text[HIDE_PICTURE_MESSAGE_LENGTH];
    vsnprintf(text, sizeof text, format, values);
    if (strstr(text, "ColorMap")) ((hide_tiff_file *)user)->has_lost_palette = 1;
    return 1;
}

static TIFF *open_file(hide_tiff_file *file, const hide_picture_limits *limits) {
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (!options) return NULL;
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, (tmsize_t)limits->working_bytes);
    TIFFOpenOptionsSetErrorHandlerExtR(options, keep_error, file);
    TIFFOpenOptionsSetWarningHandlerExtR(options, note_warning, file);
    TIFF *tiff = TIFFClientOpenExt("picture", "rm", file, read_file, refuse_write, seek, close_nothing,
                                   size_of, NULL, NULL, options);
    TIFFOpenOptionsFree(options);
    return tiff;
}

static void read_tags(TIFF *tiff, hide_tiff_layout *layout) {
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
static int colours_of(const hide_tiff_layout *layout) {
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

static int check_layout(const hide_tiff_layout *layout, char *message) {
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

static int is_turned(const hide_tiff_layout *layout) {
    return layout->orientation >= ORIENTATION_LEFTTOP && layout->orientation <= ORIENTATION_LEFTBOT;
}

static int open_picture(hide_tiff_file *file, const hide_picture_limits *limits, TIFF **tiff,
                        hide_tiff_layout *layout) {
    file->message[0] = 0;
    *tiff = open_file(file, limits);
    if (!*tiff) {
        if (file->ran_out) return hide_say_truncated(file->message, file->count);
        if (!file->message[0]) hide_say(file->message, "a damaged TIFF picture");
        return 0;
    }
    read_tags(*tiff, layout);
    file->message[0] = 0;
    if (file->has_lost_palette) {
        hide_say(file->message, "a TIFF picture without its palette");
    } else if (check_layout(layout, file->message)) {
        return 1;
    }
    // Tags that a cut file has lost read as their defaults.
    return file->ran_out ? hide_say_truncated(file->message, file->count) : 0;
}

static int probe(const uint8_t *bytes, size_t count, const hide_picture_limits *limits,
                 hide_picture_info *info, char *message) {
    hide_tiff_file file = {.bytes = bytes, .count = count, .message = message};
    TIFF *tiff = NULL;
    hide_tiff_layout layout;
    int done = open_picture(&file, limits, &tiff, &layout);
    if (done) {
        info->width = is_turned(&layout) ? layout.height : layout.width;
        info->height = is_turned(&layout) ? layout.width : layout.height;
    }
    if (tiff) TIFFClose(tiff);
    return done;
}

static int decode(const uint8_t *bytes, size_t count, const hide_picture_limits *limits,
                  const hide_picture_info *info, uint8_t *rgb, char *message) {
    hide_tiff_file file = {.bytes = bytes, .count = count, .message = message};
    TIFF *tiff = NULL;
    hide_tiff_layout layout;
    int done = open_picture(&file, limits, &tiff, &layout);
    if (done && (uint64_t)layout.width * layout.height != (uint64_t)info->width * info->height) {
        done = hide_refuse(message, "the header contradicts itself");
    }
    done = done && hide_tiff_read_pixels(tiff, &layout, limits, rgb, &file);
    if (tiff) TIFFClose(tiff);
    return done;
}

const hide_codec hide_tiff = {probe, decode};
