/* identity.c - which object store a path leads to. */
#include <sys/stat.h>

#include "git/files/layout.h"
#include "git/history.h"

void history_identity(const char *path, uint64_t identity[static 2])
{
    struct layout layout;
    struct stat st;

    identity[0] = identity[1] = 0;
    if (layout_find(&layout, path))
        return;
    if (stat(layout.common, &st) == 0) {
        identity[0] = st.st_dev;
        identity[1] = st.st_ino;
    }
    layout_release(&layout);
}
