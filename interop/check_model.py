"""transformers and acecoder compute the same of the same models: logits, answers, training.

    check_model.py MODEL

MODEL is the program of interop/model.
"""

import json
import random
import sys

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file
from transformers import Qwen2ForCausalLM, get_cosine_schedule_with_warmup

from common import check, said
from models import VOCAB, ask, config, fresh, loaded, need, numbers, padded, random_model, saved

# Of two logits that are closer, rounding may turn the order.
GAP = 1e-3
CLOSE = 1e-4

SHAPES = {
    "tied": dict(tie_word_embeddings=True),
    "untied": dict(num_key_value_heads=4, rope_theta=1e4),
    "one key head, in several files": dict(num_key_value_heads=1),
    "wide heads": dict(head_dim=32, num_hidden_layers=2, rms_norm_eps=1e-5),
}
LENGTHS = [[1, 7, 33, 50], [64], [2, 2, 31, 32, 17, 5, 48], [100, 3]]


def rows(lengths, seed):
    draw = random.Random(seed)
    return [[draw.randrange(VOCAB) for _ in range(n)] for n in lengths]


def theirs(model, batch, left=False):
    """Their logits of each row."""
    ids, mask = padded(batch, left)
    places = (mask.cumsum(-1) - 1).masked_fill(mask == 0, 1)
    with torch.no_grad():
        out = model(input_ids=ids, attention_mask=mask, **({"position_ids": places} if left else {})).logits.float()
    return [out[i][mask[i] == 1] for i in range(len(batch))]


def apart(ours, others):
    """The largest difference."""
    return max((a - b).abs().max().item() for a, b in zip(ours, others, strict=True))


def logits(binary):
    batches = [rows(lengths, k) for k, lengths in enumerate(LENGTHS)]
    flat = [row for batch in batches for row in batch]
    for name, shape in SHAPES.items():
        shard = "100KB" if "several" in name else "5GB"
        for dtype in ("float32", "bfloat16"):
            folder = saved(random_model(config(**shape)), f"{name}-{dtype}".replace(" ", "-"), dtype, shard)
            ours = {
                kind: numbers(ask(binary, "logits", folder, kind, batches=batches), [len(row) for row in flat], VOCAB)
                for kind in {dtype, "float32"}
            }
            wide = loaded(folder)
            for left in (False, True):
                right = [row for batch in batches for row in theirs(wide, batch, left)]
                far = apart(ours["float32"], right)
                check(far < CLOSE, f"{name}, {dtype} weights: logits (deviation {torch.cat(right).std():.1f}), "
                      f"padded {'left' if left else 'right'} by transformers: {far:.1e} apart at most")
            logps = numbers(ask(binary, "logprobs", folder, "float32", batches=batches), [len(row) - 1 for row in flat], 1)
            wanted = [r[:-1].log_softmax(-1).gather(1, torch.tensor(row)[1:, None]) for r, row in zip(right, flat)]
            far = apart([x for x in logps if len(x)], [x for x in wanted if len(x)])
            check(far < CLOSE, f"{name}, {dtype} weights: log-probabilities: {far:.1e} apart at most")
            if dtype == "bfloat16":
                narrow = loaded(folder, dtype)
                own = apart([row for batch in batches for row in theirs(narrow, batch)], right)
                far = apart(ours[dtype], right)
                check(far <= 2 * own, f"{name}, computed in bfloat16: {far:.2f} from float32 at most; transformers is {own:.2f} from it")


def answered(model, prompts, n):
    """What transformers generates, and the logits of each token."""
    ids, mask = padded(prompts, left=True)
    out = model.generate(
        input_ids=ids, attention_mask=mask, do_sample=False, max_new_tokens=n, eos_token_id=None, pad_token_id=0,
        return_dict_in_generate=True, output_logits=True,
    )
    return out.sequences[:, ids.shape[1]:], torch.stack(out.logits, 1).float()  # [prompts, n], [prompts, n, vocabulary]


