# shellcheck shell=bash
# Sourced: the images that Dockerfile and docker-compose.yml name, as the official ones would be for what we do with them.

# $ci, $cache and $root are the caller's.
recipes="${ci:?}/images"
recipe_label=holdline.recipe
host_certificates=/etc/ssl/certs/ca-certificates.crt

# Which recipe builds which tag; Grafana and Elastic's programs are in no package registry.
image_tags() {
  cat <<TEXT
bun oven/bun:${bun_version:?}-slim
redis $(image_in_compose redis)
haproxy $(image_in_compose haproxy)
traefik $(image_in_compose traefik)
prometheus $(image_in_compose prom/prometheus)
TEXT
}

image_in_compose() {
  sed -n "s|^ *image: *\($1:[^ ]*\).*|\1|p" "${root:?}/docker-compose.yml" | head -n 1
}

ensure_images() {
  local recipe tag
  while read -r recipe tag; do
    ensure_image "$recipe" "$tag"
  done < <(image_tags)
}

# An image without our label is an official one.
ensure_image() {
  local recipe="$1" tag="$2" built_from wanted
  wanted="$(recipe_hash "$recipe")"
  if built_from="$(docker image inspect --format "{{index .Config.Labels \"$recipe_label\"}}" "$tag" 2>/dev/null)"; then
    if [ -z "$built_from" ] || [ "$built_from" = "$wanted" ]; then return 0; fi
  elif can_pull && with_deadline 300 docker pull --quiet "$tag"; then
    return 0
  fi
  ensure_debian_image
  say "Building $tag from $recipes/$recipe"
  build_image "$recipe" "$tag" "$wanted"
}

# Asked once.
can_pull() {
  if [ -z "${is_registry_there:-}" ]; then
    is_registry_there=no
    if with_deadline 20 docker pull --quiet hello-world >/dev/null 2>&1; then is_registry_there=yes; fi
  fi
  [ "$is_registry_there" = yes ]
}

recipe_hash() {
  local directories=("$recipes/$1")
  if [ -d "$ci/$1" ]; then directories+=("$ci/$1"); fi
  find "${directories[@]}" -type f -print0 | sort -z | xargs -0 cat | sha256sum | cut -c 1-16
}

# The program is put beside the Dockerfile in a copy of its directory.
build_image() {
  local recipe="$1" tag="$2" label="$3" context
  context="$(mktemp -d)"
  cp "$recipes/$recipe"/* "$host_certificates" "$context/"
  case "$recipe" in
    bun) install -m 755 "$(find_bun)" "$context/bun" ;;
    traefik) build_go_program traefik github.com/traefik/traefik/v3/cmd/traefik "$context/traefik" ;;
    prometheus)
      build_go_program prometheus github.com/prometheus/prometheus/cmd/prometheus "$context/prometheus"
      build_go_program prometheus github.com/prometheus/prometheus/cmd/promtool "$context/promtool"
      ;;
  esac
  with_deadline 600 docker build --quiet --label "$recipe_label=$label" --tag "$tag" "$context" >/dev/null
  rm -rf "$context"
}

ensure_debian_image() {
  if docker image inspect debian:trixie-slim >/dev/null 2>&1; then return 0; fi
  ensure_commands debootstrap
  say "Building debian:trixie-slim with debootstrap"
  local directory
  directory="$(mktemp -d "${cache:?}/debian.XXXXXX")"
  with_deadline 600 debootstrap --variant=minbase trixie "$directory" http://deb.debian.org/debian >"$cache/debootstrap.log"
  tar -C "$directory" -c . | docker import --change 'CMD ["bash"]' - debian:trixie-slim >/dev/null
  rm -rf "$directory"
}

# build_go_program MODULE PACKAGE TARGET: as .ci/MODULE/go.mod pins it, kept from run to run.
build_go_program() {
  local module="$1" package="$2" target="$3" kept
  kept="$cache/$(basename "$package")-$(cat "$ci/$module"/go.* | sha256sum | cut -c 1-16)"
  if [ ! -x "$kept" ]; then
    ensure_go
    say "Compiling $package (minutes, the first time)"
    (cd -- "$ci/$module" && CGO_ENABLED=0 GOTOOLCHAIN=auto with_deadline 1800 nice -n 19 \
      go build -mod=readonly -trimpath -ldflags "-s -w" -o "$kept.new" "$package")
    mv "$kept.new" "$kept"
  fi
  cp "$kept" "$target"
}
