# shellcheck shell=bash
# What every command of ./dev uses. Sourced, with the repository's root as the
# working directory and CALLER_DIR set to where the person stands.

readonly STATE_DIR=.dev
readonly GRPCURL_VERSION=v1.8.9  # Builds with every Go from Debian's 1.19 on.
readonly GHZ_VERSION=v0.120.0     # The last that Debian's Go can build.
readonly BUF_VERSION=1.75.0
# shellcheck disable=SC2034  # Used by the files that source this one.
readonly GRPCURL="$STATE_DIR/grpcurl-$GRPCURL_VERSION/grpcurl"
# shellcheck disable=SC2034
readonly GHZ="$STATE_DIR/ghz-$GHZ_VERSION/ghz"
# shellcheck disable=SC2034
readonly BUF="$STATE_DIR/buf-$BUF_VERSION/node_modules/.bin/buf"

say() { printf '%s\n' "$*" >&2; }

die() {
  say "dev: $*"
  exit 1
}

# A path as the person meant it: relative to where they stand.
from_caller() {
  case "$1" in
    /*) printf '%s\n' "$1" ;;
    *) printf '%s\n' "$CALLER_DIR/$1" ;;
  esac
}

# bazel_run COMMAND ARGUMENT...: Bazel with what this terminal and
# NETBUFD_BAZEL_FLAGS ask for. Everything Bazel says goes to stderr.
bazel_run() {
  local command="$1"
  shift
  local flags=()
  # Without a terminal, a progress line every half minute shows that it lives.
  [[ -t 2 ]] || flags+=(--curses=no --show_progress_rate_limit=30)
  # shellcheck disable=SC2206  # Several flags in one variable are the point.
  flags+=(${NETBUFD_BAZEL_FLAGS:-})
  bazel "$command" "${flags[@]}" "$@" >&2
}

# Builds optimised binaries and leaves them in bazel-bin.
build_optimised() {
  say "dev: building $* (the first time takes minutes)"
  bazel_run build --config=opt "$@"
}

# elapsed START: seconds since $SECONDS was START, as 1m05s.
elapsed() {
  local seconds=$((SECONDS - $1))
  printf '%dm%02ds' $((seconds / 60)) $((seconds % 60))
}
