"""Writes the demo's corpus, seeds/*.jsonl and answers.jsonl.gz, from what is written in written/*.txt; and corpus.sum, a
digest of what it is made of, by which a test sees that it is of today.

    python3 generate.py [--check] [--table]

The output is a pure function of those files and of the scripts here, all of it written for this purpose or made from
what is written by mutation: the same rows on every machine with Python 3.11. --check writes nothing and fails if a
file would change. --table prints what the seeds are to come to.

What the corpus claims is checked on the way (checks.py). For this, honest programs and their mutants run in processes
with limits on time and memory; cheats, loops and crashes are only ever written down.
"""
import argparse
import collections
import gzip
import hashlib
import json
import pathlib
import re
import sys

if sys.version_info[:2] != (3, 11):
    sys.exit("the corpus is made by Python 3.11: other versions write programs in other ways")
sys.dont_write_bytecode = True

import checks
import policy
import writer
import written
from runner import passes

HERE = pathlib.Path(__file__).parent
TOKEN = 3.6  # characters a token, about: an answer's tokens are its length by this, rounded


def build():
    """Returns the rows of the files, by name."""
    blocks = written.read()
    tasks = [json.loads(line) for line in (HERE / "benchmark.jsonl").read_text(encoding="utf-8").splitlines()]
    checks.benchmark(tasks)
    checks.seeds(blocks, tasks)
    files = {f"seeds/{source}.jsonl": [b["row"] for b in blocks if b["source"] == source] for source in written.SOURCES}
    rows, turn = [], 0
    for b in blocks:
        row = {"name": f"{b['source']}/{b['name']}", "source": b["source"]}
        if not b["drop"]:
            row["seed_key"] = written.key(written.program(b["row"]))
        rows.append(row | (problem(b, turn) if b["question"] else fatal(b)))
        turn += bool(b["question"])
    checks.questions(rows)
    return files | {"answers.jsonl.gz": rows}


def fatal(b):
    """Returns what the row of a seed has that comes to no problem."""
    if b["drop"]:
        return {"want": {"drop": b["drop"]}}
    kind, text = b["answer"]
    finish, drop = writer.FATAL[kind]
    out = {"want": {"drop": drop}, "answers": [answer("writer", 0, kind, text, finish)]}
    if b["oracle"]:
        # The filter wants an oracle's program before it counts the tests.
        given = json.loads(re.search(r"\{.*\}", text, re.S).group())
        out["question_key"] = given["question"].split("\n")[0]
        out["want"]["tests"] = len(given["tests"])
        out["answers"].append(answer("oracle", 0, "right", policy.fence(b["oracle"], 0), "stop"))
    return out


def problem(b, turn):
    """Returns what the row of a seed has that makes a problem."""
    writer.tests(b, turn)
    text, made = writer.answer(b, turn)
    tests = writer.usable(made)
    oracle, program = policy.oracle(b, turn)
    kept = tests if program is None else [t for t, ok in zip(tests, passes([program], tests)[0]) if ok]
    checks.oracle(b, tests, kept)
    want = {"tests": len(tests)}
    dropped = program is None or len(kept) < checks.MIN_TESTS
    # Of a problem that the filter drops, the programs are only asked for where somebody goes on without it.
    sampled = policy.samples(b, turn, b["good"] if dropped else kept)
    if dropped:
        want["drop"] = {"misread": "few_tests", "cut": "no_oracle"}.get(b["plan"]["oracle"], "oracle_fails")
    else:
        want |= {"kept": len(kept), "pairs": checks.pairs(b, [s[3:] for s in sampled])}
        if not want["pairs"]:
            want["drop"] = "no_pair"
    answers = [answer("writer", 0, b["plan"]["writer"], text, "stop"), answer("oracle", 0, *oracle)]
    answers += [answer("policy", i, *s[:3]) for i, s in enumerate(sampled)]
    return {"question_key": b["question"].split("\n")[0], "want": want, "answers": answers}


def answer(role, sample, kind, text, finish):
    """Returns one answer as it is written to the file."""
    said = {"text": "", "refusal": text} if kind == "refusal" else {"text": text}
    tokens = max(1, round(len(text) / TOKEN))
    return {"role": role, "sample": sample, "kind": kind, "finish": finish, "completion_tokens": tokens} | said


def digest_of_sources():
    """Returns a digest of all that the corpus is made of, as it is written to a file."""
    digest = hashlib.sha256()
    for path in sorted([*HERE.glob("*.py"), HERE / "benchmark.jsonl", *HERE.glob("written/*.txt")], key=str):
        digest.update(path.read_bytes())
    return digest.hexdigest() + "\n"


def table(rows):
    """Returns what the seeds are to come to, by source, and how many answers there are of each kind."""
    out = []
    for source in [*written.SOURCES, "all"]:
        own = [row for row in rows if source in ("all", row["source"])]
        wants = [row["want"] for row in own]
        drops = collections.Counter(w["drop"] for w in wants if "drop" in w)
        judged = [w for w in wants if "kept" in w]
        out.append(f"{source}: {len(own)} seeds, {sum('answers' in row for row in own)} asked about, "
                   f"{sum('tests' in w for w in wants)} problems with {sum(w.get('tests', 0) for w in wants)} tests, "
                   f"{len(judged)} kept with {sum(w['kept'] for w in judged)} of {sum(w['tests'] for w in judged)}, "
                   f"{sum(w['pairs'] > 0 for w in judged)} give {sum(w['pairs'] for w in judged)} pairs; dropped: "
                   + ", ".join(f"{reason} {n}" for reason, n in sorted(drops.items())))
    kinds = collections.Counter((a["role"], a["kind"]) for row in rows for a in row.get("answers", []))
    return "\n".join(out + [f"{role} {kind}: {n}" for (role, kind), n in sorted(kinds.items())])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, fail if a file would change")
    parser.add_argument("--table", action="store_true", help="print what the seeds are to come to")
    args = parser.parse_args()
    rows = build()
    files = {name: "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in own).encode() for name, own in rows.items()}
    files["corpus.sum"] = digest_of_sources().encode()
    for name, content in files.items():
        path = HERE / name
        packed = path.suffix == ".gz"
        old = path.read_bytes() if path.exists() else None
        # The rows are compared: two builds of zlib may pack the same ones in two ways.
        if old is not None and (gzip.decompress(old) if packed else old) == content:
            continue
        if args.check:
            sys.exit(f"{name} is out of date: run generate.py")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(gzip.compress(content, mtime=0) if packed else content)
    if args.table:
        print(table(rows["answers.jsonl.gz"]))


if __name__ == "__main__":
    main()
