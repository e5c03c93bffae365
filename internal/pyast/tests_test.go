package pyast_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/pyast"
)

func tests(t *testing.T, entry string, texts ...string) pyast.Tests {
	t.Helper()
	out, err := parser(t).Tests(t.Context(), [][]string{texts}, []string{entry})
	if err != nil || len(out) != 1 {
		t.Fatalf("Tests: %d sets, %v", len(out), err)
	}
	return out[0]
}

func TestFaults(t *testing.T) {
	const ok = ""
	cases := []struct {
		name, text string
		want       acecoder.TestFault
	}{
		{"a comparison", "assert f(1) == 2", ok},
		{"a message", "assert f(1) == 2, 'one'", ok},
		{"the value itself", "assert f(1)", ok},
		{"not", "assert not f(1)", ok},
		{"the call on the right", "assert [1] == f(1)", ok},
		{"builtins around it", "assert sorted(set(f(1))) == list(range(3))", ok},
		{"math", "assert math.isclose(f(1), math.pi, rel_tol=1e-9)", ok},
		{"an attribute of the result", "assert f(1).upper().startswith('a')", ok},
		{"a variable of its own", "assert all(f(x) == x for x in [1, 2])", ok},
		{"a lambda", "assert f(lambda x, y=1: x + y)(2) == 3", ok},
		{"a walrus", "assert (y := f(1)) and y > 0", ok},
		{"an exception's class", "assert isinstance(f(1), ValueError)", ok},
		{"an f-string", "assert f(f'{1 + 1}') == 2", ok},
		{"indented", "    assert f(1) == 3", ok},
		{"several lines", "assert f([\n    1,\n]) == 4", ok},

		{"another function", "assert g(1) == 2", acecoder.TestNoCall},
		{"nothing is called", "assert True", acecoder.TestNoCall},
		{"named and not called", "assert callable(f)", acecoder.TestNoCall},
		{"called in the message alone", "assert True, f(1)", acecoder.TestNoCall},
		{"a method of that name", "assert x.f(1)", acecoder.TestNoCall},

		{"a variable", "assert f(x) == 2", acecoder.TestNotConstant},
		{"another module", "assert f(1) == np.array([1])", acecoder.TestNotConstant},
		{"a variable in a comprehension", "assert [f(x) for x in xs]", acecoder.TestNotConstant},
		{"the first iterable is outside", "assert [f(x) for x in x]", acecoder.TestNotConstant},
		{"a file", "assert f(open('a'))", acecoder.TestNotConstant},
		{"input", "assert f(input())", acecoder.TestNotConstant},
		{"eval", "assert f(eval('1'))", acecoder.TestNotConstant},
		{"an import", "assert f(__import__('os'))", acecoder.TestNotConstant},
		{"a hash, which differs", "assert f(hash('a'))", acecoder.TestNotConstant},
		{"a name of the module", "assert f(__name__)", acecoder.TestNotConstant},
		{"a variable in the message", "assert f(1) == 9, x", acecoder.TestNotConstant},

		{"an import beside it", "import math", acecoder.TestNoAssert},
		{"a variable set", "x = f(1)", acecoder.TestNoAssert},
		{"a function of tests", "def test_f():\n    assert f(1)", acecoder.TestNoAssert},
		{"a call", "f(1)", acecoder.TestNoAssert},
		{"nothing", "", acecoder.TestNoAssert},
		{"a comment", "# f(1) is 2", acecoder.TestNoAssert},

		{"no Python", "f(1) should be 2", acecoder.TestSyntax},
		{"cut off", "assert f([1, 2", acecoder.TestSyntax},
		{"a fence", "```python\nassert f(1) == 2\n```", acecoder.TestSyntax},
		{"await outside a function", "assert await f(1)", acecoder.TestSyntax},
		{"a NUL byte", "assert f('\x00')", acecoder.TestSyntax},
		{"not UTF-8", "assert f('\xff')", acecoder.TestSyntax},
	}
	for _, tt := range cases {
		got := tests(t, "f", tt.text)
		if got.EntryPoint != "f" || len(got.Tests) != 1 || got.Tests[0].Fault != tt.want {
			t.Errorf("%s: Tests(%q) = %+v, want fault %q", tt.name, tt.text, got, tt.want)
		}
	}
}

