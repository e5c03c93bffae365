package pyast_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestUnprinted(t *testing.T) {
	tests := []struct{ name, source, want string }{
		{"nothing to do", "x = 1 # print(x)\n", "x = 1 # print(x)\n"},
		{"a line", "x = 1\nprint(x)\ny = 2\n", "x = 1\ny = 2\n"},
		{"with its comment", "x = 1\nprint(x)  # shows x\n", "x = 1\n"},
		{"a comment beside it stays", "# before\nprint(x)\n# after\n", "# before\n# after\n"},
		{"the last line, without an end", "x = 1\nprint(x)", "x = 1\n"},
		{"nothing else", "print(1)\nprint(2)\n", ""},
		{"several lines", "x = 1\nprint(\n    x,  # this\n)\ny = 2\n", "x = 1\ny = 2\n"},
		{"a string of several lines", "print('''\nprint(1)\n''')\nx = 1\n", "x = 1\n"},
		{"print in a string", "x = '''\nprint(1)\n'''\n", "x = '''\nprint(1)\n'''\n"},
		{"first on its line", "print(1); x = 1\n", "x = 1\n"},
		{"last on its line", "x = 1; print(1)  # c\n", "x = 1  # c\n"},
		{"in the middle", "x = 1; print(1); print(2); y = 2\n", "x = 1; y = 2\n"},
		{"a line of prints", "x = 1\nprint(1); print(2);\ny = 2\n", "x = 1\ny = 2\n"},
		{"after a backslash", "x = 1; \\\n  print(1)\ny = 2\n", "x = 1\ny = 2\n"},
		{"before a backslash", "print(1); \\\n  x = 1\n", "x = 1\n"},
		{"a suite of its own", "if x:\n    print(x)  # c\n    print(1)\n", "if x:\n    pass  # c\n"},
		{"a suite on the line", "if x: print(x); print(1)\nelse: y = 1\n", "if x: pass\nelse: y = 1\n"},
		{"one of a suite on the line", "if x: print(x); y = 1\n", "if x: y = 1\n"},
		{
			"every kind of suite", "try:\n    print(1)\nexcept E:\n    print(2)\nelse:\n    print(3)\nfinally:\n    print(4)\n" +
				"for x in y:\n    print(5)\nelse:\n    print(6)\nwith a: print(7)\nclass A:\n    print(8)\nmatch x:\n    case 1:\n        print(9)\n",
			"try:\n    pass\nexcept E:\n    pass\nelse:\n    pass\nfinally:\n    pass\n" +
				"for x in y:\n    pass\nelse:\n    pass\nwith a: pass\nclass A:\n    pass\nmatch x:\n    case 1:\n        pass\n",
		},
		{"a docstring is left", "def f():\n    \"\"\"Doc.\"\"\"\n    print(1)\n", "def f():\n    \"\"\"Doc.\"\"\"\n"},
		{"deep inside", "class A:\n    async def f(self):\n        while x:\n            print(1)\n            y = 1\n", "class A:\n    async def f(self):\n        while x:\n            y = 1\n"},
		{"not the value of anything", "x = print(1)\nlambda: print(1)\n[print(i) for i in x]\n", "x = print(1)\nlambda: print(1)\n[print(i) for i in x]\n"},
		{"not another's print", "x.print(1)\npprint(1)\nprint\n", "x.print(1)\npprint(1)\nprint\n"},
		{"it binds a name", "print(y := 1)\nprint(y)\n", "print(y := 1)\n"},
		{"it yields", "def f():\n    print((yield))\n", "def f():\n    print((yield))\n"},
		{"the other line ends", "x = 1\r\nprint(x)\r\ny = 2\rprint(y)\rz = 3", "x = 1\r\ny = 2\rz = 3"},
		{"not ends of lines", "x = '\u2028'; print(x)\ny = '\f\v\u0085'; print('é'); z = 1\n", "x = '\u2028'\ny = '\f\v\u0085'; z = 1\n"},
		{"tabs", "if x:\n\tprint(x)\n\ty = 1\n", "if x:\n\ty = 1\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := inspect(t, tt.source)[0]
			if got.Problem != "" || got.Unprinted != tt.want {
				t.Fatalf("Unprinted = %q (%s), want %q", got.Unprinted, got.Problem, tt.want)
			}
			if again := inspect(t, got.Unprinted)[0].Unprinted; again != got.Unprinted {
				t.Errorf("a second time it is %q, want the same", again)
			}
		})
	}
}

