/* identity.c - which object store a path leads to. */
#include <sys/stat.h>

#include "git/files/layout.h"
#include "git/history.h"

void history_identity(const char *path, uint64_t identity[static 2])
{
    struct layout layout;
    struct stat st;

    bool found = layout_find(&layout, path) == STATUS_OK;

    identity[0] = identity[1] = 0;
    /* Else it is a bundle or a pack, or nothing that can be read. */
    if (stat(found ? layout.common : path, &st) == 0) {
        identity[0] = st.st_dev;
        identity[1] = st.st_ino;
    }
    if (found)
        layout_release(&layout);
}
