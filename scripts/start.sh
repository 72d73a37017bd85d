#!/usr/bin/env bash
set -Eeuo pipefail

# shellcheck source-path=SCRIPTDIR source=toolchain.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/toolchain.sh"
# shellcheck source-path=SCRIPTDIR source=stack.sh
. "$root/scripts/stack.sh"

usage() {
  cat <<TEXT
Usage: scripts/start.sh [--help]
       scripts/start.sh --stack [--build]

Runs one Holdline server with its embedded engine on http://localhost:3001.
Installs what is missing first: Bun into .tools, packages into app/node_modules.

--stack runs all of it in containers instead, on http://localhost: Traefik, both colours,
Redis, Prometheus, Grafana. It needs Docker; its settings are in .env (see .env.example).
--build makes the images anew, unless somebody is connected.

Settings are environment variables, for example:
  PORT=8080 LOG_LEVEL=debug scripts/start.sh
The README lists them all. Data is kept in app/data, logs in app/logs.
TEXT
}

parse_arguments() {
  case "${1:-}" in
    "") ;;
    --stack)
      shift
      [ "${*:---build}" = --build ] || refuse_usage
      start_stack "$@"
      exit 0
      ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) refuse_usage ;;
  esac
}

refuse_usage() {
  usage >&2
  exit 64
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
