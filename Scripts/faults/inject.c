/* Makes one call of the system fail, for Scripts/faults.py: loaded before libc by LD_PRELOAD.

   INJECT_ROOTS   folders and files, absolute, separated by ':'; only calls on these and below count
   INJECT_KIND    the kind of call: one of `kind_names`
   INJECT_AT      the number of the call that fails, from 1
   INJECT_ERROR   an error number; 0 for a call that reads or writes only half of what it could
   INJECT_LASTS   when set, all later calls of the kind fail too, as on a full disk
   INJECT_LOG     a file that gets a line "count KIND N" for each kind at the end of a process, and a
                  line "hit" for each call that failed

   Calls that libc makes inside itself (the `open` of `opendir`) do not pass through here; the outer
   call does. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum {
    OPEN, READ, WRITE, SYNC, RENAME, CLOSE, LOCK, MKDIR, OPENDIR, READDIR, STAT, UNLINK, TRUNCATE,
    TIMES, MAP, KIND_COUNT
};
static const char *kind_names[KIND_COUNT] = {
    "open",    "read",    "write", "sync",   "rename",   "close", "lock", "mkdir",
    "opendir", "readdir", "stat",  "unlink", "truncate", "times", "map",
};

enum { MOST_DESCRIPTORS = 1 << 16 };
static atomic_char is_watched[MOST_DESCRIPTORS];
static atomic_int counts[KIND_COUNT];
static const char *roots = "", *log_path;
static int chosen = -1, position, failure, lasts;

__attribute__((constructor)) static void prepare(void) {
    const char *kind = getenv("INJECT_KIND");
    if (getenv("INJECT_ROOTS")) roots = getenv("INJECT_ROOTS");
    log_path = getenv("INJECT_LOG");
    position = atoi(getenv("INJECT_AT") ? getenv("INJECT_AT") : "0");
    failure = atoi(getenv("INJECT_ERROR") ? getenv("INJECT_ERROR") : "5");
    lasts = getenv("INJECT_LASTS") != NULL;
    for (int i = 0; kind && i < KIND_COUNT; i++)
        if (strcmp(kind, kind_names[i]) == 0) chosen = i;
}

/* The log is written by bare system calls, which are not counted. */
static void note(const char *text) {
    if (!log_path) return;
    long file = syscall(SYS_openat, AT_FDCWD, log_path, O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (file < 0) return;
    syscall(SYS_write, file, text, strlen(text));
    syscall(SYS_close, file);
}

__attribute__((destructor)) static void report(void) {
    char line[64];
    for (int i = 0; i < KIND_COUNT; i++) {
        snprintf(line, sizeof line, "count %s %d\n", kind_names[i], atomic_load(&counts[i]));
        note(line);
    }
}

static int is_below(const char *path) {
    char whole[PATH_MAX];
    if (!path || !*path) return 0;
    while (path[0] == '.' && path[1] == '/') path += 2;
    if (path[0] != '/') {
        char folder[PATH_MAX];
        if (syscall(SYS_getcwd, folder, sizeof folder) < 0) return 0;
        if (snprintf(whole, sizeof whole, "%s/%s", folder, path) >= (int)sizeof whole) return 0;
        path = whole;
    }
    for (const char *root = roots; *root;) {
        size_t count = strcspn(root, ":");
        if (count > 0 && strncmp(path, root, count) == 0 && (!path[count] || path[count] == '/'))
            return 1;
        root += count + (root[count] == ':');
    }
    return 0;
}

static int watches(int file) { return file >= 0 && file < MOST_DESCRIPTORS && is_watched[file]; }

static void watch(int file, int is_ours) {
    if (file >= 0 && file < MOST_DESCRIPTORS) is_watched[file] = (char)is_ours;
}

static int is_below_at(int folder, const char *path) {
    return path && path[0] != '/' && folder != AT_FDCWD ? watches(folder) : is_below(path);
}

/* Counts a call; whether it is to fail. */
static int strikes(int kind, int is_ours) {
    if (!is_ours) return 0;
    int count = ++counts[kind];
    if (kind != chosen || (lasts ? count < position : count != position)) return 0;
    note("hit\n");
    return 1;
}

#define REAL(result, name, ...)                                                                    \
    static result (*real)(__VA_ARGS__);                                                            \
    if (!real) real = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

#define FAIL(value)                                                                                \
    do {                                                                                           \
        errno = failure;                                                                           \
        return value;                                                                              \
    } while (0)

#define MODE(flags)                                                                                \
    mode_t mode = 0;                                                                               \
    if ((flags) & (O_CREAT | __O_TMPFILE)) {                                                       \
        va_list rest;                                                                              \
        va_start(rest, flags);                                                                     \
        mode = va_arg(rest, mode_t);                                                               \
        va_end(rest);                                                                              \
    }

#define OPENS(name)                                                                                \
    int name(const char *path, int flags, ...) {                                                   \
        MODE(flags)                                                                                \
        REAL(int, name, const char *, int, ...);                                                   \
        int is_ours = is_below(path);                                                              \
        if (strikes(OPEN, is_ours)) FAIL(-1);                                                      \
        int file = real(path, flags, mode);                                                        \
        watch(file, is_ours);                                                                      \
        return file;                                                                               \
    }
OPENS(open)
OPENS(open64)

#define OPENS_AT(name)                                                                             \
    int name(int folder, const char *path, int flags, ...) {                                       \
        MODE(flags)                                                                                \
        REAL(int, name, int, const char *, int, ...);                                              \
        int is_ours = is_below_at(folder, path);                                                   \
        if (strikes(OPEN, is_ours)) FAIL(-1);                                                      \
        int file = real(folder, path, flags, mode);                                                \
        watch(file, is_ours);                                                                      \
        return file;                                                                               \
    }
OPENS_AT(openat)
OPENS_AT(openat64)

#define CREATES(name)                                                                              \
    int name(const char *path, mode_t mode) {                                                      \
        REAL(int, name, const char *, mode_t);                                                     \
        int is_ours = is_below(path);                                                              \
        if (strikes(OPEN, is_ours)) FAIL(-1);                                                      \
        int file = real(path, mode);                                                               \
        watch(file, is_ours);                                                                      \
        return file;                                                                               \
    }
CREATES(creat)
CREATES(creat64)

#define OPENS_STREAM(name)                                                                         \
    FILE *name(const char *path, const char *mode) {                                               \
        REAL(FILE *, name, const char *, const char *);                                            \
        if (strikes(OPEN, is_below(path))) FAIL(NULL);                                             \
        return real(path, mode);                                                                   \
    }
OPENS_STREAM(fopen)
OPENS_STREAM(fopen64)

/* Half of a transfer, but something: nothing would look like the end. */
static size_t part(size_t count) { return failure == 0 && count > 1 ? count / 2 : count; }

ssize_t read(int file, void *buffer, size_t count) {
    REAL(ssize_t, read, int, void *, size_t);
    if (!strikes(READ, watches(file))) return real(file, buffer, count);
    if (failure != 0) FAIL(-1);
    return real(file, buffer, part(count));
}

ssize_t __read_chk(int file, void *buffer, size_t count, size_t room) {
    REAL(ssize_t, __read_chk, int, void *, size_t, size_t);
    if (!strikes(READ, watches(file))) return real(file, buffer, count, room);
    if (failure != 0) FAIL(-1);
    return real(file, buffer, part(count), room);
}

#define TRANSFERS(name, kind, pointer)                                                             \
    ssize_t name(int file, pointer buffer, size_t count, off_t offset) {                           \
        REAL(ssize_t, name, int, pointer, size_t, off_t);                                          \
        if (!strikes(kind, watches(file))) return real(file, buffer, count, offset);               \
        if (failure != 0) FAIL(-1);                                                                \
        return real(file, buffer, part(count), offset);                                            \
    }
TRANSFERS(pread, READ, void *)
TRANSFERS(pread64, READ, void *)
TRANSFERS(pwrite, WRITE, const void *)
TRANSFERS(pwrite64, WRITE, const void *)

ssize_t write(int file, const void *buffer, size_t count) {
    REAL(ssize_t, write, int, const void *, size_t);
    if (!strikes(WRITE, watches(file))) return real(file, buffer, count);
    if (failure != 0) FAIL(-1);
    return real(file, buffer, part(count));
}

#define GATHERS(name, kind)                                                                        \
    ssize_t name(int file, const struct iovec *pieces, int count) {                                \
        REAL(ssize_t, name, int, const struct iovec *, int);                                       \
        if (!strikes(kind, watches(file))) return real(file, pieces, count);                       \
        if (failure != 0) FAIL(-1);                                                                \
        return real(file, pieces, (int)part((size_t)count));                                       \
    }
GATHERS(readv, READ)
GATHERS(writev, WRITE)

#define ON_FILE(name, kind)                                                                        \
    int name(int file) {                                                                           \
        REAL(int, name, int);                                                                      \
        if (strikes(kind, watches(file))) FAIL(-1);                                                \
        return real(file);                                                                         \
    }
ON_FILE(fsync, SYNC)
ON_FILE(fdatasync, SYNC)
ON_FILE(syncfs, SYNC)

/* The descriptor is closed, whatever is said. */
int close(int file) {
    REAL(int, close, int);
    int is_ours = watches(file);
    watch(file, 0);
    int status = real(file);
    if (strikes(CLOSE, is_ours)) FAIL(-1);
    return status;
}

int flock(int file, int operation) {
    REAL(int, flock, int, int);
    if (strikes(LOCK, watches(file))) FAIL(-1);
    return real(file, operation);
}

int rename(const char *from, const char *to) {
    REAL(int, rename, const char *, const char *);
    if (strikes(RENAME, is_below(from) || is_below(to))) FAIL(-1);
    return real(from, to);
}

int renameat(int from_folder, const char *from, int to_folder, const char *to) {
    REAL(int, renameat, int, const char *, int, const char *);
    if (strikes(RENAME, is_below_at(from_folder, from) || is_below_at(to_folder, to))) FAIL(-1);
    return real(from_folder, from, to_folder, to);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags) {
    REAL(int, renameat2, int, const char *, int, const char *, unsigned);
    if (strikes(RENAME, is_below_at(from_folder, from) || is_below_at(to_folder, to))) FAIL(-1);
    return real(from_folder, from, to_folder, to, flags);
}

int mkdir(const char *path, mode_t mode) {
    REAL(int, mkdir, const char *, mode_t);
    if (strikes(MKDIR, is_below(path))) FAIL(-1);
    return real(path, mode);
}

int mkdirat(int folder, const char *path, mode_t mode) {
    REAL(int, mkdirat, int, const char *, mode_t);
    if (strikes(MKDIR, is_below_at(folder, path))) FAIL(-1);
    return real(folder, path, mode);
}

DIR *opendir(const char *path) {
    REAL(DIR *, opendir, const char *);
    int is_ours = is_below(path);
    if (strikes(OPENDIR, is_ours)) FAIL(NULL);
    DIR *folder = real(path);
    if (folder) watch(dirfd(folder), is_ours);
    return folder;
}

int closedir(DIR *folder) {
    REAL(int, closedir, DIR *);
    watch(dirfd(folder), 0);
    return real(folder);
}

#define LISTS(name, type)                                                                          \
    struct type *name(DIR *folder) {                                                               \
        REAL(struct type *, name, DIR *);                                                          \
        if (strikes(READDIR, watches(dirfd(folder)))) FAIL(NULL);                                  \
        return real(folder);                                                                       \
    }
LISTS(readdir, dirent)
LISTS(readdir64, dirent64)

ssize_t getdents64(int file, void *buffer, size_t count) {
    REAL(ssize_t, getdents64, int, void *, size_t);
    if (strikes(READDIR, watches(file))) FAIL(-1);
    return real(file, buffer, count);
}

#define LOOKS(name, type)                                                                          \
    int name(const char *path, struct type *status) {                                              \
        REAL(int, name, const char *, struct type *);                                              \
        if (strikes(STAT, is_below(path))) FAIL(-1);                                               \
        return real(path, status);                                                                 \
    }
LOOKS(stat, stat)
LOOKS(stat64, stat64)
LOOKS(lstat, stat)
LOOKS(lstat64, stat64)

#define LOOKS_AT_FILE(name, type)                                                                  \
    int name(int file, struct type *status) {                                                      \
        REAL(int, name, int, struct type *);                                                       \
        if (strikes(STAT, watches(file))) FAIL(-1);                                                \
        return real(file, status);                                                                 \
    }
LOOKS_AT_FILE(fstat, stat)
LOOKS_AT_FILE(fstat64, stat64)

#define LOOKS_BELOW(name, type)                                                                    \
    int name(int folder, const char *path, struct type *status, int flags) {                       \
        REAL(int, name, int, const char *, struct type *, int);                                    \
        if (strikes(STAT, is_below_at(folder, path))) FAIL(-1);                                    \
        return real(folder, path, status, flags);                                                  \
    }
LOOKS_BELOW(fstatat, stat)
LOOKS_BELOW(fstatat64, stat64)

int statx(int folder, const char *path, int flags, unsigned mask, struct statx *status) {
    REAL(int, statx, int, const char *, int, unsigned, struct statx *);
    if (strikes(STAT, is_below_at(folder, path))) FAIL(-1);
    return real(folder, path, flags, mask, status);
}

int access(const char *path, int mode) {
    REAL(int, access, const char *, int);
    if (strikes(STAT, is_below(path))) FAIL(-1);
    return real(path, mode);
}

int faccessat(int folder, const char *path, int mode, int flags) {
    REAL(int, faccessat, int, const char *, int, int);
    if (strikes(STAT, is_below_at(folder, path))) FAIL(-1);
    return real(folder, path, mode, flags);
}

int unlink(const char *path) {
    REAL(int, unlink, const char *);
    if (strikes(UNLINK, is_below(path))) FAIL(-1);
    return real(path);
}

int unlinkat(int folder, const char *path, int flags) {
    REAL(int, unlinkat, int, const char *, int);
    if (strikes(UNLINK, is_below_at(folder, path))) FAIL(-1);
    return real(folder, path, flags);
}

int rmdir(const char *path) {
    REAL(int, rmdir, const char *);
    if (strikes(UNLINK, is_below(path))) FAIL(-1);
    return real(path);
}

#define CUTS(name)                                                                                 \
    int name(int file, off_t count) {                                                              \
        REAL(int, name, int, off_t);                                                               \
        if (strikes(TRUNCATE, watches(file))) FAIL(-1);                                            \
        return real(file, count);                                                                  \
    }
CUTS(ftruncate)
CUTS(ftruncate64)

int utimensat(int folder, const char *path, const struct timespec times[2], int flags) {
    REAL(int, utimensat, int, const char *, const struct timespec *, int);
    if (strikes(TIMES, is_below_at(folder, path))) FAIL(-1);
    return real(folder, path, times, flags);
}

int futimens(int file, const struct timespec times[2]) {
    REAL(int, futimens, int, const struct timespec *);
    if (strikes(TIMES, watches(file))) FAIL(-1);
    return real(file, times);
}

#define MAPS(name)                                                                                 \
    void *name(void *start, size_t count, int rights, int flags, int file, off_t offset) {         \
        REAL(void *, name, void *, size_t, int, int, int, off_t);                                  \
        if (strikes(MAP, watches(file))) FAIL(MAP_FAILED);                                         \
        return real(start, count, rights, flags, file, offset);                                    \
    }
MAPS(mmap)
MAPS(mmap64)
