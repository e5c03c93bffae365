"""TRL trains a reward model on trl-rm, and calls a reward function with the columns of trl-grpo."""

import torch
from datasets import load_dataset
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification
from trl import GRPOConfig, GRPOTrainer, RewardConfig, RewardTrainer

from common import SETS, WORK, check, config, said, tokenizer


def reward_model(tok):
    data = load_dataset(str(SETS / "trl-rm"), cache_dir=str(WORK / "datasets"))
    model = AutoModelForSequenceClassification.from_config(config(tok, num_labels=1))
    trainer = RewardTrainer(
        model=model,
        args=RewardConfig(
            output_dir=str(WORK / "trl-rm"), max_steps=3, per_device_train_batch_size=4, per_device_eval_batch_size=4, report_to="none",
            use_cpu=True, logging_steps=1, eval_strategy="steps", eval_steps=3, save_strategy="no", bf16=False,
        ),
        train_dataset=data["train"], eval_dataset=data["test"], processing_class=tok,
    )
    batch = next(iter(trainer.get_train_dataloader()))
    check("margin" in batch and batch["margin"].dtype == torch.float32, "trl-rm: the collator takes the margins")
    row = data["train"][0]
    text = tok.decode(trainer.train_dataset[0]["chosen_ids"])
    check(row["prompt"][0]["content"] in text and row["chosen"][0]["content"] in text, "trl-rm: prompt and chosen are what is tokenized")
    trainer.train()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    check(len(losses) == 3 and all(loss == loss for loss in losses), f"trl-rm: RewardTrainer trains, losses {losses}")


def grpo(tok):
    data = load_dataset(str(SETS / "trl-grpo"), split="train", cache_dir=str(WORK / "datasets"))
    seen = []

    def reward(prompts, completions, tests, task_id, entry_point, prelude, **columns):
        seen.extend(zip(prompts, completions, tests, task_id, entry_point, prelude))
        return [float(len(c[0]["content"])) for c in completions]

    trainer = GRPOTrainer(
        model=AutoModelForCausalLM.from_config(config(tok)), reward_funcs=reward,
        args=GRPOConfig(
            output_dir=str(WORK / "trl-grpo"), max_steps=1, per_device_train_batch_size=2, num_generations=2, max_completion_length=4,
            report_to="none", use_cpu=True, save_strategy="no", bf16=False,
        ),
        train_dataset=data, processing_class=tok,
    )
    trainer.train()
    check(len(seen) == 2, "trl-grpo: GRPOTrainer calls the reward function")
    prompt, completion, tests, task, entry, _ = seen[0]
    check(prompt[0]["role"] == "user" and completion[0]["role"] == "assistant", "trl-grpo: prompts and answers are messages")
    check(all(t.startswith("assert ") for t in tests) and task.startswith("evol_") and entry.startswith("times"),
          "trl-grpo: the function gets tests, task and entry point of the row")


def main():
    tok = tokenizer()
    reward_model(tok)
    grpo(tok)
    said("trl: done")


if __name__ == "__main__":
    main()
