#!/bin/bash
# check_docs.py lets names of what is there pass and refuses names of nothing.

# shellcheck disable=SC2016  # Backticks are Markdown's here.

source tests/lib/shell_test.sh

readonly CHECK=tools/dev/check_docs.py

# tree LINE...: a tree whose README.md has these lines.
tree() {
  rm -rf "$TEST_TMPDIR/tree"
  mkdir -p "$TEST_TMPDIR/tree/docs" "$TEST_TMPDIR/tree/engine/pool"
  cd "$TEST_TMPDIR/tree"
  printf 'cat <<HELP\n  serve    runs it\nHELP\n' >dev
  printf 'cc_library(\n    name = "block",\n)\n' >engine/pool/BUILD
  touch engine/pool/block.h
  printf '# A page\n\n## In 60 seconds: all\n' >docs/api.md
  printf '%s\n' "$@" >README.md
  cd "$OLDPWD"
}

# refused LINE FAULT: a README.md of this line has this fault.
refused() {
  tree "$1"
  expect_exit 1 python3 "$CHECK" --root "$TEST_TMPDIR/tree"
  expect_equal "README.md:1: $2" "$OUT"
}

test_names_of_what_is_there_pass() {
  tree 'See `engine/pool/block.h`, `engine/pool/*.h`, `block.h` and `engine/`.' \
    'Read [this](docs/api.md), [part](docs/api.md#in-60-seconds-all).' \
    '`./dev serve`, `bazel build //engine/pool:block`, `//engine/pool/...`.'
  expect_exit 0 python3 "$CHECK" --root "$TEST_TMPDIR/tree"
  expect_equal "" "$OUT"
}

test_what_only_looks_like_a_name_passes() {
  tree 'Names such as `adapters/a1`, `out.pcap`, `-o/x` and https://a.b/c.md.' \
    '```' 'echo "////AAAB" http://127.0.0.1/x docs/absent.md' '```'
  expect_exit 0 python3 "$CHECK" --root "$TEST_TMPDIR/tree"
}

test_absent_paths_are_refused() {
  refused '`engine/pool/gone.h`' 'no such path: engine/pool/gone.h'
  refused '`gone.sh`' 'no such path: gone.sh'
  refused '`engine/*.h`' 'no such path: engine/*.h'
}

test_absent_links_are_refused() {
  refused '[x](docs/gone.md)' 'no such file: docs/gone.md'
  refused '[x](docs/api.md#gone)' 'no such heading: docs/api.md#gone'
}

test_absent_targets_and_commands_are_refused() {
  refused '`//engine/pool:gone`' 'no such target: //engine/pool:gone'
  refused '`bazel test //gone/...`' 'no such target: //gone'
  refused '`./dev gone`' 'no such command: ./dev gone'
}

test_examples_are_read_for_commands() {
  tree '```' './dev gone' '```'
  expect_exit 1 python3 "$CHECK" --root "$TEST_TMPDIR/tree"
  expect_equal "README.md:2: no such command: ./dev gone" "$OUT"
}

test_documents_in_folders_are_read() {
  tree 'fine'
  mkdir "$TEST_TMPDIR/tree/docs/adr"
  echo '`gone.md`' >"$TEST_TMPDIR/tree/docs/adr/1.md"
  expect_exit 1 python3 "$CHECK" --root "$TEST_TMPDIR/tree"
  expect_equal "docs/adr/1.md:1: no such path: gone.md" "$OUT"
}

run_tests "$@"
