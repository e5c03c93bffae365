"""The datasets library loads every folder, with the columns that are declared and the rows that were exported."""

import gzip
import json

import pyarrow.parquet
from datasets import Features, List, Value, get_dataset_config_names, load_dataset, load_dataset_builder

from common import PAIR_FORMATS, PROBLEM_FORMATS, SETS, WORK, check, manifest, said

TEXT = Value("string")
MESSAGES = List({"content": TEXT, "role": TEXT})
NOTES = {"id": TEXT, "problem_id": TEXT, "chosen_score": Value("float64"), "rejected_score": Value("float64"), "source": TEXT,
         "license": TEXT}

FEATURES = {
    "acecode": {
        "id": TEXT, "source": TEXT, "question": TEXT, "test_cases": List(TEXT),
        "inferences": List({"model_name": TEXT, "completion_id": Value("int64"), "completion": TEXT, "pass_rate": Value("float64")}),
        "context_messages": MESSAGES,
    },
    "pairs": {"instruction": TEXT, "input": TEXT, "chosen": TEXT, "rejected": TEXT, "id": Value("int64")},
    "trl-rm": {"prompt": MESSAGES, "chosen": MESSAGES, "rejected": MESSAGES, "margin": Value("float64"), **NOTES},
    "openrlhf-rm": {"chosen": MESSAGES, "rejected": MESSAGES, "margin": Value("float64"), **NOTES},
    "llama-factory": {
        "instruction": TEXT, "input": TEXT, "chosen": TEXT, "rejected": TEXT, "margin": Value("float64"), **NOTES,
    },
    "trl-grpo": {
        "prompt": MESSAGES, "tests": List(TEXT), "tests_shown": List(TEXT), "task_id": TEXT, "entry_point": TEXT, "prelude": TEXT,
        "setup": TEXT, "source": TEXT, "license": TEXT,
    },
    "openrlhf-rl": {"id": TEXT, "context_messages": MESSAGES, "label": TEXT, "tests_shown": List(TEXT), "datasource": TEXT,
                    "license": TEXT},
    "verl": {
        "data_source": TEXT, "prompt": MESSAGES, "ability": TEXT, "reward_model": {"style": TEXT, "ground_truth": TEXT},
        "extra_info": {"split": TEXT, "index": Value("int64"), "id": TEXT, "source": TEXT, "license": TEXT, "tests_shown": List(TEXT)},
    },
}


def loads(name):
    path = str(SETS / name)
    check(get_dataset_config_names(path) == ["default"], f"{name}: the card names the config default")
    builder = load_dataset_builder(path)
    check(builder.info.features == Features(FEATURES[name]), f"{name}: the card declares the columns")
    # verification_mode holds the rows to the card's counts.
    data = load_dataset(path, cache_dir=str(WORK / "datasets"), verification_mode="all_checks")
    for split in manifest(name)["splits"]:
        got = data[split["name"]]
        check(got.num_rows == split["rows"], f"{name}: {split['name']} has {split['rows']} rows")
        check(got.features == Features(FEATURES[name]), f"{name}: {split['name']} has the columns, in their types")
        check(list(got.features) == list(FEATURES[name]), f"{name}: {split['name']} has the columns in their order")
    return data


def footers():
    for path in sorted(SETS.glob("*/**/*.parquet")):
        schema = pyarrow.parquet.read_schema(path)
        name = path.relative_to(SETS).parts[0]
        check(Features.from_arrow_schema(schema) == Features(FEATURES[name]), f"{path.name} of {name}: the footer restores the columns alone")
        check(all(field.nullable for field in schema), f"{path.name} of {name}: every column may be null")


def main():
    data = {name: loads(name) for name in PROBLEM_FORMATS + PAIR_FORMATS}
    footers()
    with gzip.open(SETS / "acecode" / "provenance.jsonl.gz", "rt") as rows:
        sources = [json.loads(row) for row in rows]
    ids = [row["id"] for split in data["acecode"].values() for row in split]
    check(sorted(s["id"] for s in sources) == sorted(ids), "acecode: provenance has a row for each row")
    ids = {name: {split: set(rows["problem_id"]) for split, rows in data[name].items()} for name in ["trl-rm", "openrlhf-rm"]}
    check(all(not (s["train"] & s["test"]) for s in ids.values()), "no problem has pairs in both splits")
    held = set(data["acecode"]["test"]["id"])
    check(ids["trl-rm"]["test"] <= held, "problems and pairs are split alike")
    row = data["trl-grpo"]["train"][0]
    check(not set(row["tests"]) & set(row["tests_shown"]), "shown tests are not among those that earn a reward")
    said("datasets: done")


if __name__ == "__main__":
    main()
