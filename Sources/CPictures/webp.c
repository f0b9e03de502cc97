// WebP through libwebp: alpha is dropped, not composed; of an animation the first frame is read, on
// a canvas that is black where the frame does not reach, as Pillow does.

#include "internal.h"
#include <webp/decode.h>
#include <webp/demux.h>

static int describe(VP8StatusCode status, size_t count, char *message) {
    switch (status) {
    case VP8_STATUS_OK: return 1;
    case VP8_STATUS_NOT_ENOUGH_DATA:
    case VP8_STATUS_SUSPENDED: return hide_say_truncated(message, count);
    case VP8_STATUS_OUT_OF_MEMORY: return hide_refuse(message, "out of memory");
    case VP8_STATUS_UNSUPPORTED_FEATURE:
        return hide_refuse(message, "a WebP picture with a feature that libwebp does not support");
    default: return hide_refuse(message, "a damaged WebP picture");
    }
}

// An animation's canvas is in its header; the library's own look says the same.
static int probe(const uint8_t *bytes, size_t count, const hide_picture_limits *limits,
                 hide_picture_info *info, char *message) {
    (void)limits;
    WebPBitstreamFeatures features;
    if (!describe(WebPGetFeatures(bytes, count, &features), count, message)) return 0;
    if ((uint64_t)hide_little32(bytes + 4) + 8 > count) return hide_say_truncated(message, count);
    info->width = (uint32_t)features.width;
    info->height = (uint32_t)features.height;
    return 1;
}

static int decode_still(const uint8_t *bytes, size_t count, const hide_picture_info *info,
                        uint8_t *rgb, char *message) {
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config)) return hide_refuse(message, "another libwebp than built for");
    config.output.colorspace = MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = rgb;
    config.output.u.RGBA.stride = (int)info->width * 3;
    config.output.u.RGBA.size = (size_t)info->width * info->height * 3;
    int done = describe(WebPDecode(bytes, count, &config), count, message);
    WebPFreeDecBuffer(&config.output);
    return done;
}

static int decode_first_frame(const uint8_t *bytes, size_t count, const hide_picture_limits *limits,
                              const hide_picture_info *info, uint8_t *rgb, char *message) {
    // The library keeps two canvases of four bytes a pixel.
    uint64_t pixels = (uint64_t)info->width * info->height;
    if (pixels * 8 > limits->working_bytes) {
        return hide_refuse(message, "the picture needs too much memory");
    }
    WebPAnimDecoderOptions options;
    if (!WebPAnimDecoderOptionsInit(&options)) {
        return hide_refuse(message, "another libwebp than built for");
    }
    options.color_mode = MODE_RGBA;
    WebPData data = {bytes, count};
    WebPAnimDecoder *decoder = WebPAnimDecoderNew(&data, &options);
    if (!decoder) return hide_refuse(message, "a damaged WebP animation");
    WebPAnimInfo canvas;
    uint8_t *frame = NULL;
    int moment = 0;
    int done = WebPAnimDecoderGetInfo(decoder, &canvas) && canvas.canvas_width == info->width
        && canvas.canvas_height == info->height && WebPAnimDecoderGetNext(decoder, &frame, &moment);
    for (uint64_t i = 0; done && i < pixels; i++) memcpy(rgb + i * 3, frame + i * 4, 3);
    if (!done) hide_say(message, "a damaged WebP animation");
    WebPAnimDecoderDelete(decoder);
    return done;
}

static int decode(const uint8_t *bytes, size_t count, const hide_picture_limits *limits,
                  const hide_picture_info *info, uint8_t *rgb, char *message) {
    WebPBitstreamFeatures features;
    if (!describe(WebPGetFeatures(bytes, count, &features), count, message)) return 0;
    if (features.has_animation) {
        return decode_first_frame(bytes, count, limits, info, rgb, message);
    }
    return decode_still(bytes, count, info, rgb, message);
}

const hide_codec hide_webp = {probe, decode};
