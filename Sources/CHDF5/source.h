// A file of the library whose bytes a function of ours gives: the library holds no descriptor, and
// whatever the file says, it opens no other one.
#ifndef HIDE_CHDF5_SOURCE_H
#define HIDE_CHDF5_SOURCE_H

#include <hdf5.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h>
#endif

typedef struct {
    void *context;
    // Fills `buffer`; 0 when that is done.
    int (*read)(void *context, uint64_t offset, size_t count, void *buffer);
    uint64_t byte_count;
    // The one name that this source answers to: what a link of the file names is another.
    char name[64];
} hide_h5_source;

typedef struct {
    H5FD_t base;
    hide_h5_source source;
    haddr_t end;
} hide_h5_source_file;

static H5FD_t *hide_h5_source_open(const char *name, unsigned flags, hid_t access, haddr_t limit) {
    const hide_h5_source *source = (const hide_h5_source *)H5Pget_driver_info(access);
    (void)limit;
    if (!source || strcmp(name, source->name) != 0 || (flags & H5F_ACC_RDWR)) return NULL;
    hide_h5_source_file *file = (hide_h5_source_file *)calloc(1, sizeof *file);
    if (file) file->source = *source;
    return (H5FD_t *)file;
}

static herr_t hide_h5_source_close(H5FD_t *file) {
    free(file);
    return 0;
}

static herr_t hide_h5_source_query(const H5FD_t *file, unsigned long *flags) {
    (void)file;
    if (flags) *flags = 0;
    return 0;
}

static haddr_t hide_h5_source_get_end(const H5FD_t *file, H5FD_mem_t kind) {
    (void)kind;
    return ((const hide_h5_source_file *)file)->end;
}

static herr_t hide_h5_source_set_end(H5FD_t *file, H5FD_mem_t kind, haddr_t end) {
    (void)kind;
    ((hide_h5_source_file *)file)->end = end;
    return 0;
}

static haddr_t hide_h5_source_size(const H5FD_t *file, H5FD_mem_t kind) {
    (void)kind;
    return (haddr_t)((const hide_h5_source_file *)file)->source.byte_count;
}

// As the library's own drivers do, what lies beyond the end is zero.
static herr_t hide_h5_source_read(H5FD_t *file, H5FD_mem_t kind, hid_t list, haddr_t address,
                                  size_t size, void *buffer) {
    const hide_h5_source *source = &((hide_h5_source_file *)file)->source;
    (void)kind, (void)list;
    uint64_t left = address < source->byte_count ? source->byte_count - address : 0;
    size_t count = size < left ? size : (size_t)left;
    memset((char *)buffer + count, 0, size - count);
    return count == 0 || source->read(source->context, address, count, buffer) == 0 ? 0 : -1;
}

static herr_t hide_h5_source_write(H5FD_t *file, H5FD_mem_t kind, hid_t list, haddr_t address,
                                   size_t size, const void *buffer) {
    (void)file, (void)kind, (void)list, (void)address, (void)size, (void)buffer;
    return -1;
}

// The driver, registered once. The caller is alone in the library.
static inline hid_t hide_h5_source_driver(void) {
    static hid_t driver = -1;
    static const H5FD_class_t description = {
#ifdef H5FD_CLASS_VERSION
        .version = H5FD_CLASS_VERSION,
        .value = (H5FD_class_value_t)600,
#endif
        .name = "hide-pipeline",
        .maxaddr = (haddr_t)1 << 62,
        .fc_degree = H5F_CLOSE_STRONG,
        .fapl_size = sizeof(hide_h5_source),
        .open = hide_h5_source_open,
        .close = hide_h5_source_close,
        .query = hide_h5_source_query,
        .get_eoa = hide_h5_source_get_end,
        .set_eoa = hide_h5_source_set_end,
        .get_eof = hide_h5_source_size,
        .read = hide_h5_source_read,
        .write = hide_h5_source_write,
        .fl_map = H5FD_FLMAP_DICHOTOMY,
    };
    // A filter that the library does not know itself would be looked for as a shared library.
    if (driver < 0 && H5PLset_loading_state(0) >= 0) driver = H5FDregister(&description);
    return driver;
}

