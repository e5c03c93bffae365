"""Asks the tokenizers library for the ids of many texts, and acecoder for the same.

    python interop/check_tokenizer.py TOKENIZE

TOKENIZE is the program of interop/tokenize. Two tokenizers are asked: one that is trained here and has added tokens of
every kind, and the vocabulary of Qwen, as the package dashscope ships it.
"""

import base64
import gzip
import importlib.util
import json
import pathlib
import random
import subprocess
import sys
import time

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from common import WORK, check, said

QWEN2 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
LLAMA3 = QWEN2.replace(r"|\p{N}|", r"|\p{N}{1,3}|")
QWEN35 = QWEN2.replace(r"?\p{L}+", r"?[\p{L}\p{M}]+").replace(r"[^\s\p{L}\p{N}]", r"[^\s\p{L}\p{M}\p{N}]")

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
ADDED = [
    AddedToken("<tool_call>", special=False, normalized=False),
    AddedToken("<left>", lstrip=True, special=True),
    AddedToken("<right>", rstrip=True, special=True),
    AddedToken("<both>", lstrip=True, rstrip=True, special=False, normalized=False),
    AddedToken("word", single_word=True, special=False, normalized=False),
    AddedToken("wordword", special=False, normalized=False),
    AddedToken("é\u0323!", special=False, normalized=True),
    AddedToken("\n\n", lstrip=True, rstrip=True, special=False, normalized=True),
    AddedToken("two words", special=False, normalized=True),
]

random.seed(2502)


def split(pattern):
    return pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])


def bpe(model, before, normalizer=True):
    out = Tokenizer(model)
    if normalizer:
        out.normalizer = normalizers.NFC()
    out.pre_tokenizer = before
    out.decoder = decoders.ByteLevel()
    return out


def trained(texts):
    """Tokenizers for each way to cut a text, all of one small vocabulary."""
    first = bpe(models.BPE(), split(QWEN2))
    trainer = trainers.BpeTrainer(
        vocab_size=4000, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    first.train_from_iterator(texts, trainer)
    first.add_tokens(ADDED)
    yield "Qwen2", first
    model = json.loads(first.to_str())["model"]
    vocabulary, merges = model["vocab"], [tuple(pair) for pair in model["merges"]]
    gpt2 = pre_tokenizers.ByteLevel(add_prefix_space=False)
    for name, before, whole in [("GPT-2", gpt2, False), ("Llama 3", split(LLAMA3), True), ("Qwen3.5", split(QWEN35), False)]:
        made = bpe(models.BPE(vocab=vocabulary, merges=merges, ignore_merges=whole), before, normalizer=name == "Qwen3.5")
        made.add_special_tokens(SPECIAL)
        yield name, made


def qwen():
    """Qwen's vocabulary: the ranks of a tiktoken file, with the merges that they come from."""
    found = importlib.util.find_spec("dashscope")
    if found is None:
        check(False, "dashscope is not installed; remove the environment, and it is made anew")
    package = pathlib.Path(found.submodule_search_locations[0])
    lines = (package / "resources/qwen.tiktoken").read_text().split("\n")
    ranks = {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in lines if line)}
    # The alphabet of ByteLevel: printable bytes of Latin-1 are themselves, the others come from U+0100 on.
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [b for b in range(256) if b not in printable]
    letters = {b: chr(b) for b in printable} | {b: chr(256 + n) for n, b in enumerate(others)}

    def written(token):
        return "".join(letters[b] for b in token)

    def halves(token, rank):
        """The last two parts of a token, before the merge that makes it."""
        parts = [bytes([b]) for b in token]
        while len(parts) > 2:
            pairs = [ranks.get(a + b, rank) for a, b in zip(parts, parts[1:])]
            at = pairs.index(min(pairs))
            parts[at : at + 2] = [parts[at] + parts[at + 1]]
        return parts

    merges = [halves(token, rank) for token, rank in sorted(ranks.items(), key=lambda item: item[1]) if len(token) > 1]
    vocabulary = {written(token): rank for token, rank in ranks.items()}
    made = bpe(models.BPE(vocab=vocabulary, merges=[(written(a), written(b)) for a, b in merges]), split(QWEN2))
    made.add_special_tokens(SPECIAL)
    made.add_tokens([AddedToken("<tool_call>", special=False, normalized=False)])
    return made


