"""huggingface_hub and acecoder read what the other wrote: through the stand-in for the hub, and through the cache."""

import filecmp
import os
import pathlib
import shutil
import subprocess
import sys

from common import SETS, WORK, check, manifest, said

TOKEN = "hf_stand_in"


class Hub:
    """A running stand-in."""

    def __init__(self, binary, *args):
        self.process = subprocess.Popen([binary, "serve", *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


def run(url, cache, command, **more):
    env = {**os.environ, "HF_ENDPOINT": url, "HF_TOKEN": TOKEN, "HF_HOME": str(WORK / "home"), "HF_HUB_CACHE": str(cache),
           "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1", **more}
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    if done.returncode:
        print(done.stdout + done.stderr, file=sys.stderr)
        sys.exit(1)
    return done.stdout


def python(url, cache, code, **more):
    return run(url, cache, [sys.executable, "-c", code], **more).strip().splitlines()


def same(folder, snapshot):
    files = [f["path"] for f in manifest(folder.name)["files"]] + ["manifest.json"]
    _, differ, errors = filecmp.cmpfiles(folder, snapshot, files, shallow=False)
    return not differ and not errors


SNAPSHOT = "from huggingface_hub import snapshot_download as s; print(s('org/name', repo_type='dataset'))"
LOAD = (
    "from datasets import load_dataset as l; d = l('org/name'); "
    "print(sum(s.num_rows for s in d.values()), sorted(d), len(d['train'].features))"
)
UPLOAD = (
    "from huggingface_hub import HfApi; a = HfApi(); a.create_repo('org/theirs', repo_type='dataset'); "
    "print(a.upload_folder(repo_id='org/theirs', repo_type='dataset', folder_path={!r}).oid)"
)


def main():
    acecoder, hub_binary, problems = sys.argv[1:4]
    folder = SETS / "acecode"
    for parts in [[], ["5000"]]:
        caches = [WORK / f"cache-{i}" for i in range(3)]
        for cache in caches:
            shutil.rmtree(cache, ignore_errors=True)
        hub = Hub(hub_binary, *parts)
        how = "in parts of " + parts[0] if parts else "whole"
        command = [acecoder, "export", "--in", problems, "--format", "acecode", "--out", str(folder), "--held-out", "0.1", "--push",
                   "org/name", "--yes"]
        run(hub.url, caches[0], command)
        said(f"acecoder pushes, large files {how}")

        snapshot = pathlib.Path(python(hub.url, caches[0], SNAPSHOT)[-1])
        check(same(folder, snapshot), "huggingface_hub downloads the same files")
        got = python(hub.url, caches[0], LOAD, HF_DATASETS_CACHE=str(WORK / "datasets-hub"))[-1]
        rows = sum(s["rows"] for s in manifest("acecode")["splits"])
        check(got == f"{rows} ['test', 'train'] 6", f"datasets loads org/name from the hub: {got}")

        ours = run(hub.url, caches[0], [hub_binary, "files", "hf:org/name:/train"], HF_HUB_OFFLINE="1").split()
        check(len(ours) == 1 and ours[0].startswith(str(snapshot)), "acecoder finds offline what huggingface_hub has fetched")

        fetched = run(hub.url, caches[1], [hub_binary, "files", "hf:org/name/**/*.parquet"]).split()
        check(len(fetched) == 2, "acecoder fetches into an empty cache")
        theirs = python(
            hub.url, caches[1], "from huggingface_hub import hf_hub_download as h, scan_cache_dir as c; "
            "print(h('org/name', 'data/train-00000-of-00001.parquet', repo_type='dataset', local_files_only=True)); "
            "i = c(); print(len(i.warnings), i.repos and next(iter(i.repos)).repo_id)", HF_HUB_OFFLINE="1")
        check(theirs[0] in fetched, "huggingface_hub finds offline what acecoder has fetched")
        check(theirs[1] == "0 org/name", "huggingface_hub finds nothing wrong with that cache")

        python(hub.url, caches[2], UPLOAD.format(str(SETS / "verl")))
        back = run(hub.url, caches[2], [hub_binary, "files", "hf:org/theirs:/train"]).split()
        check(filecmp.cmp(back[0], SETS / "verl" / "train.parquet", shallow=False), "acecoder reads what huggingface_hub has pushed")
        hub.stop()
    said("hub: done")


if __name__ == "__main__":
    main()
