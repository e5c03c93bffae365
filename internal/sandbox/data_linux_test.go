package sandbox_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/acecoder/acecoder/internal/sandbox"
)

func TestLevelData(t *testing.T) {
	atLevels(t, func(t *testing.T, level sandbox.Level) {
		z := start(t, level, nil)
		for _, row := range []struct {
			name, code, want string
		}{
			{"nothing", "pass", ""},
			{"an empty record", "emit(b'')", ""},
			{"records in their order", "emit(b'a'); emit(b''); emit(b'bc')", "abc"},
			{"every byte", "emit(bytes(range(256)))", string(everyByte())},
			{"before an exception", "emit(b'kept'); import os; os._exit(0)", "kept"},
		} {
			if got := says(t, z, row.code); got != row.want {
				t.Errorf("%s: got %q, want %q", row.name, got, row.want)
			}
		}
		if z.Ran() != 5 {
			t.Errorf("Ran() = %d after 5 tasks", z.Ran())
		}
	})
}

func everyByte() []byte {
	out := make([]byte, 256)
	for i := range out {
		out[i] = byte(i)
	}
	return out
}

func TestLevelManyTasksInOrder(t *testing.T) {
	atLevels(t, func(t *testing.T, level sandbox.Level) {
		z := start(t, level, nil)
		var tasks [][]byte
		for i := range 100 {
			tasks = append(tasks, fmt.Appendf(nil, "task %d", i))
		}
		for i, r := range run(t, z, "emit(b'done ' + arguments)", tasks, generous) {
			if want := fmt.Sprintf("done task %d", i); string(r.Data) != want {
				t.Errorf("task %d: got %q, want %q", i, r.Data, want)
			}
		}
		if got := run(t, z, "pass", nil, generous); len(got) != 0 {
			t.Errorf("%d results of no tasks", len(got))
		}
	})
}

// A request above the pipe's buffer is written while the replies are read.
func TestLevelLargeRequest(t *testing.T) {
	atLevels(t, func(t *testing.T, level sandbox.Level) {
		z := start(t, level, nil)
		big := bytes.Repeat([]byte("0123456789abcdef"), 1<<18) // 4 MiB
		got := run(t, z, "emit(str(len(arguments)).encode()); emit(arguments[:200000])", [][]byte{big, nil, big}, generous)
		for i, want := range []string{"4194304" + string(big[:200000]), "0", "4194304" + string(big[:200000])} {
			if string(got[i].Data) != want {
				t.Errorf("task %d: %d bytes came back, want %d", i, len(got[i].Data), len(want))
			}
		}
	})
}

func TestLevelLargeData(t *testing.T) {
	const mib = 1 << 20
	atLevels(t, func(t *testing.T, level sandbox.Level) {
		z := start(t, level, nil)
		got := run(t, z, `emit(arguments * (10 << 20)) if arguments else emit(bytes(SHM[64:128]))`, words("x", "y", "", "z"), generous)
		for i, want := range [][]byte{
			bytes.Repeat([]byte("x"), 10*mib), bytes.Repeat([]byte("y"), 10*mib), make([]byte, 64), bytes.Repeat([]byte("z"), 10*mib),
		} {
			if !bytes.Equal(got[i].Data, want) {
				t.Errorf("task %d: %d bytes came back, want %d", i, len(got[i].Data), len(want))
			}
		}
	})
}

func TestLevelMoreThanShared(t *testing.T) {
	const code = `
emit(b"x" * %d)
try:
    emit(b"y" * %d)
except OverflowError:
    emit(b"!")
`
	atLevels(t, func(t *testing.T, level sandbox.Level) {
		z := start(t, level, func(c *sandbox.Config) { c.Shared = 64 * sandbox.KiB })
		const room = 64<<10 - 64 // less the header
		for _, row := range []struct {
			name     string
			at, more int
			want     int
		}{
			{"fills it to the last byte", room - 1, 1, room},
			{"one byte more than fits", room - 1, 2, room},
			{"far more than fits", 10, 1 << 20, 11},
		} {
			got := says(t, z, fmt.Sprintf(code, row.at, row.more))
			if len(got) != row.want {
				t.Errorf("%s: %d bytes came back, want %d", row.name, len(got), row.want)
			}
		}
	})
}

// A task that forges the header of the shared memory spoils only what it says itself.
func TestLevelForgedHeader(t *testing.T) {
	atLevels(t, func(t *testing.T, level sandbox.Level) {
		z := start(t, level, func(c *sandbox.Config) { c.Shared = 64 * sandbox.KiB })
		got := run(t, z, `
import struct
if arguments == b"huge": struct.pack_into("<Q", SHM, 8, 2**64 - 1)
elif arguments == b"all": SHM[0:] = b"\xff" * len(SHM)
else: emit(b"fine")
`, words("huge", "fine", "all", "fine"), generous)
		for i, want := range []int{64<<10 - 64, 4, 64<<10 - 64, 4} {
			if len(got[i].Data) != want {
				t.Errorf("task %d: %d bytes, want %d", i, len(got[i].Data), want)
			}
		}
	})
}

// A program that could read what an earlier one answered would answer the same.
func TestIsolationEarlierData(t *testing.T) {
	for _, row := range []struct{ name, code string }{
		{"what lies in the shared memory", `
if arguments == b"first": emit(b"se" + b"cret" * 3)
else: emit(b"found" if b"cret" * 3 in bytes(SHM) else b"ok")`},
		{"what was hidden beyond what the header counts", `
for at in (64, 5000, 70000, len(SHM) - 100):
    if arguments == b"first": SHM[at:at + 6] = b"secret"
    elif bytes(SHM[at:at + 6]) == b"secret": emit(b"found at %d " % at)
emit(b"ok" if arguments != b"first" else b"")`},
		{"what the caller's frames hold", `
if arguments == b"first": emit(b"se" + b"cret" * 3)
else:
    held, frame = [], sys._getframe()
    while frame:
        held += [v for k, v in list(frame.f_locals.items()) if k != "common"]
        frame = frame.f_back
    found = [v for v in held + [w for v in held if isinstance(v, list) for w in v] if isinstance(v, bytes) and b"cret" * 3 in v]
    emit(b"found" if found else b"ok")`},
		{"the tasks that follow", `
frame, found = sys._getframe(), b"ok"
while frame:
    for v in list(frame.f_locals.values()):
        if isinstance(v, list) and b"third" in v and b"second" in v: found = b"found"
    frame = frame.f_back
emit(found)`},
	} {
		t.Run(row.name, func(t *testing.T) {
			atLevels(t, func(t *testing.T, level sandbox.Level) {
				z := start(t, level, nil)
				got := run(t, z, row.code, words("first", "second", "third"), generous)
				for i, r := range got[1:] {
					if string(r.Data) != "ok" {
						t.Errorf("task %d: an earlier task's answer, or another task: %q", i+1, r.Data)
					}
				}
			})
		})
	}
}
