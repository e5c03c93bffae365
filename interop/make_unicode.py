"""Writes internal/tokenizer/unicode.txt: what the tokenizers library takes a code point for.

    go run ./interop/tokenize active | python interop/make_unicode.py

The library's regular expressions and its normaliser each have their own version of Unicode, and neither is Go's. They
are asked about every code point, so the table is theirs, whatever versions they have. Standard input has the code
points that Go's normaliser acts on.
"""

import pathlib
import sys

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers

OUT = pathlib.Path(__file__).parent.parent / "internal/tokenizer/unicode.txt"
POINTS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]

# A mark that is put in order shows it beside one of these, which are of the classes 230, 202, 240 and 1, the lowest.
BESIDE = ["{}", "\u0301{}", "a\u0327{}", "a\u0345{}", "{}\u0334", "a\u0327{}\u0301"]


def matching(pattern):
    """The code points that match the pattern."""
    splitter = pre_tokenizers.Split(Regex(pattern), "removed", invert=True)
    out = set()
    for first in range(0, len(POINTS), 4096):
        for piece, _ in splitter.pre_tokenize_str("".join(map(chr, POINTS[first : first + 4096]))):
            out.update(map(ord, piece))
    return out


def in_words():
    """The code points that a word goes on with: an added token that has to be a word is not found after them."""
    tokenizer = Tokenizer(models.BPE(vocab={"?": 0}, merges=[], unk_token="?"))
    tokenizer.add_tokens([AddedToken("word", single_word=True, normalized=False)])
    out = set()
    for first in range(0, len(POINTS), 4096):
        part = POINTS[first : first + 4096]
        text = " ".join(chr(c) + "word" for c in part)
        encoded = tokenizer.encode(text, add_special_tokens=False)
        found = {start for token, (start, _) in zip(encoded.tokens, encoded.offsets) if token == "word"}
        out.update(c for n, c in enumerate(part) if 6 * n + 1 not in found)
    return out


def inert(points):
    """Those of the points that the library's normaliser neither decomposes, composes with others nor puts in order."""
    nfc, nfd = normalizers.NFC(), normalizers.NFD()
    composing = {ord(c) for p in POINTS for c in nfd.normalize_str(chr(p))[1:]}

    def alone(c):
        texts = [text.format(c) for text in BESIDE]
        return nfd.normalize_str(c) == c and all(nfc.normalize_str(text) == text for text in texts)

    return {c for c in points if c not in composing and alone(chr(c))}


def ranges(points):
    out = []
    for c in sorted(points):
        if out and out[-1][1] == c - 1:
            out[-1][1] = c
        else:
            out.append([c, c])
    return [f"{a:x}" if a == b else f"{a:x}-{b:x}" for a, b in out]


def lines(name, points):
    line = name
    for text in ranges(points):
        if len(line) + 1 + len(text) > 118:
            yield line
            line = name
        line += " " + text
    yield line


def main():
    active = {int(word, 16) for word in sys.stdin.read().split()}
    text = [
        f"# What the tokenizers library {tokenizers.__version__} takes code points for, asked by interop/make_unicode.py:",
        "# letter, number, mark and space as its regular expressions have \\p{L}, \\p{N}, \\p{M} and \\s; word what else words",
        "# are made of; inert what Go's normaliser reorders, decomposes or composes and the library's does not.",
    ]
    sets = {"letter": matching(r"\p{L}"), "number": matching(r"\p{N}"), "mark": matching(r"\p{M}"), "space": matching(r"\s")}
    sets["word"] = in_words() - sets["letter"] - sets["mark"]
    for name, points in sets.items():
        text += lines(name, points)
    text += lines("inert", inert(active))
    OUT.write_text("\n".join(text) + "\n")


main()
