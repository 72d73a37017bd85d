#!/usr/bin/env bash
# Deploys again and again while thousands of clients talk, and says whether anybody noticed: --help says how.
# The stack has to believe the clients' addresses, which users must never see:
#   docker compose -f docker-compose.yml -f scripts/load/compose.loadtest.yml up -d
set -Eeuo pipefail

# shellcheck source-path=SCRIPTDIR source=../toolchain.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../toolchain.sh"

main() {
  ensure_bun
  cd "${root:?}"
  exec bun app/bench/deploy-proof.ts "$@"
}

main "$@"
