#!/usr/bin/env bash
# A run of many seeds, two programs each, through all stages, against a server on this machine that answers at once with
# 2 KB. Prints the run's own figures, and each half minute its resident memory and what is done.
#   load.sh [SEEDS] [FOLDER]
set -euo pipefail
cd "$(dirname "$0")/../.."
seeds=${1:-200000}
dir=${2:-$(mktemp -d)}
go build -o "$dir/load" ./experiments/load
"$dir/load" seeds "$seeds" > "$dir/seeds.jsonl"
"$dir/load" serve 127.0.0.1:18765 2000 &
server=$!
trap 'kill $server' EXIT
cat > "$dir/run.yaml" <<YAML
name: load
dir: run
cache: cache
seeds: [{in: seeds.jsonl}]
seed: {near: 0}
endpoints: {stub: {url: "http://127.0.0.1:18765/v1", concurrency: 256}}
models:
  writer: {endpoint: stub, model: writer}
  oracle: {endpoint: stub, model: oracle}
  policy: {endpoint: stub, model: policy}
synth: {model: writer}
oracle: {models: [oracle]}
sample: {models: [policy], n: 2}
YAML
began=$SECONDS
bin/acecoder run "$dir/run.yaml" --progress none > "$dir/out.txt" 2>&1 &
run=$!
peak=0
while kill -0 $run 2>/dev/null; do
	rss=$(awk '/VmHWM/{print $2}' /proc/$run/status 2>/dev/null || echo 0)
	now=$(awk '/VmRSS/{print $2}' /proc/$run/status 2>/dev/null || echo 0)
	peak=$((rss > peak ? rss : peak))
	printf '%s s: %s KiB resident, %s at most, CPU %s s\n' $((SECONDS - began)) "$now" "$peak" \
		"$(awk '{print int(($14 + $15) / 100)}' /proc/$run/stat 2>/dev/null || echo -)"
	sleep 30 &
	wait -n $run $! || true
done
wait $run
cat "$dir/out.txt"
echo "$seeds seeds in $((SECONDS - began)) s, at most $peak KiB resident; all of it is in $dir"
