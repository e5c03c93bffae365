"""What the checks share: the folders that were exported, and a tokenizer and models of no weight."""

import json
import os
import pathlib
import sys

SETS = pathlib.Path(os.environ["INTEROP_SETS"])
WORK = pathlib.Path(os.environ["INTEROP_WORK"])

PROBLEM_FORMATS = ["acecode", "trl-grpo", "openrlhf-rl", "verl"]
PAIR_FORMATS = ["pairs", "trl-rm", "openrlhf-rm", "llama-factory"]

CHAT_TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


# What the libraries print is for the log; what the checks say is for whoever runs them.
sys.stdout = sys.stderr


def said(text):
    print(f"  ok  {text}", file=sys.__stdout__, flush=True)


def check(true, text):
    """Says what holds, or ends the checks."""
    if not true:
        print(f"  NOT {text}", file=sys.stderr, flush=True)
        sys.exit(1)
    said(text)


def manifest(name):
    return json.loads((SETS / name / "manifest.json").read_text())


def tokenizer():
    """A byte-level tokenizer that knows nothing but bytes, in the chat form of Qwen."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    bytes_ = sorted(pre_tokenizers.ByteLevel.alphabet())
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    vocabulary = {token: n for n, token in enumerate(special + bytes_)}
    plain = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    plain.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    plain.decoder = decoders.ByteLevel()
    out = PreTrainedTokenizerFast(
        tokenizer_object=plain, eos_token="<|im_end|>", pad_token="<|endoftext|>", additional_special_tokens=special
    )
    out.chat_template = CHAT_TEMPLATE
    return out


def config(tokenizer_, **more):
    from transformers import Qwen2Config

    return Qwen2Config(
        vocab_size=len(tokenizer_), hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
        num_key_value_heads=1, max_position_embeddings=2048, pad_token_id=tokenizer_.pad_token_id,
        eos_token_id=tokenizer_.eos_token_id, bos_token_id=None, **more,
    )
