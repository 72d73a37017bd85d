# shellcheck shell=bash
# Sourced by blue-green-deploy.sh: sends new connections to the other colour, and makes sure that it is so.

switch_traffic() {
  undo=traffic
  route_to "$target" || give_up 8 "Traefik did not send new connections to $target within $switch_seconds s: $unconfirmed" \
    "A file that it cannot read in traefik/dynamic stops them all: docker compose logs --tail 20 traefik"
  assert_outgoing_is_left
  active="$target"
  note="$target gets new connections"
}

unconfirmed=""

# route_to COLOUR: succeeds once it serves whoever comes.
route_to() {
  local began until seconds="$switch_seconds"
  # Who goes back has nothing better to go to.
  if $is_undoing; then seconds=30; fi
  began="$(now_ms)"
  until="$((began + seconds * 1000))"
  write_traffic "$1" || {
    unconfirmed="traefik/dynamic/90-traffic.yml could not be written"
    return 1
  }
  unconfirmed="its API does not show it"
  until is_routed_to "$1" && pause 0.1 && is_routed_to "$1"; do
    nudge_traefik "$began"
    (($(now_ms) < until)) || return 1
    pause 0.1
  done
  unconfirmed="requests to $public_url are answered by another"
  until serves_whoever_comes "$1"; do
    (($(now_ms) < until)) || return 1
    pause 0.2
  done
}

is_nudged=false

# It watches the directory; the signal is for where that failed. While it does not list the service, the signal would end it.
nudge_traefik() {
  ! $is_nudged && (($(now_ms) > $1 + 3000)) && ask_routes || return 0
  is_nudged=true
  ask 10 docker compose kill --signal HUP traefik || true
}

# Each request on a connection of its own; and a handshake that is none, so that it costs nobody a socket.
serves_whoever_comes() {
  are_served_by "$1" 10 "$public_url/health/live?[1-10]" && are_served_by "$1" 1 "$public_url/ws/chat"
}

# are_served_by COLOUR TIMES URL
are_served_by() {
  local served
  ask 6 curl --silent --max-time 5 --dump-header - --output /dev/null --header "Connection: close" "$3" || return 1
  served="$(grep -ic "^x-served-by: $1[[:space:]]*$" <<<"$answer" || true)"
  ((served == $2))
}

assert_outgoing_is_left() {
  is_running "$outgoing" && ask_count "$outgoing" opened || return 0
  await "$switch_seconds" is_opened_still || give_up 8 "$outgoing still gets new connections: does something else lead to it?"
}

# No more than when it was asked last.
is_opened_still() {
  local before="$count"
  pause 0.2
  ask_count "$outgoing" opened && ((count == before))
}
