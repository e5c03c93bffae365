package pyast_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/pyast"
)

func functions(t *testing.T, source string) []pyast.Function {
	t.Helper()
	out, problem, err := parser(t).Functions(t.Context(), source)
	if err != nil || problem != "" {
		t.Fatalf("Functions: %v, problem %q", err, problem)
	}
	return out
}

func TestFunctions(t *testing.T) {
	const file = `import os
K = 1

@decorator(
    1)
def f(x):
    """Does.

        More.
    """
    return x  # the end
def undocumented(): return 1
class C(Base):
    'A class.'
async def g(): "Doc."; yield 1
if K:
    def h(): "Doc."
def empty(): "  "
`
	want := []pyast.Function{
		{
			Name: "f", Source: "@decorator(\n    1)\ndef f(x):\n    \"\"\"Does.\n\n        More.\n    \"\"\"\n    return x  # the end",
			Docstring: "Does.\n\nMore.", Line: 4, Returns: true, Missing: []string{"decorator"},
		},
		{Name: "C", Class: true, Source: "class C(Base):\n    'A class.'", Docstring: "A class.", Line: 13, Missing: []string{"Base"}},
		{Name: "g", Source: "async def g(): \"Doc.\"; yield 1", Docstring: "Doc.", Line: 15, Returns: true},
	}
	got := functions(t, file)
	a, _ := json.Marshal(got)
	b, _ := json.Marshal(want)
	if string(a) != string(b) {
		t.Errorf("Functions =\n%s, want\n%s", a, b)
	}
}

func TestNeeds(t *testing.T) {
	tests := []struct {
		name, head, body string
		imports, missing string
	}{
		{"nothing", "import os", "return x", "", ""},
		{"the module", "import os, sys", "return sys.argv", "import sys", ""},
		{"a name", "from math import (\n    sin,\n    cos as c)", "return c(x)", "from math import cos as c", ""},
		{"an alias", "import numpy as np", "return np.array(x)", "import numpy as np", ""},
		{"parts of a package", "import xml\nimport xml.dom\nimport xml.etree.ElementTree as ET", "return xml.dom", "import xml|import xml.dom", ""},
		{"a relative import", "from .. import a\nfrom .b import c", "return a, c", "from .. import a|from .b import c", ""},
		{"the last of two", "from a import f2\nfrom b import f2", "return f2", "from b import f2", ""},
		{"the first of a try", "try:\n    import a as j\nexcept ImportError:\n    import b as j", "return j", "import a as j", ""},
		{"not one inside a function", "def g():\n    import os", "return os", "", "os"},
		{"a star, needed", "from math import *\nK = 1", "return sin(K)", "from math import *", "K"},
		{"a star, not needed", "from math import *", "return len(x)", "", ""},
		{"the future of annotations", "from __future__ import annotations, division", "def g(a: int): pass", "from __future__ import annotations", ""},
		{"no annotations, no future", "from __future__ import annotations", "return x", "", ""},
		{"used in order", "import b\nimport a", "return a, b", "import a|import b", ""},
		{"a name of its own", "import a", "a = 1\n    return a", "", ""},
		{"a comprehension's variable is inside", "", "return [y for y in x] + y", "", "y"},
		{"the first iterable is outside", "", "return [y for y in y]", "", "y"},
		{"a lambda's argument", "", "return lambda y, z=w: y + z", "", "w"},
		{"a walrus in a comprehension", "", "return [y := a for a in x], y", "", ""},
		{"a class's name is not its methods'", "", "class A:\n        y = 1\n        def m(self): return y\n    return A", "", "y"},
		{"an exception's name", "", "try:\n        return x\n    except E as e:\n        return e", "", "E"},
		{"a pattern's names", "", "match x:\n        case P(a, b=c) | {'k': c, **a}: return a, c\n        case [*r]: return r", "", "P"},
		{"read after global", "", "global a\n    a = a + 1", "", "a"},
		{"set after global", "", "global a\n    a = 1", "", ""},
		{"added to after global", "", "global a\n    a += 1", "", "a"},
		{"nonlocal", "", "y = 1\n    def g():\n        nonlocal y\n        y += 1\n    return g", "", ""},
		{"deleted", "", "del y", "", ""},
		{"names that modules have", "", "return __name__, __file__, help", "", ""},
		{"itself", "", "return f(x - 1)", "", ""},
		{"once each", "", "return a + a + b + a", "", "a b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := functions(t, tt.head+"\ndef f(x):\n    'Doc.'\n    "+tt.body+"\n")
			f := got[len(got)-1]
			if imports, missing := strings.Join(f.Imports, "|"), strings.Join(f.Missing, " "); imports != tt.imports || missing != tt.missing {
				t.Errorf("imports %q, missing %q, want %q and %q", imports, missing, tt.imports, tt.missing)
			}
		})
	}
}

