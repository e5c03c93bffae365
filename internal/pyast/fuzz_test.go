package pyast_test

import (
	"context"
	"strings"
	"testing"
)

// sources that the fuzz targets begin with.
var fuzzSeeds = []string{
	"def f(x):\n    '''Doc.'''\n    print(x); return x\n", "if x: print(1)\nelse:\n  print(2); \\\n y = 1", "assert f(1) == 2; assert f('\\N{DIGIT ONE}')",
	"from a import *\nclass C(B, metaclass=M):\n '''D'''\n x: int = [y for y in z]\n", "match x:\n case {'a': b, **c}: print(b)\n case _: pass",
	"f'{print(1)!r:>{w}}'", "\x00", "\xff", "(", "lambda *a, **k: (yield)", "try: print(1)\nexcept* E as e: print(e)", "\tprint(1)\r\n\fprint(2)\r",
	"@print(1)\nasync def f(a, /, b: c = 1, *, d): await print(a)", "global x; print(x)", "print(1) # \\\nprint(2)", "x = '''\nprint(1)\\\n'''; print(2)",
}

// FuzzInspect: whatever the text is, there is no error, and what comes back without prints parses and has no print to
// take out.
func FuzzInspect(f *testing.F) {
	for _, s := range fuzzSeeds {
		f.Add(s)
	}
	p := parser(f)
	f.Fuzz(func(t *testing.T, source string) {
		in, err := p.Inspect(context.Background(), []string{source})
		if err != nil {
			t.Fatalf("Inspect(%q): %v", source, err)
		}
		if in[0].Problem != "" {
			return
		}
		if len(in[0].Shapes) != len(in[0].Functions) || len(in[0].Nodes) != len(in[0].Functions) {
			t.Errorf("Inspect(%q) has %d shapes for %v", source, len(in[0].Shapes), in[0].Functions)
		}
		again, err := p.Inspect(context.Background(), []string{in[0].Unprinted})
		if err != nil || again[0].Problem != "" || again[0].Unprinted != in[0].Unprinted {
			t.Errorf("Unprinted of %q is %q, and that comes to %+v, %v", source, in[0].Unprinted, again[0], err)
		}
	})
}

// FuzzFunctions: whatever the text is, there is no error, and what is found is in the text.
func FuzzFunctions(f *testing.F) {
	for _, s := range fuzzSeeds {
		f.Add(s)
	}
	p := parser(f)
	f.Fuzz(func(t *testing.T, source string) {
		got, problem, err := p.Functions(context.Background(), source)
		if err != nil || (problem != "" && got != nil) {
			t.Fatalf("Functions(%q) = %v, %q, %v", source, got, problem, err)
		}
		for _, function := range got {
			if !strings.Contains(source, function.Source) || function.Docstring == "" || function.Line < 1 {
				t.Errorf("Functions(%q) has %+v", source, function)
			}
		}
	})
}

// FuzzTests: whatever the texts are, there is no error, every text gives a test, and what can be used says the same
// when it is taken apart again.
func FuzzTests(f *testing.F) {
	for _, s := range fuzzSeeds {
		f.Add(s, "f")
	}
	p := parser(f)
	f.Fuzz(func(t *testing.T, text, entry string) {
		out, err := p.Tests(context.Background(), [][]string{{text, "assert f(1)"}}, []string{entry})
		if err != nil || len(out) != 1 || len(out[0].Tests) < 2 {
			t.Fatalf("Tests(%q, %q) = %+v, %v", text, entry, out, err)
		}
		for _, test := range out[0].Tests {
			if test.Fault != "" {
				continue
			}
			again, err := p.Tests(context.Background(), [][]string{{test.Text}}, []string{out[0].EntryPoint})
			if err != nil || len(again[0].Tests) != 1 || again[0].Tests[0] != test {
				t.Errorf("%q of %q comes to %+v, %v", test.Text, text, again, err)
			}
		}
	})
}
