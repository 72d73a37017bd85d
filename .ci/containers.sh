#!/usr/bin/env bash
# Makes real containers run on a bare Debian 12 machine with root: Docker Engine, Compose, and the images that Dockerfile
# and docker-compose.yml name. Images are pulled where a registry can be reached, else built here under the same tags.
# Safe to run twice; what is there is left alone. A daemon that it had to start stays until --stop.
set -Eeuo pipefail

# shellcheck source-path=SCRIPTDIR source=../scripts/toolchain.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../scripts/toolchain.sh"

ci="$root/.ci"
cache="${HOLDLINE_CACHE:-/var/cache/holdline}"

# shellcheck source-path=SCRIPTDIR source=trixie.sh
. "$ci/trixie.sh"
# shellcheck source-path=SCRIPTDIR source=go.sh
. "$ci/go.sh"
# shellcheck source-path=SCRIPTDIR source=images.sh
. "$ci/images.sh"

usage() {
  cat <<TEXT
Usage: .ci/containers.sh [--stop | --help]

Prepares Docker and the images of the stack. Needs root on Debian 12.
Keeps what it builds in ${cache} (HOLDLINE_CACHE).
--stop ends the Docker daemon, if it was started by this script.
TEXT
}

parse_arguments() {
  case "${1:-}" in
    "") ;;
    --stop)
      stop_docker
      exit 0
      ;;
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

docker_answers() {
  with_deadline 10 docker info >/dev/null 2>&1
}

ensure_docker_commands() {
  has_command dockerd || install_debian_packages docker.io iptables
  ensure_commands iptables
}

# In a session of its own, so that no Ctrl-C of ours ends it, and with none of our descriptors.
start_docker() {
  say "Starting dockerd (log: $cache/dockerd.log)"
  setsid dockerd >"$cache/dockerd.log" 2>&1 </dev/null 9>&- &
  printf '%s\n' "$!" >"$cache/dockerd.pid"
  local waited
  for ((waited = 0; waited < 60; waited++)); do
    if docker_answers; then return 0; fi
    sleep 1
  done
  tail -n 20 "$cache/dockerd.log" >&2
  fail "dockerd does not answer"
}

stop_docker() {
  local id waited
  id="$(cat "$cache/dockerd.pid" 2>/dev/null)" || return 0
  [ "$(cat "/proc/$id/comm" 2>/dev/null)" = dockerd ] || return 0
  say "Stopping dockerd"
  kill "$id"
  for ((waited = 0; waited < 30; waited++)); do
    if ! kill -0 "$id" 2>/dev/null; then break; fi
    sleep 1
  done
  rm -f "$cache/dockerd.pid"
}

ensure_docker() {
  if has_command docker && docker_answers; then
    say "Docker $(docker version --format '{{.Server.Version}}') is running"
    return 0
  fi
  ensure_docker_commands
  start_docker
}

# Compose v2 and buildx are in no package of Debian 12.
ensure_docker_plugins() {
  if docker compose version >/dev/null 2>&1 && docker buildx version >/dev/null 2>&1; then return 0; fi
  say "Installing Compose and buildx into $HOME/.docker/cli-plugins"
  local unpacked
  unpacked="$(mktemp -d)"
  unpack_from_trixie "$unpacked" docker-compose docker-buildx
  mkdir -p "$HOME/.docker/cli-plugins"
  cp "$unpacked"/usr/libexec/docker/cli-plugins/docker-{compose,buildx} "$HOME/.docker/cli-plugins/"
  rm -rf "$unpacked"
}

main() {
  parse_arguments "$@"
  mkdir -p "$cache"
  ensure_bun
  ensure_docker
  ensure_docker_plugins
  ensure_images
  say "Containers can run"
}

main "$@" </dev/null
