# shellcheck shell=bash
# Sourced by blue-green-deploy.sh: asks Traefik and the colours how they are.

# The colours of the traffic file.
file_shares() {
  sed -n 's/.*{name: websocket-\([a-z]*\), weight: \([0-9]*\)}.*/\1/p' "${traffic_file:?}" 2>/dev/null | tr '\n' ' '
}

ask_routes() {
  ask 3 curl --silent --fail --max-time 2 "$api_url/http/services/chat@file"
}

# The colours that Traefik sends new connections to.
routed_shares() {
  local rest shares=""
  ask_routes || return 1
  rest="$answer"
  while [[ "$rest" =~ \"name\":\"websocket-([a-z]+)\",\"weight\":[1-9][0-9]*(.*) ]]; do
    shares+="${BASH_REMATCH[1]} "
    rest="${BASH_REMATCH[2]}"
  done
  routed="$shares"
}
routed=""

is_routed_to() {
  ask_routes && [[ "$answer" == *"\"services\":[{\"name\":\"websocket-$1\",\"weight\":100}]"* ]] &&
    [[ "$answer" == *'"status":"enabled"'* ]]
}

# What its /health/ready says, asked within: Traefik's own way to a colour opens only when Docker's health has reported,
# after a whole interval.
is_ready() {
  control "$1" 10 status && [ "$(json_field ready "$answer")" = true ]
}

is_running() {
  ask 10 docker inspect --format '{{.State.Running}} {{.RestartCount}}' "$(container "$1")" &&
    [[ "$answer" == "true "* ]]
}

# Ready, and no longer draining, as an interrupted deploy or rollback leaves it.
is_open() {
  is_ready "$1" && return 0
  case "$(json_field state "$answer")" in
    draining | drained) control "$1" 10 undrain && is_ready "$1" ;;
    *) return 1 ;;
  esac
}

# How often the target had restarted when it was first looked at: a new one never.
restarts=0

note_restarts() {
  if is_running "$target"; then restarts="${answer#true }"; fi
}

has_stayed_up() {
  is_running "$target" && [ "$answer" = "true $restarts" ]
}

# control COLOUR SECONDS COMMAND…
control() {
  local colour="$1" seconds="$2"
  shift 2
  ask "$seconds" docker exec "$(container "$colour")" bun run --silent control "$@"
}

# ask_count COLOUR NAME: a number of its status, as count; fails if it does not answer.
ask_count() {
  local value
  control "$1" 10 status || return 1
  value="$(json_field "$2" "$answer")"
  [[ "$value" =~ ^[0-9]+$ ]] || return 1
  count="$value"
}
count=0

show_logs() {
  local text
  if ask 10 docker logs --tail 20 "$(container "$1")"; then
    line "  the last lines of $(container "$1"):"
    while IFS= read -r text; do line "    $text"; done <<<"$answer$complaint"
  fi
}

stop_colour() {
  ask 150 docker compose stop --timeout 140 "websocket-$1"
}