// Opens a source for reading, which must outlive the file; `number` is another for every open file.
static inline hid_t hide_h5_open_source(const hide_h5_source *given, uint64_t number) {
    hide_h5_source source = *given;
    snprintf(source.name, sizeof source.name, "hide-pipeline:%016llx", (unsigned long long)number);
    hid_t driver = hide_h5_source_driver();
    if (driver < 0) return driver;
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (access < 0) return access;
    hid_t file = -1;
    if (H5Pset_driver(access, driver, &source) >= 0)
        file = H5Fopen(source.name, H5F_ACC_RDONLY, access);
    hid_t stack = file < 0 ? H5Eget_current_stack() : -1;
    H5Pclose(access);
    if (stack >= 0) H5Eset_current_stack(stack);
    return file;
}

// What a link is.
enum { HIDE_H5_HARD = 0, HIDE_H5_SOFT = 1, HIDE_H5_EXTERNAL = 2, HIDE_H5_UNKNOWN = 3 };

// Tells what the last link of a path is, and of a soft or external link its path and file. The texts
// end with NUL and are cut at `capacity` bytes. -1 when there is no such link.
static inline int hide_h5_link(hid_t file, const char *path, char *target, char *other,
                               size_t capacity) {
    target[0] = other[0] = 0;
#if H5_VERSION_GE(1, 12, 0)
    H5L_info2_t info;
    if (H5Lget_info2(file, path, &info, H5P_DEFAULT) < 0) return -1;
#else
    H5L_info_t info;
    if (H5Lget_info(file, path, &info, H5P_DEFAULT) < 0) return -1;
#endif
    if (info.type == H5L_TYPE_HARD) return HIDE_H5_HARD;
    if (info.type != H5L_TYPE_SOFT && info.type != H5L_TYPE_EXTERNAL) return HIDE_H5_UNKNOWN;
    size_t size = info.u.val_size;
    char *value = (char *)calloc(1, size + 1);
    if (!value) return HIDE_H5_UNKNOWN;
    int kind = info.type == H5L_TYPE_SOFT ? HIDE_H5_SOFT : HIDE_H5_EXTERNAL;
    if (H5Lget_val(file, path, value, size, H5P_DEFAULT) < 0) {
        kind = HIDE_H5_UNKNOWN;
    } else if (kind == HIDE_H5_SOFT) {
        snprintf(target, capacity, "%s", value);
    } else {
        unsigned flags = 0;
        const char *name = NULL, *object = NULL;
        if (H5Lunpack_elink_val(value, size, &flags, &name, &object) >= 0) {
            snprintf(target, capacity, "%s", object);
            snprintf(other, capacity, "%s", name);
        }
    }
    free(value);
    return kind;
}

// Where the elements of a dataset lie.
enum { HIDE_H5_INSIDE = 0, HIDE_H5_OUTSIDE = 1, HIDE_H5_VIRTUAL = 2, HIDE_H5_FILTERED = 3 };

// Tells whether the elements lie in the file itself, in a form that the library reads by itself; else
// `name` is the first file that they lie in, or the filter. -1 on failure.
static inline int hide_h5_storage(hid_t dataset, char *name, size_t capacity) {
    name[0] = 0;
    hid_t list = H5Dget_create_plist(dataset);
    if (list < 0) return -1;
    int kind = HIDE_H5_INSIDE;
    int count = H5Pget_nfilters(list);
    for (int index = 0; index < count; index++) {
        unsigned flags = 0;
        size_t values = 0;
        char text[64] = "";
        H5Z_filter_t filter = H5Pget_filter2(list, (unsigned)index, &flags, &values, NULL,
                                             sizeof text, text, NULL);
        if (filter >= H5Z_FILTER_NONE && filter <= H5Z_FILTER_SCALEOFFSET) continue;
        kind = HIDE_H5_FILTERED;
        text[sizeof text - 1] = 0;
        snprintf(name, capacity, "%d%s%s", (int)filter, text[0] ? " " : "", text);
    }
    if (H5Pget_external_count(list) > 0) {
        off_t offset = 0;
        hsize_t size = 0;
        kind = HIDE_H5_OUTSIDE;
        H5Pget_external(list, 0, capacity - 1, name, &offset, &size);
        name[capacity - 1] = 0;
    }
    if (H5Pget_layout(list) == H5D_VIRTUAL) {
        size_t maps = 0;
        kind = HIDE_H5_VIRTUAL;
        if (H5Pget_virtual_count(list, &maps) >= 0 && maps > 0)
            H5Pget_virtual_filename(list, 0, name, capacity);
    }
    H5Pclose(list);
    return kind;
}

#endif
