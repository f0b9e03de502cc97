#define _GNU_SOURCE
#include "CArchive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct hide_archive {
    struct archive *reader;
    struct archive_entry *entry;
    int descriptor;
    int is_open;
};

hide_archive *hide_archive_open(const char *path) {
    hide_archive *archive = calloc(1, sizeof *archive);
    if (!archive) return NULL;
    archive->reader = archive_read_new();
    if (!archive->reader) {
        free(archive);
        return NULL;
    }
    struct archive *reader = archive->reader;
    /* The library reads again after a signal, but does not open again; and a FIFO must not make it wait. */
    do {
        archive->descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    } while (archive->descriptor < 0 && errno == EINTR);
    if (archive->descriptor < 0) {
        archive_set_error(reader, errno, "%s", strerror(errno));
        return archive;
    }
    archive->is_open = archive_read_support_filter_gzip(reader) == ARCHIVE_OK
        && archive_read_support_filter_bzip2(reader) == ARCHIVE_OK
        && archive_read_support_filter_xz(reader) == ARCHIVE_OK
        && archive_read_support_format_tar(reader) == ARCHIVE_OK
        && archive_read_support_format_zip(reader) == ARCHIVE_OK
        && archive_read_open_fd(reader, archive->descriptor, 1 << 16) == ARCHIVE_OK;
    return archive;
}

void hide_archive_close(hide_archive *archive) {
    archive_read_free(archive->reader);
    if (archive->descriptor >= 0) close(archive->descriptor);
    free(archive);
}

static int kind_of(struct archive_entry *entry) {
    if (archive_entry_hardlink(entry) || archive_entry_symlink(entry)) return HIDE_ARCHIVE_OTHER;
    if (archive_entry_filetype(entry) == AE_IFREG) return HIDE_ARCHIVE_FILE;
    return archive_entry_filetype(entry) == AE_IFDIR ? HIDE_ARCHIVE_FOLDER : HIDE_ARCHIVE_OTHER;
}

int hide_archive_next(hide_archive *archive, const char **path, int *kind) {
    if (!archive->is_open) return HIDE_ARCHIVE_DAMAGED;
    int status = archive_read_next_header(archive->reader, &archive->entry);
    if (status == ARCHIVE_EOF) return HIDE_ARCHIVE_DONE;
    /* A warning is about owners, times or names that the machine's language cannot show. */
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return HIDE_ARCHIVE_DAMAGED;
    *path = archive_entry_pathname(archive->entry);
    if (!*path) *path = archive_entry_pathname_utf8(archive->entry);
    *kind = kind_of(archive->entry);
    return HIDE_ARCHIVE_ENTRY;
}

static int write_all(int descriptor, const char *block, size_t count, int64_t offset) {
    while (count > 0) {
        ssize_t written = pwrite(descriptor, block, count, offset);
        if (written < 0) {
            if (errno == EINTR) continue;
            return -1;
        }
        block += written;
        count -= (size_t)written;
        offset += written;
    }
    return 0;
}

int hide_archive_write(hide_archive *archive, int descriptor, int64_t *budget) {
    /* A sparse file may end in a hole, and its length costs nothing in the archive. */
    int64_t length =
        archive_entry_size_is_set(archive->entry) ? archive_entry_size(archive->entry) : 0;
    if (length > *budget) return HIDE_ARCHIVE_OVER_BUDGET;
    for (;;) {
        const void *block = NULL;
        size_t count = 0;
        int64_t offset = 0;
        int status = archive_read_data_block(archive->reader, &block, &count, &offset);
        if (status == ARCHIVE_EOF) break;
        if (status != ARCHIVE_OK) return HIDE_ARCHIVE_DAMAGED;
        if (offset < 0 || (int64_t)count > *budget || offset > *budget)
            return HIDE_ARCHIVE_OVER_BUDGET;
        *budget -= (int64_t)count;
        if (write_all(descriptor, block, count, offset) != 0) return HIDE_ARCHIVE_SYSTEM;
    }
    while (length > 0 && ftruncate(descriptor, length) != 0) {
        if (errno != EINTR) return HIDE_ARCHIVE_SYSTEM;
    }
    return HIDE_ARCHIVE_DONE;
}

int64_t hide_archive_position(hide_archive *archive) {
    return archive_filter_bytes(archive->reader, -1);
}

const char *hide_archive_problem(hide_archive *archive) {
    const char *text = archive_error_string(archive->reader);
    return text ? text : "is damaged";
}

int hide_archive_sync(int descriptor) {
    int status;
    do {
        status = syncfs(descriptor);
    } while (status != 0 && errno == EINTR);
    return status;
}
