#pragma once
#include <stddef.h>
#include <stdint.h>

/// Decoding of pictures from memory to memory, 8-bit RGB rows, as Pillow's `convert("RGB")` gives
/// them: JPEG, PNG, WebP and TIFF through their libraries, GIF, BMP and the PNM family by decoders of
/// our own. libjpeg and libpng report errors by longjmp; every jump starts and ends inside this target.

/// A file format, told from the first bytes of the content.
typedef enum {
    HIDE_PICTURE_UNKNOWN = 0,
    HIDE_PICTURE_JPEG = 1,
    HIDE_PICTURE_PNG = 2,
    HIDE_PICTURE_WEBP = 3,
    HIDE_PICTURE_GIF = 4,
    HIDE_PICTURE_BMP = 5,
    HIDE_PICTURE_TIFF = 6,
    HIDE_PICTURE_PNM = 7
} hide_picture_format;

/// The room for an error text, terminator included.
enum { HIDE_PICTURE_MESSAGE_LENGTH = 256 };

/// What the header of a picture says.
typedef struct {
    hide_picture_format format;
    uint32_t width;
    uint32_t height;
} hide_picture_info;

/// Bounds that hold before anything of the picture's size is allocated.
typedef struct {
    uint64_t pixel_count;      ///< greatest width × height
    uint64_t working_bytes;    ///< greatest memory a decoder may take for itself
    uint32_t scan_count;       ///< greatest number of scans of a JPEG
    uint64_t scanned_pixel_count; ///< greatest number of scans × pixels where there is more than one
} hide_picture_limits;

/// Tells the format from the first bytes, of which 18 decide.
hide_picture_format hide_picture_format_of(const uint8_t *bytes, size_t count);

/// Reads format, width and height. Returns 1, or 0 with a text in `message`, which is empty where the
/// format is unknown.
int hide_picture_probe(const uint8_t *bytes, size_t count, const hide_picture_limits *limits,
                       hide_picture_info *info, char *message);

/// Decodes into `rgb`, which holds exactly width × height × 3 bytes, rows without gaps.
/// Returns 1, or 0 with a text in `message`; then the contents of `rgb` are undefined.
int hide_picture_decode(const uint8_t *bytes, size_t count, const hide_picture_limits *limits,
                        const hide_picture_info *info, uint8_t *rgb, char *message);
