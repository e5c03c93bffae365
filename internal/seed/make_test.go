package seed_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/jsonl"
	"github.com/acecoder/acecoder/internal/pyast"
	"github.com/acecoder/acecoder/internal/seed"
)

// q stands for the three backticks that a Go raw string cannot hold.
func q(s string) string { return strings.ReplaceAll(s, "QQQ", "```") }

const function = "def f(x):\n    return x + 1\n"

func TestPaper(t *testing.T) {
	answer := func(text string) seed.Row { return seed.Row{Source: "s", Answer: true, Text: q(text)} }
	program := func(text string) seed.Row { return seed.Row{Source: "s", Text: text} }
	tests := []struct {
		name   string
		row    seed.Row
		want   string // the seed's program, or
		reason acecoder.DropReason
		detail string // part of it
	}{
		{"a program", program(function), function, "", ""},
		{"a class", program("class C:\n    x = 1\n"), "class C:\n    x = 1\n", "", ""},
		{"without prints", program("print(1)\n" + function + "print(f(1))\n"), function, "", ""},
		{"a program is not taken out of fences", program(q("QQQpython\n" + function + "QQQ")), "", acecoder.DropUnparsable, "SyntaxError"},
		{"no function", program("x = 1\n"), "", acecoder.DropNoFunction, "neither a function nor a class"},
		{"only a function inside", program("if x:\n    def f(): pass\n"), "", acecoder.DropNoFunction, ""},
		{"does not parse", program("def f(:\n"), "", acecoder.DropUnparsable, "(line 1)"},
		{"nothing", program(""), "", acecoder.DropNoFunction, ""},
		{"another language", seed.Row{Lang: "java", Answer: true, Text: q("QQQpython\n" + function + "QQQ")}, "", acecoder.DropNotPython, "the set says java"},
		{"Python by any name", seed.Row{Lang: " Python3 ", Text: function}, function, "", ""},

		{"a block", answer("Sure:\nQQQpython\n" + function + "QQQ\nDone."), function, "", ""},
		{"the longest block", answer("QQQpython\nx = 1\nQQQ\nQQQpython\n" + function + "QQQ\nQQQpython\nf(1)\nQQQ\n"), function, "", ""},
		{"the longest that parses", answer("QQQpython\n" + function + "QQQ\nQQQpython\ndef broken(:\n    # " + strings.Repeat("long ", 20) + "\nQQQ\n"), function, "", ""},
		{"marked before unmarked", answer("QQQ\nx = 1 # " + strings.Repeat("long ", 20) + "\nQQQ\nQQQpython\n" + function + "QQQ\n"), function, "", ""},
		{"unmarked, if it is all there is", answer("QQQ\n" + function + "QQQ\n"), function, "", ""},
		{"an answer that is a program", answer(function), function, "", ""},
		{"a program with a fence in its docstring", answer("def f():\n    '''\n    QQQpython\n    f()\n    QQQ\n    '''\n"), q("def f():\n    '''\n    QQQpython\n    f()\n    QQQ\n    '''\n"), "", ""},
		{"cut off", answer("So:\nQQQpython\n" + function), function, "", ""},
		{"prose", answer("I cannot help with that."), "", acecoder.DropNotPython, "no block is in the answer"},
		{"one word is Python", answer("Sure"), "", acecoder.DropNoFunction, ""},
		{"other languages", answer("QQQjava\nclass A {}\nQQQ\nQQQsql\nSELECT 1\nQQQ"), "", acecoder.DropNotPython, `["java" "sql"]`},
		{"Ruby looks like Python", answer("QQQruby\ndef f(x)\n  x\nend\nQQQ"), "", acecoder.DropNotPython, `["ruby"]`},
		{"JavaScript without a fence", answer("function f(x) { return x; }"), "", acecoder.DropNotPython, ""},
		{"a block that does not parse", answer("QQQpython\ndef f(x:\nQQQ"), "", acecoder.DropUnparsable, "'(' was never closed (line 1)"},
		{"code between prose, without a fence", answer("Here it is:\n\n" + function + "\nThat's it."), "", acecoder.DropUnparsable, ""},
		{"the set says that it is Python", seed.Row{Lang: "python", Answer: true, Text: "Sorry, no."}, "", acecoder.DropUnparsable, ""},
	}
	rows := make([]seed.Row, len(tests))
	for i, tt := range tests {
		rows[i] = tt.row
		rows[i].Place = fmt.Sprintf("rows.jsonl:%d", i+1)
	}
	for i, got := range makeSeeds(t, seed.Paper(), rows...) {
		tt := tests[i]
		switch {
		case tt.reason == "" && (got.Drop != nil || got.Seed.Program != tt.want):
			t.Errorf("%s: seed %q, drop %+v, want %q", tt.name, got.Seed.Program, got.Drop, tt.want)
		case tt.reason != "" && (got.Drop == nil || got.Drop.Reason != tt.reason || !strings.Contains(got.Drop.Detail, tt.detail)):
			t.Errorf("%s: drop %+v, want %s with %q", tt.name, got.Drop, tt.reason, tt.detail)
		case got.Drop != nil && (got.Drop.ID != rows[i].Place || got.Drop.Stage != seed.Stage):
			t.Errorf("%s: the drop is of %s by %s, want %s by %s", tt.name, got.Drop.ID, got.Drop.Stage, rows[i].Place, seed.Stage)
		case got.Drop == nil && (got.Inspection.Problem != "" || got.Inspection.Unprinted != got.Seed.Program):
			t.Errorf("%s: the inspection is of another program: %+v", tt.name, got.Inspection)
		}
	}
}

