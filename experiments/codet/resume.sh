#!/bin/sh
# Runs filter, score and pairs over a corpus twice: once straight, once with filter and score killed in the middle and
# resumed.
# Usage: resume.sh ACECODER PROBLEMS FOLDER
# The two must give the same bytes; exits 1 where they do not.
set -eu
ace=$1 problems=$2 dir=$3
mkdir -p "$dir/straight" "$dir/killed"

pipeline() { # folder
	"$ace" filter --in "$problems" --out "$1/filtered.jsonl" --drops "$1/drops.jsonl" --jobs 2
	"$ace" score --in "$1/filtered.jsonl" --out "$1/scored.jsonl" --omit-cpu --jobs 2
	"$ace" pairs --in "$1/scored.jsonl" --out "$1/pairs.jsonl"
}

begin=$(date +%s)
rm -f "$dir"/straight/*
pipeline "$dir/straight"
echo "straight: $(($(date +%s) - begin)) s"

rm -f "$dir"/killed/*
"$ace" filter --in "$problems" --out "$dir/killed/filtered.jsonl" --drops "$dir/killed/drops.jsonl" --jobs 2 &
pid=$!
sleep "${FILTER_KILL:-2}"
kill -9 $pid && echo "filter killed after $(wc -l <"$dir/killed/filtered.jsonl.partial") rows"
wait $pid || true
"$ace" filter --in "$problems" --out "$dir/killed/filtered.jsonl" --drops "$dir/killed/drops.jsonl" --jobs 2 --resume
"$ace" score --in "$dir/killed/filtered.jsonl" --out "$dir/killed/scored.jsonl" --omit-cpu --jobs 2 &
pid=$!
sleep "${SCORE_KILL:-10}"
kill -9 $pid && echo "score killed after $(wc -l <"$dir/killed/scored.jsonl.partial") rows"
wait $pid || true
"$ace" score --in "$dir/killed/filtered.jsonl" --out "$dir/killed/scored.jsonl" --omit-cpu --jobs 2 --resume
"$ace" pairs --in "$dir/killed/scored.jsonl" --out "$dir/killed/pairs.jsonl"

for f in filtered scored pairs drops; do
	(cd "$dir" && sha256sum "straight/$f.jsonl" "killed/$f.jsonl")
	cmp "$dir/straight/$f.jsonl" "$dir/killed/$f.jsonl"
done
echo same
