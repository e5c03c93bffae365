"""OpenRLHF's data sets of rewards and of prompts read openrlhf-rm and openrlhf-rl."""

import json
from types import SimpleNamespace

from openrlhf.datasets.prompts_dataset import PromptDataset
from openrlhf.datasets.reward_dataset import RewardDataset
from openrlhf.datasets.utils import blending_datasets

from common import SETS, WORK, check, said, tokenizer


def strategy(**data):
    quiet = SimpleNamespace(is_rank_0=lambda: True, print=lambda *a, **k: None)
    quiet.args = SimpleNamespace(data=SimpleNamespace(**data))
    return quiet


def main():
    tok = tokenizer()
    how = strategy(prompt_key=None, chosen_key="chosen", rejected_key="rejected", apply_chat_template=True, max_len=2048)
    rows = blending_datasets(str(SETS / "openrlhf-rm"), None, how, 1, dataset_split="train")
    pairs = RewardDataset(rows, tok, 2048, how, num_processors=1)
    check(len(pairs) == len(rows), f"openrlhf-rm: {len(rows)} pairs")
    batch = pairs.collate_fn([pairs[i] for i in range(4)])
    text = tok.decode(batch[0][0].flatten())
    check(rows[0]["chosen"][0]["content"] in text and rows[0]["chosen"][1]["content"] in text, "openrlhf-rm: the text is the whole conversation")
    check([float(m) for m in batch[-1]] == [rows[i]["margin"] for i in range(4)], "openrlhf-rm: the margins come along")

    how = strategy(input_key="context_messages", label_key="label", apply_chat_template=True)
    rows = blending_datasets(str(SETS / "openrlhf-rl"), None, how, 1, dataset_split="train")
    prompts = PromptDataset(rows, tok, how)
    source, prompt, label, _ = prompts[0]
    check(len(prompts) == len(rows) and source == rows[0]["datasource"], f"openrlhf-rl: {len(rows)} prompts with their sources")
    check(prompt.endswith("<|im_start|>assistant\n") and rows[0]["context_messages"][0]["content"] in prompt, "openrlhf-rl: the prompt is the question as a chat")
    check(all(t.startswith("assert ") for t in json.loads(label)["tests"]), "openrlhf-rl: the label is JSON with the tests")
    said("openrlhf: done")


if __name__ == "__main__":
    main()