func TestLengths(t *testing.T) {
	rules := seed.Paper()
	rules.MinLength, rules.MaxLength = 20, 30
	tests := []struct {
		name, program string
		want          acecoder.DropReason
	}{
		{"too short", "def f(): return 123", acecoder.DropTooShort},
		{"just long enough", "def f(): return 1234", ""},
		{"characters, not bytes", "def f(): return 'üüüüüüüüüüü'", ""},
		{"just short enough", "def f(): return 12345678901234", ""},
		{"too long", "def f(): return 123456789012345", acecoder.DropTooLong},
		{"as it came, prints included", "def f(): pass\nprint(f(1), 2)", ""},
		{"the function comes first", "x", acecoder.DropNoFunction},
	}
	for _, tt := range tests {
		got := makeSeeds(t, rules, seed.Row{Text: tt.program})[0].Drop
		if (got == nil) != (tt.want == "") || (got != nil && got.Reason != tt.want) {
			t.Errorf("%s: drop %+v, want %q", tt.name, got, tt.want)
		}
	}
}

// TestPublished pins what the published code did, its mistakes included.
func TestPublished(t *testing.T) {
	long := strings.Repeat("x", 101)
	tests := []struct {
		name  string
		shape seed.Shape
		row   seed.Row
		want  string // the program; "-": dropped
	}{
		{"the first marked block", seed.EvolInstruct, seed.Row{Answer: true, Text: q("QQQpython\ndef f(:\nQQQ\nQQQpython\nclass C: pass\nQQQ")}, "\ndef f(:"},
		{"no marked block", seed.EvolInstruct, seed.Row{Answer: true, Text: q("QQQ\n" + function + "QQQ")}, "-"},
		{"never closed", seed.EvolInstruct, seed.Row{Answer: true, Text: q("QQQpython\n" + function)}, "-"},
		{"python3 begins with python", seed.EvolInstruct, seed.Row{Answer: true, Text: q("QQQpython3\n" + function + "QQQ")}, "3\ndef f(x):\n    return x + 1"},
		{"the words decide", seed.EvolInstruct, seed.Row{Answer: true, Text: q("QQQpython\n# a def here\nQQQ")}, "\n# a def here"},
		{"no such words", seed.EvolInstruct, seed.Row{Answer: true, Text: q("QQQpython\nx = 1\nQQQ")}, "-"},
		{"OSS does not ask for words", seed.OSSInstruct, seed.Row{Answer: true, Text: q("QQQpython\nx = 1\nQQQ")}, "\nx = 1"},
		{"OSS is asked for its language", seed.OSSInstruct, seed.Row{Answer: true, Lang: "rust", Text: q("QQQpython\nx = 1\nQQQ")}, "-"},
		{"100 characters are too few", seed.StackFunctions, seed.Row{Text: long[:100]}, "-"},
		{"101 are enough", seed.StackFunctions, seed.Row{Text: long}, long},
		{"lines go, whatever they are part of", seed.OSSInstruct, seed.Row{Answer: true, Text: q("QQQpython\nif x:\n  print(1,\n 2)\nprinter = 1\nx\vprint\r\ny\n\nQQQ")}, "\nif x:\n 2)\nx\ny\n"},
	}
	for _, tt := range tests {
		got := makeSeeds(t, seed.Published(tt.shape), tt.row)[0]
		if (got.Drop != nil) != (tt.want == "-") || (got.Drop == nil && got.Seed.Program != tt.want) {
			t.Errorf("%s: program %q, drop %+v, want %q", tt.name, got.Seed.Program, got.Drop, tt.want)
		}
	}
}

