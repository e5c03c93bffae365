"""Asks transformers what it makes of conversations and of a tokenizer's configuration, and acecoder for the same.

    python interop/check_chat.py TOKENIZE

TOKENIZE is the program of interop/tokenize. The chat templates are those that TRL ships.
"""

import json
import pathlib
import shutil
import subprocess
import sys

import trl
from transformers import AutoTokenizer
from transformers.utils.chat_template_utils import render_jinja_template

from common import WORK, check, said

TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
CONVERSATIONS = [
    [("user", "Write f(x).")],
    [("user", "")],
    [("system", "You are careful."), ("user", "Write f(x).")],
    [("user", "Hi"), ("assistant", "Hello!"), ("user", "  Add 1 + 1\n")],
    [
        ("system", "S\n\n"), ("user", "Q \"quoted\" <b>&amp; 'x' {{ y }}"), ("assistant", "```python\ndef f(x):\n    return x\n```\n"),
        ("user", "日本語 é 😀"), ("assistant", " done \n"),
    ],
    [("user", "Q"), ("assistant", "<think>\nhm\n</think>\n\nA"), ("user", "Q2"), ("assistant", "<think>\nhm2\n</think>\n\nA2")],
    [("user", "a"), ("user", "b"), ("assistant", "")],
    [("user", "a"), ("assistant", "b"), ("tool", "{\"c\": 1}"), ("assistant", "d")],
]
# These take messages in parts, and leave out what is only a text.
OF_PARTS = {"idefics3", "llava_next", "smolvlm"}

SMALL = "internal/tokenizer/testdata/tokenizer.json"
TEXT = "xreturns a  <|im_end|> b def <tool_call> word <left> return"


def configured(**more):
    token = {"content": "<|im_end|>", "lstrip": False, "rstrip": False, "single_word": False, "normalized": False, "special": True}
    return {"added_tokens_decoder": {"2": token | more}}


CONFIGURATIONS = {
    "nothing": ({}, {}),
    "no longer special": (configured(special=False), {}),
    "with the space before": (configured(lstrip=True), {}),
    "a named token": ({"eos_token": "return"}, {}),
    "a named token that is added": ({"eos_token": "<tool_call>"}, {}),
    "a token as an object": ({"pad_token": {"__type": "AddedToken", **configured()["added_tokens_decoder"]["2"]}}, {}),
    "a list of tokens": ({"extra_special_tokens": ["return"]}, {}),
    "tokens with names": ({"extra_special_tokens": {"image_token": "return"}}, {}),
    "the older list": ({"additional_special_tokens": ["return", "<tool_call>"]}, {}),
    "the list of what is added": ({"extra_special_tokens": ["<tool_call>", "<left>"]}, {}),
    "the map": ({}, {"additional_special_tokens": ["return"], "eos_token": "def"}),
    "Qwen2's class": ({"tokenizer_class": "Qwen2Tokenizer", "eos_token": "return"}, {}),
}


def asked(tokenize, *arguments, lines):
    text = "".join(json.dumps(line) + "\n" for line in lines)
    out = subprocess.run([tokenize, *arguments], input=text, capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in out.splitlines()]


def theirs(source, messages, add, go_on):
    chat = [{"role": m["Role"], "content": m["Content"]} for m in messages]
    try:
        out, _ = render_jinja_template(
            [chat], chat_template=source, add_generation_prompt=add, continue_final_message=go_on, **TOKENS
        )
    except Exception:  # what the library or the template objects to
        return None
    return out[0]


def templates(tokenize):
    sources = {path.stem: path.read_text() for path in sorted((pathlib.Path(trl.__file__).parent / "chat_templates").glob("*.jinja"))}
    rows = [
        {
            "name": name, "Source": source, "Tokens": TOKENS, "Add": add, "Continue": go_on,
            "Messages": [{"Role": role, "Content": content} for role, content in turns],
        }
        for name, source in sources.items()
        for turns in CONVERSATIONS
        for add, go_on in ((False, False), (True, False), (False, True))
    ]
    same = refused = 0
    for row, ours in zip(rows, asked(tokenize, "render", lines=rows), strict=True):
        want = theirs(row["Source"], row["Messages"], row["Add"], row["Continue"])
        about = f"{row['name']}: {row['Messages']} {row['Add']} {row['Continue']}"
        if want is None:
            if not ours["error"]:
                check(False, f"{about}\n ours   {ours['text']!r}\n theirs is an error")
            refused += 1
        elif row["name"].removesuffix("_training") not in OF_PARTS or not ours["error"]:
            if ours["error"] or ours["text"] != want:
                check(False, f"{about}\n ours   {ours['error'] or ours['text']!r}\n theirs {want!r}")
            same += 1
    said(f"{len(sources)} chat templates: {same:,} conversations alike, {refused:,} refused by both")


def configurations(tokenize):
    for name, (config, tokens) in CONFIGURATIONS.items():
        folder = WORK / "tokenizer" / name.replace(" ", "-")
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(SMALL, folder / "tokenizer.json")
        (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "PreTrainedTokenizerFast"} | config))
        if tokens:
            (folder / "special_tokens_map.json").write_text(json.dumps(tokens))
        tokenizer = AutoTokenizer.from_pretrained(folder)
        want = tokenizer.encode(TEXT, add_special_tokens=False)
        plain = tokenizer.decode(want, skip_special_tokens=True)
        ours = asked(tokenize, "ids", str(folder), lines=[TEXT])[0]
        if (ours["ids"], ours["plain"]) != (want, plain):
            check(False, f"{name}\n ours   {ours['ids']} {ours['plain']!r}\n theirs {want} {plain!r}")
    said(f"{len(CONFIGURATIONS)} configurations of a tokenizer")


templates(sys.argv[1])
configurations(sys.argv[1])
