"""Writes problems.jsonl, the demo's corpus, from the problems in written/.

    python3 generate.py [--check] [--kinds FILE]

written/*.txt -> problems.jsonl. The output is a pure function of those files and of this script: the same bytes on
every machine with Python 3.11. --check writes nothing and fails if the file would change. --kinds also writes, one
JSON row a program, how it was made and how many right tests it passes where that is known.

A source file is a list of problems. "### name" begins one and names its function; the question follows, then sections:

    --- right    a right program; the first one is the reference
    --- wrong    a program with a mistake
    --- slow     right, but slow
    --- loop, --- crash    used where such a program is due; never run
    --- oracle   a bad oracle: "oracle first" stands before good ones, "oracle only" stands alone
    --- tests    one a line:
                     name(args)             becomes an assert of the reference's value
                     = assert ...           is taken as it stands
                     ! name(args) => value  a wrong test, as a model would write it
                     = ! assert ...         a wrong test, as it stands

The reference must pass every right test and fail every wrong one, or the generator stops. Right programs and mutants
of them run in a subprocess with limits on time and memory, to be sure that mutants differ; cheats, loops and crashes
are only ever written down.
"""
import argparse
import json
import pathlib
import random
import re
import subprocess
import sys

import specials
from mutate import mutants

HERE = pathlib.Path(__file__).parent
SOURCES = ["evol", "oss", "stack"]
MODELS = ["demo-large", "demo-medium", "demo-small", "demo-tiny"]
PROGRAMS = 16
RIGHT = [6, 3, 8, 4, 5, 2, 7, 5, 3, 9, 4]  # right programs of the n-th problem: from hard to easy


def parse(source, text):
    """Returns the problems of one source file, in order."""
    problems = []
    for block in text.split("### ")[1:]:
        head, *sections = block.split("\n--- ")
        name, question = head.split("\n", 1)
        p = {"id": f"{source}-{len(problems) + 1:02}", "source": source, "name": name.strip(),
             "question": question.strip(), "right": [], "wrong": [], "slow": [], "loop": [], "crash": [],
             "oracle first": [], "oracle only": []}
        for section in sections:
            kind, body = section.split("\n", 1)
            if kind == "tests":
                p["lines"] = body.strip().split("\n")
            else:
                p[kind].append(body.rstrip() + "\n")
        problems.append(p)
    return problems


def run(name, arg):
    """Runs one function of runner.py in a subprocess and returns its result."""
    out = subprocess.run([sys.executable, "-I", str(HERE / "runner.py"), name], input=json.dumps(arg),
                         capture_output=True, text=True, check=True, timeout=600)
    return json.loads(out.stdout)


def write_tests(p):
    """Sets p["tests"] and p["good"], the tests among them that are right; checks the written claims."""
    calls = [line for line in p["lines"] if line[0] not in "=!"]
    values = dict(zip(calls, run("values", {"program": p["right"][0], "calls": calls})))
    good, bad = [], []
    for line in p["lines"]:
        if line.startswith("! "):
            call, value = line[2:].rsplit(" => ", 1)
            bad.append(f"assert {call} == {value}")
        elif line.startswith("= ! "):
            bad.append(line[4:])
        elif line.startswith("= "):
            good.append(line[2:])
        else:
            good.append(f"assert {line} == {values[line]}")
    want = [True] * len(good) + [False] * len(bad)
    for program in p["right"] + p["slow"]:
        got = run("vectors", {"programs": [program], "tests": good + bad})[0]["passes"]
        if got != want:
            odd = [t for t, g, w in zip(good + bad, got or want, want) if g != w]
            sys.exit(f"{p['id']} {p['name']}: not as claimed: {odd}\n{program}")
    if not 2 <= len(bad) <= 5:
        sys.exit(f"{p['id']}: {len(bad)} wrong tests, want 2 to 5")
    tests = good + bad
    # The first two tests stay in front and are right: models see them in their prompt.
    rest = tests[2:]
    random.Random(p["id"] + "tests").shuffle(rest)
    p["tests"], p["good"] = tests[:2] + rest, good


def styles(p):
    """Returns right programs in different styles, the written ones first."""
    name, example = p["name"], p["good"][0].removeprefix("assert ").split(" == ")[0]
    first = p["question"].split(". ")[0].replace("\\", "").replace('"', "'") + "."
    out = list(p["right"])
    for i, program in enumerate(p["right"] * 4):
        renamed = program.replace(f"{name}(", "solve(")
        out.append([
            program + f'\n\nif __name__ == "__main__":\n    print({example})\n',
            f"# {name}: a straightforward version\n" + program,
            "import math\nimport re\nfrom typing import Dict, List, Optional\n\n" + program,
            renamed + f"\n\ndef {name}(*args, **kwargs):\n    return solve(*args, **kwargs)\n",
            program + f"\nprint({example})\n",
            f'"""{first}"""\n' + program,
            program + f"\n{p['good'][1]}\nprint('ok')\n",
            renamed + f"\n\nclass Solution:\n    def run(self, *args):\n        return solve(*args)\n\n{name} = Solution().run\n",
        ][(i + len(p["question"])) % 8])
    return list(dict.fromkeys(out))


