"""The commands that compute models: OpenAI's client asks `acecoder serve model`, and `acecoder train sft` learns what PyTorch
learns of the same chats, and the same after kills.

    check_local.py ACECODER
"""

import concurrent.futures
import contextlib
import json
import math
import signal
import subprocess
import sys
import time

import openai
import torch
from tokenizers import Regex, Tokenizer, decoders, models as token_models, normalizers, pre_tokenizers, trainers
from transformers import GenerationConfig, PreTrainedTokenizerFast, Qwen2ForCausalLM, get_cosine_schedule_with_warmup

from common import CHAT_TEMPLATE, check
from models import DEVICE, FOLDER, config, fresh, loaded, need, padded, random_model

WORDS = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine"}
# How Qwen2 divides text before bytes are merged.
PIECES = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
GAP, CLOSE = 1e-3, 1e-4


def chats():
    """Additions, some of them with two turns or with a system's word."""
    out = []
    for a in range(1, 7):
        for b in range(1, 5):
            turns = [
                {"role": "user", "content": f"Write a function that adds {WORDS[a]} and {b}."},
                {"role": "assistant", "content": f"def f():\n    return {a} + {b}  # {a + b}"},
            ]
            if b == 2:
                turns += [{"role": "user", "content": "What does it return?"}, {"role": "assistant", "content": f"It returns {a + b}."}]
            if b == 3:
                turns.insert(0, {"role": "system", "content": "Say it in Python, détaillé."})
            out.append({"messages": turns})
    return out


def byte_pairs():
    """A tokenizer of Qwen2's form, trained on the chats."""
    plain = Tokenizer(token_models.BPE())
    plain.normalizer = normalizers.NFC()
    plain.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(PIECES), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    plain.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=340, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    plain.train_from_iterator((m["content"] for row in chats() for m in row["messages"]), trainer)
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    plain.add_special_tokens(special)
    out = PreTrainedTokenizerFast(tokenizer_object=plain, eos_token="<|im_end|>", pad_token="<|endoftext|>", additional_special_tokens=special)
    out.chat_template = CHAT_TEMPLATE
    return out


def saved(model, tokenizer, name):
    folder = fresh(name)
    ends = [tokenizer.convert_tokens_to_ids(t) for t in ("<|im_end|>", "<|endoftext|>")]
    model.generation_config = GenerationConfig(eos_token_id=ends, pad_token_id=ends[1])
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


# The server.


@contextlib.contextmanager
def served(acecoder, folder):
    """The address of a server that runs meanwhile."""
    args = [acecoder, "serve", "model", folder, "--listen", "127.0.0.1:0", "--slots", "4", "--backend", DEVICE]
    server = subprocess.Popen(args, stdout=subprocess.PIPE, text=True)
    try:
        yield server.stdout.readline().strip()
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)


def rendered(tokenizer, messages, go_on=True):
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=go_on)
    return tokenizer(text, add_special_tokens=False)["input_ids"]


def theirs(model, ids, n):
    """What transformers answers: tokens, the log-probabilities of all, and how many tokens come before the first unclear one."""
    out = model.generate(input_ids=torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), do_sample=False,
                         max_new_tokens=n, return_dict_in_generate=True, output_logits=True)
    logits = torch.cat(out.logits).float()
    best = logits.topk(2).values
    clear = (best[:, 0] - best[:, 1] >= GAP).long().cumprod(0).sum().item()
    return out.sequences[0, len(ids):].tolist(), logits.log_softmax(-1), clear


def chat(client, model, **more):
    return client.chat.completions.create(model=model, **more)


def same_answers(client, name, model, tokenizer):
    """Chats one by one, and then all at the same time."""
    asked = [[{"role": "user", "content": f"Say {WORDS[1 + k % 9] * (1 + k % 5)}!"}] for k in range(24)]
    wanted, whole, worst, counted = [], 0, 0.0, 0
    for messages in asked:
        tokens, logp, clear = theirs(model, rendered(tokenizer, messages), 40)
        answer = chat(client, name, messages=messages, temperature=0, max_tokens=40, logprobs=True, top_logprobs=5)
        choice, usage = answer.choices[0], answer.usage
        wanted.append(choice.message.content)
        need(usage.prompt_tokens == len(rendered(tokenizer, messages)), f"{usage.prompt_tokens} tokens of a prompt")
        for k, said in enumerate(choice.logprobs.content[:clear]):
            top = logp[k].topk(5).values.tolist()
            need(bytes(said.bytes).decode(errors="replace") == tokenizer.decode([tokens[k]]), f"token {k} is transformers'")
            worst = max(worst, abs(said.logprob - top[0]), *(abs(a.logprob - b) for a, b in zip(said.top_logprobs, top, strict=True)))
            counted += 1
        if clear == len(tokens):
            whole += 1
            need(choice.message.content == tokenizer.decode(tokens, skip_special_tokens=True), f"{choice.message.content!r} is transformers' text")
            ended = tokens[-1] in model.generation_config.eos_token_id
            need(choice.finish_reason == ("stop" if ended else "length"), f"it ends because of {choice.finish_reason}")
    check(worst < CLOSE and whole > len(asked) // 2, f"chats: {counted} tokens of {len(asked)} answers are transformers', log-probabilities and the 5 best "
          f"{worst:.1e} apart at most; {whole} whole texts")
    with concurrent.futures.ThreadPoolExecutor(len(asked)) as pool:
        again = list(pool.map(lambda m: chat(client, name, messages=m, temperature=0, max_tokens=40).choices[0].message.content, asked))
    check(again == wanted, f"{len(asked)} chats at the same time in 4 slots: the answers are the same")
    return asked[0], wanted[0]


