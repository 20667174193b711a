/* Stands between a program and the kernel, for the files below one directory (see shim.py).
 *
 * Two jobs, both told through a control file that is mapped and may change at any time: calls that
 * are slow or fail, and a log of every call that changes a file, with its octets, in the order in
 * which they happened. The log survives kill -9: a record is written by pwrite(2) behind the last
 * whole one and counts from the moment the control file says so.
 *
 * What changes a tracked file in a way that is not recorded octet by octet is recorded as UNKNOWN,
 * so that whoever reads the log can refuse it. Shared memory of sqlite ("-shm") is the exception:
 * it is mapped, and no part of what is durable.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* --- what shim.py and images.py know too -------------------------------------------------- */

#define MAGIC 0x54394c47u /* "GL9T" in the file, little-endian */
#define FAULTS 8
#define PATH_SIZE 1024
#define SUFFIX_SIZE 64

enum kind {
    WRITE = 1,
    TRUNCATE = 2,
    CREATE = 3,
    RENAME = 4,
    UNLINK = 5,
    LINK = 6,
    MKDIR = 7,
    SYNC_BEGUN = 8,
    SYNC_ENDED = 9,
    RMDIR = 10,
    UNKNOWN = 11,
};

/* Which calls a fault is for, a bit each. */
enum call { ON_WRITE = 1, ON_SYNC = 2, ON_CREATE = 4, ON_NAME = 8, ON_TRUNCATE = 16 };

struct fault {
    uint32_t calls;      /* of enum call; 0: this slot is free */
    int32_t error;       /* errno to fail with; 0: none */
    uint32_t delay_ms;   /* before the call */
    uint32_t octets;     /* a write takes so many at most; 0: all */
    int64_t skip;        /* calls that pass untouched first */
    int64_t remaining;   /* calls that are hit; negative: no limit */
    uint64_t until_ns;   /* CLOCK_MONOTONIC; 0: no limit */
    uint64_t hits;       /* calls that were hit */
    char suffix[SUFFIX_SIZE]; /* of the path; empty: every file */
};

struct control {
    uint32_t magic;
    uint32_t recording;
    uint32_t lock; /* process id of the holder, 0 when free */
    uint32_t unused;
    uint64_t sequence; /* of the last whole record */
    uint64_t size;     /* octets of whole records */
    char directory[PATH_SIZE];
    char log[PATH_SIZE];
    struct fault faults[FAULTS];
};

struct header {
    uint32_t magic;
    uint32_t kind;
    uint64_t sequence;
    uint64_t inode;
    uint64_t offset; /* of a write; the size of a truncation */
    uint64_t at_ns;  /* CLOCK_MONOTONIC */
    uint32_t process;
    int32_t error;
    uint32_t path_size;
    uint32_t other_size; /* the second path, of a rename or link */
    uint32_t data_size;
    uint32_t thread; /* begin and end of a sync belong together by it */
};

/* --- set-up --------------------------------------------------------------------------------- */

static struct control *control;
static size_t directory_size;
static int log_fd = -1;

static void die(const char *words)
{
    (void)!syscall(SYS_write, 2, words, strlen(words));
    (void)!syscall(SYS_write, 2, "\n", 1);
    _exit(70);
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("TEXT911_SHIM");
    if (path == NULL)
        return;
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
    if (fd < 0)
        die("shim: the control file cannot be opened");
    void *at = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    syscall(SYS_close, fd);
    if (at == MAP_FAILED)
        die("shim: the control file cannot be mapped");
    struct control *found = at;
    if (found->magic != MAGIC)
        die("shim: the control file is of another version");
    fd = (int)syscall(SYS_openat, AT_FDCWD, found->log, O_WRONLY | O_CLOEXEC, 0);
    if (fd < 0)
        die("shim: the log cannot be opened");
    log_fd = fcntl(fd, F_DUPFD_CLOEXEC, 500); /* out of the way of what the program opens */
    syscall(SYS_close, fd);
    if (log_fd < 0)
        die("shim: no file descriptor for the log");
    directory_size = strlen(found->directory);
    control = found;
}

/* --- whose file it is ----------------------------------------------------------------------- */

static int below(const char *path)
{
    return strncmp(path, control->directory, directory_size) == 0 &&
           (path[directory_size] == '/' || path[directory_size] == 0);
}

static int ends(const char *path, const char *suffix)
{
    size_t length = strlen(path), end = strlen(suffix);
    return length >= end && strcmp(path + length - end, suffix) == 0;
}