def partial(p, wanted):
    """Returns mutants of the right programs, as many as wanted, their pass rates spread over (0, 1)."""
    rng = random.Random(p["id"] + "mutants")
    candidates = [m for program in p["right"] for m in mutants(program)]
    rng.shuffle(candidates)
    candidates = candidates[:90]
    buckets = {}
    seen = set()
    for program, got in zip(candidates, run("vectors", {"programs": candidates, "tests": p["good"]})):
        vector = tuple(got["passes"] or ())
        if not vector or all(vector) or not any(vector) or vector in seen:
            continue  # looped or ran out of memory, is still right, is all wrong, or is like one before
        seen.add(vector)
        buckets.setdefault(4 * sum(vector) // len(vector), []).append(program)
    out = []
    while len(out) < wanted and any(buckets.values()):
        for rate in sorted(buckets, reverse=True):
            if buckets[rate] and len(out) < wanted:
                out.append(buckets[rate].pop())
    return out


def special(p, i):
    """Returns (kind, program) of the programs of problem number i that are neither right nor nearly right."""
    def fill(templates, turn):
        return templates[turn % len(templates)].format(f=p["name"])

    out = [("slow", program) for program in p["slow"]]
    if i % 3 == 1 or i % 11 == 6 or p["loop"]:
        out.append(("loop", p["loop"][0] if p["loop"] else fill(specials.LOOPS, i // 3)))
    if i % 5 in (1, 3):
        out.append(("syntax", specials.broken(p["right"][i % 2], specials.SYNTAX[i % len(specials.SYNTAX)])))
    if i % 2 == 0 or p["crash"]:
        out.append(("crash", p["crash"][0] if p["crash"] else fill(specials.CRASHES, i // 2)))
    if i % 6 == 2:
        out.append(("missing", specials.MISSING[i // 6 % len(specials.MISSING)] + p["right"][0]))
    if i % 3 != 0:
        out.append(("cheat", fill(specials.CHEATS, i - i // 3 - 1)))
    if i % 4 == 1:
        out.append(("empty", fill(specials.EMPTY, i // 4)))
    if i % 4 == 3:
        # Prints where it should return: the commonest mistake of small models.
        out.append(("prints", re.sub(r"\breturn (.+)", r"print(\1)", p["right"][0])))
    if i % 5 == 4:
        out.append(("by heart", by_heart(p)))
    return out


def by_heart(p):
    """Returns a program that knows the first two tests and nothing else."""
    branches = ""
    for test in p["tests"][:2]:
        call, _, value = test.removeprefix("assert ").replace(" is ", " == ").partition(" == ")
        arguments = call[len(p["name"]) + 1:-1]
        branches += f"    if args == ({arguments},):\n        return {value}\n"
    return f"def {p['name']}(*args):\n{branches}    return None\n"


def programs(p, i):
    """Returns the programs of problem number i as (kind, program), in an order that tells nothing."""
    chosen = special(p, i)
    chosen += [("wrong", program) for program in p["wrong"]]
    chosen += [("right", program) for program in styles(p)[:RIGHT[i % len(RIGHT)]]]
    chosen = chosen[:PROGRAMS]
    chosen += [("mutant", program) for program in partial(p, PROGRAMS - len(chosen))]
    spare = (program for program in styles(p) if program not in {c[1] for c in chosen})
    while len(chosen) < PROGRAMS:
        chosen.append(("right", next(spare)))
    random.Random(p["id"] + "order").shuffle(chosen)
    return chosen


def oracles(p, i):
    """Returns the oracles' programs: good ones first, except where the problem says otherwise."""
    good = styles(p)
    if p["oracle only"]:
        return p["oracle only"]
    if p["oracle first"]:
        return p["oracle first"] + good[:2]
    if i % 7 == 3:
        return [good[0], p["wrong"][0], good[1]]
    return good[:i % 3 + 1]


def model(kind, rng):
    """Names the model a program is said to be from: larger ones have more of the right programs."""
    weights = [6, 4, 2, 1] if kind in ("right", "slow") else [1, 2, 4, 4]
    return rng.choices(MODELS, weights)[0]


def build():
    """Returns the corpus as JSON lines, and a row a program on how it was made."""
    rows, kinds = [], []
    written = [p for s in SOURCES for p in parse(s, (HERE / "written" / f"{s}.txt").read_text(encoding="utf-8"))]
    for p in written:
        write_tests(p)
    for i, p in enumerate(written):
        rng = random.Random(p["id"] + "models")
        made = programs(p, i)
        rows.append({
            "id": p["id"], "source": p["source"], "question": p["question"], "tests": p["tests"],
            "oracles": [{"id": f"{p['id']}/o{k}", "program": o} for k, o in enumerate(oracles(p, i))],
            "programs": [{"id": f"{p['id']}/p{k:02}", "model": model(kind, rng), "program": program}
                         for k, (kind, program) in enumerate(made)],
        })
        known = [k for k, (kind, _) in enumerate(made) if kind in ("right", "wrong", "mutant", "slow")]
        got = run("vectors", {"programs": [made[k][1] for k in known], "tests": p["good"]})
        passed = {k: sum(g["passes"]) for k, g in zip(known, got)}
        for k, (kind, _) in enumerate(made):
            kinds.append({"id": f"{p['id']}/p{k:02}", "kind": kind, "right_tests": len(p["good"]), "passed": passed.get(k)})
    return rows, kinds


def lines(rows):
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, fail if the corpus would change")
    parser.add_argument("--kinds", help="also write how each program was made")
    args = parser.parse_args()
    rows, kinds = build()
    corpus = HERE / "problems.jsonl"
    if args.kinds:
        pathlib.Path(args.kinds).write_text(lines(kinds), encoding="utf-8")
    if args.check:
        sys.exit(0 if corpus.read_text(encoding="utf-8") == lines(rows) else "problems.jsonl is out of date")
    corpus.write_text(lines(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
