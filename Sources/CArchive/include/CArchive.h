#ifndef HIDE_CARCHIVE_H
#define HIDE_CARCHIVE_H

#include <stdint.h>

/* Archives through libarchive. Its own headers stay in here: they would claim the system's
   declarations of files for this module. Only formats that the library reads itself are on, so that
   no file makes it start a program. */

typedef struct hide_archive hide_archive;

enum {
    HIDE_ARCHIVE_FILE = 0,
    HIDE_ARCHIVE_FOLDER = 1,
    /* A link, device, pipe or socket. */
    HIDE_ARCHIVE_OTHER = 2
};

enum {
    HIDE_ARCHIVE_DONE = 0,
    HIDE_ARCHIVE_ENTRY = 1,
    /* `hide_archive_problem` says what. */
    HIDE_ARCHIVE_DAMAGED = -1,
    HIDE_ARCHIVE_OVER_BUDGET = -2,
    /* `errno` says what. */
    HIDE_ARCHIVE_SYSTEM = -3
};

/* Opens an archive; NULL when there is no memory. Whether it is one shows with the first entry. */
hide_archive *hide_archive_open(const char *path);
void hide_archive_close(hide_archive *archive);

/* Goes to the next entry. `path` is valid until the next call and may become NULL for a name that
   cannot be read. */
int hide_archive_next(hide_archive *archive, const char **path, int *kind);

/* Writes the content of the current entry to an empty file; takes what it writes from the budget. */
int hide_archive_write(hide_archive *archive, int descriptor, int64_t *budget);

/* Bytes of the archive that have been read. */
int64_t hide_archive_position(hide_archive *archive);
const char *hide_archive_problem(hide_archive *archive);

/* Has everything on the file system of an open file written to the disk; 0 when that is done. */
int hide_archive_sync(int descriptor);

#endif
