#!/bin/bash
# Runs once in a container beside Elasticsearch and Kibana: tells both what Holdline's lines look like. Safe to run again.
set -Eeuo pipefail

elasticsearch=http://elasticsearch:9200
kibana=http://kibana:5601

# await URL SECONDS
await() {
  local waited
  for ((waited = 0; waited < $2; waited += 2)); do
    if curl --silent --fail --output /dev/null "$1"; then return 0; fi
    sleep 2
  done
  printf 'error: %s does not answer\n' "$1" >&2
  return 1
}

# send METHOD URL FILE
send() {
  curl --silent --show-error --fail --output /dev/null --request "$1" "$2" \
    --header 'Content-Type: application/json' --header 'kbn-xsrf: holdline' --data-binary "@/setup/$3"
}

main() {
  await "$elasticsearch/_cluster/health?wait_for_status=yellow" 120
  send PUT "$elasticsearch/_ingest/pipeline/holdline" pipeline.json
  send PUT "$elasticsearch/_index_template/holdline" index-template.json
  await "$kibana/api/status" 180
  send POST "$kibana/api/data_views/data_view" data-view.json
}

main
