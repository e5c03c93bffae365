"""The writer's answers: a question with tests, some of them wrong, repeated or no tests at all, in many styles."""
import ast
import json
import random
import re

from runner import run

# Tests of an answer: those that are right, and those that claim a wrong value. The shares differ as in the published
# sets: of evol's tests the fewest stay.
RIGHT = {"evol": 15, "oss": 16, "stack": 15}
WRONG = {"evol": 5, "oss": 2, "stack": 3}

# What an answer that ends a seed's way comes to: the finish, and the reason to drop.
FATAL = {
    "refusal": ("stop", "refused"), "filtered": ("content_filter", "refused"), "length": ("length", "cut_off"),
    "no json": ("stop", "bad_answer"), "few": ("stop", "few_tests"), "unusable": ("stop", "no_tests"),
}

# Tests that are none, by the fault that they have. {f} is the function, {c} a right call, {v} its value.
FAULTS = [
    ("no_call", "assert isinstance([], list)"),
    ("not_constant", "assert {f}(data) == expected"),
    ("no_assert", "import math"),
    ("not_constant", "assert {c} == EXPECTED"),
    ("no_assert", "result = {c}"),
    ("syntax", "assert {c_open} == {v}"),
    ("no_call", "assert True"),
    ("no_assert", "print({c})"),
    ("not_constant", "assert {f}(*load_example(1)) == {v}"),
    ("no_assert", "with pytest.raises(ValueError):\n    {f}()"),
    ("no_call", "assert len(\"test\") == 4"),
    ("not_constant", "assert {c} == {c_other}"),
]


def tests(b, turn):
    """Sets b["good"], the right tests, and b["tests"], all that the answer has, each as (text, fault). Two right tests come
    first, since models see them in their prompt.
    """
    rng = random.Random(b["name"] + "tests")
    good, bad = written_tests(b)
    n_right, n_wrong = RIGHT[b["source"]], WRONG[b["source"]]
    bad = bad[:n_wrong]
    spare = range(2, len(good))
    taken = set(rng.sample(spare, min(len(spare), n_right + n_wrong - len(bad) - 2)))
    good = good[:2] + [good[i] for i in spare if i in taken]
    for i in rng.sample(range(2, len(good)), len(good) - 2):
        wrong = hallucinate(good[i], rng) if len(bad) < n_wrong else None
        if wrong:
            bad.append(wrong)
            good[i] = None
    good = [test for test in good if test]
    check(b, good, bad)
    rest = [(test, "") for test in good[2:] + bad] + faults(b, good, turn)
    rng.shuffle(rest)
    b["good"], b["tests"] = good, [(test, "") for test in good[:2]] + rest


def written_tests(b):
    """Returns the right and the wrong tests that are written for a problem."""
    calls = [line for line in b["lines"] if line[0] not in "=!"]
    values = dict(zip(calls, run("values", {"program": b["right"][0], "calls": calls})))
    good, bad = [], []
    for line in b["lines"]:
        if line.startswith("! "):
            call, value = line[2:].rsplit(" => ", 1)
            bad.append(f"assert {call} == {value}")
        elif line.startswith("= ! "):
            bad.append(line[4:])
        elif line.startswith("= "):
            good.append(line[2:])
        else:
            good.append(f"assert {line} == {values[line]}")
    return good, bad


def check(b, good, bad):
    """Holds every right program to the right tests, and sees the wrong tests fail on it."""
    want = [True] * len(good) + [False] * len(bad)
    if any(type(ast.parse(t).body[0].test) is ast.Call and t.startswith(f"assert {b['name']}(") for t in good + bad):
        raise SystemExit(f"{b['name']}: a test that anything passes that is true")
    for program, got in zip(b["right"] + b["slow"], run("vectors", {"programs": b["right"] + b["slow"], "tests": good + bad})):
        if got["passes"] != want:
            odd = [t for t, g, w in zip(good + bad, got["passes"] or want[::-1], want) if g != w]
            raise SystemExit(f"{b['source']}/{b['name']}: not as claimed: {odd}\n{program}")


def hallucinate(test, rng):
    """Returns a test with the same call and a wrong value, or None where the value is not a plain one."""
    call, equals, text = test.removeprefix("assert ").rpartition(" == ")
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return None
    wrong = mistaken(value, rng)
    return f"assert {call} == {wrong!r}" if equals and wrong != value else None