// What stands around a body is evaluated outside of it.
func TestNeedsOfHeads(t *testing.T) {
	f := functions(t, "@a\ndef f(x: b = c, *y: d, z=e, **w: 'q') -> x:\n    'Doc.'\nclass C(f, metaclass=g):\n    'Doc.'\n    f = f\n")
	if got := strings.Join(f[0].Missing, " "); got != "a c e b d x" {
		t.Errorf("missing of a function's head = %q", got)
	}
	if got := strings.Join(f[1].Missing, " "); got != "f g" {
		t.Errorf("missing of a class's head = %q", got)
	}
}

func TestReturns(t *testing.T) {
	tests := []struct {
		name, source string
		want         bool
	}{
		{"a value", "def f():\n    'D'\n    return 1", true},
		{"in a branch", "def f():\n    'D'\n    while x:\n        try: pass\n        finally:\n            return x", true},
		{"nothing", "def f():\n    'D'\n    return", false},
		{"None", "def f():\n    'D'\n    return None", false},
		{"a function inside does", "def f():\n    'D'\n    def g(): return 1", false},
		{"a generator", "def f():\n    'D'\n    yield", true},
		{"a method", "class C:\n    'D'\n    def m(self): return 1", true},
		{"no method", "class C:\n    'D'\n    def m(self): pass", false},
	}
	for _, tt := range tests {
		if got := functions(t, tt.source)[0].Returns; got != tt.want {
			t.Errorf("%s: Returns = %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestFunctionsOfAFileThatDoesNotParse(t *testing.T) {
	got, problem, err := parser(t).Functions(t.Context(), "def f(:")
	if err != nil || problem != "SyntaxError: invalid syntax (line 1)" || got != nil {
		t.Errorf("Functions = %v, %q, %v, want a problem", got, problem, err)
	}
}

// TestFunctionsLibrary compares what functions need with what symtable says, on Python's own library.
func TestFunctionsLibrary(t *testing.T) {
	names, sources := library(t)
	var asked []map[string]any
	var what []string
	for i, source := range sources {
		for _, f := range functions(t, source) {
			if !strings.Contains(source, f.Source) || strings.TrimSpace(f.Docstring) == "" {
				t.Errorf("%s: %s is not as it stands there: %+v", names[i], f.Name, f)
			}
			asked = append(asked, map[string]any{
				"source": source, "function": f.Source, "imports": append([]string{}, f.Imports...), "missing": append([]string{}, f.Missing...),
			})
			what = append(what, names[i]+": "+f.Name)
		}
	}
	for i, complaint := range check(t, asked) {
		if complaint != "" {
			t.Errorf("%s: %s", what[i], complaint)
		}
	}
	t.Logf("%d functions and classes", len(asked))
}

// TestFunctionsOfSeeds: a set that was made by others from the same kind of file has each function as we find it.
func TestFunctionsOfSeeds(t *testing.T) {
	type row struct {
		Name, Source, Docstring string
		Imports                 []string
		HasReturn               bool `json:"has_return"`
	}
	differ := 0
	for _, r := range rows[row](t, "seeds/stack_python_like/functions.jsonl")[:150] {
		got := functions(t, strings.Join(r.Imports, "\n")+"\n\n"+r.Source+"\n")
		if len(got) != 1 || got[0].Name != r.Name || got[0].Source != r.Source || strings.TrimSpace(got[0].Docstring) != strings.TrimSpace(r.Docstring) {
			t.Errorf("Functions = %+v, want %s as it is", got, r.Name)
			continue
		}
		if got[0].Returns != r.HasReturn {
			differ++
		}
		for _, line := range got[0].Imports {
			_, name, _ := strings.Cut(line, "import ")
			if !slices.ContainsFunc(r.Imports, func(have string) bool { return strings.Contains(have, name) }) {
				t.Errorf("%s needs %q, which is none of %q", r.Name, line, r.Imports)
			}
		}
	}
	t.Logf("returns a value: %d of 150 differ", differ)
}
