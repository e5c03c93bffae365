"""`acecoder train rm` learns what TRL's RewardTrainer learns, transformers scores as `acecoder rm score` does, and each layout
becomes each other one and comes back.

    check_reward.py ACECODER
"""

import json
import random
import subprocess
import sys

import torch
from datasets import Dataset
from safetensors import safe_open
from safetensors.torch import save_file
from transformers import AutoModelForSequenceClassification, AutoTokenizer, Qwen2ForSequenceClassification
from trl import RewardConfig, RewardTrainer

from common import check, tokenizer
from models import DEVICE, FOLDER, config, fresh, need, random_model, saved

STEPS, PAIRS, HELD, RATE = 30, 48, 200, 1e-3
LAYOUTS = ["hf", "openrlhf", "acecoderm", "llamafactory"]
WORDS = "sum map fold sort list tree hash loop".split()


def run(*args):
    done = subprocess.run(list(map(str, args)), capture_output=True, text=True)
    need(done.returncode == 0, f"{' '.join(map(str, args))}: {done.stderr}")
    return done.stdout


def rows(n, seed):
    """Pairs in which the chosen text has a word that the rejected one has not, most of the time."""
    r = random.Random(seed)
    out = []
    for _ in range(n):
        say = lambda: " ".join(r.choices(WORDS, k=r.randint(2, 6)))
        good, bad = say() + " return" * (r.random() < 0.9), say()
        out.append({"prompt": say(), "chosen": good, "rejected": bad})
    return out


def write(name, all_):
    path = FOLDER / name
    path.write_text("".join(json.dumps(row) + "\n" for row in all_))
    return path


def scored(binary, model, all_, *more):
    """What our command gives the chosen and the rejected texts."""
    out = FOLDER / "scores.jsonl"
    run(binary, "rm", "score", "--model", model, "--in", write("score.jsonl", all_), "--out", out, "--backend", DEVICE, *more)
    return torch.tensor([[row["chosen_reward"], row["rejected_reward"]] for row in map(json.loads, out.read_text().splitlines())])


def chat(prompt, answer):
    return [{"role": "user", "content": prompt}, {"role": "assistant", "content": answer}]


def theirs(folder, all_, left, batch=7):
    """What transformers gives them, padded on one side or the other."""
    tok = AutoTokenizer.from_pretrained(folder)
    tok.padding_side = "left" if left else "right"
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()
    texts = [tok.apply_chat_template(chat(row["prompt"], row[side]), tokenize=False) for row in all_ for side in ("chosen", "rejected")]
    out = []
    for at in range(0, len(texts), batch):
        inputs = tok(texts[at : at + batch], padding=True, return_tensors="pt", add_special_tokens=False)
        with torch.no_grad():
            out.append(model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]).logits[:, 0])
    return torch.cat(out).reshape(-1, 2)


def start():
    """A reward model to begin with: a random trunk and a random head, as transformers saves it."""
    causal = random_model(config(tie_word_embeddings=True))
    model = Qwen2ForSequenceClassification(config(tie_word_embeddings=True, num_labels=1, pad_token_id=0))
    model.model.load_state_dict(causal.model.state_dict())
    torch.manual_seed(1)
    torch.nn.init.normal_(model.score.weight, std=0.125)
    folder = fresh("rm-start")
    model.save_pretrained(folder)
    tokenizer().save_pretrained(folder)
    return folder


def trl(folder, all_):
    """TRL's losses of each step, and the model that it ends with."""
    out = fresh("rm-trl")
    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32)
    trainer = RewardTrainer(
        model=model, processing_class=AutoTokenizer.from_pretrained(folder),
        args=RewardConfig(
            output_dir=str(out), max_steps=STEPS, per_device_train_batch_size=PAIRS, learning_rate=RATE, lr_scheduler_type="cosine",
            warmup_steps=STEPS // 10, max_grad_norm=1.0, weight_decay=0.0, logging_steps=1, report_to="none", use_cpu=True, bf16=False,
            save_strategy="no", gradient_checkpointing=False, max_length=None, seed=0,
        ),
        train_dataset=Dataset.from_list([
            {"prompt": chat(r["prompt"], "")[:1], "chosen": chat("", r["chosen"])[1:], "rejected": chat("", r["rejected"])[1:]} for r in all_
        ]),
    )
    trainer.train()
    trainer.save_model(str(out))
    return [entry["loss"] for entry in trainer.state.log_history if "loss" in entry], out


