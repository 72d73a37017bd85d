#!/usr/bin/env bash
set -Eeuo pipefail

# shellcheck source-path=SCRIPTDIR source=toolchain.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/toolchain.sh"

usage() {
  cat <<TEXT
Usage: scripts/start.sh [--help]

Runs one Holdline server with its embedded engine on http://localhost:3001.
Installs what is missing first: Bun into .tools, packages into app/node_modules.

Settings are environment variables, for example:
  PORT=8080 LOG_LEVEL=debug scripts/start.sh
The README lists them all. Data is kept in app/data, logs in app/logs.
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

announce() {
  local host="${HOST:-0.0.0.0}"
  case "$host" in
    0.0.0.0 | ::) host=localhost ;;
    *:*) host="[$host]" ;;
  esac
  say "Starting Holdline on http://$host:${PORT:-3001} (stop with Ctrl-C)"
}

main() {
  parse_arguments "$@"
  ensure_bun
  say "Installing packages"
  install_packages --frozen-lockfile --production
  announce
  cd -- "$root/app"
  # exec: signals and the exit code are the server's own.
  exec bun src/main.ts
}

main "$@"