def streamed(client, name, messages, want):
    text, reason, usage = "", None, None
    for chunk in chat(client, name, messages=messages, temperature=0, max_tokens=40, stream=True, stream_options={"include_usage": True}):
        usage = chunk.usage or usage
        for choice in chunk.choices:
            text, reason = text + (choice.delta.content or ""), choice.finish_reason or reason
    check(text == want and reason and usage.completion_tokens > 0, "stream: the pieces are the answer")


def drawn(client, name, messages):
    def ask(seed):
        return [c.message.content for c in chat(client, name, messages=messages, n=3, seed=seed, temperature=1, max_tokens=20).choices]

    first = ask(5)
    check(len(set(first)) == 3 and ask(5) == first and ask(6) != first, "n and seed: three different answers, the same for the same seed")
    greedy = chat(client, name, messages=messages, temperature=0, max_tokens=40).choices[0].message.content
    stop = next(greedy[i : i + 2] for i in range(8, len(greedy)) if greedy[i : i + 2].isascii())
    cut = chat(client, name, messages=messages, temperature=0, max_tokens=40, stop=[stop]).choices[0]
    check(cut.message.content == greedy[: greedy.index(stop)] and cut.finish_reason == "stop", f"stop: the answer ends before {stop!r}")


def completions(client, name, model, tokenizer):
    prompt = "def f():\n    return"
    ids = tokenizer(prompt)["input_ids"]
    tokens, logp, clear = theirs(model, ids, 30)
    answers = [client.completions.create(model=name, prompt=p, temperature=0, max_tokens=30, logprobs=2).choices[0] for p in (prompt, ids)]
    need(answers[0].text == answers[1].text, "a prompt of text and one of tokens are the same")
    # A text's last token may be the one that ends it, which is not told.
    n = min(clear, len(answers[0].logprobs.token_logprobs))
    far = (torch.tensor(answers[0].logprobs.token_logprobs[:n]) - logp[range(n), tokens[:n]]).abs().max().item()
    check(far < CLOSE, f"completions: {n} log-probabilities are {far:.1e} apart at most")
    pieces = client.completions.create(model=name, prompt=prompt, temperature=0, max_tokens=30, stream=True)
    check("".join(c.text for p in pieces for c in p.choices) == answers[0].text, "completions: the pieces of a stream are the text")


def refused(client, name):
    for what, more in {"a model that is not there": dict(model="other"), "an answer longer than the context": dict(max_tokens=10_000),
                       "a negative temperature": dict(temperature=-1)}.items():
        try:
            client.chat.completions.create(**dict(model=name, messages=[{"role": "user", "content": "x"}]) | more)
        except openai.APIStatusError as e:
            check(400 <= e.status_code < 500, f"{what} is refused: {e.body['message'] if isinstance(e.body, dict) else e}")
        else:
            check(False, f"{what} is refused")


def serving(acecoder):
    tokenizer = byte_pairs()
    folder = saved(random_model(config(vocab_size=len(tokenizer), tie_word_embeddings=True), 9), tokenizer, "served")
    model = loaded(folder)
    with served(acecoder, folder) as address:
        client = openai.OpenAI(base_url=address, api_key="none", max_retries=0, timeout=60)
        names = [m.id for m in client.models.list()]
        check(names == ["served"], f"models: {names}")
        messages, want = same_answers(client, "served", model, tokenizer)
        streamed(client, "served", messages, want)
        drawn(client, "served", messages)
        completions(client, "served", model, tokenizer)
        refused(client, "served")


# The training.


def begun(tokenizer, name, width):
    torch.manual_seed(2)
    shape = config(vocab_size=len(tokenizer), tie_word_embeddings=True, hidden_size=width, intermediate_size=2 * width)
    return saved(Qwen2ForCausalLM(shape), tokenizer, name)


def masked(tokenizer, messages):
    """The tokens of a chat and those of them that are learned: what the assistant says, with its end."""
    ids = rendered(tokenizer, messages, False)
    targets = [False] * len(ids)
    for i, m in enumerate(messages):
        if m["role"] == "assistant":
            first, end = len(rendered(tokenizer, messages[:i])), len(rendered(tokenizer, messages[: i + 1], False))
            targets[first:end] = [True] * (end - first)
    return ids, targets


