// JPEG through libjpeg-turbo: accurate integer DCT and smooth upsampling (the library's defaults,
// and Pillow's), so that the bytes equal those of Pillow with the same library.

#include <setjmp.h>
#include <stdlib.h>

#include "internal.h"
#include <jpeglib.h>
#include <jerror.h>

typedef struct {
    struct jpeg_error_mgr base;   // first, so that cinfo->err can be cast
    jmp_buf escape;
    char *message;
} error_state;

// The coding process that a start-of-frame marker announces (ITU-T T.81, table B.1).
static const char *process_of(int marker) {
    switch (marker) {
    case 0xC3: return "lossless";
    case 0xC5: return "differential sequential";
    case 0xC6: return "differential progressive";
    case 0xC7: return "differential lossless";
    case 0xCB: return "lossless, arithmetic-coded";
    case 0xCD: return "differential sequential, arithmetic-coded";
    case 0xCE: return "differential progressive, arithmetic-coded";
    case 0xCF: return "differential lossless, arithmetic-coded";
    default: return "reserved";
    }
}

// The words for what libjpeg cannot do, with the process; its own words for everything else.
static void describe(j_common_ptr cinfo, char *message) {
    int number = cinfo->err->msg_parm.i[0];
    char text[JMSG_LENGTH_MAX];
    switch (cinfo->err->msg_code) {
    case JERR_SOF_UNSUPPORTED:
        snprintf(message, HIDE_PICTURE_MESSAGE_LENGTH, "%s JPEG (SOF%d), which is not supported",
                 process_of(number), number - 0xC0);
        break;
    case JERR_BAD_PRECISION:
        snprintf(message, HIDE_PICTURE_MESSAGE_LENGTH,
                 "JPEG with %d bits a sample, of which only 8 are supported", number);
        break;
    case JERR_ARITH_NOTIMPL:
        hide_say(message, "arithmetic-coded JPEG, which the system's libjpeg does not support");
        break;
    default:
        cinfo->err->format_message(cinfo, text);
        hide_say(message, text);
    }
}

static void leave(j_common_ptr cinfo) {
    error_state *state = (error_state *)cinfo->err;
    describe(cinfo, state->message);
    longjmp(state->escape, 1);
}

// Warnings (extraneous bytes, a damaged restart interval) are tolerated, as Pillow does.
static void ignore_warning(j_common_ptr cinfo, int level) {
    (void)cinfo;
    (void)level;
}

static void print_nothing(j_common_ptr cinfo) { (void)cinfo; }

static void leave_with(j_decompress_ptr cinfo, const char *text) {
    error_state *state = (error_state *)cinfo->err;
    hide_say(state->message, text);
    longjmp(state->escape, 1);
}

// The source: all bytes are there from the start; asking for more means the file was cut, unless the
// last row is done and only the end marker is looked for.
typedef struct {
    struct jpeg_source_mgr base;   // first, so that cinfo->src can be cast
    size_t byte_count;
    int has_all_rows;
} byte_source;

static void begin_source(j_decompress_ptr cinfo) { (void)cinfo; }

static boolean refuse_more(j_decompress_ptr cinfo) {
    static const JOCTET end[2] = {0xFF, JPEG_EOI};
    byte_source *source = (byte_source *)cinfo->src;
    if (source->has_all_rows) {
        source->base.next_input_byte = end;
        source->base.bytes_in_buffer = sizeof end;
        return TRUE;
    }
    hide_say_truncated(((error_state *)cinfo->err)->message, source->byte_count);
    longjmp(((error_state *)cinfo->err)->escape, 1);
}

static void skip_bytes(j_decompress_ptr cinfo, long count) {
    if (count <= 0) return;
    if ((size_t)count > cinfo->src->bytes_in_buffer) {
        refuse_more(cinfo);
        return;
    }
    cinfo->src->next_input_byte += count;
    cinfo->src->bytes_in_buffer -= (size_t)count;
}

typedef struct {
    struct jpeg_progress_mgr base;
    uint32_t scan_limit;
    uint64_t scanned_pixel_limit;
} scan_guard;

// A few kilobytes can hold thousands of scans over a large picture and keep a decoder busy for hours.
static void check_scans(j_common_ptr cinfo) {
    j_decompress_ptr decoder = (j_decompress_ptr)cinfo;
    scan_guard *guard = (scan_guard *)cinfo->progress;
    uint64_t scans = decoder->input_scan_number > 0 ? (uint64_t)decoder->input_scan_number : 0;
    uint64_t pixels = (uint64_t)decoder->image_width * decoder->image_height;
    if (scans > guard->scan_limit || (scans > 1 && scans * pixels > guard->scanned_pixel_limit)) {
        leave_with(decoder, "progressive JPEG with too many scans");
    }
}

typedef struct {
    struct jpeg_decompress_struct cinfo;
    error_state errors;
    byte_source source;
    scan_guard guard;
    uint8_t *row;   // one CMYK row, else NULL
} decoder_state;