/* The path of an open file, if it is one of ours. */
static int tracked_fd(int fd, char *path, uint64_t *inode)
{
    struct stat seen;
    char link[64];
    if (control == NULL || fstat(fd, &seen) != 0)
        return 0;
    if (!S_ISREG(seen.st_mode) && !S_ISDIR(seen.st_mode))
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = syscall(SYS_readlink, link, path, PATH_SIZE - 1);
    if (size <= 0)
        return 0;
    path[size] = 0;
    *inode = seen.st_ino;
    return below(path);
}

/* The absolute path of a name, its folder resolved, if it is one of ours. */
static int tracked_at(int folder, const char *name, char *path)
{
    char joined[PATH_MAX * 2], resolved[PATH_MAX], link[64], start[PATH_MAX];
    if (control == NULL || name == NULL)
        return 0;
    if (name[0] == '/') {
        snprintf(joined, sizeof joined, "%s", name);
    } else {
        snprintf(link, sizeof link, folder == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d",
                 folder);
        ssize_t size = syscall(SYS_readlink, link, start, sizeof start - 1);
        if (size <= 0)
            return 0;
        start[size] = 0;
        snprintf(joined, sizeof joined, "%s/%s", start, name);
    }
    size_t length = strlen(joined);
    while (length > 1 && joined[length - 1] == '/')
        joined[--length] = 0;
    char *slash = strrchr(joined, '/');
    const char *last = slash + 1;
    *slash = 0;
    if (realpath(slash == joined ? "/" : joined, resolved) == NULL)
        return 0;
    int written = snprintf(path, PATH_SIZE, "%s/%s", resolved, last);
    return written < PATH_SIZE && below(path);
}

static uint64_t inode_of(const char *path)
{
    struct stat seen;
    return lstat(path, &seen) == 0 ? seen.st_ino : 0;
}

/* --- the log -------------------------------------------------------------------------------- */

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void take_lock(void)
{
    uint32_t own = (uint32_t)getpid();
    for (unsigned tries = 1;; tries++) {
        uint32_t holder = 0;
        if (__atomic_compare_exchange_n(&control->lock, &holder, own, 0, __ATOMIC_ACQUIRE,
                                        __ATOMIC_RELAXED))
            return;
        if (tries % 1000 == 0 && holder != own && kill((pid_t)holder, 0) != 0 && errno == ESRCH)
            __atomic_compare_exchange_n(&control->lock, &holder, 0, 0, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED); /* it was killed while it held it */
        sched_yield();
    }
}

static void give_lock(void)
{
    __atomic_store_n(&control->lock, 0, __ATOMIC_RELEASE);
}

/* With the lock held. errno stays what it was. */
static void note(enum kind kind, const char *path, const char *other, uint64_t inode,
                 uint64_t offset, const struct iovec *data, int pieces, size_t size, int error)
{
    if (!control->recording)
        return;
    int kept = errno;
    struct header header = {
        .magic = MAGIC,
        .kind = kind,
        .sequence = control->sequence + 1,
        .inode = inode,
        .offset = offset,
        .at_ns = now_ns(),
        .process = (uint32_t)getpid(),
        .error = error,
        .path_size = (uint32_t)strlen(path),
        .other_size = other ? (uint32_t)strlen(other) : 0,
        .data_size = (uint32_t)size,
        .thread = (uint32_t)syscall(SYS_gettid),
    };
    uint64_t at = control->size;
    struct iovec parts[3 + IOV_MAX];
    int count = 0;
    parts[count++] = (struct iovec){&header, sizeof header};
    parts[count++] = (struct iovec){(void *)path, header.path_size};
    parts[count++] = (struct iovec){(void *)other, header.other_size};
    for (int i = 0; i < pieces && size > 0; i++) {
        size_t take = data[i].iov_len < size ? data[i].iov_len : size;
        parts[count++] = (struct iovec){data[i].iov_base, take};
        size -= take;
    }
    for (int i = 0; i < count; i++) {
        const char *octets = parts[i].iov_base;
        size_t left = parts[i].iov_len;
        while (left > 0) {
            ssize_t done = syscall(SYS_pwrite64, log_fd, octets, left, at);
            if (done <= 0)
                die("shim: the log cannot be written");
            octets += done;
            left -= (size_t)done;
            at += (uint64_t)done;
        }
    }
    __atomic_store_n(&control->size, at, __ATOMIC_RELEASE);
    __atomic_store_n(&control->sequence, header.sequence, __ATOMIC_RELEASE);
    errno = kept;
}