func TestShapes(t *testing.T) {
	const base = "def add(first, second=0):\n    total = first + second\n    return total\n"
	tests := []struct {
		name, a, b string
		equal      bool
	}{
		{"other names", base, "def plus(x, y=0):\n    z = x + y\n    return z\n", true},
		{"a docstring", base, "def add(first, second=0):\n    '''Adds.'''\n    total = first + second\n    return total\n", true},
		{"annotations", base, "def add(first: int, second: 'int' = 0) -> int:\n    total: int = first + second\n    return total\n", true},
		{"an annotation alone", base, "def add(first, second=0):\n    total: int\n    total = first + second\n    return total\n", true},
		{"layout and comments", base, "def add (first,second = 0) :\n  # adds\n  total=(first+second); return total", true},
		{"another operator", base, "def add(first, second=0):\n    total = first - second\n    return total\n", false},
		{"another constant", base, "def add(first, second=1):\n    total = first + second\n    return total\n", false},
		{"another type of constant", base, "def add(first, second=0.0):\n    total = first + second\n    return total\n", false},
		{"the names change places", base, "def add(first, second=0):\n    total = second + first\n    return total\n", false},
		{"a global is no local", base, "def add(first, second=0):\n    total = first + third\n    return total\n", false},
		{"builtins stay", "def f(x): return len(x)", "def f(x): return sum(x)", false},
		{"attributes stay", "def f(x): return x.a", "def f(x): return x.b", false},
		{"recursion", "def f(n): return f(n - 1)", "def g(m): return g(m - 1)", true},
		{"no recursion", "def f(n): return f(n - 1)", "def g(m): return f(m - 1)", false},
		{"an argument by name to itself", "def f(n, k): return f(k=n, n=k)", "def g(a, b): return g(b=a, a=b)", true},
		{"an argument by name to another", "def f(n): return h(key=n)", "def f(key): return h(n=key)", false},
		{"comprehensions", "def f(x): return [a * b for a in x for b in a]", "def f(y): return [x * z for x in y for z in x]", true},
		{"a variable of a comprehension is no other", "def f(x): return [x for x in x]", "def f(x): return [y for y in x]", true},
		{"a closure", "def f(n):\n    def g():\n        return n\n    return g", "def f(m):\n    def h():\n        return m\n    return h", true},
		{"a closure of something else", "def f(n):\n    def g():\n        return n\n    return g", "def f(m):\n    def h():\n        return k\n    return h", false},
		{"an import's name", "def f(x):\n    import math as m\n    return m.pi", "def f(x):\n    import math\n    return math.pi", true},
		{"another import", "def f(x):\n    import math as m\n    return m.pi", "def f(x):\n    import cmath as m\n    return m.pi", false},
		{
			"exceptions and patterns", "def f(x):\n    try:\n        pass\n    except E as e:\n        raise e\n    match x:\n        case [a, *b]: return a",
			"def f(x):\n    try:\n        pass\n    except E as q:\n        raise q\n    match x:\n        case [c, *d]: return c", true,
		},
		{"a class's own names stay", "def f():\n    class A:\n        x = 1\n    return A", "def f():\n    class B:\n        y = 1\n    return B", false},
		{"global names stay", "def f():\n    global a\n    a = 1", "def f():\n    global b\n    b = 1", false},
		{"the walrus leaves a comprehension", "def f(x):\n    [y := a for a in x]\n    return y", "def f(x):\n    [z := a for a in x]\n    return z", true},
		{"decorators stay", "@cache\ndef f(x): return x", "def f(x): return x", false},
		{"async stays", "async def f(x): return x", "def f(x): return x", false},
		{"only a docstring is nothing", "def f(x): 'Doc.'", "def f(x): pass", true},
		{"arguments' kinds", "def f(a, b): pass", "def f(a, *, b): pass", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := inspect(t, tt.a, tt.b)
			for _, in := range got {
				if in.Problem != "" || len(in.Shapes) != 1 || len(in.Shapes[0]) != 32 || len(in.Nodes) != 1 || in.Nodes[0] < 1 {
					t.Fatalf("Inspect = %+v, want one shape of 32 digits", in)
				}
			}
			if equal := got[0].Shapes[0] == got[1].Shapes[0]; equal != tt.equal {
				t.Errorf("equal = %v, want %v, of\n%s\nand\n%s", equal, tt.equal, tt.a, tt.b)
			}
		})
	}
}

