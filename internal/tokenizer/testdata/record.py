"""Records what the tokenizers and transformers libraries say, for the tests of package tokenizer.

    python internal/tokenizer/testdata/record.py

It needs tokenizers, transformers and trl (interop/requirements.txt has the versions), and writes beside itself:
tokenizer.json, trained on this repository's own text; ids.jsonl, texts and their ids; templates, chat templates that trl
ships (Apache-2.0, see the README there); templates.jsonl and snippets.jsonl, what transformers makes of these and of
small pieces of Jinja.
"""

import json
import pathlib
import random

import trl
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers.utils import chat_template_utils

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent.parent

QWEN2 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
PATTERNS = {
    "qwen2": QWEN2,
    "llama3": QWEN2.replace(r"|\p{N}|", r"|\p{N}{1,3}|"),
    "qwen35": QWEN2.replace(r"?\p{L}+", r"?[\p{L}\p{M}]+").replace(r"[^\s\p{L}\p{N}]", r"[^\s\p{L}\p{M}\p{N}]"),
}

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
ADDED = [
    AddedToken("<tool_call>", special=False, normalized=False),
    AddedToken("<left>", lstrip=True, special=True),
    AddedToken("<right>", rstrip=True, special=True),
    AddedToken("<both>", lstrip=True, rstrip=True, special=False, normalized=False),
    AddedToken("word", single_word=True, special=False, normalized=False),
    AddedToken("wordword", special=False, normalized=False),
    AddedToken("é\u0323!", special=False, normalized=True),
    AddedToken("\n\n\n", lstrip=True, rstrip=True, special=False, normalized=True),
    AddedToken("two words", special=False, normalized=True),
]

TEXTS = [
    "", " ", "a", "\n", "def double(x):\n    return x + 2\n", "    if a:\n\t\treturn None\n\n\n\n# end", "It's we'LL I'M you'Ve 'tis O'Neill x'S 'ſ '",
    "1 12 123 1234 3.14 ½ Ⅷ ٣٤ 1,000", "naïve café e\u0301 \u0065\u0323\u0301 Å ﬁ ǆ", "日本語のテキスト。 中文，标点！ 한국어 각 ᄀ\u1161\u11a8", "مرحبا بالعالم शुभ दिन",
    "😀😀 👩‍👩‍👧 🇩🇪 ❤️", "a\u00a0b\u2003c\u3000d\u0085e\u2028f", "tabs\t\tand  two   three    four", "line\r\nline\r\r\n\n  x", "...!!!\n\n ??? \n-- ==", "x\u0301\u0301\u0323 \u0301", "\ufffd \ufeff \u200b \u202e",
    "\U00013c6f\U000e07aa \ue000 \uffff", "<|im_start|>user\nHi<|im_end|>\n", "<|im_start|><|im_end|><|im_start", "<|<|im_end|>|>", "a <left> b <right> c <both> d", "  <left>  <right>  <both>  ",
    "<left><left> <right> <right>x", "word words wordword aword word. 1word _word wordé", "é\u0323! e\u0323\u0301!", "\n\n\n\n\n\n x \n\n\n\n\n", "two words twowords two  words", "<tool_call>{\"a\": 1}</tool_call>",
    "a" * 300, " " * 200, "\n" * 150, "ab" * 200, "\u0301" * 80, "e" + "\u0301\u0323" * 40, "!" * 130, "\u1100\u1161" * 20 + "\u1161" * 40, "1" * 130,
]

CONVERSATIONS = {
    "user": [("user", "Write f(x).")],
    "system": [("system", "You are careful."), ("user", "Write f(x).")],
    "turns": [("user", "Hi"), ("assistant", "Hello!"), ("user", "  Add 1 + 1\n")],
    "all": [
        ("system", "S\n\n"), ("user", "Q \"quoted\" <b>&amp; 'x' {{ y }}"), ("assistant", "```python\ndef f(x):\n    return x\n```\n"),
        ("user", "日本語 é 😀"), ("assistant", " done \n"),
    ],
    "thoughts": [("user", "Q"), ("assistant", "<think>\nhm\n</think>\n\nA"), ("user", "Q2"), ("assistant", "<think>\nhm2\n</think>\n\nA2")],
    "nothing": [("user", "")],
    "twice": [("user", "a"), ("user", "b"), ("assistant", "")],
}
TEMPLATES = ["qwen2_5", "qwen2_5_training", "qwen3", "qwen3_8", "llama3_1", "deepseekv3", "phi3_5", "gemma3", "glm4moe", "gptoss"]
TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
NOW = "24 Nov 2026"


