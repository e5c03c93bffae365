"""LLaMA-Factory finds the sets by dataset_info.json and makes batches of its stage rm of them."""

import os

os.environ["DISABLE_VERSION_CHECK"] = "1"  # it wants older versions; its loader runs with these

from llamafactory.data import get_template_and_fix_tokenizer  # noqa: E402
from llamafactory.data.loader import get_dataset  # noqa: E402
from llamafactory.hparams import DataArguments, ModelArguments  # noqa: E402
from transformers import Seq2SeqTrainingArguments  # noqa: E402

from common import SETS, WORK, check, manifest, said, tokenizer  # noqa: E402


def main():
    tok = tokenizer()
    folder = WORK / "tokenizer"
    tok.save_pretrained(folder)
    model = ModelArguments(model_name_or_path=str(folder), cache_dir=str(WORK / "datasets"))
    data = DataArguments(
        template="qwen", dataset="llama-factory", eval_dataset="llama-factory_test", dataset_dir=str(SETS / "llama-factory"), cutoff_len=2048,
        preprocessing_num_workers=1, overwrite_cache=True,
    )
    training = Seq2SeqTrainingArguments(output_dir=str(WORK / "llama-factory"), report_to="none", use_cpu=True, do_train=True, remove_unused_columns=False)
    template = get_template_and_fix_tokenizer(tok, data)
    sets = get_dataset(template, model, data, training, stage="rm", tokenizer=tok)
    train, test = manifest("llama-factory")["splits"]
    check(len(sets["train_dataset"]) == train["rows"] and len(sets["eval_dataset"]) == test["rows"], "llama-factory: both sets load by dataset_info.json")
    row = sets["train_dataset"][0]
    prompt = tok.decode([t for t in row["chosen_input_ids"]])
    check("Please provide a self-contained Python script" in prompt and "def times" in prompt, "llama-factory: the text is instruction and program")
    check(row["chosen_input_ids"] != row["rejected_input_ids"], "llama-factory: chosen and rejected differ")
    said("llama-factory: done")


if __name__ == "__main__":
    main()
