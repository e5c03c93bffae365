package pyvalue_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"testing"

	"github.com/acecoder/acecoder/internal/pyvalue"
)

var update = flag.Bool("update", false, "rewrite the recorded answers")

// answers is one line of testdata/differential.py: two values and what Python says of them. A nil
// answer is a TypeError.
type answers struct {
	Tree    bool
	A, B    []byte
	Elem    []byte
	Eq, Ne  bool
	Repr    string
	Truth   bool
	Order   map[string]*bool
	In      *bool
	a, b, e pyvalue.Value
}

// TestAgainstPython holds every answer of this package against Python's own on random nested values.
func TestAgainstPython(t *testing.T) {
	count := "12000"
	if testing.Short() {
		count = "2000"
	}
	checkAnswers(t, ask(t, "1", count), 100)
}

// TestAgainstRecordedAnswers does the same without a Python, on a few answers of an earlier run.
func TestAgainstRecordedAnswers(t *testing.T) {
	const path = "testdata/answers.jsonl"
	if *update {
		if err := os.WriteFile(path, ask(t, "2", "250"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	checkAnswers(t, data, 10)
}

// ask returns the output of testdata/differential.py, which runs no code but its own.
func ask(t *testing.T, seed, count string) []byte {
	t.Helper()
	python, err := exec.LookPath("/usr/bin/python3")
	if err != nil {
		t.Skip("needs /usr/bin/python3 to compare with")
	}
	if exec.Command(python, "-c", "import sys; assert sys.version_info >= (3, 10)").Run() != nil {
		t.Skip("needs Python 3.10, whose Counter compares missing keys as zero")
	}
	cmd := exec.Command(python, "-sS", "testdata/differential.py", seed, count)
	cmd.Env = []string{"PYTHONHASHSEED=0"}
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("run testdata/differential.py: %v", err)
	}
	return out
}

// checkAnswers checks every line of data, in which least pairs must be equal and as many ordered.
func checkAnswers(t *testing.T, data []byte, least int) {
	t.Helper()
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<26)
	equal, ordered := 0, 0
	for n := 1; lines.Scan(); n++ {
		var c answers
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatalf("line %d: %v", n, err)
		}
		c.a, c.b = read(t, c.A, c.Tree), read(t, c.B, c.Tree)
		checkEqual(t, &c)
		if c.Eq {
			equal++
		}
		if c.Tree {
			continue
		}
		c.e = read(t, c.Elem, false)
		checkRepr(t, &c)
		checkContains(t, &c)
		if checkOrder(t, &c) {
			ordered++
		}
	}
	if err := lines.Err(); err != nil || equal < least || ordered < least {
		t.Errorf("%d equal and %d ordered pairs, error %v: the generator tests too little", equal, ordered, err)
	}
}

func read(t *testing.T, data []byte, tree bool) pyvalue.Value {
	t.Helper()
	v, rest, err := pyvalue.Decode(data, pyvalue.Limits{})
	if err != nil || len(rest) != 0 {
		t.Fatalf("Decode(%q) left %d bytes, error %v", data, len(rest), err)
	}
	if tree {
		if v, err = pyvalue.FromTree(v); err != nil {
			t.Fatalf("FromTree(%q): %v", data, err)
		}
	}
	return v
}

func show(v pyvalue.Value) string { return pyvalue.Repr(v, 400) }

func checkEqual(t *testing.T, c *answers) {
	t.Helper()
	if got := pyvalue.Equal(c.a, c.b); got != c.Eq {
		t.Errorf("Equal(%s, %s) = %v, want %v", show(c.a), show(c.b), got, c.Eq)
	}
	if got := pyvalue.Equal(c.b, c.a); got != c.Eq {
		t.Errorf("Equal(%s, %s) = %v, want %v", show(c.b), show(c.a), got, c.Eq)
	}
	if got := pyvalue.Truth(c.a); got != c.Truth {
		t.Errorf("Truth(%s) = %v, want %v", show(c.a), got, c.Truth)
	}
	if equal, decided := pyvalue.EqualBytes(c.A, c.B); decided && !c.Tree && equal != c.Eq || !decided && c.Eq && bytes.Equal(c.A, c.B) && !c.Tree {
		t.Errorf("EqualBytes of %s and %s = %v, %v, want %v", show(c.a), show(c.b), equal, decided, c.Eq)
	}
	if c.Tree {
		if pyvalue.Undecidable(c.a) {
			t.Errorf("Undecidable(%s) = true, want false", show(c.a))
		}
		return
	}
	if again := pyvalue.Encode(c.a); !bytes.Equal(again, c.A) {
		t.Errorf("Encode(%s) = %q, want %q", show(c.a), again, c.A)
	}
}

func checkRepr(t *testing.T, c *answers) {
	t.Helper()
	if unordered(c.a) {
		return
	}
	if got := pyvalue.Repr(c.a, 1<<20); got != c.Repr {
		t.Errorf("Repr = %s, want %s", got, c.Repr)
	}
}

// unordered reports whether v holds a set of which Python and marshal may list the elements differently.
func unordered(v pyvalue.Value) bool {
	if isSet(v) && v.Len() > 1 {
		return true
	}
	return anyItem(v, unordered)
}

func isSet(v pyvalue.Value) bool {
	return v.Kind() == pyvalue.KindSet || v.Kind() == pyvalue.KindFrozenSet
}

func holdsSet(v pyvalue.Value) bool { return isSet(v) || anyItem(v, holdsSet) }

func anyItem(v pyvalue.Value, claim func(pyvalue.Value) bool) bool {
	for _, item := range v.Items() {
		if claim(item) {
			return true
		}
	}
	return false
}

func checkContains(t *testing.T, c *answers) {
	t.Helper()
	got, ok := pyvalue.Contains(c.a, c.e)
	if a := c.a.Kind(); a == pyvalue.KindBytes && !ok {
		return // an int in bytes is left to Python
	}
	if ok != (c.In != nil) || ok && got != *c.In {
		t.Errorf("Contains(%s, %s) = %v, %v, want %s", show(c.a), show(c.e), got, ok, word(c.In))
	}
}

func checkOrder(t *testing.T, c *answers) (ordered bool) {
	t.Helper()
	for op, want := range c.Order {
		got, ok := pyvalue.Compare(op, c.a, c.b)
		if !ok && holdsSet(c.a) {
			continue // the order of sets is left to Python
		}
		if ok != (want != nil) || ok && got != *want {
			t.Errorf("Compare(%q, %s, %s) = %v, %v, want %s", op, show(c.a), show(c.b), got, ok, word(want))
		}
		ordered = ordered || ok
	}
	return ordered
}

func word(answer *bool) string {
	switch {
	case answer == nil:
		return "TypeError"
	case *answer:
		return "True"
	}
	return "False"
}