func TestInspectNames(t *testing.T) {
	got := inspect(t, "import a\ndef f(): pass\nclass C:\n    def m(self): pass\nasync def g():\n    def h(): pass\nif a:\n    def i(): pass\ndef f(): pass\n")[0]
	if !slices.Equal(got.Functions, []string{"f", "g", "f"}) || !slices.Equal(got.Classes, []string{"C"}) || len(got.Shapes) != 3 {
		t.Errorf("Inspect = %v, %v and %d shapes, want f g f, C and 3", got.Functions, got.Classes, len(got.Shapes))
	}
}

func TestProblems(t *testing.T) {
	tests := []struct{ name, source, want string }{
		{"a syntax error says its line", "x = 1\ny = = 2\n", "SyntaxError: invalid syntax (line 2)"},
		{"indentation", "  x = 1\n", "IndentationError: unexpected indent (line 1)"},
		{"what the compiler refuses", "return 1\n", "SyntaxError: 'return' outside function (line 1)"},
		{"Python 2", "print 'x'\n", "SyntaxError: Missing parentheses"},
		{"a NUL byte", "x = 1\x00", "cannot contain null bytes"},
		{"not UTF-8", "x = '\xff'", "UnicodeDecodeError"},
		{"a lone surrogate", "x = '\xed\xa0\x80'", "UnicodeDecodeError"},
		{"too many parentheses", strings.Repeat("(", 5000), "too many nested parentheses"},
		{"too deep for the parser", strings.Repeat("-", 100_000) + "1", "Python's parser gave up: MemoryError"},
		{"too deep for the tree", strings.Repeat("1+", 100_000) + "1", "Python's parser gave up: RecursionError"},
		{"too long to be given back", "#" + strings.Repeat("x", 17<<20), "Python's parser gave up: it ran into a limit of its own"},
	}
	var sources []string
	for _, tt := range tests {
		sources = append(sources, tt.source, "def f(): pass")
	}
	got := inspect(t, sources...)
	for i, tt := range tests {
		if !strings.Contains(got[2*i].Problem, tt.want) {
			t.Errorf("%s: problem %q, want %q", tt.name, got[2*i].Problem, tt.want)
		}
		if beside := got[2*i+1]; beside.Problem != "" || len(beside.Functions) != 1 {
			t.Errorf("%s: the source beside it came out as %+v", tt.name, beside)
		}
	}
}

// TestUnprintedLibrary compares with a second, plain writing on every file of Python's own library.
func TestUnprintedLibrary(t *testing.T) {
	names, sources := library(t)
	var asked []map[string]any
	changed := 0
	for i, in := range inspect(t, sources...) {
		if in.Problem != "" {
			t.Errorf("%s: %s", names[i], in.Problem)
		}
		if in.Unprinted != sources[i] {
			changed++
		}
		asked = append(asked, map[string]any{"source": sources[i], "unprinted": in.Unprinted})
	}
	for i, complaint := range check(t, asked) {
		if complaint != "" {
			t.Errorf("%s without its prints: %s", names[i], complaint)
		}
	}
	t.Logf("%d files, %d with prints", len(names), changed)
}