func TestRulesValidate(t *testing.T) {
	for _, shape := range append([]seed.Shape{""}, seed.Shapes()...) {
		if err := seed.Published(shape).Validate(); err != nil {
			t.Errorf("Published(%q) is not valid: %v", shape, err)
		}
	}
	tests := []struct {
		name   string
		change func(*seed.Rules)
		want   string
	}{
		{"nothing", func(*seed.Rules) {}, ""},
		{"the zero rules", func(r *seed.Rules) { *r = seed.Rules{} }, "function"},
		{"prints", func(r *seed.Rules) { r.Prints = "some" }, "prints"},
		{"not parsed", func(r *seed.Rules) { r.Parse = false }, "parse"},
		{"below nothing", func(r *seed.Rules) { r.MinLength = -1 }, "min_length"},
		{"no room", func(r *seed.Rules) { r.MinLength, r.MaxLength = 5, 4 }, "max_length"},
	}
	for _, tt := range tests {
		r := seed.Paper()
		tt.change(&r)
		err := r.Validate()
		if (err == nil) != (tt.want == "") || (err != nil && !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: Validate = %v, want %q", tt.name, err, tt.want)
		}
	}
	if _, err := seed.Make(t.Context(), nil, nil, seed.Rules{}); err == nil {
		t.Error("Make goes by rules that are not valid")
	}
}

func TestIDs(t *testing.T) {
	base := acecoder.Seed{Source: "s", Instruction: "Do.", Program: "code"}
	if got, want := seed.ID(base), "s_d05a8968a8cab8f3"; got != want {
		t.Errorf("ID = %s, want %s: ids in files that exist must not change", got, want)
	}
	other := base
	other.Origin, other.License, other.ID = "x", "MIT", "y"
	if seed.ID(other) != seed.ID(base) {
		t.Error("the id hangs on more than source, instruction and program")
	}
	// The end of one must not be taken for the beginning of the other.
	moved := acecoder.Seed{Source: "s", Instruction: "Do.c", Program: "ode"}
	if seed.ID(moved) == seed.ID(base) {
		t.Error("two seeds have one id")
	}
}

func TestOrigin(t *testing.T) {
	tests := []struct {
		name string
		row  seed.Row
		want string
	}{
		{"the place", seed.Row{Place: "a.jsonl:1", Text: function}, "a.jsonl:1"},
		{"its own id", seed.Row{Place: "a.jsonl:1", ID: "7", Text: function}, "7"},
		{"repository and path", seed.Row{Place: "a.jsonl:1", ID: "7", Origin: "r/p.py", Text: function}, "r/p.py"},
	}
	for _, tt := range tests {
		if got := makeSeeds(t, seed.Paper(), tt.row)[0].Seed.Origin; got != tt.want {
			t.Errorf("%s: origin %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestMakeTogether: what becomes of a row does not hang on the rows beside it.
func TestMakeTogether(t *testing.T) {
	type evol struct{ Instruction, Output string }
	var rows []seed.Row
	for e, err := range open(t, data(t, "seeds/evol-teacher/evol-codealpaca-2k-1.json")).Entries(t.Context()) {
		if err != nil || e.Bad != nil {
			t.Fatal(err, e.Bad)
		}
		r, err := jsonl.Decode[evol](e.Row)
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, seed.Row{Place: fmt.Sprint(len(rows)), Source: "evol", Instruction: r.Instruction, Text: r.Output, Answer: true})
		if len(rows) == 120 {
			break
		}
	}
	together := makeSeeds(t, seed.Paper(), rows...)
	reasons := map[acecoder.DropReason]int{}
	for i := range rows {
		alone := makeSeeds(t, seed.Paper(), rows[i])[0]
		if a, b := fmt.Sprintf("%+v %+v", alone.Seed, alone.Drop), fmt.Sprintf("%+v %+v", together[i].Seed, together[i].Drop); a != b {
			t.Errorf("row %d alone: %s, among others: %s", i, a, b)
		}
		if alone.Drop != nil {
			reasons[alone.Drop.Reason]++
		}
	}
	t.Logf("120 rows, dropped: %v", reasons)
}

func open(t *testing.T, path string) *jsonl.Reader {
	t.Helper()
	r, err := jsonl.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func TestMakeFails(t *testing.T) {
	broken := errors.New("the sandbox is broken")
	fails := func(context.Context, []string) ([]pyast.Inspection, error) { return nil, broken }
	_, err := seed.Make(t.Context(), fails, []seed.Row{{Place: "a.jsonl:3"}, {}}, seed.Paper())
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "a.jsonl:3 and 1 rows after it") {
		t.Errorf("Make = %v, want an error that names the rows", err)
	}
}
