// Wraps the HDF5 macros that are calls at run time (or casts), which Swift cannot import.
#ifndef HIDE_CHDF5_SHIM_H
#define HIDE_CHDF5_SHIM_H

#include <hdf5.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "source.h"

static inline hid_t hide_h5_native_float(void) { return H5T_NATIVE_FLOAT; }
static inline hid_t hide_h5_native_double(void) { return H5T_NATIVE_DOUBLE; }
static inline hid_t hide_h5_native_int64(void) { return H5T_NATIVE_INT64; }
static inline hid_t hide_h5_native_uint8(void) { return H5T_NATIVE_UINT8; }
static inline hid_t hide_h5_file_float(void) { return H5T_IEEE_F32LE; }
static inline hid_t hide_h5_file_double(void) { return H5T_IEEE_F64LE; }
static inline hid_t hide_h5_file_int64(void) { return H5T_STD_I64LE; }
static inline hid_t hide_h5_file_uint8(void) { return H5T_STD_U8LE; }

static inline hid_t hide_h5_default(void) { return H5P_DEFAULT; }
static inline hid_t hide_h5_all(void) { return H5S_ALL; }

// A C string type of `size` bytes, padded with NUL, in UTF-8.
static inline hid_t hide_h5_text_type(size_t size) {
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type < 0) return type;
    if (H5Tset_size(type, size) < 0 || H5Tset_strpad(type, H5T_STR_NULLPAD) < 0
        || H5Tset_cset(type, H5T_CSET_UTF8) < 0) {
        H5Tclose(type);
        return -1;
    }
    return type;
}

// A string type in memory that matches `stored`: variable length, in its character set.
static inline hid_t hide_h5_variable_text_type(hid_t stored) {
    hid_t type = H5Tcopy(H5T_C_S1);
    if (type < 0) return type;
    if (H5Tset_size(type, H5T_VARIABLE) < 0 || H5Tset_cset(type, H5Tget_cset(stored)) < 0) {
        H5Tclose(type);
        return -1;
    }
    return type;
}

static inline hid_t hide_h5_create(const char *path) {
    return H5Fcreate(path, H5F_ACC_EXCL, H5P_DEFAULT, H5P_DEFAULT);
}

// Creates a file in memory that grows by `increment` bytes and never touches the disk.
static inline hid_t hide_h5_create_in_memory(const char *name, size_t increment) {
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (access < 0) return access;
    hid_t file = -1;
    if (H5Pset_fapl_core(access, increment, 0) >= 0)
        file = H5Fcreate(name, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    // Every call of the library that succeeds clears the error stack: keep it across the close.
    hid_t stack = file < 0 ? H5Eget_current_stack() : -1;
    H5Pclose(access);
    if (stack >= 0) H5Eset_current_stack(stack);
    return file;
}

static inline herr_t hide_h5_flush(hid_t file) { return H5Fflush(file, H5F_SCOPE_GLOBAL); }

// Where an object lies in its file: equal for two paths to one object.
static inline herr_t hide_h5_address(hid_t object, uint64_t *address) {
#if H5_VERSION_GE(1, 12, 0)
    H5O_info2_t info;
    herr_t status = H5Oget_info3(object, &info, H5O_INFO_BASIC);
    if (status >= 0) memcpy(address, &info.token, sizeof *address);
#else
    H5O_info_t info;
    herr_t status = H5Oget_info2(object, &info, H5O_INFO_BASIC);
    if (status >= 0) *address = info.addr;
#endif
    return status;
}

// Link creation that makes the groups on the way.
static inline hid_t hide_h5_link_properties(void) {
    hid_t list = H5Pcreate(H5P_LINK_CREATE);
    if (list >= 0 && H5Pset_create_intermediate_group(list, 1) < 0) {
        H5Pclose(list);
        return -1;
    }
    return list;
}

// The class of the lists that say how a dataset is made.
static inline hid_t hide_h5_class_of_creation(void) { return H5P_DATASET_CREATE; }

// Dataset creation without time stamps: equal content makes equal bytes.
static inline hid_t hide_h5_dataset_properties(void) {
    hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    if (list >= 0 && H5Pset_obj_track_times(list, 0) < 0) {
        H5Pclose(list);
        return -1;
    }
    return list;
}

// Adds a text attribute of variable length, which h5py reads as a str.
static inline herr_t hide_h5_write_text(hid_t object, const char *name, const char *text) {
    hid_t type = H5Tcopy(H5T_C_S1);
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = -1;
    herr_t status = -1;
    if (type >= 0 && space >= 0 && H5Tset_size(type, H5T_VARIABLE) >= 0
        && H5Tset_cset(type, H5T_CSET_UTF8) >= 0)
        attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute >= 0) status = H5Awrite(attribute, type, &text);
    // Every call that succeeds clears the error stack: keep it across the closes.
    hid_t stack = status < 0 ? H5Eget_current_stack() : -1;
    if (attribute >= 0) H5Aclose(attribute);
    if (space >= 0) H5Sclose(space);
    if (type >= 0) H5Tclose(type);
    if (stack >= 0) H5Eset_current_stack(stack);
    return status;
}

// Printing of errors is a setting of each thread in the thread-safe build of the library.
static inline void hide_h5_silence(void) { H5Eset_auto2(H5E_DEFAULT, NULL, NULL); }

// The error stack of the calling thread as one text, innermost first, parts joined by " | ".
typedef struct { char *text; size_t capacity; size_t count; } hide_h5_text;

static inline void hide_h5_append(hide_h5_text *out, const char *part) {
    size_t length = part ? strlen(part) : 0;
    if (out->count + length + 1 > out->capacity) length = out->capacity - out->count - 1;
    memcpy(out->text + out->count, part, length);
    out->count += length;
    out->text[out->count] = 0;
}

static herr_t hide_h5_walk(unsigned n, const H5E_error2_t *entry, void *data) {
    hide_h5_text *out = (hide_h5_text *)data;
    if (n > 0) hide_h5_append(out, " | ");
    hide_h5_append(out, entry->func_name);
    hide_h5_append(out, ": ");
    hide_h5_append(out, entry->desc);
    return 0;
}

// Writes the error stack into `text` (`capacity` > 0 bytes, ended by NUL) and clears it.
static inline void hide_h5_error_stack(char *text, size_t capacity) {
    hide_h5_text out = {text, capacity, 0};
    text[0] = 0;
    hid_t stack = H5Eget_current_stack();
    if (stack < 0) return;
    H5Ewalk2(stack, H5E_WALK_UPWARD, hide_h5_walk, &out);
    H5Eclose_stack(stack);
}

#endif