static void open_decoder(decoder_state *state, const uint8_t *bytes, size_t count,
                         const hide_picture_limits *limits) {
    jpeg_create_decompress(&state->cinfo);
    state->cinfo.mem->max_memory_to_use = (long)limits->working_bytes;
    state->guard.base.progress_monitor = check_scans;
    state->guard.scan_limit = limits->scan_count;
    state->cinfo.progress = &state->guard.base;
    state->guard.scanned_pixel_limit = limits->scanned_pixel_count;
    struct jpeg_source_mgr *source = &state->source.base;
    source->init_source = begin_source;
    source->fill_input_buffer = refuse_more;
    source->skip_input_data = skip_bytes;
    source->resync_to_restart = jpeg_resync_to_restart;
    source->term_source = begin_source;
    source->next_input_byte = bytes;
    source->bytes_in_buffer = count;
    state->source.byte_count = count;
    state->cinfo.src = source;
    jpeg_read_header(&state->cinfo, TRUE);
}

static void prepare_errors(decoder_state *state, char *message) {
    memset(state, 0, sizeof *state);
    state->cinfo.err = jpeg_std_error(&state->errors.base);
    state->errors.base.error_exit = leave;
    state->errors.base.emit_message = ignore_warning;
    state->errors.base.output_message = print_nothing;
    state->errors.message = message;
}

static int probe(const uint8_t *bytes, size_t count, const hide_picture_limits *limits,
                 hide_picture_info *info, char *message) {
    decoder_state *state = malloc(sizeof *state);
    if (!state) {
        hide_say(message, "out of memory");
        return 0;
    }
    prepare_errors(state, message);
    int done = 0;
    if (setjmp(state->errors.escape) == 0) {
        open_decoder(state, bytes, count, limits);
        info->width = state->cinfo.image_width;
        info->height = state->cinfo.image_height;
        done = 1;
    }
    jpeg_destroy_decompress(&state->cinfo);
    free(state);
    return done;
}

// CMYK files hold inverted inks (Adobe's convention, which Pillow assumes for all).
static void rgb_from_inverted_cmyk(const uint8_t *cmyk, uint8_t *rgb, uint32_t width) {
    for (uint32_t x = 0; x < width; x++, cmyk += 4, rgb += 3) {
        int white = cmyk[3];
        for (int c = 0; c < 3; c++) rgb[c] = (uint8_t)(white - hide_scaled(255 - cmyk[c], white));
    }
}

static void rgb_from_gray(uint8_t *row, uint32_t width) {
    for (uint32_t x = width; x-- > 0;) {
        uint8_t gray = row[x];
        row[3 * x] = row[3 * x + 1] = row[3 * x + 2] = gray;
    }
}

static void read_rows(decoder_state *state, const hide_picture_info *info, uint8_t *rgb) {
    j_decompress_ptr cinfo = &state->cinfo;
    switch (cinfo->num_components) {
    case 1: cinfo->out_color_space = JCS_GRAYSCALE; break;
    case 3: cinfo->out_color_space = JCS_RGB; break;
    case 4: cinfo->out_color_space = JCS_CMYK; break;
    default: leave_with(cinfo, "neither gray, colour nor CMYK");
    }
    jpeg_start_decompress(cinfo);
    if (cinfo->output_width != info->width || cinfo->output_height != info->height) {
        leave_with(cinfo, "the header contradicts itself");
    }
    if (cinfo->num_components == 4) {
        state->row = malloc((size_t)info->width * 4);
        if (!state->row) leave_with(cinfo, "out of memory");
    }
    while (cinfo->output_scanline < cinfo->output_height) {
        uint8_t *target = rgb + (size_t)cinfo->output_scanline * info->width * 3;
        uint8_t *row = state->row ? state->row : target;
        jpeg_read_scanlines(cinfo, &row, 1);
        if (cinfo->num_components == 4) rgb_from_inverted_cmyk(row, target, info->width);
        if (cinfo->num_components == 1) rgb_from_gray(target, info->width);
    }
    // Damage between the last row and the end marker makes a file damaged for Pillow too.
    state->source.has_all_rows = 1;
    jpeg_finish_decompress(cinfo);
}

static int decode(const uint8_t *bytes, size_t count, const hide_picture_limits *limits,
                  const hide_picture_info *info, uint8_t *rgb, char *message) {
    decoder_state *state = malloc(sizeof *state);
    if (!state) {
        hide_say(message, "out of memory");
        return 0;
    }
    prepare_errors(state, message);
    int done = 0;
    if (setjmp(state->errors.escape) == 0) {
        open_decoder(state, bytes, count, limits);
        read_rows(state, info, rgb);
        done = 1;
    }
    free(state->row);
    jpeg_destroy_decompress(&state->cinfo);
    free(state);
    return done;
}

const hide_codec hide_jpeg = {probe, decode};
