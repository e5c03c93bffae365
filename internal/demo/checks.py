"""Holds the corpus to what is claimed of it, and ends the generator where something is not as claimed."""
import ast
import io
import json
import re
import sys
import tokenize

import policy
import writer
import written
from runner import passes

MIN_TESTS = 5  # of the paper: a problem with fewer is dropped


def oracle(b, tests, kept):
    """Holds the oracle's program to its plan: tests are those that can be used, kept are those that it passes."""
    right = {writer.meaning(t) for t in b["good"]}
    same = kept == [t for t in tests if writer.meaning(t) in right]
    claims = {"right": same, "partly": not same and len(kept) >= MIN_TESTS, "misread": len(kept) < MIN_TESTS, "other name": not kept}
    if not claims.get(b["plan"]["oracle"], True):
        sys.exit(f"{b['name']}: its oracle is {b['plan']['oracle']} and keeps {kept}")


def pairs(b, scored):
    """Counts the pairs of programs with pass rates by the paper's rule, and holds the policy to its plan."""
    found = {(chosen, rejected) for chosen, high in scored for rejected, low in scored
             if high > policy.GOOD and low > 0 and high - low > policy.GAP}
    if bool(found) != (b["plan"]["policy"] == "even"):
        sys.exit(f"{b['name']}: its policy is {b['plan']['policy']} and gives {len(found)} pairs")
    return len(found)


def seeds(blocks, tasks):
    """Holds each seed to its reason to be dropped, or to none: it can be found by its key, and no other is like it."""
    kept = [b for b in blocks if not b["drop"]]
    rows = [b["row"] for b in blocks]
    for b in blocks:
        code = written.program(b["row"])
        like = [k["name"] for k in kept if k is not b and alike(code, written.program(k["row"])) > 0.6]
        claims = {
            "": like == [] and len(code) > 100
            and [k["name"] for k in kept if written.key(code) in json.dumps(k["row"])] == [b["name"]],
            "not_python": code == "" and b["source"] != "stack",
            "unparsable": code == "" and b["source"] == "stack",
            "no_function": code != "" and written.key(code) == "",
            "duplicate": rows.count(b["row"]) == 2,
            "near_duplicate": len(like) == 1 and rows.count(b["row"]) == 1,
            "contaminated": any(shape(code) == shape(t["prompt"] + t["canonical_solution"]) or shares_text(b["row"], t) for t in tasks),
        }
        if not claims[b["drop"]]:
            sys.exit(f"{b['source']}/{b['name']}: its seed is not {b['drop'] or 'one to keep'}")


def questions(rows):
    """Sees to it that a question is found by its beginning."""
    beginnings = [row["question_key"] for row in rows if "question_key" in row]
    for text in beginnings:
        if sum(text in other for other in beginnings) != 1:
            sys.exit(f"two questions begin alike: {text}")


def benchmark(tasks):
    """Sees each task's own program pass its tests."""
    for t in tasks:
        program = t["prompt"] + t["canonical_solution"]
        if passes([program], [f"{t['test']}\ncheck({t['entry_point']})"]) != [[True]]:
            sys.exit(f"{t['task_id']}: its own program fails")


def alike(code, other):
    """Returns how much of two programs is the same: Jaccard's measure over runs of five tokens."""
    a, b = (shingles(text) for text in (code, other))
    return len(a & b) / len(a | b) if a and b else 0.0


def shingles(code):
    skip = (tokenize.COMMENT, tokenize.NL, tokenize.ENCODING)
    tokens = [t.string for t in tokenize.generate_tokens(io.StringIO(code).readline) if t.type not in skip]
    return {tuple(tokens[i:i + 5]) for i in range(len(tokens) - 4)}


def shape(code):
    """Returns a text that is the same for functions that differ in names and docstrings only."""
    functions = [n for n in ast.parse(code).body if isinstance(n, ast.FunctionDef)]
    for node in functions:
        node.body = node.body[1:] if ast.get_docstring(node) is not None else node.body
        node.returns = None
        for arg in node.args.args:
            arg.annotation = None
    names = {}
    dump = "".join(map(ast.dump, functions))
    return re.sub(r"(id|arg|name)='(\w+)'", lambda m: names.setdefault(m.group(2), f"{len(names)}"), dump)


def shares_text(row, task):
    """Tells whether a seed and a task have ten words in a row in common."""
    def runs(text):
        words = re.findall(r"\w+", text.lower())
        return {tuple(words[i:i + 10]) for i in range(len(words) - 9)}
    return any(runs(text) & runs(task["prompt"]) for text in row.values())
