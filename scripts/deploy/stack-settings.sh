# shellcheck shell=bash
# Sourced by blue-green-deploy.sh: names and addresses of the stack, from what Compose makes of its files and .env.

project=""
prefix=""
public_url=""
probe_url=""
api_url=""
address=""
grafana_url=""
grafana_password=""
# Seconds that a new colour may take to be ready, and a switch to be seen.
ready_seconds="${DEPLOY_READY_SECONDS:-60}"
switch_seconds="${DEPLOY_SWITCH_SECONDS:-10}"
# How long its smoke test may take, and how long it has to bear the load test.
smoke_seconds="${DEPLOY_SMOKE_SECONDS:-60}"
load_seconds="${DEPLOY_LOAD_SECONDS:-5}"

read_settings() {
  # Straight into memory: it holds secrets.
  # shellcheck disable=SC2034 # stack_setting reads it
  stack_config="$(timeout --kill-after=5 20 docker compose config 2>"$scratch/err" 3>&- 9>&-)" ||
    give_up 4 "docker-compose.yml and .env do not fit together: $(<"$scratch/err")" "docker compose config -q"
  project="$(sed -n 's/^name: //p' <<<"$stack_config")"
  prefix="$(sed -n 's/^ *container_name: \(.*\)websocket-green$/\1/p' <<<"$stack_config")"
  find_address 8080 && api_url="http://$address/api"
  find_address 80 && public_url="$(setting PUBLIC_URL)"
  probe_url="${public_url:-http://traefik}"
  public_url="${public_url:-http://$address}"
  [ -n "$api_url" ] || give_up 4 "docker-compose.yml does not publish Traefik's port 8080"
  read_grafana_settings
}

read_grafana_settings() {
  grafana_password="$(setting GF_SECURITY_ADMIN_PASSWORD)"
  if find_address 3000; then grafana_url="${GRAFANA_URL:-http://$address}"; fi
}

# Compose writes $ as $$.
setting() {
  local value
  value="$(stack_setting "$1")"
  printf '%s' "${value//\$\$/$}"
}

# find_address PORT: where this machine reaches that port of a container.
find_address() {
  local text="${stack_config//$'\n'/ }" pattern
  pattern="(host_ip: ([0-9.]+) +)?target: $1 +published: \"([0-9]+)\""
  [[ "$text" =~ $pattern ]] || return 1
  case "${BASH_REMATCH[2]}" in
    "" | 0.0.0.0) address="127.0.0.1:${BASH_REMATCH[3]}" ;;
    *) address="${BASH_REMATCH[2]}:${BASH_REMATCH[3]}" ;;
  esac
}

container() {
  printf '%swebsocket-%s' "$prefix" "$1"
}

other_colour() {
  if [ "$1" = blue ]; then printf green; else printf blue; fi
}
