# shellcheck shell=bash
# ./dev setup: Debian packages, and tools that Debian does not have.
# Sourced by ./dev after common.sh.

# Packages of packages.txt (and the arguments) that are not installed.
missing_packages() {
  local wanted
  wanted="$({ sed 's/#.*//' tools/packages.txt; printf '%s\n' "$@"; } |
    tr -s '[:space:]' '\n' | sed '/^$/d' | sort -u)"
  # shellcheck disable=SC2086  # One word a package.
  comm -23 <(echo "$wanted") \
    <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null |
      sed -n 's/^installed //p' | sort -u)
}

install_packages() {
  local as_root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null || die "these packages are missing, and \
installing them needs root or sudo: $*"
    as_root=(sudo)
  fi
  say "dev: installing $*"
  "${as_root[@]}" apt-get update -q >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
    --no-install-recommends "$@" >&2
}

# What building and running needs. Quick when nothing is missing.
ensure_packages() {
  command -v dpkg-query >/dev/null || die "netbufd is built on Debian 12; \
elsewhere install what tools/packages.txt lists and call Bazel yourself"
  local missing
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]} == 0)) || install_packages "${missing[@]}"
}

# The same, and what only tests need.
ensure_test_packages() {
  local packages
  mapfile -t packages < <(sed 's/#.*//; /^$/d' tools/test_packages.txt)
  ensure_packages "${packages[@]}"
}

go_command() {
  command -v go || { [[ -x /usr/local/go/bin/go ]] && echo /usr/local/go/bin/go; }
}

# ensure_go_tool BINARY MODULE@VERSION: from the Go module proxy. Kept inside the
# clone.
ensure_go_tool() {
  local binary="$1" go name
  [[ ! -x "$binary" ]] || return 0
  name="$(basename "$binary")"
  go_command >/dev/null || ensure_packages golang-go
  go="$(go_command)"
  say "dev: building $name ${2##*@} (about a minute, once)"
  mkdir -p "$(dirname "$binary")"
  GOBIN="$PWD/$(dirname "$binary")" GOTOOLCHAIN=local GOFLAGS=-modcacherw \
    "$go" install "$2" >&2 || say "dev: no $name; its tests will be SKIPPED"
}

ensure_grpcurl() {
  ensure_go_tool "$GRPCURL" \
    "github.com/fullstorydev/grpcurl/cmd/grpcurl@$GRPCURL_VERSION"
}

ensure_ghz() {
  ensure_go_tool "$GHZ" "github.com/bojand/ghz/cmd/ghz@$GHZ_VERSION"
}

# buf, from npm where there is one. Kept inside the clone.
ensure_buf() {
  [[ ! -x "$BUF" ]] || return 0
  if ! command -v npm >/dev/null; then
    say "dev: no npm, so no buf; the check of the protos will be SKIPPED"
    return 0
  fi
  say "dev: installing buf $BUF_VERSION"
  npm install --silent --no-fund --no-audit --no-save \
    --prefix "$STATE_DIR/buf-$BUF_VERSION" "@bufbuild/buf@$BUF_VERSION" >&2 ||
    say "dev: no buf; the check of the protos will be SKIPPED"
}

ensure_tools() {
  ensure_grpcurl
  ensure_ghz
  ensure_buf
}
