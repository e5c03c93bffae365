#!/bin/sh
# Checks that the programs acecoder writes for read what it writes: datasets, huggingface_hub, TRL, LLaMA-Factory,
# OpenRLHF and OpenAI's client, as they come from PyPI; that it reads texts as tokenizers and transformers do; and that it
# computes models as transformers, PyTorch and PEFT do. No check reaches a hub. INTEROP_PYTHON is a Python 3.11,
# INTEROP_FOLDER where everything is put (bin/interop); an environment that is there is used as it is.
set -eu

cd "$(dirname "$0")/.."
folder=${INTEROP_FOLDER:-bin/interop}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
venv=$folder/venv
INTEROP_SETS=$folder/sets
INTEROP_WORK=$folder/work
export INTEROP_SETS INTEROP_WORK
# Nothing below may find a hub, an account or a GPU of the machine it runs on.
export HF_HUB_OFFLINE=1 HF_HUB_DISABLE_TELEMETRY=1 HF_HUB_DISABLE_PROGRESS_BARS=1 HF_HOME="$folder/home" CUDA_VISIBLE_DEVICES=
export PYTHONDONTWRITEBYTECODE=1 TOKENIZERS_PARALLELISM=false TQDM_DISABLE=1 WANDB_MODE=disabled
unset HF_TOKEN HF_ENDPOINT HF_HUB_CACHE || true

if ! [ -e "$venv/ready" ]; then
	echo "interop: installing into $venv"
	"${INTEROP_PYTHON:-python3.11}" -m venv "$venv"
	"$venv/bin/pip" install --quiet --disable-pip-version-check -r interop/requirements.txt
	"$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps -r interop/requirements-nodeps.txt
	touch "$venv/ready"
fi

export CGO_ENABLED=0 GOEXPERIMENT=simd
go build -o "$folder/acecoder" ./cmd/acecoder
for program in hub tokenize draw events checkpoint model; do
	go build -o "$folder/$program" "./interop/$program"
done

echo "interop: exporting"
rm -rf "$INTEROP_SETS" "$INTEROP_WORK"
mkdir -p "$INTEROP_SETS" "$INTEROP_WORK"
problems=$INTEROP_WORK/scored.jsonl
pairs=$INTEROP_WORK/pairs.jsonl
"$venv/bin/python" interop/make_rows.py "$problems"
"$folder/acecoder" pairs --in "$problems" --out "$pairs" 2>/dev/null
for format in acecode trl-grpo openrlhf-rl verl; do
	"$folder/acecoder" export --in "$problems" --format "$format" --out "$INTEROP_SETS/$format" --held-out 0.1
done
for format in pairs trl-rm openrlhf-rm llama-factory; do
	"$folder/acecoder" export --in "$problems" --pairs "$pairs" --format "$format" --out "$INTEROP_SETS/$format" --held-out 0.1
done

for check in datasets trl llamafactory openrlhf; do
	echo "interop: $check"
	"$venv/bin/python" -W ignore "interop/check_$check.py" 2>"$INTEROP_WORK/$check.log" || {
		tail -n 40 "$INTEROP_WORK/$check.log" >&2
		echo "interop: $check failed" >&2
		exit 1
	}
done
# A check and the program that it asks.
for pair in chat:tokenize tokenizer:tokenize sampling:draw tensorboard:events checkpoint:checkpoint model:model local:acecoder reward:acecoder; do
	check=${pair%:*}
	echo "interop: $check"
	"$venv/bin/python" -W ignore "interop/check_$check.py" "$folder/${pair#*:}" 2>"$INTEROP_WORK/$check.log" || {
		tail -n 40 "$INTEROP_WORK/$check.log" >&2
		echo "interop: $check failed" >&2
		exit 1
	}
done
echo "interop: huggingface_hub"
unset HF_HUB_OFFLINE
"$venv/bin/python" interop/check_hub.py "$folder/acecoder" "$folder/hub" "$problems"

echo "interop: openai"
answers=$INTEROP_WORK/answers.jsonl
cat >"$answers" <<'ROW'
{"request": {"model": "small", "messages": [{"role": "user", "content": "Write a function that adds two numbers."}], "temperature": 0.7, "top_p": 1}, "answers": [{"text": "def add(a, b):\n    return a + b", "finish": "stop"}, {"text": "add = lambda a, b: a + b", "finish": "stop"}, {"text": "def add(*n):\n    return sum(n)", "finish": "length"}]}
ROW
"$folder/acecoder" serve replay --answers "$answers" --listen 127.0.0.1:0 >"$INTEROP_WORK/address" &
server=$!
trap 'kill $server' EXIT
until [ -s "$INTEROP_WORK/address" ]; do
	kill -0 $server
	sleep 0.1
done
"$venv/bin/python" interop/openai_client.py "$(cat "$INTEROP_WORK/address")"
echo "interop: all checks passed"