// TestPrintsPutIn puts prints into real files and wants the files back, byte for byte.
func TestPrintsPutIn(t *testing.T) {
	_, sources := library(t)
	random := rand.New(rand.NewPCG(1, 2))
	var plain, changed []string
	for i, in := range inspect(t, sources...) {
		if in.Unprinted != sources[i] {
			continue
		}
		for range 3 {
			lines := strings.SplitAfter(sources[i], "\n")
			at := random.IntN(len(lines))
			code := strings.TrimLeft(lines[at], " ")
			if strings.TrimSpace(code) == "" || code[0] == '#' {
				continue // with a print before it, it would belong to the print
			}
			indent := lines[at][:len(lines[at])-len(code)]
			put := []string{"print(1)\n" + indent + code, "print('''\n''', 2) # c\n" + indent + code, "print(1); " + code}[random.IntN(3)]
			lines[at] = indent + put
			plain, changed = append(plain, sources[i]), append(changed, strings.Join(lines, ""))
		}
	}
	parse, back := 0, 0
	for i, in := range inspect(t, changed...) {
		if in.Problem != "" {
			continue
		}
		parse++
		switch in.Unprinted {
		case plain[i]:
			back++
		case changed[i]: // it was put into a string
		default:
			t.Errorf("print put in and taken out gives another file: %s", firstDifference(plain[i], in.Unprinted))
		}
	}
	t.Logf("%d files with a print, %d parse, %d came back", len(changed), parse, back)
	if back*2 < parse || back < 25 {
		t.Errorf("%d of %d prints were taken out, want most", back, parse)
	}
}

// firstDifference returns the first lines in which two texts differ.
func firstDifference(a, b string) string {
	linesA, linesB := strings.SplitAfter(a, "\n"), strings.SplitAfter(b, "\n")
	for i := range min(len(linesA), len(linesB)) {
		if linesA[i] != linesB[i] {
			return fmt.Sprintf("line %d is %q, want %q", i+1, linesB[i], linesA[i])
		}
	}
	return "one has more lines"
}

// TestRealSeeds has all functions of a real set parsed, stripped of prints, and found again under other names.
func TestRealSeeds(t *testing.T) {
	type row struct{ Source string }
	var sources []string
	for _, r := range rows[row](t, "seeds/stack_python_like/functions.jsonl") {
		sources = append(sources, r.Source)
	}
	before := inspect(t, sources...)
	var prints, names []map[string]any
	var printing []int
	for i, in := range before {
		if in.Problem != "" || len(in.Functions)+len(in.Classes) == 0 {
			t.Errorf("Inspect = %+v of\n%s", in, sources[i])
		}
		if in.Unprinted != sources[i] {
			printing = append(printing, i)
			prints = append(prints, map[string]any{"source": sources[i], "unprinted": in.Unprinted})
		}
		names = append(names, map[string]any{"rename": sources[i]})
	}
	for i, complaint := range check(t, prints) {
		if complaint != "" {
			t.Errorf("without its prints: %s, of\n%s", complaint, sources[printing[i]])
		}
	}
	renamed, same := check(t, names), 0
	for i, in := range inspect(t, renamed...) {
		if renamed[i] == "" {
			continue
		}
		same++
		if in.Shapes[0] != before[i].Shapes[0] || in.Nodes[0] != before[i].Nodes[0] {
			t.Errorf("under other names it has another shape:\n%s\n%s", sources[i], renamed[i])
		}
	}
	if same < 1000 {
		t.Errorf("only %d functions were simple enough to be renamed", same)
	}
}
