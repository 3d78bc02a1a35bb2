#!/bin/bash
# tidy_file.sh NUMBER COUNT GENERATED STATE SOURCE: clang-tidy over one source and a
# line that says how it went. GENERATED is bazel-bin, for the headers that Bazel made.
# A file that was clean stays so until it, a header it reads or .clang-tidy changes;
# STATE keeps a checksum of all that.

set -euo pipefail
readonly NUMBER="$1" COUNT="$2" GENERATED="$3" STATE="$4" SOURCE="$5"
readonly FLAGS=(-xc++ -std=c++20 -I. -isystem "$GENERATED/proto"
  -isystem "$GENERATED/server/health" -isystem "$GENERATED"
  -DSPDLOG_COMPILED_LIB -DSPDLOG_FMT_EXTERNAL)
readonly CLEAN="$STATE/${SOURCE//\//,}"

report() { printf '[%3d/%d] %s %s\n' "$NUMBER" "$COUNT" "$SOURCE" "$1" >&2; }

# With comments, since NOLINT is one. What cannot be read is clang-tidy's to report.
checksum="$({
  clang-tidy-14 --version
  cat .clang-tidy
  clang++-14 -E -C "${FLAGS[@]}" "$SOURCE"
} 2>&1 | sha256sum)" || true
if [[ -e "$CLEAN" && "$(<"$CLEAN")" == "$checksum" ]]; then
  report "clean, as before"
  exit
fi

start=$SECONDS
# Its stderr counts what it found in system headers and kept quiet about, unless it
# could not read the source at all, which stdout tells as well.
if findings="$(clang-tidy-14 --quiet "$SOURCE" -- "${FLAGS[@]}" 2>/dev/null)"; then
  report "clean, $((SECONDS - start)) s"
  echo "$checksum" >"$CLEAN"
else
  report "has findings"
  printf '%s\n' "$findings"
  exit 1
fi
