#!/usr/bin/env bash
set -Eeuo pipefail

# shellcheck source-path=SCRIPTDIR source=toolchain.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/toolchain.sh"

passed=0
failed=0
summary=""
run_all=false
is_complete=false
reports=""
starts_docker=false

usage() {
  cat <<TEXT
Usage: scripts/test.sh [--all] [--help]

Runs every check and test that this machine can run and names what it skipped.
  --all    install what the machine lacks (as root on Debian) and count
           everything that still cannot run as a failure

The last line is "N passed, N failed": a static check counts as one, a test as one.
TEXT
}

parse_arguments() {
  local argument
  for argument in "$@"; do
    case "$argument" in
      --all) run_all=true ;;
      -h | --help)
        usage
        exit 0
        ;;
      *)
        usage >&2
        exit 64
        ;;
    esac
  done
}

record() {
  summary+="$(printf '%-5s %s' "$1" "$2")"$'\n'
}

record_passed() {
  passed=$((passed + $1))
  record ok "$2"
}

record_failed() {
  failed=$((failed + $1))
  record FAIL "$2"
}

record_skipped() {
  if $run_all; then record_failed 1 "not run: $1"; else record skip "$1"; fi
}

# An unforeseen exit counts as a failure, so that the last line is never missing and never kind.
finish() {
  $is_complete || record_failed 1 "stopped before the end"
  [ -z "$reports" ] || rm -rf "$reports"
  ! $starts_docker || "$root/.ci/containers.sh" --stop || true
  printf '\n%s\n%d passed, %d failed\n' "$summary" "$passed" "$failed"
  if ((failed > 0)); then exit 1; else exit 0; fi
}

# gcc builds the slow disk, chromium opens the pages, curl runs README, promtool checks the alerts, redis-server is what
# instances share, haproxy and nginx stand before them, shellcheck reads the scripts, schemathesis fuzzes the API,
# systemd-analyze checks the unit, k6 runs the load tests.
install_test_commands() {
  $run_all || return 0
  if can_install_debian_packages; then
    ensure_commands shellcheck gcc chromium curl promtool redis-server haproxy nginx systemd-analyze ||
      say "Not everything could be installed"
  fi
  ensure_schemathesis || say "schemathesis could not be installed"
  export FUZZ_SECONDS=120 FAULT_SECONDS=120
  prepare_k6
  prepare_containers
}

prepare_k6() {
  can_install_debian_packages || return 0
  "$root/.ci/k6.sh" || say "k6 could not be compiled"
}

# The stack tests run with --all, or where Docker and the images are, when asked: HOLDLINE_STACK=1.
prepare_containers() {
  export HOLDLINE_STACK=1
  can_install_debian_packages || return 0
  docker info >/dev/null 2>&1 || starts_docker=true
  "$root/.ci/containers.sh" || say "Containers cannot run"
}

prepare() {
  reports="$(mktemp -d)"
  install_test_commands
  ensure_bun
  say "Installing packages"
  install_packages --frozen-lockfile
}

run_check() {
  local name="$1"
  shift
  say "$name"
  if with_deadline 120 "$@"; then record_passed 1 "$name"; else record_failed 1 "$name"; fi
}

check_shell_scripts() {
  if has_command shellcheck; then
    run_check "shell scripts (shellcheck)" shellcheck -xa "$root"/scripts/*.sh "$root"/.ci/run "$root"/.ci/*.sh
  else
    record_skipped "shell scripts: shellcheck is not installed"
  fi
}

count_in_report() {
  sed -n "s/^<testsuites .* $1=\"\([0-9]*\)\".*/\1/p" "$2"
}

# titles_in_report failure|skipped REPORT, each with what it failed of, a line each.
titles_in_report() {
  sed -n -e '/<testcase /h' -e "/<$1 /{H;x;s/.*<testcase name=\"\([^\"]*\)\" classname=\"\([^\"]*\)\"/\2 > \1\n/
    s/\n[^\n]*\n.* message=\"\([^\"]\{0,200\}\).*/: \1/;s/\n.*//;p;}" "$2" |
    sed -e 's/^ > //' -e 's/&#10;/ /g' -e 's/&quot;/"/g' -e "s/&apos;/'/g" -e 's/&lt;/</g' -e 's/&gt;/>/g' \
      -e 's/&amp;/\&/g'
}

record_report() {
  local name="$1" report="$2" status="$3" tests failures skipped title
  tests="$(count_in_report tests "$report")"
  failures="$(count_in_report failures "$report")"
  skipped="$(count_in_report skipped "$report")"
  # A file that cannot be loaded fails the run without a failed test in the report.
  if ((status != 0 && failures == 0)); then
    record_failed 1 "$name: bun test exited with $status"
  fi
  if ((failures > 0)); then record_failed "$failures" "$name: $failures of $tests tests failed"; fi
  while read -r title; do
    record "" "$title"
  done < <(titles_in_report failure "$report")
  record_passed $((tests - failures - skipped)) "$name: $((tests - failures - skipped)) tests passed"
  while read -r title; do
    record_skipped "$name: $title"
  done < <(titles_in_report skipped "$report")
}

# --no-orphans: a test that fails must not leave its servers behind.
run_tests() {
  local name="$1" seconds="$2" report="$reports/$1.xml" status=0
  shift 2
  say "$name tests"
  with_deadline "$seconds" bun test --no-orphans --reporter=junit --reporter-outfile="$report" "$@" ||
    status=$?
  if [ -s "$report" ]; then
    record_report "$name" "$report" "$status"
  else
    record_failed 1 "$name: no report, exit code $status (124: not done within $seconds s)"
  fi
}

main() {
  parse_arguments "$@"
  trap finish EXIT
  prepare
  cd -- "$root/app"
  check_shell_scripts
  run_check "lint and format (biome)" bun run check:lint
  run_check "types (tsc)" bun run check:types
  run_check "unused code (knip)" bun run check:unused
  run_tests unit 1200 --path-ignore-patterns='test/system/**' --path-ignore-patterns='test/stack/**'
  run_tests system 1500 ./test/system/
  run_tests stack 1800 ./test/stack/
  is_complete=true
}

main "$@"
