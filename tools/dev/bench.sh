# shellcheck shell=bash
# ./dev bench [WORD] [-- FLAG...]: builds and runs the benchmarks whose label holds
# the word, with the flags. Sourced by ./dev.

run_bench() {
  local word='' label status=0 labels
  if (($# > 0)) && [[ "$1" != -- ]]; then
    word="$1"
    shift
  fi
  [[ "${1:-}" != -- ]] || shift
  mapfile -t labels < <(bazel query --noshow_progress \
    'kind("cc_binary rule", attr(tags, "\bbenchmark\b", //...))' 2>/dev/null |
    grep -F -- "$word")
  ((${#labels[@]})) || die "no benchmark has '$word' in its name"
  build_optimised "${labels[@]}"
  for label in "${labels[@]}"; do
    say "== $label =="
    label="${label#//}"
    "bazel-bin/${label/://}" "$@" || status=1
  done
  return "$status"
}
