#!/usr/bin/env bash
# What a machine needs for tens of thousands of connections.
set -Eeuo pipefail

sysctl_file="${SYSCTL_DIR:-/etc/sysctl.d}/90-holdline.conf"
limits_file="${LIMITS_DIR:-/etc/security/limits.d}/90-holdline.conf"
proc="${PROC_SYS:-/proc/sys}"

usage() {
  cat <<TEXT
Usage: scripts/tune-host.sh [--check | --apply | --help]

--check  shows what is set, what is wanted and why; exit code 1 if something is too low (the default)
--apply  as root: writes $sysctl_file
         and $limits_file, and sets it now

Docker containers have limits of their own as well: NOFILE in .env.
TEXT
}

# name, wanted, why. A range is wanted as it is, everything else at least, but a timeout at most.
settings() {
  cat <<TEXT
net.core.somaxconn|65535|connections that wait to be accepted, as when everybody reconnects at once
net.ipv4.tcp_max_syn_backlog|65535|connections that are half open, at the same moment
net.ipv4.ip_local_port_range|1024 65535|ports for connections from Traefik to one server: one each
net.ipv4.tcp_fin_timeout|30|seconds that a closed connection keeps its port
vm.max_map_count|262144|memory maps, for Elasticsearch (profile logging)
TEXT
  # Since Linux 5.14.
  if [ -e "$proc/net/ipv4/tcp_migrate_req" ]; then
    printf 'net.ipv4.tcp_migrate_req|1|connections that a worker has not accepted go to the others when it ends (WORKERS)\n'
  fi
}

nofile_wanted=1000000
nofile_why="open files: one per connection in the server, two in Traefik"

current_value() {
  tr -s '\t ' '  ' <"$proc/${1//./\/}" 2>/dev/null || echo unknown
}

is_enough() {
  local name="$1" value="$2" wanted="$3"
  [ "$value" != unknown ] || return 1
  case "$name" in
    *range) ((${value% *} <= ${wanted% *} && ${value#* } >= ${wanted#* })) ;;
    *timeout) ((value <= wanted)) ;;
    *) [ "$value" = unlimited ] || ((value >= wanted)) ;;
  esac
}

# Fails if it is too low.
report() {
  local name="$1" value="$2" wanted="$3" why="$4" verdict=ok status=0
  is_enough "$name" "$value" "$wanted" || { verdict=LOW status=1; }
  printf '%-4s %-30s is %-14s wanted %-12s %s\n' "$verdict" "$name" "$value" "$wanted" "$why"
  return "$status"
}

check() {
  local name wanted why status=0
  report nofile "$(ulimit -Hn)" "$nofile_wanted" "$nofile_why" || status=1
  while IFS='|' read -r name wanted why; do
    report "$name" "$(current_value "$name")" "$wanted" "$why" || status=1
  done < <(settings)
  return "$status"
}

# What is more than wanted already stays as it is.
describe_sysctls() {
  local name wanted why value
  printf '# Written by Holdline, scripts/tune-host.sh --apply\n'
  while IFS='|' read -r name wanted why; do
    value="$(current_value "$name")"
    if is_enough "$name" "$value" "$wanted"; then wanted="$value"; fi
    printf '# %s\n%s = %s\n' "$why" "$name" "$wanted"
  done < <(settings)
}

apply() {
  if [ "$(id -u)" -ne 0 ] && [ ! -w "$(dirname "$sysctl_file")" ]; then
    printf 'error: --apply writes to /etc: run it as root\n' >&2
    exit 77
  fi
  describe_sysctls >"$sysctl_file.new"
  mv "$sysctl_file.new" "$sysctl_file"
  printf '# Written by Holdline, scripts/tune-host.sh --apply: %s\n* soft nofile %s\n* hard nofile %s\n' \
    "$nofile_why" "$nofile_wanted" "$nofile_wanted" >"$limits_file"
  printf 'Wrote %s and %s (the limit of files counts from the next login on)\n' "$sysctl_file" "$limits_file"
  if command -v sysctl >/dev/null; then sysctl --quiet --load "$sysctl_file" || echo "Not all of it could be set" >&2; fi
  check || true
}

main() {
  case "${1:---check}" in
    --check) check ;;
    --apply) apply ;;
    -h | --help) usage ;;
    *)
      usage >&2
      exit 64
      ;;
  esac
}

main "$@"