def mistaken(value, rng):
    """Returns a value like the one given, with a mistake that somebody makes who works it out in his head."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + rng.choice([-1, 1, 1, 2, 10])
    if isinstance(value, float):
        return value + rng.choice([-1, 0.5, 1])
    if isinstance(value, str) and value:
        i = rng.randrange(len(value))
        return rng.choice([value[:i] + value[i + 1:], value[:i] + value[i] + value[i:]])
    if isinstance(value, (list, tuple)) and value:
        items = list(value)
        i = rng.randrange(len(items))
        if rng.random() < 0.4 and isinstance(value, list):
            del items[i]
        else:
            items[i] = mistaken(items[i], rng)
        return type(value)(items)
    if isinstance(value, dict) and value:
        key = rng.choice(list(value))
        return {**value, key: mistaken(value[key], rng)}
    return value


def faults(b, good, turn):
    """Returns what of an answer cannot be used: repetitions, and texts that are no tests of the function."""
    plain = [t for t in good if t.count(" == ") == 1 and t.startswith(f"assert {b['name']}(")]
    call, value = plain[0].removeprefix("assert ").split(" == ")
    names = {"f": b["name"], "c": call, "c_open": call[:-1], "v": value, "c_other": call.replace(b["name"], "reference", 1)}
    out = []
    if turn % 2 == 0:
        out.append((good[turn // 2 % len(good)], "duplicate"))
    if turn % 5 == 1:
        out.append((ast.unparse(ast.parse(plain[-1])), "duplicate"))  # in other quotes, perhaps
    for k in range(turn % 3):
        fault, text = FAULTS[(2 * turn + k) % len(FAULTS)]
        out.append((text.format(**names), fault))
    return out


def usable(made):
    """Returns the tests that can be used: each once, and nothing that is no test."""
    found = {}
    for text, fault in made:
        if fault in ("", "duplicate"):
            found.setdefault(meaning(text), text)
    return list(found.values())


def meaning(test):
    """Returns the same text for tests that differ in blanks and quotes only."""
    return ast.dump(ast.parse(test))


def answer(b, turn):
    """Returns the text of the answer to b's seed in the style that the plan names, and the tests that are whole in it."""
    texts = [text for text, _ in b["tests"]]
    if turn % 4 == 2 and not any(fault for _, fault in b["tests"][-2:]):
        # Two tests in one text, which are two tests all the same.
        texts[-2:] = ["\n".join(texts[-2:])]
    whole = {"question": b["question"], "tests": texts}
    ascii_only = turn % 2 == 0
    line = json.dumps(whole, ensure_ascii=ascii_only)
    wide = json.dumps(whole, ensure_ascii=ascii_only, indent=2 + turn % 2 * 2)
    style = b["plan"]["writer"]
    if style == "cut":
        # In the middle of a string: the last tests are lost, and half of one must not become a test.
        left = len(texts) - 4
        end = json.dumps(whole | {"tests": texts[:left]}, ensure_ascii=ascii_only)[:-2]
        return end + ", " + json.dumps(texts[left], ensure_ascii=ascii_only)[:len(texts[left]) // 2], b["tests"][:left]
    if style == "newlines" and "\\\\n" in wide:
        raise SystemExit(f"{b['name']}: raw line ends would change its tests")
    first = json.dumps(whole | {"tests": texts[:2]}, ensure_ascii=ascii_only)
    return {
        "plain": line,
        "pretty": wide,
        "fenced": f"```json\n{wide}\n```",
        "bare": f"```\n{line}\n```",
        "before": f"Sure! Here is a question made from the program, with test cases:\n\n{line}",
        "around": f"Here is the modified question along with the test cases:\n\n```json\n{wide}\n```\n\n"
                  f"The tests cover the examples of the question as well as edge cases such as empty input. "
                  f"Each of them can be run on its own once `{b['name']}` is defined.",
        "python": repr(whole),
        "commas": re.sub(r"(?<=[\"\]])\n", ",\n", wide),
        "newlines": wide.replace("\\n", "\n"),
        "draft": f"Let me begin with a draft:\n\n```json\n{first}\n```\n\n"
                 f"Two tests are not enough. Here is the final version:\n\n```json\n{wide}\n```",
    }[style], b["tests"]
