"""The oracle's and the policy's answers: programs of all fates, in the styles in which models give them.

Nothing that is not honest is run here: loops, crashes and cheats are taken to pass no test.
"""
import random
import re
from fractions import Fraction

import specials
from mutate import mutants
from runner import passes

SAMPLES = 16
CANDIDATES = 60  # mutants of a problem that are tried

# By the paper's rule a program may be chosen if it passes more than GOOD of the tests, and rejected if it passes some, but
# less than the chosen one by more than GAP.
GOOD, GAP = Fraction(4, 5), Fraction(2, 5)

# How many programs of each fate the policy has for a problem, by the plan: right ones, nearly right ones, and bad ones
# that pass some tests; the others pass none. An even problem gives pairs, while in an easy one no program is bad enough
# to be rejected and in a hard one none is good enough to be chosen.
LEVELS = {
    "easy": {"right": (10, 12), "near": (0, 2), "low": (0, 0)},
    "even": {"right": (3, 5), "near": (2, 4), "low": (1, 2)},
    "hard": {"right": (0, 0), "near": (2, 4), "low": (4, 7)},
}

PROSE = [
    "This function handles the edge cases mentioned in the problem and runs in linear time for typical inputs.",
    "You can test it with the assert statements given in the problem.",
    "Explanation:\n1. The input is checked for the special cases first.\n2. The main loop then builds up the result.\n"
    "3. Finally, the result is returned.",
    "The time complexity is O(n log n) in the worst case.",
    "Feel free to ask if you have any questions!",
    "Note that `{f}` does not change its arguments.",
]


def styles(b):
    """Returns right programs in different styles, the written ones first."""
    name, example = b["name"], b["good"][0].removeprefix("assert ").split(" == ")[0].split(" is ")[0]
    first = b["question"].split(". ")[0].replace("\\", "").replace('"', "'") + "."
    out = list(b["right"])
    for i, program in enumerate(b["right"] * 5):
        renamed = re.sub(rf"(?<![.\w]){name}\(", "solve(", program)
        out.append([
            program + f'\n\nif __name__ == "__main__":\n    print({example})\n',
            f"# {name}: a straightforward version\n" + program,
            "import math\nimport re\nfrom typing import Dict, List, Optional\n\n" + program,
            renamed + f"\n\ndef {name}(*args, **kwargs):\n    return solve(*args, **kwargs)\n",
            program + f"\nprint({example})\n",
            f'"""{first}"""\n' + program,
            program + f"\n# Test cases\n{b['good'][0]}\n{b['good'][1]}\nprint('All tests passed!')\n",
            renamed + f"\n\nclass Solution:\n    def run(self, *args):\n        return solve(*args)\n\n{name} = Solution().run\n",
            re.sub(rf"^(def {name}\(.*\n)", r'\1    """Solve the problem as described above."""\n', program, flags=re.M),
        ][(i + len(b["question"])) % 9])
    return list(dict.fromkeys(out))