def answers(binary, count=40, n=200, slots=12):
    prompts = rows([1 + 3 * k % 61 for k in range(count)], 7)
    for name in ("tied", "one key head, in several files", "wide heads"):
        folder = saved(random_model(config(**SHAPES[name]), 5), f"answers-{name}".replace(" ", "-"))
        tokens, right = answered(loaded(folder), prompts, n)
        best = right.topk(2).values
        clear = best[..., 0] - best[..., 1] >= GAP
        ours = json.loads(ask(binary, "generate", folder, "float32", slots, prompts=prompts, max_tokens=n))
        need([len(a) for a in ours] == [n] * count, f"{name}: {n} tokens for each prompt")
        free = torch.tensor([[t["token"] for t in a] for a in ours])
        # What comes after an unclear place is of another text.
        same = clear.cumprod(-1).bool()
        check(torch.equal(free[same], tokens[same]), f"{name}: {count} answers in {slots} slots: the {same.sum()} tokens up to the first gap "
              f"below {GAP} are transformers' ({free[same].unique().numel()} different ones)")
        logp = torch.tensor([[t["logprob"] for t in a] for a in ours])
        far = (logp - right.log_softmax(-1).gather(2, tokens[..., None])[..., 0])[same].abs().max().item()
        check(far < CLOSE, f"{name}: their log-probabilities: {far:.1e} apart at most")
        forced = torch.stack(numbers(ask(binary, "force", folder, "float32", slots, prompts=prompts, answers=tokens.tolist()), [n] * count, VOCAB))
        far = apart([forced], [right])
        check(far < CLOSE, f"{name}: along transformers' tokens our decoder's logits are {far:.1e} apart at most")
        check(torch.equal(forced.argmax(-1)[clear], tokens[clear]),
              f"{name}: and the best of them is the same at all {clear.sum()} of {clear.numel()} places; {(~clear).sum()} have a gap below {GAP}")


# Training: what comes after a prompt of random tokens follows from the token before it.
STEPS, BATCH, EXAMPLES = 100, 16, 64
PEAK, WARMUP, DECAY = 5e-3, 10, 0.1
LORA = {
    "LoRA": dict(rank=8, alpha=16.0, lora_targets=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]),
    "LoRA of some matrices": dict(rank=8, alpha=4.0, lora_targets=["v_proj", "q_proj", "up_proj"]),
}


def examples(seed=3):
    draw = random.Random(seed)
    out = []
    for _ in range(EXAMPLES):
        prompt, answer = [draw.randrange(100) for _ in range(draw.randrange(1, 14))], []
        for _ in range(draw.randrange(2, 26)):
            answer.append((3 * (answer or prompt)[-1] + 7) % 100)
        out.append({"ids": prompt + answer, "targets": [False] * len(prompt) + [True] * len(answer)})
    return out


def steps(seed=4):
    draw = random.Random(seed)
    out = []
    while len(out) < STEPS:
        order = draw.sample(range(EXAMPLES), EXAMPLES)
        out += [order[i : i + BATCH] for i in range(0, EXAMPLES, BATCH)]
    return out[:STEPS]


def loss_of(model, chosen, total):
    """The sum of a loss over the targets of examples, by a total."""
    ids, mask = padded([e["ids"] for e in chosen])
    targets = padded([e["targets"] for e in chosen])[0].bool()
    logits = model(input_ids=ids, attention_mask=mask).logits
    labels = ids.masked_fill(~targets, -100)[:, 1:]
    return torch.nn.functional.cross_entropy(logits[:, :-1].reshape(-1, logits.shape[-1]), labels.reshape(-1), reduction="sum") / total


def total(chosen):
    return sum(sum(e["targets"][1:]) for e in chosen)


def torch_training(model, data, batches, micro):
    """The losses before each step and the norms of the gradients."""
    model.train()
    trained = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(
        [{"params": [p for _, p in trained if p.dim() > 1], "weight_decay": DECAY},
         {"params": [p for _, p in trained if p.dim() == 1], "weight_decay": 0.0}],
        lr=PEAK, betas=(0.9, 0.999), eps=1e-8,
    )
    schedule = get_cosine_schedule_with_warmup(optimizer, WARMUP, STEPS)
    losses, norms = [], []
    for batch in batches:
        chosen = [data[i] for i in batch]
        loss = 0.0
        for i in range(0, len(chosen), micro):
            part = loss_of(model, chosen[i : i + micro], total(chosen))
            part.backward()
            loss += part.item()
        norms.append(torch.nn.utils.clip_grad_norm_([p for _, p in trained], 1.0).item())
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(loss)
    return losses, norms


def relative(ours, others):
    return max(abs(a - b) / abs(b) for a, b in zip(ours, others, strict=True))


def weights_apart(ours, others):
    """The distance of two lists of tensors, by the length of the second."""
    far = sum(((a - b).double() ** 2).sum() for a, b in zip(ours, others, strict=True)) ** 0.5
    return (far / sum((b.double() ** 2).sum() for b in others) ** 0.5).item()


def compared(name, figures, losses, norms, far):
    worst, worst_norm = relative(figures["losses"], losses), relative(figures["norms"], norms)
    check(worst < CLOSE, f"{name}: {len(losses)} losses, {losses[0]:.3f} to {losses[-1]:.3f}: {worst:.1e} apart at most, "
          f"norms of gradients {worst_norm:.1e}, final weights {far:.1e} (relative)")