def fuzzed(count):
    words = [t.content for t in ADDED] + SPECIAL + ["'s", "'RE", " word", "  ", "\r\n", "각", "def ", "return", "(x)", "é", "e\u0301"]
    points = "  \t\n\r\u00a0\u2003'’.,!?()_-<|>\"019٣½一あé\u0301\u0323\u0345\u1161가😀\u200d"
    for _ in range(count):
        yield "".join(random.choice(words) if random.random() < 0.4 else random.choice(points) for _ in range(random.randrange(2, 20)))


def bpe(model, pattern, normalizer):
    out = Tokenizer(model)
    out.normalizer = normalizer
    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=pattern is None)
    out.pre_tokenizer = level if pattern is None else pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(pattern), "isolated"), level])
    out.decoder = decoders.ByteLevel()
    return out


def train():
    texts = [p.read_text() for name in ("*.md", "docs/*.md", "*.go", "internal/verify/**/*.py", "internal/[fjpv]*/*.go") for p in sorted(ROOT.glob(name))]
    out = bpe(models.BPE(), QWEN2, normalizers.NFC())
    out.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=2000, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False,
    ))
    out.add_tokens(ADDED)
    return out


def write(name, rows):
    (HERE / name).write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def ids(tokenizer):
    model = json.loads(tokenizer.to_str())["model"]
    parts = {"vocab": model["vocab"], "merges": [tuple(pair) for pair in model["merges"]]}
    as_others = {
        "gpt2": bpe(models.BPE(**parts), None, None),
        "llama3": bpe(models.BPE(**parts, ignore_merges=True), PATTERNS["llama3"], None),
        "qwen35": bpe(models.BPE(**parts), PATTERNS["qwen35"], normalizers.NFC()),
    }
    for other in as_others.values():
        other.add_special_tokens(SPECIAL)
    texts = TEXTS + list(fuzzed(150))
    for name, one in {"qwen2": tokenizer, **as_others}.items():
        for text in texts if name == "qwen2" else texts[:60]:
            row = {"as": name, "text": text, "ids": one.encode(text, add_special_tokens=False).ids}
            one.encode_special_tokens = True
            row["safe"] = one.encode(text, add_special_tokens=False).ids
            one.encode_special_tokens = False
            row |= {"decoded": one.decode(row["ids"], skip_special_tokens=False), "plain": one.decode(row["ids"])}
            yield row
    for _ in range(60):
        some = [random.randrange(tokenizer.get_vocab_size() + 3) for _ in range(random.randrange(12))]
        yield {"as": "qwen2", "ids": some, "decoded": tokenizer.decode(some, skip_special_tokens=False), "plain": tokenizer.decode(some)}


def outcome(do):
    try:
        return {"want": do()}
    except Exception as e:  # what the library raises is what it says
        return {"error": f"{type(e).__name__}: {e}".split("\n")[0]}


def rendered(source, messages, **flags):
    out, _ = chat_template_utils.render_jinja_template([messages], chat_template=source, **flags, **TOKENS)
    return out[0]


def templates():
    shipped = pathlib.Path(trl.__file__).parent / "chat_templates"
    for name in TEMPLATES:
        source = (shipped / f"{name}.jinja").read_text()
        (HERE / "templates" / f"{name}.jinja").write_text(source)
        for conversation, turns in CONVERSATIONS.items():
            messages = [{"role": role, "content": content} for role, content in turns]
            for flags in ({}, {"add_generation_prompt": True}, {"continue_final_message": True}):
                yield {"template": name, "conversation": conversation, "messages": messages, **flags} | outcome(
                    lambda: rendered(source, [dict(m) for m in messages], **flags)
                )


SNIPPET_MESSAGES = [
    {"role": "user", "content": " Hello \n"}, {"role": "assistant", "content": "<b>\"q\" 'é'"}, {"role": "user", "content": "bye"},
]


def snippets():
    for source in (HERE / "snippets.txt").read_text().removesuffix("\n").split("\n---\n"):
        compiled = chat_template_utils._compile_jinja_template
        yield {"source": source} | outcome(lambda: compiled(source).render(
            messages=SNIPPET_MESSAGES, tools=None, documents=None, add_generation_prompt=True, bos_token="<s>"
        ))


def main():
    random.seed(1718)
    (HERE / "templates").mkdir(exist_ok=True)

    class Clock(chat_template_utils.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2026, 11, 24, 9, 5)

    chat_template_utils.datetime = Clock
    tokenizer = train()
    tokenizer.save(str(HERE / "tokenizer.json"), pretty=False)
    write("ids.jsonl", ids(tokenizer))
    write("templates.jsonl", templates())
    write("snippets.jsonl", snippets())


main()
