"""Has TensorBoard read event files that acecoder writes, and PyTorch's writer make the same histograms.

    python interop/check_tensorboard.py EVENTS

EVENTS is the program of interop/events.
"""

import glob
import json
import random
import subprocess
import sys

import numpy as np
from tensorboard.backend.event_processing import plugin_event_accumulator
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.util.tensor_util import make_ndarray
from torch.utils.tensorboard import SummaryWriter

from common import WORK, check

random.seed(2502)
ALL = {"scalars": 0, "tensors": 0, "histograms": 0}  # keep all, sample none


def write(folder, steps, *first):
    text = "".join(json.dumps(s) + "\n" for s in steps)
    subprocess.run([sys.argv[1], folder, *map(str, first)], input=text, text=True, check=True)


def floats(n):
    return [float(np.float32(random.gauss(0, 1) * 10 ** random.uniform(-15, 15))) for _ in range(n)]


folder = str(WORK / "board")
steps = [
    {
        "step": n,
        "scalars": {"train/loss": random.gauss(2, 1), "é/ü": 10.0 ** random.uniform(-30, 30)},
        "texts": {"note": f"*step* {n} é"} if n % 10 == 0 else {},
        "histograms": {"weights": floats(500), "zeros": [0.0] * 3} if n % 10 == 0 else {},
    }
    for n in range(1, 301)
]
write(folder, steps)
seen = EventAccumulator(folder, size_guidance=ALL)
seen.Reload()
for tag in ("train/loss", "é/ü"):
    got = [(e.step, e.value) for e in seen.Scalars(tag)]
    check(got == [(s["step"], float(np.float32(s["scalars"][tag]))) for s in steps], f"300 scalars of {tag}")
tenth = [s for s in steps if s["texts"]]
got = [(e.step, make_ndarray(e.tensor_proto)[0].decode()) for e in seen.Tensors("note")]
check(got == [(s["step"], s["texts"]["note"]) for s in tenth], "30 texts")

with SummaryWriter(str(WORK / "board-torch")) as theirs:
    for s in tenth:
        for tag, values in s["histograms"].items():
            theirs.add_histogram(tag, np.array(values), s["step"])
torch = EventAccumulator(str(WORK / "board-torch"), size_guidance=ALL)
torch.Reload()
for tag in ("weights", "zeros"):
    same = len(seen.Histograms(tag)) == len(tenth)
    for ours, want in zip(seen.Histograms(tag), torch.Histograms(tag), strict=True):
        a, b = ours.histogram_value, want.histogram_value
        same = same and ours.step == want.step and (a.min, a.max, a.num) == (b.min, b.max, b.num)
        same = same and np.allclose([a.sum, a.sum_squares], [b.sum, b.sum_squares], rtol=1e-12)
        same = same and list(a.bucket) == list(b.bucket) and list(a.bucket_limit) == list(b.bucket_limit)
    check(same, f"30 histograms of {tag}, bins as PyTorch has them")

# What the page of TensorBoard 2 shows comes through this one, which turns all into tensors.
page = plugin_event_accumulator.EventAccumulator(folder, tensor_size_guidance={})
page.Reload()
plugins = {page.SummaryMetadata(tag).plugin_data.plugin_name for tag in page.Tags()["tensors"]}
check(plugins == {"scalars", "text", "histograms"}, "TensorBoard 2 has a page for each kind")

write(folder, [{"step": 250, "scalars": {"train/loss": -1.0}}], 250)
write(folder, [{"step": 251, "scalars": {"train/loss": -2.0}}], 251)
seen = EventAccumulator(folder, size_guidance=ALL)
seen.Reload()
got = [(e.step, e.value) for e in seen.Scalars("train/loss")]
check(len(got) == 251 and got[248][0] == 249 and got[249:] == [(250, -1.0), (251, -2.0)], "a run that goes on makes later steps void")

write(str(WORK / "board-empty"), [{"step": 1, "scalars": {"a": 1.0}, "histograms": {"none": []}}])
empty = plugin_event_accumulator.EventAccumulator(str(WORK / "board-empty"))
empty.Reload()
check(len(empty.Tensors("none")) == 1 and len(empty.Tensors("a")) == 1, "a histogram of nothing does no harm")

# Byte for byte what the real message is when it is written again.
count = 0
for file in glob.glob(folder + "/events.*"):
    for record in RawEventFileLoader(file).Load():
        event = Event.FromString(record)
        assert event.SerializeToString() == record, event
        count += 1
check(count > 300, f"{count} events are in the canonical form")