def ours(binary, folder, all_):
    """Our losses. A step is an epoch, so the rows' order within it does not matter."""
    out = fresh("rm-ours")
    run(binary, "train", "rm", "--model", folder, "--data", write("train.jsonl", all_), "--out", out, "--template", "chat", "--dropout", 0,
        "--held-out", 0, "--batch", PAIRS, "--epochs", STEPS, "--lr", RATE, "--warmup", STEPS // 10, "--progress", "none",
        "--backend", DEVICE)
    return [json.loads(line)["loss"] for line in (out / "metrics.jsonl").read_text().splitlines()], out / "model"


def accuracy(scores):
    return (scores[:, 0] > scores[:, 1]).float().mean().item()


def training(binary):
    begin = start()
    learn, held = rows(PAIRS, 1), rows(HELD, 2)
    want, trained = trl(begin, learn)
    got, model = ours(binary, begin, learn)
    need(len(want) == len(got) == STEPS, f"{len(want)} and {len(got)} losses of {STEPS} steps")
    # Near 0 a loss differs by more than a hundredth of itself after any rounding: it is held to the first one then.
    gap = max(abs(a - b) / max(abs(a), 0.1 * want[0]) for a, b in zip(want, got))
    check(gap < 0.01, f"train rm and RewardTrainer: {STEPS} losses from {want[0]:.4f} to {want[-1]:.4f}, at most {100 * gap:.3f} % apart")
    a, b = accuracy(scored(binary, model, held)), accuracy(theirs(trained, held, False))
    check(abs(a - b) <= 0.01, f"accuracy on {HELD} other pairs: {a:.3f} ours, {b:.3f} TRL's")
    for name, folder, more in [("ours", model, []), ("TRL's", trained, ["--template", "chat"])]:
        mine = scored(binary, folder, held, *more)
        for left in (False, True):
            gap = (mine - theirs(folder, held, left)).abs().max().item()
            check(gap < 1e-4, f"rm score and transformers, {name}, padded {'left' if left else 'right'}: at most {gap:.1e} apart")


def tensors(folder):
    out = {}
    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, "pt") as f:
            out |= {name: f.get_tensor(name) for name in f.keys()}
    return out


def same(a, b):
    return a.keys() == b.keys() and all(x.dtype == b[name].dtype and torch.equal(x, b[name]) for name, x in a.items())


def layouts(binary):
    held = rows(20, 3)
    for dtype in ("float32", "bfloat16"):
        # As LLaMA-Factory saves a reward model: the causal model, and the head apart.
        folder = saved(random_model(config(tie_word_embeddings=True)), f"rm-factory-{dtype}", dtype)
        torch.manual_seed(2)
        head = {"v_head.summary.weight": torch.randn(1, 64) / 8, "v_head.summary.bias": torch.tensor([0.3])}
        save_file({k: v.to(torch.bfloat16 if dtype == "bfloat16" else torch.float32) for k, v in head.items()}, folder / "value_head.safetensors")
        want, before = scored(binary, folder, held, "--template", "chat"), tensors(folder)
        bias = tensors(folder)["v_head.summary.bias"].float().item()
        for layout in LAYOUTS:
            there, back = fresh("rm-there"), fresh("rm-back")
            notes = run(binary, "rm", "convert", folder, "--out", there, "--layout", layout, "--replace")
            need(torch.equal(want, scored(binary, there, held, "--template", "chat")), f"{layout} scores as before")
            if layout in ("hf", "openrlhf"):
                need("lower by" in notes, f"{layout}: it is said that the bias is not there")
                gap = (theirs(there, held, True) + bias - want).abs().max().item()
                need(gap < 1e-4 or dtype == "bfloat16", f"{layout}: transformers is {gap} apart, but for the bias")
            run(binary, "rm", "convert", there, "--out", back, "--layout", "llamafactory", "--replace")
            need(same(before, tensors(back)), f"{layout} and back has the same tensors")
        check(True, f"LLaMA-Factory's head in {dtype}: to {', '.join(LAYOUTS)} and back, the same tensors and scores")


def main():
    binary = sys.argv[1]
    FOLDER.mkdir(parents=True, exist_ok=True)
    training(binary)
    layouts(binary)


main()
