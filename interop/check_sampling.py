"""Asks transformers' logits processors for the probabilities of the next token, and acecoder for the same.

    python interop/check_sampling.py DRAW

DRAW is the program of interop/draw. The processors are those that generate() makes, in its order. They work in float64
here, as acecoder does, and once more in float32, where rounding decides about a token at the edge of top-p now and then.
"""

import json
import subprocess
import sys

import torch
from transformers import GenerationConfig, LogitsProcessorList
from transformers.generation.logits_process import (
    MinPLogitsWarper,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from common import check, config, said, tokenizer

CASES = 1500


def cases():
    g = torch.Generator().manual_seed(2502)

    def number():
        return torch.rand((), generator=g).item()

    for n in range(CASES):
        size = [5, 50, 1000, 20000][n % 4] if n < 200 else [5, 50, 1000][n % 3]
        logits = torch.randn(size, generator=g) * [0.1, 2.0, 5.0, 20.0][n // 4 % 4]
        if n % 5 == 0:
            logits = logits.bfloat16().float()  # many equal logits, as models have them
        tokens = torch.randint(0, size, (int(number() * 30) + 1,), generator=g).tolist()
        at = int(number() * len(tokens))
        pick = [number() for _ in range(5)]
        yield {
            "logits": logits.tolist(),
            "prompt": tokens[:at],
            "generated": tokens[at:],
            "temperature": 0.1 + 2 * number() if pick[0] < 0.7 else 1.0,
            "top_k": int(number() * 100) + 1 if pick[1] < 0.4 else 0,
            "top_p": 0.05 + 0.94 * number() if pick[2] < 0.6 else 1.0,
            "min_p": 0.3 * number() if pick[3] < 0.4 else 0.0,
            "repetition_penalty": 0.5 + number() if pick[4] < 0.5 else 1.0,
        }


def processors(case):
    out = LogitsProcessorList()
    if case["repetition_penalty"] != 1.0:
        out.append(RepetitionPenaltyLogitsProcessor(case["repetition_penalty"]))
    if case["temperature"] != 1.0:
        out.append(TemperatureLogitsWarper(case["temperature"]))
    if case["top_k"]:
        out.append(TopKLogitsWarper(case["top_k"]))
    if case["top_p"] < 1.0:
        out.append(TopPLogitsWarper(case["top_p"]))
    if case["min_p"]:
        out.append(MinPLogitsWarper(case["min_p"]))
    return out


def theirs(case, dtype):
    ids = torch.tensor([case["prompt"] + case["generated"]])
    scores = torch.tensor([case["logits"]], dtype=dtype)
    return processors(case)(ids, scores).softmax(-1)[0].double()


def off(ours, theirs_, case):
    """The largest difference. Which of equally likely tokens stay at the edge of top-p, transformers leaves to a sort
    that is not stable; where the difference is among such tokens only, the probabilities are compared sorted."""
    apart = (ours - theirs_).abs() > 1e-6
    if apart.any() and len(set(torch.tensor(case["logits"])[apart].tolist())) == 1:
        return (ours.sort().values - theirs_.sort().values).abs().max().item()
    return (ours - theirs_).abs().max().item()


def order():
    """The processors as generate() itself puts them together."""
    from transformers import Qwen2ForCausalLM

    model = Qwen2ForCausalLM(config(tokenizer()))
    asked = GenerationConfig(
        do_sample=True, temperature=0.7, top_k=20, top_p=0.8, min_p=0.05, repetition_penalty=1.1, num_beams=1
    )
    made = model._get_logits_processor(
        generation_config=asked, input_ids_seq_length=1, encoder_input_ids=None, prefix_allowed_tokens_fn=None,
        logits_processor=LogitsProcessorList(), device="cpu",
    )
    return [type(p).__name__ for p in made]


def main():
    every = {"temperature": 0.7, "top_k": 20, "top_p": 0.8, "min_p": 0.05, "repetition_penalty": 1.1}
    check(order() == [type(p).__name__ for p in processors(every)], f"generate() makes them in this order: {', '.join(order())}")
    all_cases = list(cases())
    lines = "".join(json.dumps(case) + "\n" for case in all_cases)
    answer = subprocess.run([sys.argv[1]], input=lines, capture_output=True, text=True, check=True).stdout
    ours = [torch.tensor(json.loads(line), dtype=torch.float64) for line in answer.splitlines()]
    check(len(ours) == CASES, f"{len(ours)} distributions of {CASES} cases")
    far = [off(o, theirs(c, torch.float64), c) for o, c in zip(ours, all_cases)]
    worst = max(range(CASES), key=far.__getitem__)
    shown = {k: v for k, v in all_cases[worst].items() if k != "logits"}
    check(far[worst] < 1e-6, f"probabilities are those of transformers in float64: at most {far[worst]:.1e} off, in {shown}")
    single = [off(o, theirs(c, torch.float32), c) for o, c in zip(ours, all_cases)]
    others = sum(d > 1e-5 for d in single)
    check(others <= CASES / 100, f"and in float32, but for {others} of {CASES} cases with a token at the edge")
    said(f"float32 without those: at most {max(d for d in single if d <= 1e-5):.1e} off")


if __name__ == "__main__":
    main()
