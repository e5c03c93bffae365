"""transformers and acecoder load the models that the other has saved, with equal numbers."""

import json
import shutil
import subprocess
import sys

import torch
from transformers import (
    AutoModel, AutoModelForCausalLM, AutoTokenizer, GenerationConfig, Qwen2Config, Qwen2ForCausalLM, Qwen2ForSequenceClassification,
    Qwen2Model,
)

from common import WORK, check, said, tokenizer

FOLDER = WORK / "checkpoints"
TYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def need(true, text):
    """Ends the checks unless it holds, and says nothing if it does."""
    if not true:
        check(False, text)


def run(binary, *args, wrong=False):
    done = subprocess.run([binary, *map(str, args)], capture_output=True, text=True)
    need((done.returncode != 0) == wrong, f"{args}: {done.stdout}{done.stderr}")
    return done.stderr if wrong else done.stdout


def config(tied, **more):
    return Qwen2Config(
        vocab_size=300, hidden_size=32, intermediate_size=48, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2,
        max_position_embeddings=256, rope_theta=1e6, tie_word_embeddings=tied, initializer_range=0.5, **more,
    )


def made(kind, config_, dtype):
    """A model of random weights, the biases and norms too."""
    torch.manual_seed(0)
    model = kind(config_).to(TYPES[dtype]).eval()
    with torch.no_grad():
        for p in model.parameters():
            p.add_(torch.randn_like(p) * 0.1)
    return model


def equal(ours, theirs, dtype):
    a, b = ours.state_dict(), theirs.state_dict()
    return a.keys() == b.keys() and all(x.dtype == TYPES[dtype] and torch.equal(x, b[name].to(TYPES[dtype])) for name, x in a.items())


def load(kind, folder):
    model, info = kind.from_pretrained(folder, dtype="auto", output_loading_info=True)
    quiet = not any(info[what] for what in ("missing_keys", "unexpected_keys", "mismatched_keys", "error_msgs"))
    need(quiet, f"{folder.name}: transformers misses nothing and finds nothing too much")
    return model.eval()


def fresh(name):
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def same_files(source, target):
    """What transformers wrote and what we did of it, in the same type: one file is equal byte for byte."""
    files = sorted(p.name for p in source.glob("*.safetensors"))
    need(files == sorted(p.name for p in target.glob("*.safetensors")), f"{target.name}: as many files")
    if len(files) == 1:
        need((source / files[0]).read_bytes() == (target / files[0]).read_bytes(), f"{target.name}: the file is the same")
        return
    a, b = (json.loads((f / "model.safetensors.index.json").read_text()) for f in (source, target))
    need(a["weight_map"].keys() == b["weight_map"].keys() and a["metadata"] == b["metadata"], f"{target.name}: the indexes agree")


def same_logits(source, ours):
    # Read back, as the rotary embedding of a model that has been made and then cast is cast too.
    back = AutoModelForCausalLM.from_pretrained(source, dtype="auto").eval()
    ids = torch.arange(2 * 40).reshape(2, 40)
    with torch.no_grad():
        need(torch.equal(ours(ids).logits, back(ids).logits), f"{source.name}: the logits are equal")


def resaved(binary, theirs, source, target, to, size):
    run(binary, "save", source, target, to, size)
    ours = load(AutoModelForCausalLM, target)
    need(equal(ours, theirs, to), f"{target.name}: the weights are equal")
    g = ours.generation_config
    need((g.eos_token_id, g.temperature, g.top_k) == ([2, 0], 0.7, 20), f"{target.name}: the generation config is the same")
    need(AutoTokenizer.from_pretrained(target)("x")["input_ids"] == tokenizer()("x")["input_ids"], f"{target.name}: the tokenizer is the same")
    return ours


def language_models(binary):
    for tied in (True, False):
        for dtype in TYPES:
            theirs = made(Qwen2ForCausalLM, config(tied), dtype)
            theirs.generation_config = GenerationConfig(eos_token_id=[2, 0], pad_token_id=0, do_sample=True, temperature=0.7, top_p=0.8, top_k=20)
            for size in (5_000_000_000, 20_000):
                name = f"{'tied' if tied else 'untied'}-{dtype}-{size}"
                source = fresh(name)
                theirs.save_pretrained(source, max_shard_size=size)
                tokenizer().save_pretrained(source)
                for to in TYPES:
                    target = fresh(f"{name}-{to}")
                    ours = resaved(binary, theirs, source, target, to, size)
                    if to == dtype:
                        same_files(source, target)
                        same_logits(source, ours)
                said(f"{name}: read and saved again as both types, transformers loads equal numbers")


def other_kinds(binary):
    trunk = made(Qwen2Model, config(True), "float32")
    trunk.save_pretrained(fresh("trunk"))
    tokenizer().save_pretrained(FOLDER / "trunk")
    run(binary, "save", FOLDER / "trunk", fresh("trunk-ours"), "float32", 0)
    # A language model's folder serves as a trunk's: the head is left aside.
    check(equal(AutoModel.from_pretrained(FOLDER / "trunk-ours"), trunk, "float32"), "a trunk without a head comes back")

    for tied in (True, False):
        reward = made(Qwen2ForSequenceClassification, config(tied, num_labels=1, pad_token_id=0), "float32")
        source = fresh(f"reward-{tied}")
        reward.save_pretrained(source)
        shown = json.loads(run(binary, "show", source))
        check(shown["extra"] == ["score.weight"] and shown["headless"] == (not tied), f"{source.name}: the reward head is seen: {shown}")

    wrong = fresh("wrong")
    made(Qwen2ForCausalLM, config(False), "float32").save_pretrained(wrong)
    text = json.loads((wrong / "config.json").read_text())
    text["num_hidden_layers"] = 2
    (wrong / "config.json").write_text(json.dumps(text))
    said = run(binary, "show", wrong, wrong=True)
    check("12 tensors are wrong" in said and "model.layers.2." in said, f"a model with a layer too many is refused: {said.splitlines()[0]}")
    torch.save({"x": torch.zeros(1)}, wrong / "pytorch_model.bin")
    (wrong / "model.safetensors").unlink()
    check("save_pretrained" in run(binary, "show", wrong, wrong=True), "a pickle is refused, with the way out")


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    language_models(sys.argv[1])
    other_kinds(sys.argv[1])


main()