static void note_name(enum kind kind, const char *path, const char *other, uint64_t inode)
{
    note(kind, path, other, inode, 0, NULL, 0, 0, 0);
}

/* --- faults --------------------------------------------------------------------------------- */

/* Whether this call is one of those that `fault` is for; counts it. */
static int hits(struct fault *fault, enum call call, const char *path)
{
    if (!(fault->calls & call) || !ends(path, fault->suffix))
        return 0;
    if (fault->until_ns != 0 && now_ns() >= fault->until_ns)
        return 0;
    if (__atomic_load_n(&fault->skip, __ATOMIC_RELAXED) > 0 &&
        __atomic_fetch_sub(&fault->skip, 1, __ATOMIC_RELAXED) > 0)
        return 0;
    if (fault->remaining >= 0 && __atomic_fetch_sub(&fault->remaining, 1, __ATOMIC_RELAXED) <= 0) {
        fault->remaining = 0;
        return 0;
    }
    __atomic_fetch_add(&fault->hits, 1, __ATOMIC_RELAXED);
    return 1;
}

/* What is wrong with this call: sleeps; gives an errno or 0, and shortens `*octets`. */
static int trouble(enum call call, const char *path, size_t *octets)
{
    for (int i = 0; i < FAULTS; i++) {
        struct fault *fault = &control->faults[i];
        if (fault->calls == 0 || !hits(fault, call, path))
            continue;
        if (fault->delay_ms > 0) {
            struct timespec left = {fault->delay_ms / 1000, fault->delay_ms % 1000 * 1000000L};
            while (nanosleep(&left, &left) != 0)
                ;
        }
        if (fault->octets > 0 && octets != NULL && *octets > fault->octets)
            *octets = fault->octets;
        if (fault->error != 0)
            return fault->error;
    }
    return 0;
}

static int failed(int error)
{
    errno = error;
    return -1;
}

/* --- writing -------------------------------------------------------------------------------- */

/* `offset` -1: where the file stands. */
static ssize_t put(int fd, const struct iovec *data, int pieces, off_t offset)
{
    char path[PATH_SIZE];
    uint64_t inode;
    if (!tracked_fd(fd, path, &inode))
        return offset < 0 ? syscall(SYS_writev, fd, data, pieces)
                          : syscall(SYS_pwritev, fd, data, pieces, offset, 0);
    size_t size = 0;
    for (int i = 0; i < pieces; i++)
        size += data[i].iov_len;
    size_t taken = size;
    int error = trouble(ON_WRITE, path, &taken);
    if (error != 0)
        return failed(error);
    struct iovec shorter;
    if (taken < size) {
        shorter = (struct iovec){data[0].iov_base,
                                 data[0].iov_len < taken ? data[0].iov_len : taken};
        data = &shorter;
        pieces = 1;
    }
    take_lock();
    ssize_t done = offset < 0 ? syscall(SYS_writev, fd, data, pieces)
                              : syscall(SYS_pwritev, fd, data, pieces, offset, 0);
    if (done > 0) {
        uint64_t at = (uint64_t)(offset < 0 ? lseek(fd, 0, SEEK_CUR) - done : offset);
        note(WRITE, path, NULL, inode, at, data, pieces, (size_t)done, 0);
    }
    give_lock();
    return done;
}

ssize_t write(int fd, const void *octets, size_t size)
{
    struct iovec one = {(void *)octets, size};
    return put(fd, &one, 1, -1);
}

ssize_t pwrite64(int fd, const void *octets, size_t size, off64_t offset)
{
    struct iovec one = {(void *)octets, size};
    return offset < 0 ? failed(EINVAL) : put(fd, &one, 1, offset);
}

ssize_t pwrite(int fd, const void *octets, size_t size, off_t offset)
{
    return pwrite64(fd, octets, size, offset);
}

ssize_t writev(int fd, const struct iovec *data, int pieces)
{
    return put(fd, data, pieces, -1);
}

ssize_t pwritev64(int fd, const struct iovec *data, int pieces, off64_t offset)
{
    return offset < 0 ? failed(EINVAL) : put(fd, data, pieces, offset);
}

ssize_t pwritev(int fd, const struct iovec *data, int pieces, off_t offset)
{
    return pwritev64(fd, data, pieces, offset);
}

