# shellcheck shell=bash
# Sourced by start.sh: brings the containers up, after looking whether they can come up.

# The settings as Compose understands them, secrets included: never printed.
stack_config=""

start_stack() {
  cd -- "${root:?}" || fail "$root is not there"
  assert_docker
  stack_config="$(docker compose config)" || fail "docker-compose.yml and .env do not fit together"
  announce_access
  assert_certificates
  assert_ports_free
  assert_nobody_is_cut "$@"
  docker compose up -d "$@"
  await_stack
}

assert_docker() {
  has_command docker || fail "Docker is not here: https://docs.docker.com/engine/install/ (Compose v2 included)"
  docker info >/dev/null 2>&1 || fail "Docker does not answer: is it running, and may you use it (group docker)?"
  docker compose version >/dev/null 2>&1 ||
    fail "Docker Compose v2 is not here (docker-compose 1.x does not read this file)"
}

# stack_setting NAME: the first one of that name.
stack_setting() {
  sed -n "s/^ *$1: *\"\{0,1\}\([^\"]*\)\"\{0,1\}\$/\1/p" <<<"$stack_config" | sed 's/^null$//;q'
}

announce_access() {
  if [ -n "$(stack_setting JWT_SECRET)$(stack_setting JWKS_URL)" ]; then return 0; fi
  if [ "$(stack_setting NODE_ENV)" != production ]; then
    say "No JWT_SECRET: whoever connects is a guest. Published on this machine only (.env.example says how to open it)"
  elif [ "$(stack_setting GUESTS)" = allow ]; then
    say "GUESTS=allow: whoever reaches this machine may connect"
  else
    fail "HTTP_BIND opens the stack to others, so JWT_SECRET or JWKS_URL has to say who they are (or GUESTS=allow)"
  fi
}

# Traefik would serve a certificate of its own making, and say so in its log alone.
assert_certificates() {
  local name file
  for name in "$(stack_setting TLS_CERTIFICATE)" "$(stack_setting TLS_KEY)"; do
    file="traefik/certificates/$name"
    if [ -z "$name" ]; then continue; fi
    [ -f "$file" ] || fail "$file is not there (TLS_CERTIFICATE and TLS_KEY in .env)"
    is_readable_by_traefik "$file" || fail "Traefik, user id 1000, may not read $file: chown 1000 $file"
  done
}

is_readable_by_traefik() {
  [ -n "$(find "$1" \( -uid 1000 -perm -u+r -o -gid 1000 -perm -g+r -o -perm -o+r \) 2>/dev/null)" ]
}

published_ports() {
  sed -n 's/^ *published: *"\{0,1\}\([0-9]*\)"\{0,1\}$/\1/p' <<<"$stack_config" | sort -nu
}

is_port_taken() {
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# What Docker itself says about it names neither the port's variable nor what to do.
assert_ports_free() {
  local port taken=()
  if [ -n "$(docker compose ps --quiet)" ]; then return 0; fi
  while read -r port; do
    if is_port_taken "$port"; then taken+=("$port"); fi
  done < <(published_ports)
  ((${#taken[@]} == 0)) || fail "Somebody listens on ${taken[*]}: stop that, or choose other ports in .env (HTTP_PORT, …)"
}

# --build replaces both colours at once.
assert_nobody_is_cut() {
  local colour connections
  [[ " $* " == *" --build "* ]] || return 0
  for colour in blue green; do
    connections="$(docker compose exec -T "websocket-$colour" bun run --silent control status 2>/dev/null |
      sed -n 's/^ *"connections": \([0-9]*\),$/\1/p')"
    ((${connections:-0} == 0)) ||
      fail "$colour has $connections connections, and --build would cut them off: deploy instead (scripts/blue-green-deploy.sh)"
  done
}

await_stack() {
  local address waited
  address="$(docker compose port traefik 80)"
  for ((waited = 0; waited < 60; waited++)); do
    if answers_http "${address##*:}"; then
      say "Holdline serves http://localhost:${address##*:} (docker compose ps, docker compose down)"
      return 0
    fi
    sleep 1
  done
  docker compose ps >&2
  docker compose logs --tail 20 traefik websocket-blue >&2
  fail "Nothing answers on ${address} after a minute"
}

# Without curl, which not every machine has. With TLS the answer is a redirection.
answers_http() (
  status=""
  { exec 3<>"/dev/tcp/127.0.0.1/$1"; } 2>/dev/null || exit 1
  printf 'GET /health/live HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3
  IFS= read -r -t 5 status <&3
  [[ "$status" =~ ^HTTP/1\.[01]\ (200|30[0-9]) ]]
)
