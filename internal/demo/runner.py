"""Runs written programs and their mutants for the generator, each in a process of its own with limits.

    python3 runner.py values|vectors < JSON > JSON

For values the input is {"program", "calls"} and the result each call's value as Python writes it; for vectors the input
is {"programs", "tests"} and the result, a program, {"passes"}: one truth value a test, or null if the program did not
end in time, ran out of memory, or could not be run at all. This is no sandbox: only honest programs may come here.
"""
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile

CPU_SECONDS = 0.5
MEMORY_BYTES = 1 << 30


def run(name, arg, hash_seed=0):
    """Has another Python do what the module's text says, and returns its result."""
    out = subprocess.run([sys.executable, "-s", "-P", __file__, name], input=json.dumps(arg), capture_output=True, text=True,
                         check=True, timeout=600, env={"PYTHONHASHSEED": str(hash_seed)})
    return json.loads(out.stdout)


def passes(programs, tests):
    """Returns each program's truth values, or None where it gives none, or not the same under another hash seed."""
    first = run("vectors", {"programs": programs, "tests": tests})
    ended = [i for i, got in enumerate(first) if got["passes"] is not None]
    again = run("vectors", {"programs": [programs[i] for i in ended], "tests": tests}, hash_seed=1)
    same = {i: got["passes"] for i, got in zip(ended, again)}
    return [got["passes"] if got["passes"] == same.get(i) else None for i, got in enumerate(first)]


def limited(work):
    """Returns work() as computed by a child process, or None where the child did not get to the end of it."""
    with tempfile.TemporaryFile() as out:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
                signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)  # SIGPROF ends the process: no handler is set
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
                result = json.dumps(work())
                out.write(result.encode())
                out.flush()
                code = 0
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        if status != 0:
            return None
        out.seek(0)
        return json.loads(out.read())


def values(program, calls):
    def work():
        scope = {"__name__": "program"}
        exec(program, scope)
        return [repr(eval(call, scope)) for call in calls]
    got = limited(work)
    if got is None:
        sys.exit(f"a call of the reference fails: {calls[0]} ...")
    return got


def vector(program, tests):
    def work():
        scope = {"__name__": "program"}
        passes = []
        exec(compile(program, "program", "exec"), scope)
        for test in tests:
            try:
                exec(test, scope)
                passes.append(True)
            except MemoryError:
                raise
            except Exception:
                passes.append(False)
        return passes
    return {"passes": limited(work)}


def main():
    arg = json.load(sys.stdin)
    if sys.argv[1] == "values":
        result = values(arg["program"], arg["calls"])
    else:
        result = [vector(program, arg["tests"]) for program in arg["programs"]]
    json.dump(result, sys.stdout)


if __name__ == "__main__":
    sys.setrecursionlimit(1000)
    main()