def torch_losses(model, tokenizer, steps, warmup):
    """Steps on all chats at once."""
    rows = [masked(tokenizer, row["messages"]) for row in chats()]
    ids, mask = padded([r[0] for r in rows])
    labels = ids.masked_fill(~padded([r[1] for r in rows])[0].bool(), -100)[:, 1:]
    optimizer = torch.optim.AdamW(
        [{"params": [p for p in model.parameters() if p.dim() > 1], "weight_decay": 0.1},
         {"params": [p for p in model.parameters() if p.dim() == 1], "weight_decay": 0.0}], lr=1e-3)
    schedule = get_cosine_schedule_with_warmup(optimizer, warmup, steps)
    losses = []
    for _ in range(steps):
        logits = model(input_ids=ids, attention_mask=mask).logits[:, :-1]
        loss = torch.nn.functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), labels.reshape(-1))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    return losses


def command(acecoder, folder, out, batch, epochs):
    return [acecoder, "train", "sft", "--model", folder, "--data", FOLDER / "chats.jsonl", "--out", out, "--batch", str(batch), "--epochs",
            str(epochs), "--lr", "1e-3", "--weight-decay", "0.1", "--micro-tokens", "512", "--save-every", "4",
            "--backend", DEVICE]


def metrics(out):
    """The rows of a log, without what the clock says. The last may be half written."""
    path = out / "metrics.jsonl"
    text = path.read_text() if path.exists() else ""
    rows = [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]
    return [{k: v for k, v in row.items() if k not in ("seconds", "memory")} for row in rows]


def straight(acecoder, folder, out, batch, epochs):
    done = subprocess.run(command(acecoder, folder, out, batch, epochs), capture_output=True, text=True)
    need(done.returncode == 0, f"train sft: {done.stderr}")
    return metrics(out)


def against_torch(acecoder, tokenizer):
    steps = 24
    folder, out = begun(tokenizer, "to-train", 64), FOLDER / "sft-all"
    rows = straight(acecoder, folder, out, len(chats()), steps)
    model = loaded(folder).train()
    losses = torch_losses(model, tokenizer, steps, math.ceil(0.1 * steps))
    ours = [row["loss"] for row in rows]
    far = max(abs(a - b) / b for a, b in zip(ours, losses, strict=True))
    need(losses[-1] < losses[0] - 1, f"the loss falls: {losses}")
    check(far < CLOSE, f"train sft: {steps} losses, {losses[0]:.3f} to {losses[-1]:.3f}, are PyTorch's: {far:.1e} apart at most (relative)")
    trained = loaded(out / "model").state_dict()
    far = max((a - trained[name]).abs().max().item() for name, a in model.state_dict().items())
    check(far < CLOSE, f"train sft: transformers loads the model, and its weights are {far:.1e} from PyTorch's at most")


def killed(acecoder, args, out, step):
    """Runs until so many steps are logged, and kills."""
    with open(out.parent / f"{out.name}.log", "a") as log:
        run = subprocess.Popen(args, stdout=log, stderr=log)
        while len(metrics(out)) < step:
            need(run.poll() is None, f"train sft runs on until step {step}; it ended with {run.returncode}, see {log.name}")
            time.sleep(0.002)
        run.kill()
        run.wait()


def with_kills(acecoder, tokenizer):
    batch, epochs = 4, 5
    folder = begun(tokenizer, "to-kill", 128)
    one, other = fresh("sft-straight"), fresh("sft-killed")
    rows = straight(acecoder, folder, one, batch, epochs)
    args = command(acecoder, folder, other, batch, epochs)
    for step in (2, 7, 15, 23):
        killed(acecoder, args, other, step)
        args = [*args, "--resume"] if "--resume" not in args else args
        need(not (other / "model").exists(), "a training that was killed has no model")
    done = subprocess.run(args, capture_output=True, text=True)
    need(done.returncode == 0, f"train sft --resume: {done.stderr}")
    check(metrics(other) == rows and [r["step"] for r in rows] == list(range(1, len(rows) + 1)), f"killed four times within {len(rows)} steps: the log is the same")
    for part in ("model", "states"):
        files = sorted(p.relative_to(one) for p in (one / part).rglob("*") if p.is_file())
        need(files == sorted(p.relative_to(other) for p in (other / part).rglob("*") if p.is_file()), f"{part}: the same files")
        check(files and all((one / f).read_bytes() == (other / f).read_bytes() for f in files), f"{part}: {len(files)} files are the same, byte for byte")


def training(acecoder):
    rows = "".join(json.dumps(row) + "\n" for row in chats())
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "chats.jsonl").write_text(rows)
    tokenizer = byte_pairs()
    fresh("sft-all")
    against_torch(acecoder, tokenizer)
    with_kills(acecoder, tokenizer)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    torch.set_num_threads(2)
    serving(sys.argv[1])
    training(sys.argv[1])


main()
