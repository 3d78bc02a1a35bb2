#!/bin/sh
# Tells Bazel which source is being built (build --workspace_status_command).
# Without git, or outside a clone, it tells nothing, and the build says
# "unknown".
revision=$(git rev-parse --short=12 HEAD 2>/dev/null) || exit 0
git diff --quiet HEAD 2>/dev/null || revision="$revision-dirty"
echo "STABLE_GIT_REVISION $revision"
