"""Writes scored problems, the same ones each time: what the exports of the checks are made of.

    make_rows.py FILE
"""

import json
import sys

LICENSES = ["MIT", "Apache-2.0", "BSD-3-Clause", None]


def problem(i):
    """A problem with programs that pass all, half and a fifth of its tests."""
    name = f"times{i}"
    tests = [f"assert {name}({x}) == {x * i}" for x in range(10)]
    programs = [
        (f"def {name}(x):\n    return {i} * x", 10),
        (f"def {name}(x):\n    # ü, \U0001f40d, \"\"\", ``` and <b>&amp;</b>\n    return {i} * x if x < 5 else None", 5),
        (f"def {name}(x):\n    return {i} * x if x < 2 else 0", 2),
    ]
    row = {
        "id": f"evol_{i}",
        "source": ["evol", "oss", "stack"][i % 3],
        "question": f"Write `{name}(x)`: {i} times x.\n\nIt takes any number & returns one; \"quotes\" stay.",
        "entry_point": name,
        "tests": tests,
        "programs": [
            {"id": f"p{n}", "model": "m7", "program": text, "passed": passed, "pass_rate": passed / 10}
            for n, (text, passed) in enumerate(programs)
        ],
    }
    if LICENSES[i % 4]:
        row["license"] = LICENSES[i % 4]
    if i % 2:
        row["tests_shown"] = tests[:2]
    if i % 5 == 0:
        row["prelude"] = "import math"
    return row


def main():
    with open(sys.argv[1], "w", encoding="utf-8") as out:
        for i in range(60):
            out.write(json.dumps(problem(i), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
