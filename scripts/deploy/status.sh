# shellcheck shell=bash
# Sourced by blue-green-deploy.sh: who serves, what the last deploy did, and whether all agree.

show_status() {
  local colour agreed=true
  phase_code=4
  assert_docker_answers
  read_settings
  read_state
  routed_shares || routed="unknown (Traefik's API does not answer at $api_url) "
  if [ "$routed" != "$(file_shares)" ]; then agreed=false; fi
  if $is_json; then print_status_json "$agreed"; else print_status; fi
  $agreed || give_up 4 "Traefik and traefik/dynamic/90-traffic.yml do not agree on who serves"
}

print_status() {
  line "new connections go to    ${routed% }"
  line "90-traffic.yml names     $(file_shares)"
  for colour in blue green; do line "$(printf '%-24s %s' "$colour" "$(describe_colour "$colour")")"; done
  line "last                     $(describe_prior)"
  if is_deploy_under_way; then line "under way                $(describe_holder)"; fi
}

describe_colour() {
  if ! is_running "$1"; then
    printf 'stopped'
  elif control "$1" 10 status; then
    printf '%s, %s sockets, %s' "$(json_field version "$answer")" "$(json_field connections "$answer")" \
      "$(json_field state "$answer")"
  else
    printf 'does not answer'
  fi
}

describe_prior() {
  if [ -z "$prior" ]; then
    printf 'no deploy yet'
  else
    printf '%s %s to %s: %s in %s, %s' "$(prior_field command)" "$(prior_field deployId)" "$(prior_field target)" \
      "$(prior_field outcome)" "$(prior_field phase)" "$(prior_field updatedAt)"
  fi
}

is_deploy_under_way() {
  [ -e "$lock_file" ] && ! flock --nonblock "$lock_file" true
}

print_status_json() {
  local held=false
  if is_deploy_under_way; then held=true; fi
  cat <<JSON
{
  "routed": "${routed% }", "file": "$(file_shares | sed 's/ $//')", "doAgree": $1, "isUnderWay": $held,
  "blue": $(as_json "$(describe_colour blue)"), "green": $(as_json "$(describe_colour green)"),
  "last": ${prior:-null}
}
JSON
}
