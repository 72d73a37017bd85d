#!/usr/bin/env bash
# Compiles k6, which runs the load tests, and puts it into .tools/bin, where they find it. Safe to run twice.
set -Eeuo pipefail

# shellcheck source-path=SCRIPTDIR source=../scripts/toolchain.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../scripts/toolchain.sh"

ci="${root:?}/.ci"
cache="${HOLDLINE_CACHE:-/var/cache/holdline}"
k6_version="$(sed -n 's/.*go\.k6\.io\/k6@\(v[0-9.]*\).*/\1/p' "$root/app/bench/k6/k6-program.ts" | head -n 1)"

# shellcheck source-path=SCRIPTDIR source=trixie.sh
. "$ci/trixie.sh"
# shellcheck source-path=SCRIPTDIR source=go.sh
. "$ci/go.sh"

usage() {
  cat <<TEXT
Usage: .ci/k6.sh [--help]

Compiles k6 $k6_version with Go, which it takes from Debian 13 where there is none (as root).
Keeps it in ${cache} (HOLDLINE_CACHE).
TEXT
}

parse_arguments() {
  case "${1:-}" in
    "") ;;
    -h | --help)
      usage
      exit 0
      ;;
    *)
      usage >&2
      exit 64
      ;;
  esac
}

# Into a directory of its own first, so that an interrupted run leaves nothing that looks complete.
compile_k6() {
  local kept="$1" directory
  ensure_go
  say "Compiling k6 $k6_version (minutes, the first time)"
  directory="$(mktemp -d "$cache/k6.XXXXXX")"
  (cd -- "$directory" && GOBIN="$directory" CGO_ENABLED=0 GOTOOLCHAIN=auto retry 3 with_deadline 1800 nice -n 19 \
    go install -trimpath -ldflags "-s -w" "go.k6.io/k6@$k6_version")
  chmod 755 "$directory"
  mv "$directory" "$kept"
}

main() {
  parse_arguments "$@"
  local kept="$cache/k6-$k6_version"
  mkdir -p "$cache" "${tools:?}/bin"
  [ -x "$kept/k6" ] || compile_k6 "$kept"
  ln -sfn "$kept/k6" "$tools/bin/k6"
  say "k6 $k6_version ($tools/bin/k6)"
}

main "$@" </dev/null
