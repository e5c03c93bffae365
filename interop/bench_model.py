"""How fast acecoder trains and answers beside PyTorch, on this machine.

    bench_model.py MODEL [--device cpu] [--runs 5] [--quick]

MODEL is the program of interop/model. Each run is a process of its own, ours and PyTorch's in turn; a run's figure is the
median of its times without the first, and a row's the median of the runs. PyTorch is computed with both kinds of attention,
and the faster one counts. The ratio is the median of the runs' own ratios, so that a machine that is busy for a while is so
for both. Memory is the most that a process has had. --quick is only to see that it works.
"""

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time

THREADS = 2
SIZES = {
    "0.15 M": dict(vocab_size=107, hidden_size=64, intermediate_size=176, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2),
    "3.5 M": dict(vocab_size=1024, hidden_size=256, intermediate_size=768, num_hidden_layers=4, num_attention_heads=8, num_key_value_heads=4),
    "25 M": dict(vocab_size=4096, hidden_size=512, intermediate_size=1376, num_hidden_layers=8, num_attention_heads=8, num_key_value_heads=4),
}
ATTENTION = ("sdpa", "eager")


def rows(vocabulary, count, length):
    draw = random.Random(1)
    return [[draw.randrange(vocabulary) for _ in range(length)] for _ in range(count)]


# The process that computes with PyTorch.


def trainer(model, asked):
    """A step of AdamW, as ours: forward, backward, clipping, update."""
    import torch

    model.train()
    ids = torch.tensor(asked["rows"])
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.0, fused=True)

    def step():
        logits = model(input_ids=ids, use_cache=False).logits[:, :-1]
        loss = torch.nn.functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), ids[:, 1:].reshape(-1))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()

    return step


def answerer(model, asked):
    import torch

    ids = torch.tensor(asked["prompts"])
    settings = dict(do_sample=False, max_new_tokens=asked["max_tokens"], eos_token_id=None, pad_token_id=0)
    return lambda: model.generate(input_ids=ids, attention_mask=torch.ones_like(ids), **settings)


def make(folder, shape):
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(0)
    more = dict(max_position_embeddings=512, rope_theta=1e6, tie_word_embeddings=True, bos_token_id=None, eos_token_id=None)
    Qwen2ForCausalLM(Qwen2Config(**shape, **more)).save_pretrained(folder)


def with_torch(what, folder, attention=""):
    import torch
    from transformers import AutoModelForCausalLM

    torch.set_num_threads(THREADS)
    asked = json.load(sys.stdin)
    if what == "make":
        make(folder, asked)
        return
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation=attention)
    do = {"bench-train": trainer, "bench-decode": answerer}[what](model, asked)
    seconds = []
    for _ in range(asked["times"] + 1):
        began = time.perf_counter()
        do()
        seconds.append(time.perf_counter() - began)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"seconds": seconds[1:], "memory": memory}))


# The process that compares. It imports no torch: the system counts the memory of who starts a process as the process's own.


def started(args, asked):
    """What a process prints."""
    env = os.environ | {"GOMAXPROCS": str(THREADS), "HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "TQDM_DISABLE": "1"}
    done = subprocess.run([str(a) for a in args], input=json.dumps(asked), stdout=subprocess.PIPE, text=True, env=env, check=True)
    return done.stdout


def with_pytorch(*args):
    return [sys.executable, "-W", "ignore", __file__, "--torch", *args]


def once(args, asked):
    """Tokens a second, and memory, of one process."""
    figures = json.loads(started(args, asked))
    tokens = len(asked["rows"]) * len(asked["rows"][0]) if "rows" in asked else len(asked["prompts"]) * asked["max_tokens"]
    return tokens / statistics.median(figures["seconds"]), figures["memory"]


def compared(name, binary, what, folder, asked, runs):
    ours, others = [], {attention: [] for attention in ATTENTION}
    for _ in range(runs):
        ours.append(once([*binary, what, folder], asked))
        for attention, all_ in others.items():
            all_.append(once(with_pytorch(what, folder, attention), asked))
    median = {attention: statistics.median(speed for speed, _ in all_) for attention, all_ in others.items()}
    best = max(median, key=median.get)
    ratio = statistics.median(a / b for (a, _), (b, _) in zip(ours, others[best], strict=True))
    mine = statistics.median(speed for speed, _ in ours)
    memory = [max(m for _, m in all_) / 2**20 for all_ in (ours, others[best])]
    print(f"{name:24} {mine:10.0f} {median[best]:10.0f} {best:6} {ratio:6.2f} {memory[0]:10.0f} {memory[1]:10.0f}", flush=True)


def compare(binary, runs, quick):
    batch, length, times = (2, 16, 1) if quick else (16, 128, 5)
    answers, prompt, new = (4, 8, 8) if quick else (64, 32, 128)
    print(f"{'':24} {'tokens a second':>21} {'':6} {'':6} {'memory, MiB':>21}")
    print(f"{'':24} {'acecoder':>10} {'PyTorch':>10} {'':6} {'ratio':>6} {'acecoder':>10} {'PyTorch':>10}")
    with tempfile.TemporaryDirectory() as folder:
        for name, shape in SIZES.items():
            started(with_pytorch("make", f"{folder}/{name}"), shape)
            asked = {"rows": rows(shape["vocab_size"], batch, length), "times": times}
            compared(f"step, {name}, {batch}×{length}", binary, "bench-train", f"{folder}/{name}", asked, runs)
        asked = {"prompts": rows(shape["vocab_size"], answers, prompt), "max_tokens": new, "times": max(1, times // 2)}
        compared(f"answers, {name}, {answers}×{new}", binary, "bench-decode", f"{folder}/{name}", asked, runs)


def main():
    if sys.argv[1:2] == ["--torch"]:
        with_torch(*sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--quick", action="store_true")
    args = parser.parse_args()
    compare([args.model, "-device", args.device], 1 if args.quick else args.runs, args.quick)


main()
