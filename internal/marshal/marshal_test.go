package marshal_test

import (
	"encoding/hex"
	"fmt"
	"math"
	"os/exec"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/marshal"
)

// rows are what each function writes: its bytes, and the Python object that they stand for.
var rows = []struct {
	name string
	got  []byte
	hex  string // empty: too long to spell out
	want string // Python expression
}{
	{"no bytes", marshal.Bytes(nil, ""), "7300000000", `b""`},
	{"bytes of a string", marshal.Bytes(nil, "ab\x00\xff"), "73040000006162" + "00ff", `b"ab\x00\xff"`},
	{"bytes of a slice", marshal.Bytes(nil, []byte{1, 2}), "73020000000102", `b"\x01\x02"`},
	{"nil bytes", marshal.Bytes(nil, []byte(nil)), "7300000000", `b""`},
	{"long bytes", marshal.Bytes(nil, strings.Repeat("x", 70000)), "", `b"x" * 70000`},
	{"no text", marshal.Str(nil, ""), "7500000000", `""`},
	{"text", marshal.Str(nil, "aé\n"), "750400000061c3a90a", `"a\xe9\n"`},
	{"text beyond the basic plane", marshal.Str(nil, "😀"), "7504000000f09f9880", `"\U0001f600"`},
	{"a lone surrogate", marshal.Str(nil, "\xed\xb2\x80"), "7503000000edb280", `"\udc80"`},
	{"a NUL in text", marshal.Str(nil, "a\x00b"), "7503000000610062", `"a\0b"`},
	{"zero", marshal.Int(nil, 0), "490000000000000000", "0"},
	{"one", marshal.Int(nil, 1), "490100000000000000", "1"},
	{"minus one", marshal.Int(nil, -1), "49ffffffffffffffff", "-1"},
	{"above 32 bits", marshal.Int(nil, 1<<32+5), "490500000001000000", "(1 << 32) + 5"},
	{"greatest", marshal.Int(nil, math.MaxInt64), "49ffffffffffffff7f", "(1 << 63) - 1"},
	{"least", marshal.Int(nil, math.MinInt64), "490000000000000080", "-(1 << 63)"},
	{"true", marshal.Bool(nil, true), "54", "True"},
	{"false", marshal.Bool(nil, false), "46", "False"},
	{"none", marshal.None(nil), "4e", "None"},
	{"an empty list", marshal.List(nil, 0), "5b00000000", "[]"},
	{"a list", marshal.None(marshal.Bool(marshal.List(nil, 2), true)), "5b02000000544e", "[True, None]"},
	{"an empty tuple", marshal.Tuple(nil, 0), "2800000000", "()"},
	{"a tuple in a list", marshal.Bool(marshal.Tuple(marshal.List(nil, 1), 1), false), "5b01000000280100000046", "[(False,)]"},
	{"no texts", marshal.Strs(nil, nil), "5b00000000", "[]"},
	{"texts", marshal.Strs(nil, []string{"a", ""}), "5b02000000750100000061" + "7500000000", `["a", ""]`},
	{"an empty dict", marshal.EndDict(marshal.Dict(nil)), "7b30", "{}"},
	{
		"a dict", marshal.EndDict(marshal.Int(marshal.Str(marshal.Dict(nil), "k"), 2)),
		"7b75010000006b490200000000000000" + "30", `{"k": 2}`,
	},
	{
		"a dict in a dict", marshal.EndDict(marshal.None(marshal.Str(marshal.EndDict(marshal.Dict(marshal.Str(marshal.Dict(nil), "in"))), "x"))),
		"", `{"in": {}, "x": None}`,
	},
}

func TestBytes(t *testing.T) {
	for _, row := range rows {
		if got := hex.EncodeToString(row.got); row.hex != "" && got != row.hex {
			t.Errorf("%s: got %s, want %s", row.name, got, row.hex)
		}
	}
}

// Each function appends and leaves what was there.
func TestAppends(t *testing.T) {
	head := []byte("head")
	for name, got := range map[string][]byte{
		"Bytes": marshal.Bytes(head, "x"), "Str": marshal.Str(head, "x"), "Int": marshal.Int(head, 1), "Bool": marshal.Bool(head, true),
		"None": marshal.None(head), "List": marshal.List(head, 1), "Tuple": marshal.Tuple(head, 1), "Strs": marshal.Strs(head, []string{"x"}),
		"Dict": marshal.Dict(head), "EndDict": marshal.EndDict(head),
	} {
		if !strings.HasPrefix(string(got), "head") || len(got) <= len("head") {
			t.Errorf("%s: got %q, want head and more", name, got)
		}
	}
}

// CPython itself reads back what was meant, types included.
func TestPythonReads(t *testing.T) {
	const python = "/usr/bin/python3"
	if _, err := exec.LookPath(python); err != nil {
		t.Skipf("no interpreter to read it: %v", err)
	}
	var source strings.Builder
	source.WriteString("import marshal\n")
	for i, row := range rows {
		fmt.Fprintf(&source, "got, want = marshal.loads(bytes.fromhex(%q)), %s\n", hex.EncodeToString(row.got), row.want)
		fmt.Fprintf(&source, "if repr(got) != repr(want) or type(got) is not type(want): print(%d, ascii(got)[:200])\n", i)
	}
	cmd := exec.Command(python, "-I", "-")
	cmd.Stdin = strings.NewReader(source.String())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		var i int
		if _, err := fmt.Sscan(line, &i); err != nil {
			t.Fatalf("python said %q", out)
		}
		t.Errorf("%s: python reads %s, want %s", rows[i].name, strings.TrimSpace(line), rows[i].want)
	}
}