def oracle(b, turn):
    """Returns the oracle's answer as (kind, text, finish), and its program, or None where it is not to be run."""
    kind = b["plan"]["oracle"]
    if kind == "prose":
        return (kind, "To solve this problem, go through the days from the first to the last one, and count those whose weekday is "
                "Monday to Friday and which are not in the list of holidays. The `datetime` module of the standard library has "
                "everything that is needed for it. If the last day lies before the first one, the result is 0.", "stop"), None
    if kind == "cut":
        program = b["right"][-1]
        text = fence(program[:2 * len(program) // 3], turn).rstrip("`\n")
        return (kind, text, "length"), None
    if kind == "right" and b["oracle"]:
        raise SystemExit(f"{b['name']}: a right oracle needs no program of its own")
    program = b["oracle"] or styles(b)[turn % 3]
    return (kind, fence(program, turn), "stop"), program if kind in ("right", "partly", "misread", "other name") else None


def fence(program, turn):
    """Returns a program in the words of a strong model."""
    return [
        f"```python\n{program}```",
        f"Here's a Python function that solves the problem:\n\n```python\n{program}```\n\n{PROSE[turn % len(PROSE)].format(f='it')}",
        f"```python\n{program}\n```\n",
        f"Below is a self-contained solution.\n\n```python\n{program}```",
    ][turn % 4]


def samples(b, turn, kept):
    """Returns the policy's answers as (kind, text, finish, program, share of the tests in kept that it passes), in an order
    that tells nothing.
    """
    rng = random.Random(b["name"] + "policy")
    chosen = choose(b, turn, kept, rng)
    rng.shuffle(chosen)
    return [(kind, *continuation(b, kind, program, rng), program, rate) for kind, program, rate in chosen]


def choose(b, turn, kept, rng):
    """Returns the programs as (kind, program, pass rate), as many as there are samples."""
    plan = b["plan"]["policy"]
    counts = {band: rng.randint(*count) for band, count in LEVELS[plan].items()}
    right = [("right", program) for program in styles(b)[:counts["right"]]]
    if plan == "easy":
        right[-1] = right[0]  # models repeat themselves
    right[1:1] = [("slow", program) for program in b["slow"][:len(right) // 2]]
    # Where the oracle is wrong, a right program fails what the oracle passes.
    right = [(kind, program, share(vector)) for (kind, program), vector in zip(right, passes([p for _, p in right], kept))]
    bands = by_band(b, turn, kept, rng)
    if plan == "hard":
        bands["near"] = [c for c in bands["near"] if c[2] <= GOOD]
    out = right[:counts["right"]] + bands["near"][:counts["near"]] + bands["low"][:counts["low"]]
    if plan != "easy" and turn % 2 == 0:
        out += bands["by heart"]
    out += (special(b, turn) + bands["zero"])[:SAMPLES - len(out)]
    spare = bands["near"][counts["near"]:] if plan == "easy" else bands["low"][counts["low"]:]
    out += spare[:SAMPLES - len(out)]
    if len(out) < SAMPLES:
        raise SystemExit(f"{b['name']}: {len(out)} programs, want {SAMPLES}")
    return out


def by_band(b, turn, kept, rng):
    """Returns programs with mistakes as (kind, program, pass rate over kept), by band; each vector of passes once."""
    candidates = [m for program in b["right"] for m in mutants(program)]
    rng.shuffle(candidates)
    made = [("wrong", re.sub(r"^ *#.*\n", "", program, flags=re.M)) for program in b["wrong"]]  # comments tell the mistake
    made += [("mutant", program) for program in candidates[:CANDIDATES]]
    made += [
        ("prints", re.sub(r"\breturn (.+)", r"print(\1)", b["right"][0])),  # the commonest mistake of small models
        ("empty", specials.EMPTY[turn % len(specials.EMPTY)].format(f=b["name"])),
        ("by heart", by_heart(b)),
    ]
    seen = set()
    bands = {"near": [], "low": [], "zero": [], "by heart": []}
    for (kind, program), vector in zip(made, passes([program for _, program in made], kept)):
        vector = tuple(vector or ())
        if not vector or (any(vector) and vector in seen):
            continue  # it looped or ran out of memory, or is like one before
        seen.add(vector)
        band = "by heart" if kind == "by heart" else band_of(vector)
        if band:
            bands[band].append((kind, program, share(vector)))
    return bands


def share(vector):
    return Fraction(sum(vector), len(vector))


def band_of(vector):
    """Returns how good a program is by its passes. It is None where two views differ: over all tests, and over those that
    the prompt does not show.
    """
    views = []
    for part in (vector, vector[2:]):
        rate = share(part)
        views.append("right" if rate == 1 else "near" if rate >= 1 - GAP else "low" if rate > 0 else "zero")
    return views[0] if views[0] == views[1] != "right" else None


def special(b, turn):
    """Returns programs that are neither right nor nearly right, and pass nothing."""
    def fill(templates, at):
        return templates[at % len(templates)].format(f=b["name"])

    out = []
    if turn % 5 == 1:
        out.append(("loop", fill(specials.LOOPS, turn // 5)))
    if turn % 2 == 0 or b["plan"]["policy"] != "easy":
        out.append(("cheat", fill(specials.CHEATS, turn)))
    if turn % 4 != 2:
        out.append(("syntax", specials.broken(b["right"][turn % 2], specials.SYNTAX[turn % len(specials.SYNTAX)])))
    if turn % 6 == 3:
        out.append(("cut", rambling(b)))
    if turn % 2 == 1 or b["crash"]:
        out.append(("crash", b["crash"][0] if b["crash"] else fill(specials.CRASHES, turn // 2)))
    if turn % 4 == 2:
        out.append(("missing", specials.MISSING[turn // 4 % len(specials.MISSING)] + b["right"][0]))
    if b["plan"]["policy"] == "hard":
        out += [("crash", fill(specials.CRASHES, turn + 3)), ("cheat", fill(specials.CHEATS, turn + 7))]
    return [(kind, program, Fraction(0)) for kind, program in out]


def by_heart(b):
    """Returns a program that knows the first two tests and nothing else."""
    branches = ""
    for test in b["good"][:2]:
        call, _, value = test.removeprefix("assert ").replace(" is ", " == ").partition(" == ")
        arguments = call[len(b["name"]) + 1:-1]
        branches += f"    if args == ({arguments},):\n        return {value}\n"
    return f"def {b['name']}(*args):\n{branches}    return None\n"


def rambling(b):
    """Returns a program that begins with so many thoughts that the answer ends in the middle of it."""
    thoughts = [f"# Let me think about {b['name']} step by step.\n"]
    while sum(map(len, thoughts)) < 3500:
        thoughts.append([
            "# First, we have to look at the input and decide what the special cases are.\n",
            "# Wait, what about empty input? The problem says that it is possible, so it has to be handled.\n",
            "# Then we go through the items one by one and build up the result.\n",
            "# Actually, let me reconsider the examples given in the problem.\n",
        ][len(thoughts) % 4])
    program = "".join(thoughts) + b["right"][0]
    return program[:program.index("\n    ", program.index("\ndef ")) + 9]


def continuation(b, kind, program, rng):
    """Returns the text and the finish of an answer that goes on after an opening fence."""
    program = program.rstrip("\n") + "\n"
    if kind == "cut":
        return program.rstrip("\n"), "length"
    form = rng.randrange(8)
    if form == 0:
        return program, "stop"  # forgets the closing fence
    if form == 1:
        example = b["good"][0].removeprefix("assert ").split(" == ")[0].split(" is ")[0]
        return f"{program}```\n\nHere is an example of how to use it:\n\n```python\nprint({example})\n```", "stop"
    if form == 2:
        return f"{program}```\n\n{rng.choice(PROSE).format(f=b['name'])}", "stop"
    return f"{program}```", "stop"