def training_model():
    """As transformers begins, but for biases and norms, which are all alike there."""
    torch.manual_seed(1)
    model = Qwen2ForCausalLM(config(tie_word_embeddings=True))
    with torch.no_grad():
        for p in model.parameters():
            if p.dim() == 1:
                p.add_(torch.randn_like(p) * 0.05)
    return model


def training(binary):
    data, batches = examples(), steps()
    folder = saved(training_model(), "training")
    asked = dict(examples=data, steps=batches, peak=PEAK, warmup=WARMUP, decay=DECAY)
    model = loaded(folder)
    losses, norms = torch_training(model, data, batches, BATCH)
    need(losses[-1] < losses[0] / 2, f"the loss falls: {losses[0]} to {losses[-1]}")
    names = dict(model.named_parameters())
    again = loaded(folder)
    others, others_norms = torch_training(again, data, batches, 4)
    far = weights_apart(list(dict(again.named_parameters()).values()), list(names.values()))
    said(f"PyTorch itself, 4×4 and 1×16: losses {relative(others, losses):.1e} apart at most, norms {relative(others_norms, norms):.1e}, weights {far:.1e}")
    for name, more in {"1×16": dict(micro=16), "4×4": dict(micro=4), "4×4, blocks computed again": dict(micro=4, again=True)}.items():
        target = fresh("trained")
        figures = json.loads(ask(binary, "train", folder, target, **asked, **more))
        end = load_file(target / "end.safetensors")
        far = weights_apart([end[f"weight.{n}"] for n in names], list(names.values()))
        compared(f"{name} against PyTorch's 1×16", figures, losses, norms, far)
        loads(target / "model", figures, data, batches)


def loads(folder, figures, data, batches):
    """A model that we have trained and saved has our last loss there."""
    chosen = [data[i] for i in batches[-1]]
    with torch.no_grad():
        loss = loss_of(loaded(folder), chosen, total(chosen)).item()
    check(relative([figures["after"]], [loss]) < 1e-5, f"what was saved loads in transformers: a loss of {loss:.6f}, ours {figures['after']:.6f}")


def lora(binary):
    data, batches = examples(), steps()
    # What LoRA does not train has to say something, or little can be learned.
    folder = saved(random_model(config(tie_word_embeddings=True)), "low")
    for name, shape in LORA.items():
        target = fresh("trained-low")
        micro = BATCH if len(shape["lora_targets"]) == 7 else 4
        asked = dict(examples=data, steps=batches, peak=PEAK, warmup=WARMUP, decay=DECAY, micro=micro)
        figures = json.loads(ask(binary, "train", folder, target, **asked, **shape))
        start, end = (load_file(target / f"{which}.safetensors") for which in ("start", "end"))
        settings = LoraConfig(r=shape["rank"], lora_alpha=shape["alpha"], target_modules=shape["lora_targets"], lora_dropout=0.0, task_type="CAUSAL_LM")
        model = get_peft_model(loaded(folder), settings)
        low = {n.replace(".default", ""): p for n, p in model.named_parameters() if p.requires_grad}
        need(low.keys() == {n[7:] for n in start if n.startswith("weight.")}, f"{name}: the matrices have PEFT's names")
        bounds = {n: p.abs().max() for n, p in low.items()}
        with torch.no_grad():
            for n, p in low.items():
                mine = start[f"weight.{n}"]
                need(("lora_B" in n and not mine.any()) or 0.9 < mine.abs().max() / bounds[n] < 1.1, f"{name}: {n} begins as PEFT's does")
                p.copy_(mine)
        losses, norms = torch_training(model, data, batches, BATCH)
        need(losses[-1] < losses[0] - 1, f"the loss falls: {losses[0]} to {losses[-1]}")
        compared(f"{name}, {BATCH // micro}×{micro}, against PEFT", figures, losses, norms, weights_apart([end[f"weight.{n}"] for n in low], list(low.values())))
        ours, merged = loaded(target / "model").state_dict(), model.merge_and_unload().state_dict()
        need(ours.keys() == merged.keys(), f"{name}: the merged model has the tensors of PEFT's")
        far = weights_apart(list(ours.values()), list(merged.values()))
        check(far < CLOSE, f"{name}: merged, the weights are {far:.1e} from PEFT's (relative)")
        loads(target / "model", figures, data, batches)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    torch.set_num_threads(2)
    for part in (logits, answers, training, lora):
        part(sys.argv[1])


main()
