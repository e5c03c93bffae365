"""Records learning rates and warm-ups of transformers for the tests of package train.

    python interop/make_schedules.py internal/train/testdata/schedules.json
"""

import json
import sys

import torch
import transformers
from transformers import TrainingArguments, get_scheduler

PEAK = 5e-6
KINDS = [
    ("constant", None), ("constant_with_warmup", None), ("linear", None), ("cosine", None),
    ("cosine_with_min_lr", {"min_lr_rate": 0.1}), ("cosine_with_min_lr", {"min_lr": 1e-6}),
]
RUNS = [(1, 0), (1, 1), (3, 2), (5, 0), (5, 9), (7, 1), (10, 3), (10, 10), (100, 10), (297, 30)]


def schedule(kind, options, steps, warmup):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=PEAK)
    scheduler = get_scheduler(
        kind, optimizer, num_warmup_steps=warmup, num_training_steps=steps, scheduler_specific_kwargs=options
    )
    rates = []
    for _ in range(steps + 2):
        rates.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    at = range(steps + 2)
    if steps > 20:
        at = [0, 1, 2, warmup - 1, warmup, warmup + 1, steps // 2, steps - 1, steps, steps + 1]
    options = options or {}
    least = options.get("min_lr_rate", options.get("min_lr", 0) / PEAK)
    return {
        "schedule": {"kind": kind, "peak": PEAK, "warmup": warmup, "steps": steps, "least": least},
        "at": list(at), "rates": [rates[i] for i in at],
    }


def warmup(value, steps):
    arguments = TrainingArguments.__new__(TrainingArguments)  # without what it asks of the machine
    arguments.warmup_steps = value
    return {"warmup": value, "steps": steps, "want": arguments.get_warmup_steps(steps)}


record = {
    "transformers": transformers.__version__,
    "schedules": [schedule(kind, options, *run) for run in RUNS for kind, options in KINDS],
    "warmups": [warmup(v, s) for s in (1, 7, 10, 100, 297, 1000) for v in (0, 0.03, 0.1, 0.5, 0.99, 1, 3, 500)],
}
with open(sys.argv[1], "w") as out:
    rows = {name: "[\n  " + ",\n  ".join(map(json.dumps, record[name])) + "\n ]" for name in ("schedules", "warmups")}
    out.write(f'{{"transformers": "{record["transformers"]}",\n "schedules": {rows["schedules"]},\n "warmups": {rows["warmups"]}}}\n')
