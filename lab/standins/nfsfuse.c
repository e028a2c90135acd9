/* Stand-in for the kernel's NFS client: mounts nfs://SERVER/PATH?version=3 through FUSE and libnfs.
 *
 * One mutex around everything: a libnfs context is not thread safe.
 * The kernel checks permissions (default_permissions); the server sees root, except where a new
 * object gets its owner. Attributes are cached for a second, as a kernel client would.
 * While the file named by LAB_DISK_FULL exists, writes fail as if the server's disk were full, and
 * no block of it is free.
 */
#define FUSE_USE_VERSION 31
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <nfsc/libnfs.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <unistd.h>

static struct nfs_context *nfs;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

#define LOCKED(expression)                \
    ({                                    \
        pthread_mutex_lock(&mutex);       \
        int result_ = (expression);       \
        pthread_mutex_unlock(&mutex);     \
        result_;                          \
    })

/* As LOCKED, but as the caller: what is created then belongs to them. */
#define AS_CALLER(expression)                              \
    ({                                                     \
        struct fuse_context *caller_ = fuse_get_context(); \
        pthread_mutex_lock(&mutex);                        \
        nfs_set_uid(nfs, caller_->uid);                    \
        nfs_set_gid(nfs, caller_->gid);                    \
        int result_ = (expression);                        \
        nfs_set_uid(nfs, 0);                               \
        nfs_set_gid(nfs, 0);                               \
        pthread_mutex_unlock(&mutex);                      \
        result_;                                           \
    })

static struct nfsfh *handle(struct fuse_file_info *info)
{
    return info ? (struct nfsfh *)(uintptr_t)info->fh : NULL;
}

static void to_stat(struct stat *to, const struct nfs_stat_64 *from)
{
    memset(to, 0, sizeof *to);
    to->st_dev = from->nfs_dev;
    to->st_ino = from->nfs_ino;
    to->st_mode = from->nfs_mode;
    to->st_nlink = from->nfs_nlink;
    to->st_uid = from->nfs_uid;
    to->st_gid = from->nfs_gid;
    to->st_rdev = from->nfs_rdev;
    to->st_size = from->nfs_size;
    to->st_blksize = from->nfs_blksize;
    to->st_blocks = (from->nfs_size + 511) / 512;
    to->st_atim = (struct timespec){from->nfs_atime, from->nfs_atime_nsec};
    to->st_mtim = (struct timespec){from->nfs_mtime, from->nfs_mtime_nsec};
    to->st_ctim = (struct timespec){from->nfs_ctime, from->nfs_ctime_nsec};
}

static int do_getattr(const char *path, struct stat *to, struct fuse_file_info *info)
{
    struct nfs_stat_64 attributes;
    struct nfsfh *file = handle(info);
    int result = LOCKED(file ? nfs_fstat64(nfs, file, &attributes)
                             : nfs_lstat64(nfs, path, &attributes));

    if (!result)
        to_stat(to, &attributes);
    return result;
}

static int do_readlink(const char *path, char *buffer, size_t size)
{
    return LOCKED(nfs_readlink(nfs, path, buffer, size));
}

static int do_mkdir(const char *path, mode_t mode)
{
    return AS_CALLER(nfs_mkdir2(nfs, path, mode & 07777));
}

static int do_unlink(const char *path) { return LOCKED(nfs_unlink(nfs, path)); }

static int do_rmdir(const char *path) { return LOCKED(nfs_rmdir(nfs, path)); }

static int do_symlink(const char *target, const char *path)
{
    return AS_CALLER(nfs_symlink(nfs, target, path));
}

static int do_rename(const char *from, const char *to, unsigned flags)
{
    if (flags) /* NFS has neither RENAME_EXCHANGE nor RENAME_NOREPLACE */
        return -EINVAL;
    return LOCKED(nfs_rename(nfs, from, to));
}

static int do_link(const char *from, const char *to) { return LOCKED(nfs_link(nfs, from, to)); }

static int do_chmod(const char *path, mode_t mode, struct fuse_file_info *info)
{
    (void)info;
    return LOCKED(nfs_chmod(nfs, path, mode & 07777));
}

static int do_chown(const char *path, uid_t uid, gid_t gid, struct fuse_file_info *info)
{
    struct nfs_stat_64 now;
    int result;

    (void)info;
    pthread_mutex_lock(&mutex);
    result = nfs_lstat64(nfs, path, &now);
    if (!result)
        result = nfs_lchown(nfs, path, uid == (uid_t)-1 ? (int)now.nfs_uid : (int)uid,
                            gid == (gid_t)-1 ? (int)now.nfs_gid : (int)gid);
    pthread_mutex_unlock(&mutex);
    return result;
}

static int do_truncate(const char *path, off_t length, struct fuse_file_info *info)
{
    struct nfsfh *file = handle(info);

    return LOCKED(file ? nfs_ftruncate(nfs, file, length) : nfs_truncate(nfs, path, length));
}

static struct timeval chosen(struct timespec wish, uint64_t seconds, uint64_t nanoseconds)
{
    if (wish.tv_nsec == UTIME_NOW)
        clock_gettime(CLOCK_REALTIME, &wish);
    else if (wish.tv_nsec == UTIME_OMIT)
        wish = (struct timespec){seconds, nanoseconds};
    return (struct timeval){wish.tv_sec, wish.tv_nsec / 1000};
}

