# shellcheck shell=bash
# Checks outside Bazel, shared by ./dev test and ./dev lint. Each prints what is
# wrong and returns 1, or returns 77 after a line that says why it was skipped.

our_sources() { git ls-files '*.cc' '*.h'; }
our_scripts() {
  git ls-files dev .ci/run '*.sh'
}

check_scripts_parse() {
  local script status=0
  while read -r script; do
    bash -n "$script" || status=1
  done < <(our_scripts)
  return "$status"
}

check_cpp_format() {
  local sources
  mapfile -t sources < <(our_sources)
  clang-format-14 --dry-run -Werror "${sources[@]}" 2>&1 |
    sed -n 's/: error: code should be clang-formatted.*//p' |
    cut -d: -f1 | uniq -c | awk '{ print $2 ": " $1 " places; ./dev format" }'
  # The formatter's own status, not that of what prints it.
  return "$((PIPESTATUS[0] != 0))"
}

check_proto_format() {
  require_buf || return
  "$BUF" format --diff --exit-code
}

check_proto_lint() {
  require_buf || return
  "$BUF" lint
}

# Against the protos as they were when proto/baseline.binpb was made.
check_proto_breaking() {
  require_buf || return
  "$BUF" breaking --against proto/baseline.binpb
}

# Fails with what the check then returns: 77, or 1 where buf must be there.
require_buf() {
  [[ ! -x "$BUF" ]] || return 0
  echo "buf is not installed (it comes from npm)"
  [[ " ${NETBUFD_REQUIRED_TOOLS:-} " != *" buf "* ]] || return 1
  return 77
}

check_dependencies() { python3 tools/dev/check_dependencies.py; }

check_contract() { python3 tools/dev/check_contract.py; }

check_docs() { python3 tools/dev/check_docs.py; }

check_build_files() { python3 tools/dev/check_build_files.py; }
