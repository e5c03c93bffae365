"""OpenAI's Python client gets what it asks for from a server of recorded answers.

    openai_client.py BASE_URL [MODEL]

BASE_URL ends in /v1. The model is the first one that the server lists unless it is named. INTEROP_REQUEST is what is asked,
as the JSON of a request without its model; a server of recorded answers needs three to it.
"""

import io
import json
import os
import sys
import time

import openai

ASK = json.loads(os.environ.get("INTEROP_REQUEST") or json.dumps(
    {"messages": [{"role": "user", "content": "Write a function that adds two numbers."}], "temperature": 0.7}
))
BATCH_SECONDS = 60


def check(true, text):
    if not true:
        print(f"  NOT {text}", file=sys.stderr, flush=True)
        sys.exit(1)
    print(f"  ok  {text}", flush=True)


def models(client, wanted):
    names = [m.id for m in client.models.list()]
    check(names, f"models: {', '.join(names)}")
    model = wanted or names[0]
    check(client.models.retrieve(model).id == model, f"models: {model} can be asked about")
    return model


def three(client, model):
    answer = client.chat.completions.create(model=model, n=3, **ASK)
    check(answer.object == "chat.completion" and answer.model == model, "chat: an answer of the model")
    check([c.index for c in answer.choices] == [0, 1, 2], "chat: three choices in their order")
    check(all(c.message.role == "assistant" and c.message.content for c in answer.choices), "chat: each says something")
    check(all(c.finish_reason in ("stop", "length") for c in answer.choices), "chat: each says why it ended")
    usage = answer.usage
    check(usage and usage.total_tokens == usage.prompt_tokens + usage.completion_tokens, "chat: tokens are counted")
    return answer.choices[0].message.content


def streamed(client, model, want):
    text, ended, usage = "", None, None
    options = {"include_usage": True}
    for chunk in client.chat.completions.create(model=model, stream=True, stream_options=options, **ASK):
        usage = chunk.usage or usage
        for choice in chunk.choices:
            text += choice.delta.content or ""
            ended = choice.finish_reason or ended
    check(text == want, "stream: the pieces are the first answer")
    check(ended in ("stop", "length") and usage, "stream: it says why it ended, and its tokens")


def batch(client, model):
    body = {"model": model, **ASK}
    lines = [{"custom_id": f"r{i}", "method": "POST", "url": "/v1/chat/completions", "body": body} for i in range(3)]
    text = "".join(json.dumps(line) + "\n" for line in lines).encode()
    file = client.files.create(file=("batch.jsonl", io.BytesIO(text)), purpose="batch")
    check(file.purpose == "batch" and file.bytes == len(text), "batch: the requests are uploaded")
    job = client.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h", metadata={"run": "interop"})
    end = time.monotonic() + BATCH_SECONDS
    while job.status in ("validating", "in_progress", "finalizing") and time.monotonic() < end:
        time.sleep(0.2)
        job = client.batches.retrieve(job.id)
    check(job.status == "completed", f"batch: {job.status}")
    counts = job.request_counts
    check((counts.total, counts.completed, counts.failed) == (3, 3, 0), "batch: all three requests are done")
    rows = [json.loads(row) for row in client.files.content(job.output_file_id).text.splitlines()]
    check(sorted(r["custom_id"] for r in rows) == ["r0", "r1", "r2"], "batch: each request has its answer")
    check(all(r["error"] is None and r["response"]["status_code"] == 200 for r in rows), "batch: none has failed")
    check(all(r["response"]["body"]["choices"][0]["message"]["content"] for r in rows), "batch: each answer says something")


def refused(client):
    try:
        client.chat.completions.create(model="no-such-model", **ASK)
    except openai.APIStatusError as e:
        check(400 <= e.status_code < 500 and e.message, f"a model that is not there is refused: {e.status_code}")
        return
    check(False, "a model that is not there is refused")


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    client = openai.OpenAI(base_url=sys.argv[1], api_key=os.environ.get("OPENAI_API_KEY", "none"), max_retries=0, timeout=30)
    model = models(client, sys.argv[2] if len(sys.argv) == 3 else "")
    streamed(client, model, three(client, model))
    batch(client, model)
    refused(client)
    print("  ok  openai: done")


if __name__ == "__main__":
    main()