def strings(value):
    """Every string within a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def data():
    """Lines of the strings of every data file beside the checkout, and some of the strings whole."""
    seen = set()
    for path in sorted(pathlib.Path("../shared/data").rglob("*.json*")):
        text = gzip.open(path, "rt", encoding="utf-8").read() if path.suffix == ".gz" else path.read_text(encoding="utf-8")
        rows = [text] if path.suffix == ".json" else text.split("\n")
        for row in rows:
            for string in strings(json.loads(row)) if row.strip() else ():
                seen.update(string.split("\n"))
                if random.random() < 0.1:
                    seen.add(string)
    texts = sorted(text for text in seen if all(not 0xD800 <= ord(c) < 0xE000 for c in text))
    return random.sample(texts, min(150_000, len(texts)))


def point():
    """A code point: often one that matters to a pattern or to the normaliser."""
    kind = random.random()
    if kind < 0.35:
        return random.choice("  \t\n\r\u00a0\u2003\u3000\u0085'’.,!?()_-<|>\"0123456789\u0661½Ⅷ一あé")
    if kind < 0.6:
        return chr(random.randrange(32, 127))
    if kind < 0.75:
        return chr(random.choice([random.randrange(0x300, 0x370), random.randrange(0x1100, 0x1200), 0x345, 0x3099, 0x9BE]))
    if kind < 0.9:
        return chr(random.choice([random.randrange(0x80, 0x3000), random.randrange(0x1F300, 0x1FB00), 0x200D, 0xFE0F]))
    c = random.randrange(0x110000)
    return chr(c) if not 0xD800 <= c < 0xE000 else "\uffff"


def fuzzed(count):
    words = [t.content for t in ADDED] + SPECIAL + ["'s", "'RE", "'ll", "'ſ", "'Ve", " word", "words", "  ", "\r\n", "ﬁ", "각", "가"]
    for _ in range(count):
        yield "".join(random.choice(words) if random.random() < 0.25 else point() for _ in range(random.randrange(1, 24)))


def points():
    """Every code point, alone and beside what its class and its place in a normal form show at."""
    every = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000]
    for first in range(0, len(every), 16):
        part = every[first : first + 16]
        yield "".join(f"{c}x{c}1 {c}\n{c} {c}'{c}" for c in part)
        yield "".join(f"a\u0327{c}\u0301 \u0345{c}\u0334e{c}" for c in part)


def runs():
    for c in ["a", " ", "\n", "\t", "\r\n", "  \n", "!", "😀", "\u0301", "e\u0301\u0323", "1", "é", "\u1161", "한", "<|", "<|im_end|>", "\ufffd"]:
        for n in (1, 2, 3, 31, 32, 65, 200, 3000):
            yield c * n
            yield "x" + c * n + "y"


def ask(tokenize, folder, lines):
    """What acecoder says for lines of JSON."""
    into, out = WORK / "tokenizer-in.jsonl", WORK / "tokenizer-out.jsonl"
    with into.open("w", encoding="utf-8") as f:
        f.writelines(json.dumps(line) + "\n" for line in lines)
    with into.open("rb") as source, out.open("wb") as target:
        subprocess.run([tokenize, "ids", str(folder)], stdin=source, stdout=target, check=True)
    with out.open(encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def in_batches(items, do):
    out = []
    for first in range(0, len(items), 10_000):
        out += do(items[first : first + 10_000])
    return out


def ids_of(tokenizer, texts):
    return in_batches(texts, lambda batch: [one.ids for one in tokenizer.encode_batch_fast(batch, add_special_tokens=False)])


def texts_of(tokenizer, ids, skip):
    return in_batches(ids, lambda batch: tokenizer.decode_batch(batch, skip_special_tokens=skip))


def compare(tokenize, name, tokenizer, texts):
    folder = WORK / "tokenizer" / "".join(c if c.isalnum() else "-" for c in name)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    numbers = [[random.randrange(tokenizer.get_vocab_size() + 5) for _ in range(random.randrange(40))] for _ in range(20_000)]
    ours = ask(tokenize, folder, texts + numbers)
    ids = ids_of(tokenizer, texts) + numbers
    theirs = {"ids": ids, "text": texts_of(tokenizer, ids, False), "plain": texts_of(tokenizer, ids, True)}
    marked = [text for text in texts if "<" in text]
    tokenizer.encode_special_tokens = True
    safe = dict(zip(marked, ids_of(tokenizer, marked)))
    tokenizer.encode_special_tokens = False
    theirs["safe"] = [safe.get(text, one) for text, one in zip(texts, ids)] + [None] * len(numbers)
    for what, values in theirs.items():
        for given, our, their in zip(texts + numbers, ours, values):
            if our[what] != their:
                check(False, f"{name}: {what} of {given!r}\n ours   {our[what]}\n theirs {their}")
    said(f"{name}: {len(texts):,} texts and {len(numbers):,} lists of ids, {sum(map(len, ids)):,} tokens")
    return folder


def speed(tokenize, folder, tokenizer, texts):
    """Megabytes a second, each on one thread."""
    size = sum(len(text.encode()) for text in texts) / 1e6
    encoding, decoding = [], []
    for _ in range(3):
        start = time.perf_counter()
        ids = ids_of(tokenizer, texts)
        middle = time.perf_counter()
        texts_of(tokenizer, ids, False)
        encoding.append(middle - start)
        decoding.append(time.perf_counter() - middle)
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    ours = subprocess.run([tokenize, "speed", str(folder)], input=lines, capture_output=True, text=True, check=True).stdout
    encode, decode = ours.split()
    said(
        f"{size:.1f} MB: encoded at {encode} MB/s, tokenizers {size / min(encoding):.1f};"
        f" decoded at {decode} MB/s, tokenizers {size / min(decoding):.1f}"
    )


def main(tokenize):
    texts = data()
    if not texts:
        said("no data beside the checkout: made-up texts only")
        texts = [path.read_text() for path in sorted(pathlib.Path(".").rglob("*.go"))]
    every = [*points()]
    texts += [*runs(), *fuzzed(40_000)]
    for name, tokenizer in trained(texts[::10]):
        compare(tokenize, name, tokenizer, every + texts if name == "Qwen2" else random.sample(every + texts, 40_000))
    real = qwen()
    folder = compare(tokenize, "Qwen's own vocabulary", real, texts)
    documents = [text for text in texts if 1_000 < len(text) < 20_000]
    speed(tokenize, folder, real, random.sample(documents, min(2_000, len(documents))))


main(sys.argv[1])