static int do_utimens(const char *path, const struct timespec wish[2], struct fuse_file_info *info)
{
    struct nfs_stat_64 now;
    int result;

    (void)info;
    pthread_mutex_lock(&mutex);
    result = nfs_lstat64(nfs, path, &now);
    if (!result) {
        struct timeval times[2] = {chosen(wish[0], now.nfs_atime, now.nfs_atime_nsec),
                                   chosen(wish[1], now.nfs_mtime, now.nfs_mtime_nsec)};
        result = nfs_lutimes(nfs, path, times);
    }
    pthread_mutex_unlock(&mutex);
    return result;
}

static int do_open(const char *path, struct fuse_file_info *info)
{
    struct nfsfh *file;
    int flags = info->flags & (O_ACCMODE | O_TRUNC);
    int result;

    if ((flags & O_ACCMODE) == O_WRONLY) /* the page cache reads before it writes part of a page */
        flags = (flags & ~O_ACCMODE) | O_RDWR;
    result = LOCKED(nfs_open(nfs, path, flags, &file));
    if (!result)
        info->fh = (uintptr_t)file;
    return result;
}

static int do_create(const char *path, mode_t mode, struct fuse_file_info *info)
{
    struct nfsfh *file;
    int flags = O_RDWR | O_CREAT | (info->flags & (O_EXCL | O_TRUNC));
    int result = AS_CALLER(nfs_open2(nfs, path, flags, mode & 07777, &file));

    if (!result)
        info->fh = (uintptr_t)file;
    return result;
}

static int do_read(const char *path, char *buffer, size_t size, off_t offset,
                   struct fuse_file_info *info)
{
    size_t done = 0;

    (void)path;
    while (done < size) {
        int result =
            LOCKED(nfs_pread(nfs, handle(info), offset + done, size - done, buffer + done));
        if (result < 0)
            return done ? (int)done : result;
        if (!result)
            break;
        done += result;
    }
    return done;
}

static int is_full(void)
{
    const char *sign = getenv("LAB_DISK_FULL");

    return sign && !access(sign, F_OK);
}

static int do_write(const char *path, const char *buffer, size_t size, off_t offset,
                    struct fuse_file_info *info)
{
    size_t done = 0;

    (void)path;
    if (is_full())
        return -ENOSPC;
    while (done < size) {
        int result = LOCKED(
            nfs_pwrite(nfs, handle(info), offset + done, size - done, (void *)(buffer + done)));
        if (result <= 0)
            return done ? (int)done : (result ? result : -EIO);
        done += result;
    }
    return done;
}

static int do_fsync(const char *path, int data_only, struct fuse_file_info *info)
{
    (void)path;
    (void)data_only;
    return LOCKED(nfs_fsync(nfs, handle(info)));
}

static int do_flush(const char *path, struct fuse_file_info *info)
{
    (void)path;
    if ((info->flags & O_ACCMODE) == O_RDONLY)
        return 0;
    return LOCKED(nfs_fsync(nfs, handle(info)));
}

static int do_release(const char *path, struct fuse_file_info *info)
{
    (void)path;
    return LOCKED(nfs_close(nfs, handle(info)));
}

static int do_readdir(const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset,
                      struct fuse_file_info *info, enum fuse_readdir_flags flags)
{
    struct nfsdir *directory;
    struct nfsdirent *entry;
    int result;

    (void)offset;
    (void)info;
    (void)flags;
    pthread_mutex_lock(&mutex);
    result = nfs_opendir(nfs, path, &directory);
    if (!result) {
        while ((entry = nfs_readdir(nfs, directory))) {
            struct stat about = {.st_ino = entry->inode, .st_mode = entry->mode};
            fill(buffer, entry->name, &about, 0, 0);
        }
        nfs_closedir(nfs, directory);
    }
    pthread_mutex_unlock(&mutex);
    return result;
}

static int do_statfs(const char *path, struct statvfs *to)
{
    int result = LOCKED(nfs_statvfs(nfs, path, to));

    if (!result && is_full())
        to->f_bfree = to->f_bavail = 0;
    return result;
}

static void *do_init(struct fuse_conn_info *connection, struct fuse_config *config)
{
    (void)connection;
    config->use_ino = 1;
    config->attr_timeout = 1;
    config->entry_timeout = 1;
    return NULL;
}

static const struct fuse_operations operations = {
    .init = do_init,         .getattr = do_getattr,   .readlink = do_readlink,
    .mkdir = do_mkdir,       .unlink = do_unlink,     .rmdir = do_rmdir,
    .symlink = do_symlink,   .rename = do_rename,     .link = do_link,
    .chmod = do_chmod,       .chown = do_chown,       .truncate = do_truncate,
    .utimens = do_utimens,   .open = do_open,         .create = do_create,
    .read = do_read,         .write = do_write,       .fsync = do_fsync,
    .flush = do_flush,       .release = do_release,   .readdir = do_readdir,
    .statfs = do_statfs,
};

int main(int count, char **words)
{
    struct nfs_url *url;

    if (count < 3) {
        fprintf(stderr, "usage: nfsfuse nfs://HOST/PATH?version=3 DIR [fuse options]\n");
        return 2;
    }
    nfs = nfs_init_context();
    url = nfs_parse_url_dir(nfs, words[1]);
    if (!url) {
        fprintf(stderr, "nfsfuse: %s\n", nfs_get_error(nfs));
        return 32;
    }
    if (nfs_mount(nfs, url->server, url->path)) {
        fprintf(stderr, "nfsfuse: mount %s:%s: %s\n", url->server, url->path, nfs_get_error(nfs));
        return 32; /* what mount(8) expects of a failed mount helper */
    }
    words[1] = words[0];
    return fuse_main(count - 1, words + 1, &operations, NULL);
}