func TestTexts(t *testing.T) {
	got := tests(t, "", "# two\nassert f(1)==2 ;assert f( 2 ) == 3 # three\nassert f('''a\n  b''',\n  1) == \\\n    2\n",
		"  assert f(3)\n  assert f(4)\n", "assert f(5) == 'é'; x = 1", "bad (")
	want := []string{
		"assert f(1)==2", "assert f( 2 ) == 3", "assert f('''a\n  b''',\n  1) == \\\n    2", "assert f(3)", "assert f(4)",
		"assert f(5) == 'é'", "x = 1", "bad (",
	}
	if len(got.Tests) != len(want) {
		t.Fatalf("Tests = %+v, want %d", got, len(want))
	}
	for i, test := range got.Tests {
		if test.Text != want[i] {
			t.Errorf("test %d is %q, want %q", i, test.Text, want[i])
		}
	}
}

func TestDuplicates(t *testing.T) {
	got := tests(t, "f", "assert f(1) == 'a'", "assert (f( 1 )==\"a\")", "assert f(1) == 'a', 'again'", "assert 'a' == f(1)",
		"assert f(1.0) == 'a'", "assert f(True) == 'a'", "assert f(x) == 1", "assert f(x) == 1", "assert f(0x10) == 1", "assert f(16) == 1")
	var faults []string
	for _, test := range got.Tests {
		faults = append(faults, string(test.Fault))
	}
	const want = ",duplicate,duplicate,,,,not_constant,not_constant,,duplicate"
	if strings.Join(faults, ",") != want {
		t.Errorf("faults %s, want %s", strings.Join(faults, ","), want)
	}
}

func TestEntryPoint(t *testing.T) {
	cases := []struct {
		name  string
		tests []string
		want  string
	}{
		{"the one", []string{"assert f(1)"}, "f"},
		{"most", []string{"assert g(f(1))", "assert f(2)", "assert g2(2)"}, "f"},
		{"counted once a test", []string{"assert g(g(g(1)))", "assert f(2)", "assert f(3)"}, "f"},
		{"no builtin", []string{"assert sorted(f(1))", "assert sorted([2])"}, "f"},
		{"the first of equals", []string{"assert f(Node(1))", "assert f(Node(2))"}, "f"},
		{"not the library's", []string{"assert isclose(f(1), 2)", "assert Counter(f(1))"}, "f"},
		{"the library's, if it is all there is", []string{"assert gcd(1, 2) == 1"}, "gcd"},
		{"a class", []string{"assert Stack().size() == 0"}, "Stack"},
		{"only asserts count", []string{"x = g(1)", "y = g(2)", "assert f(1)"}, "f"},
		{"none", []string{"assert x.f(1)", "nonsense ("}, ""},
	}
	for _, tt := range cases {
		if got := tests(t, "", tt.tests...).EntryPoint; got != tt.want {
			t.Errorf("%s: entry point %q, want %q", tt.name, got, tt.want)
		}
	}
	if got := tests(t, "f\xff", "assert f(1)"); len(got.Tests) != 1 || got.Tests[0].Fault != acecoder.TestNoCall {
		t.Errorf("an entry point that is no name: %+v", got)
	}
}