int ftruncate64(int fd, off64_t size)
{
    char path[PATH_SIZE];
    uint64_t inode;
    if (!tracked_fd(fd, path, &inode))
        return (int)syscall(SYS_ftruncate, fd, size);
    int error = trouble(ON_TRUNCATE, path, NULL);
    if (error != 0)
        return failed(error);
    take_lock();
    int done = (int)syscall(SYS_ftruncate, fd, size);
    if (done == 0)
        note(TRUNCATE, path, NULL, inode, (uint64_t)size, NULL, 0, 0, 0);
    give_lock();
    return done;
}

int ftruncate(int fd, off_t size)
{
    return ftruncate64(fd, size);
}

/* --- syncing -------------------------------------------------------------------------------- */

static int sync_by(long call, int fd)
{
    char path[PATH_SIZE];
    uint64_t inode;
    if (!tracked_fd(fd, path, &inode))
        return (int)syscall(call, fd);
    take_lock();
    note(SYNC_BEGUN, path, NULL, inode, 0, NULL, 0, 0, 0);
    give_lock();
    int error = trouble(ON_SYNC, path, NULL);
    int done = error != 0 ? failed(error) : (int)syscall(call, fd);
    error = done == 0 ? 0 : errno;
    take_lock();
    note(SYNC_ENDED, path, NULL, inode, 0, NULL, 0, 0, error);
    give_lock();
    errno = error;
    return done;
}

