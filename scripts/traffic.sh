# shellcheck shell=bash
# Sourced: says which colour Traefik sends new connections to. $root is the caller's (toolchain.sh).

traffic_file="${root:?}/traefik/dynamic/90-traffic.yml"
# Beside the watched directory, on its file system: what is half written there must never be read.
traffic_staging="$root/traefik/staging"

# write_traffic COLOUR[=WEIGHT]...: all new connections to one colour, or a share to each.
# Takes effect within 0.3 s; open sockets stay where they are.
write_traffic() {
  local staged
  assert_shares "$@" || return 64
  mkdir -p "$traffic_staging" || return 1
  staged="$(mktemp "$traffic_staging/traffic.XXXXXX")" || return 1
  # Half a file, of a disk that is full, must not get there. And one that Traefik cannot read when it starts would leave
  # it without any route.
  if describe_traffic "$@" >"$staged" && chmod 644 "$staged" && sync "$staged" && mv -f "$staged" "$traffic_file"; then
    return 0
  fi
  rm -f "$staged"
  return 1
}

# Weight 0 makes Traefik hang: an idle colour is left out.
assert_shares() {
  local share
  (($# > 0)) || return 64
  for share in "$@"; do
    [[ "$share" =~ ^(blue|green)(=[1-9][0-9]{0,2})?$ ]] || {
      printf 'error: %s: expected blue, green, blue=90 or green=10\n' "$share" >&2
      return 64
    }
  done
}

describe_traffic() {
  local share weight
  printf '# Written by scripts/traffic.sh: which colours new connections go to.\n'
  printf 'http:\n  services:\n    chat:\n      weighted:\n        services:\n'
  for share in "$@"; do
    weight="${share#*=}"
    [ "$weight" != "$share" ] || weight=100
    printf '          - {name: websocket-%s, weight: %s}\n' "${share%%=*}" "$weight"
  done
}

# The colour with the largest share, blue before the first deploy.
active_colour() {
  local colour
  colour="$(sed -n 's/.*{name: websocket-\([a-z]*\), weight: \([0-9]*\)}.*/\2 \1/p' "$traffic_file" 2>/dev/null |
    sort -rn | sed -n '1s/.* //p')"
  printf '%s\n' "${colour:-blue}"
}