// TestBreakingTests: a text that ends its process is one that does not parse, and the others are judged all the same.
func TestBreakingTests(t *testing.T) {
	huge := "assert f('" + strings.Repeat("x", 17<<20) + "')"
	half := "assert f('" + strings.Repeat("y", 9<<20) + "')"
	out, err := parser(t).Tests(t.Context(), [][]string{
		{"assert f(1)", huge, "assert f(2); assert f(1)"},
		{"assert g(1)"},
		{half, half + " == 1"},
		nil,
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"f: ,syntax,,duplicate", "g: ", ": syntax,syntax", ": "}
	for i, set := range out {
		var faults []string
		for _, test := range set.Tests {
			faults = append(faults, string(test.Fault))
		}
		if got := set.EntryPoint + ": " + strings.Join(faults, ","); got != want[i] {
			t.Errorf("set %d: %s, want %s", i, got, want[i])
		}
	}
	if out[0].Tests[1].Text != huge {
		t.Errorf("the text that breaks is not given back")
	}
}

// TestTestsOfFiles takes the asserts out of files of tests that a model wrote.
func TestTestsOfFiles(t *testing.T) {
	type row struct {
		Code string `json:"test_code"`
		Info []struct {
			Name string `json:"function_name"`
		} `json:"test_info"`
	}
	paths, err := filepath.Glob("../../../shared/data/kodcode/*.json")
	if err != nil || len(paths) == 0 {
		t.Skip("needs ../shared/data/kodcode beside the checkout")
	}
	assert := regexp.MustCompile(`(?m)^ *(assert .*)$`)
	var whole, lines [][]string
	var names []string
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var set []row
		if err := json.Unmarshal(data, &set); err != nil {
			t.Fatal(err)
		}
		for _, r := range set {
			var texts []string
			for _, m := range assert.FindAllStringSubmatch(r.Code, -1) {
				texts = append(texts, m[1])
			}
			name := ""
			if len(r.Info) == 1 && strings.Contains(strings.Join(texts, ""), " "+r.Info[0].Name+"(") {
				name = r.Info[0].Name
			}
			whole, lines, names = append(whole, []string{r.Code}), append(lines, texts), append(names, name)
		}
	}
	files, err := parser(t).Tests(t.Context(), whole, nil)
	if err != nil {
		t.Fatal(err)
	}
	asserts, err := parser(t).Tests(t.Context(), lines, nil)
	if err != nil {
		t.Fatal(err)
	}
	usable, all, other := 0, 0, 0
	for i := range files {
		if len(files[i].Tests) == 0 || files[i].Tests[0].Fault != acecoder.TestNoAssert {
			t.Errorf("a file of tests comes to %+v", files[i])
		}
		if names[i] != "" && asserts[i].EntryPoint != names[i] {
			other++
		}
		for _, test := range asserts[i].Tests {
			all++
			if test.Fault == "" {
				usable++
			}
		}
	}
	t.Logf("%d files, %d of %d asserts can be used, %d functions are others", len(files), usable, all, other)
	if usable*5 < all*4 || other*50 > len(files) {
		t.Errorf("%d of %d asserts can be used, want most; %d functions are others", usable, all, other)
	}
}

// TestRealTests takes the tests of benchmarks.
func TestRealTests(t *testing.T) {
	type row struct {
		Entry string `json:"entry_point"`
		Test  string
	}
	assert := regexp.MustCompile(`(?m)^\s*(assert .*)$`)
	candidate := regexp.MustCompile(`\bcandidate\b`)
	var sets [][]string
	var entries []string
	seen := map[string]bool{}
	for _, r := range rows[row](t, "verdicts/check_style.jsonl") {
		if seen[r.Test] {
			continue
		}
		seen[r.Test] = true
		var texts []string
		for _, m := range assert.FindAllStringSubmatch(r.Test, -1) {
			texts = append(texts, candidate.ReplaceAllString(m[1], r.Entry))
		}
		sets, entries = append(sets, texts), append(entries, r.Entry)
	}
	given, err := parser(t).Tests(t.Context(), sets, entries)
	if err != nil {
		t.Fatal(err)
	}
	guessed, err := parser(t).Tests(t.Context(), sets, nil)
	if err != nil {
		t.Fatal(err)
	}
	counts, other := map[acecoder.TestFault]int{}, 0
	for i, set := range given {
		if guessed[i].EntryPoint != entries[i] {
			other++ // some twenty of the set name a helper
			continue
		}
		for _, test := range set.Tests {
			counts[test.Fault]++
			if test.Fault == acecoder.TestNoCall && strings.Contains(test.Text, entries[i]+"(") {
				t.Errorf("%q is said not to call %s", test.Text, entries[i])
			}
		}
	}
	t.Logf("%d sets, faults %v; %d functions are others", len(sets), counts, other)
	if counts[""] < 100*(counts[acecoder.TestNotConstant]+counts[acecoder.TestSyntax]) || other > 25 {
		t.Errorf("faults %v of good tests, %d of %d functions are others", counts, other, len(sets))
	}
}
