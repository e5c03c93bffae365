#!/usr/bin/env python3
"""Writes HumanEval+ as tests: one row a problem, {"task_id", "base": [test, ...], "plus": [test, ...], ...}.

Only the data set's own canonical programs run here, and they are trusted. A test is an assert on one input, or,
where EvalPlus compares with a tolerance, a script over several inputs. A program is right if it passes all.
"""
import argparse
import copy
import gzip
import hashlib
import json
import math
import time

CHUNK = 50  # inputs a script; a script stops at the first that differs
LARGEST = 100_000  # characters of one input and its output; a handful of inputs ask for megabytes

# EvalPlus: equal, or of one type, one length and near by numpy's rule with rtol 1e-7.
TOLERANT = """\
def near(a, b):
    return a == b or abs(a - b) <= {atol!r} + 1e-7 * abs(b)

def same(out, want):
    if out == want:
        return True
    if type(out) is not type(want):
        return False
    if type(want) in (list, tuple):
        return len(out) == len(want) and all(map(near, out, want))
    return near(out, want)

for args, want in {rows}:
    assert same({entry}(*args), want)
"""

# HumanEval/32 has many right answers: a root is one where the polynomial is near zero.
ROOT = """\
import math

def value(xs, x):
    return sum(c * math.pow(x, i) for i, c in enumerate(xs))

for args, fresh in {rows}:  # twice the same: the program may change its arguments
    root = {entry}(*args)
    assert abs(value(*fresh, root)) <= {atol!r}
"""


def literal(v):
    """The expression that makes v; repr does not write infinities and NaN as one."""
    t = type(v)
    if t is float and not math.isfinite(v):
        return f"float({str(v)!r})"
    if t is list:
        return "[" + ", ".join(map(literal, v)) + "]"
    if t is tuple:
        return "(" + "".join(literal(x) + ", " for x in v) + ")"
    if t is dict:
        return "{" + ", ".join(literal(k) + ": " + literal(x) for k, x in v.items()) + "}"
    if t in (int, float, str, bool, type(None), set):
        return repr(v)
    raise TypeError(f"no literal for {t.__name__}")


def is_floats(v):
    return type(v) is float or type(v) in (list, tuple) and len(v) > 0 and all(type(x) is float for x in v)


class Writer:
    """Collects the tests of one part, base or plus."""

    def __init__(self, entry, atol):
        self.entry, self.atol, self.tests, self.rows = entry, atol, [], []
        self.inputs = self.left_out = 0

    def add(self, args, want):
        if self.atol == 0 and is_floats(want):
            self.atol = 1e-6  # EvalPlus keeps it for all later inputs of the part
        if self.entry == "find_zero":
            want = args
        try:
            given, wanted = [literal(x) for x in args], literal(want)
        except ValueError:  # an int of more than 4,300 digits, which Python does not read back either
            wanted = None
        if wanted is None or sum(map(len, given)) + len(wanted) > LARGEST:
            self.left_out += 1
            return
        self.inputs += 1
        if self.atol == 0:
            self.tests.append(f"assert {self.entry}({', '.join(given)}) == {wanted}")
            return
        self.rows.append(f"([{', '.join(given)}], {wanted})")
        if len(self.rows) == CHUNK:
            self.flush()

    def flush(self):
        if self.rows:
            form = ROOT if self.entry == "find_zero" else TOLERANT
            rows = "[" + ",\n    ".join(self.rows) + "]"
            self.tests.append(form.format(atol=self.atol, rows=rows, entry=self.entry))
            self.rows = []


def part(row, run, inputs):
    """The writer of the tests of some inputs, and the longest time that the canonical program took for one."""
    out, slowest = Writer(row["entry_point"], row["atol"]), 0.0
    for args in inputs:
        begin = time.process_time()
        want = run(*copy.deepcopy(args))
        slowest = max(slowest, time.process_time() - begin)
        out.add(args, want)
    out.flush()
    return out, slowest


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--data", default="../shared/data")
    p.add_argument("--out", required=True)
    p.add_argument("--plus", type=int, default=0, help="the first so many plus inputs a problem; 0: all")
    a = p.parse_args()
    raw = gzip.open(a.data + "/humanevalplus/HumanEvalPlus.jsonl.gz").read()
    total, left_out, slow = 0, 0, []
    with open(a.out, "w") as f:
        for line in raw.splitlines():
            row = json.loads(line)
            space = {"__name__": "canonical"}
            program = row["prompt"] + row["canonical_solution"]
            exec(program, space)
            run = space[row["entry_point"]]
            base, t1 = part(row, run, row["base_input"])
            plus, t2 = part(row, run, row["plus_input"][: a.plus or None])
            total += base.inputs + plus.inputs
            left_out += base.left_out + plus.left_out
            if max(t1, t2) > 0.1:
                slow.append(f"{row['task_id']} {max(t1, t2):.2f} s")
            json.dump({"task_id": row["task_id"], "entry_point": row["entry_point"], "program": program,
                       "inputs": base.inputs + plus.inputs, "base": base.tests, "plus": plus.tests}, f)
            f.write("\n")
    print(f"HumanEval+ {hashlib.md5(raw).hexdigest()}: {total} inputs, {left_out} too large left out; slow for the canonical program: {slow}")


main()
