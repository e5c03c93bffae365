"""Reads what is written in written/*.txt: seeds, the problems made of them, and answers that stand there as they are.

A source file is a list of blocks. "### name" begins one. In a block of a problem the name is that of the function that
the tests call, and the question follows; then sections, "--- kind" and their text:

    --- plan     "writer", "oracle" and "policy", a line each: how the answers to be made come out (writer.py, policy.py)
    --- instruction    what the seed was written for; not in stack
    --- seed     the seed: a text with fenced code, in stack the bare code
    --- lang     the seed's language where it is not Python; oss only
    --- right    a right program; the first one is the reference
    --- wrong    a program with a mistake
    --- slow     right, but slow
    --- crash    used where such a program is due; never run
    --- oracle   the oracle's program, where the plan does not make one of the right ones
    --- tests    one a line:
                     name(args)             becomes an assert of the reference's value
                     = assert ...           is taken as it stands
                     ! name(args) => value  a wrong test, as a model would write it
                     = ! assert ...         a wrong test, as it stands

A block without a question has a seed that comes to no problem:

    --- drop REASON    the seed rules drop it
    --- same NAME      the seed is the very row of another block
    --- answer KIND    the writer's answer as it stands, and the end of the way (writer.FATAL)
"""
import ast
import pathlib
import re

HERE = pathlib.Path(__file__).parent
SOURCES = ["evol", "oss", "stack"]
LISTS = ["right", "wrong", "slow", "crash"]
PLAN = ["writer", "oracle", "policy"]


def read():
    """Returns the blocks of all sources, in order."""
    blocks = []
    for source in SOURCES:
        text = (HERE / "written" / f"{source}.txt").read_text(encoding="utf-8")
        own = [parse(source, block) for block in re.split(r"^### ", text, flags=re.M)[1:]]
        named = {b["name"]: b for b in own}
        if len(named) < len(own):
            raise SystemExit(f"{source}.txt: two blocks of one name")
        for b in own:
            b["row"] = seed_row(named[b["same"]] if b["same"] else b)
        blocks += own
    return blocks


def parse(source, text):
    """Returns one block."""
    head, *sections = re.split(r"\n--- ", text.rstrip("\n") + "\n")
    name, _, question = head.partition("\n")
    b = {"source": source, "name": name.strip(), "question": question.strip(), "plan": {}, "lang": "python",
         "instruction": "", "seed": "", "drop": "", "same": "", "answer": None, "oracle": "", "lines": []}
    b |= {kind: [] for kind in LISTS}
    for section in sections:
        head, _, body = section.partition("\n")
        kind, _, word = head.partition(" ")
        body = body.rstrip("\n") + "\n"
        if kind in LISTS:
            b[kind].append(body)
        elif kind == "tests":
            b["lines"] = body.strip("\n").split("\n")
        elif kind == "plan":
            b["plan"] = dict(line.split(" ", 1) for line in body.strip().split("\n"))
        elif kind == "answer":
            b["answer"] = (word, body.strip("\n"))
        elif kind in ("drop", "same", "lang"):
            b[kind] = word
        elif kind in ("instruction", "seed", "oracle"):
            b[kind] = body if kind == "oracle" else body.rstrip("\n")
        else:
            raise SystemExit(f"{source}.txt: {b['name']}: a section {head!r}")
    if b["question"] and sorted(b["plan"]) != sorted(PLAN):
        raise SystemExit(f"{source}.txt: {b['name']}: the plan needs a line each of {', '.join(PLAN)}")
    return b


def seed_row(b):
    """Returns the seed as its source publishes such rows."""
    if b["source"] == "evol":
        return {"instruction": b["instruction"], "output": b["seed"]}
    if b["source"] == "oss":
        return {"lang": b["lang"], "instruction": b["instruction"], "response": b["seed"]}
    return {"content": b["seed"] + "\n"}


def program(row):
    """Returns the program of a seed: the longest Python block that parses, or "" where there is none."""
    if "content" in row:
        texts = [row["content"]]
    else:
        texts = re.findall(r"^```python\n(.*?)^```$", row.get("output") or row["response"], re.M | re.S)
    return max((t for t in texts if parses(t)), key=len, default="")


def parses(text):
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def key(code):
    """Returns the part of a seed's program that names its first function or class; rules that remove prints leave it."""
    found = re.search(r"^(?:def \w+\(|class \w+\b)", code, re.M)
    return found.group() if found else ""
