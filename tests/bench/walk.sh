#!/bin/sh
# walk.sh PROGRAM [TREE [PAIRS]] - time a scan of a large tree against ripgrep; see walk.py.
exec "${PYTHON:-python3}" "$(dirname "$0")/walk.py" "$@"