int fsync(int fd)
{
    return sync_by(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    return sync_by(SYS_fdatasync, fd);
}

/* --- names ---------------------------------------------------------------------------------- */

static int open_by(int folder, const char *name, int flags, mode_t mode)
{
    char path[PATH_SIZE];
    int changes = (flags & (O_CREAT | O_TRUNC)) != 0;
    if (!changes || !tracked_at(folder, name, path))
        return (int)syscall(SYS_openat, folder, name, flags, mode);
    int error = trouble(ON_CREATE, path, NULL);
    if (error != 0)
        return failed(error);
    take_lock();
    uint64_t before = inode_of(path);
    int fd = (int)syscall(SYS_openat, folder, name, flags, mode);
    if (fd >= 0) {
        struct stat seen;
        fstat(fd, &seen);
        if ((flags & O_TMPFILE) == O_TMPFILE)
            note_name(UNKNOWN, path, "O_TMPFILE", seen.st_ino);
        else if (before == 0)
            note_name(CREATE, path, NULL, seen.st_ino);
        else if (flags & O_TRUNC)
            note(TRUNCATE, path, NULL, seen.st_ino, 0, NULL, 0, 0, 0);
    }
    give_lock();
    return fd;
}

#define MODE(flags, last)                                                                        \
    mode_t mode = 0;                                                                             \
    if ((flags) & (O_CREAT | O_TMPFILE)) {                                                       \
        va_list rest;                                                                            \
        va_start(rest, last);                                                                    \
        mode = va_arg(rest, mode_t);                                                             \
        va_end(rest);                                                                            \
    }

int open(const char *name, int flags, ...)
{
    MODE(flags, flags)
    return open_by(AT_FDCWD, name, flags, mode);
}

int open64(const char *name, int flags, ...)
{
    MODE(flags, flags)
    return open_by(AT_FDCWD, name, flags | O_LARGEFILE, mode);
}

int openat(int folder, const char *name, int flags, ...)
{
    MODE(flags, flags)
    return open_by(folder, name, flags, mode);
}

int openat64(int folder, const char *name, int flags, ...)
{
    MODE(flags, flags)
    return open_by(folder, name, flags | O_LARGEFILE, mode);
}

int creat(const char *name, mode_t mode)
{
    return open_by(AT_FDCWD, name, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

int creat64(const char *name, mode_t mode)
{
    return creat(name, mode);
}

/* `kind`: RENAME or LINK. One end outside of the directory is UNKNOWN. */
static int two_names(enum kind kind, long call, int from, const char *old, int to,
                     const char *fresh, unsigned flags)
{
    char path[PATH_SIZE] = "", other[PATH_SIZE] = "";
    int inside = tracked_at(from, old, path);
    int other_inside = tracked_at(to, fresh, other);
    if (!inside && !other_inside)
        return (int)syscall(call, from, old, to, fresh, flags);
    int error = trouble(ON_NAME, other_inside ? other : path, NULL);
    if (error != 0)
        return failed(error);
    take_lock();
    uint64_t inode = inode_of(path);
    int done = (int)syscall(call, from, old, to, fresh, flags);
    if (done == 0)
        note_name(inside && other_inside ? kind : UNKNOWN, path, other, inode);
    give_lock();
    return done;
}

int rename(const char *old, const char *fresh)
{
    return two_names(RENAME, SYS_renameat2, AT_FDCWD, old, AT_FDCWD, fresh, 0);
}

int renameat(int from, const char *old, int to, const char *fresh)
{
    return two_names(RENAME, SYS_renameat2, from, old, to, fresh, 0);
}

int renameat2(int from, const char *old, int to, const char *fresh, unsigned flags)
{
    return two_names(flags ? UNKNOWN : RENAME, SYS_renameat2, from, old, to, fresh, flags);
}

int link(const char *old, const char *fresh)
{
    return two_names(LINK, SYS_linkat, AT_FDCWD, old, AT_FDCWD, fresh, 0);
}

int linkat(int from, const char *old, int to, const char *fresh, int flags)
{
    return two_names(LINK, SYS_linkat, from, old, to, fresh, (unsigned)flags);
}

/* A call on one name: `kind` is what it does to it. */
static int one_name(enum kind kind, int folder, const char *name, mode_t mode)
{
    char path[PATH_SIZE] = "";
    int ours = tracked_at(folder, name, path);
    if (ours) {
        int error = trouble(ON_NAME, path, NULL);
        if (error != 0)
            return failed(error);
        take_lock();
    }
    uint64_t inode = ours ? inode_of(path) : 0;
    int done = kind == MKDIR ? (int)syscall(SYS_mkdirat, folder, name, mode)
                             : (int)syscall(SYS_unlinkat, folder, name,
                                            kind == RMDIR ? AT_REMOVEDIR : 0);
    if (ours) {
        if (done == 0)
            note_name(kind, path, NULL, kind == MKDIR ? inode_of(path) : inode);
        give_lock();
    }
    return done;
}

int unlink(const char *name)
{
    return one_name(UNLINK, AT_FDCWD, name, 0);
}

int unlinkat(int folder, const char *name, int flags)
{
    return one_name(flags & AT_REMOVEDIR ? RMDIR : UNLINK, folder, name, 0);
}

int rmdir(const char *name)
{
    return one_name(RMDIR, AT_FDCWD, name, 0);
}

int mkdir(const char *name, mode_t mode)
{
    return one_name(MKDIR, AT_FDCWD, name, mode);
}

int mkdirat(int folder, const char *name, mode_t mode)
{
    return one_name(MKDIR, folder, name, mode);
}

/* --- what is only noticed ------------------------------------------------------------------- */

static void notice(int fd, const char *what)
{
    char path[PATH_SIZE];
    uint64_t inode;
    if (!tracked_fd(fd, path, &inode) || ends(path, "-shm"))
        return;
    take_lock();
    note_name(UNKNOWN, path, what, inode);
    give_lock();
}

void *mmap64(void *at, size_t size, int protection, int flags, int fd, off64_t offset)
{
    if (fd >= 0 && (flags & MAP_SHARED) && (protection & PROT_WRITE))
        notice(fd, "mmap");
    return (void *)syscall(SYS_mmap, at, size, protection, flags, fd, offset);
}

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    return mmap64(at, size, protection, flags, fd, offset);
}

int fallocate64(int fd, int mode, off64_t offset, off64_t size)
{
    notice(fd, "fallocate");
    return (int)syscall(SYS_fallocate, fd, mode, offset, size);
}

int fallocate(int fd, int mode, off_t offset, off_t size)
{
    return fallocate64(fd, mode, offset, size);
}

int posix_fallocate64(int fd, off64_t offset, off64_t size)
{
    notice(fd, "fallocate");
    return syscall(SYS_fallocate, fd, 0, offset, size) == 0 ? 0 : errno;
}

int posix_fallocate(int fd, off_t offset, off_t size)
{
    return posix_fallocate64(fd, offset, size);
}

ssize_t sendfile64(int to, int from, off64_t *offset, size_t size)
{
    notice(to, "sendfile");
    return syscall(SYS_sendfile, to, from, offset, size);
}

ssize_t sendfile(int to, int from, off_t *offset, size_t size)
{
    return sendfile64(to, from, offset, size);
}

ssize_t copy_file_range(int from, off64_t *read_at, int to, off64_t *write_at, size_t size,
                        unsigned flags)
{
    notice(to, "copy_file_range");
    return syscall(SYS_copy_file_range, from, read_at, to, write_at, size, flags);
}
