"""Models of random weights that say something, and our programs asked for the same.

INTEROP_DEVICE is what acecoder computes on, go unless it is said.
"""

import json
import os
import shutil
import subprocess

import numpy
import torch
from transformers import AutoModelForCausalLM, Qwen2Config, Qwen2ForCausalLM

from common import WORK, check, tokenizer

DEVICE = os.environ.get("INTEROP_DEVICE", "cpu")
FOLDER = WORK / "models"
VOCAB = 300
TYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def need(true, text):
    """Ends the checks unless it holds, and says nothing if it does."""
    if not true:
        check(False, text)


def config(**more):
    # Without a token for padding: PyTorch gives its embedding no gradient, wherever it stands.
    values = dict(
        vocab_size=VOCAB, hidden_size=64, intermediate_size=160, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2,
        max_position_embeddings=512, rope_theta=1e6, tie_word_embeddings=False, bos_token_id=None, eos_token_id=None, pad_token_id=None,
    )
    return Qwen2Config(**values | more)


def random_model(config_, seed=0):
    """A model whose logits have a deviation of about 2 and whose attention looks somewhere: each matrix keeps its input's size."""
    torch.manual_seed(seed)
    model = Qwen2ForCausalLM(config_).eval()
    with torch.no_grad():
        for name, p in model.named_parameters():
            if p.dim() == 1:
                p.add_(torch.randn_like(p) * 0.1)
            elif "embed" in name or "lm_head" in name:
                p.normal_(0, 2 / config_.hidden_size**0.5)
            else:
                p.normal_(0, 1.4 / p.shape[1] ** 0.5)
    return model


def fresh(name):
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def saved(model, name, dtype="float32", shard="5GB"):
    """The folder of a model, with the tokenizer of bytes."""
    folder = fresh(name)
    model.to(TYPES[dtype]).save_pretrained(folder, max_shard_size=shard)
    tokenizer().save_pretrained(folder)
    return folder


def loaded(folder, dtype="float32", **more):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=TYPES[dtype], **more).eval()


def ask(binary, *args, **asked):
    done = subprocess.run([binary, "-device", DEVICE, *map(str, args)], input=json.dumps(asked).encode(), capture_output=True)
    need(done.returncode == 0, f"{' '.join(map(str, args))}: {done.stderr.decode()}")
    return done.stdout


def numbers(data, lengths, width):
    """float32 numbers as tensors [length, width], one for each of the lengths."""
    flat = torch.from_numpy(numpy.frombuffer(data, dtype="<f4").copy()).reshape(-1, width)
    need(len(flat) == sum(lengths), f"{len(flat)} rows of numbers, want {sum(lengths)}")
    return flat.split(lengths)


def padded(rows, left=False):
    """Rows with 0 at their end, or before their beginning, and the mask of what is theirs."""
    longest = max(map(len, rows))
    ids, mask = torch.zeros(len(rows), longest, dtype=torch.long), torch.zeros(len(rows), longest, dtype=torch.long)
    for i, row in enumerate(rows):
        place = slice(longest - len(row), longest) if left else slice(0, len(row))
        ids[i, place], mask[i, place] = torch.tensor(row), 1
    return ids, mask
