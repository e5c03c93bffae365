package pycode_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/pycode"
)

func TestImports(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"plain", "import math", "math"},
		{"dotted, renamed, several", "import a.b as c, d", "a d"},
		{"from", "from x.y import z", "x"},
		{"from with brackets", "from x import (a,\n  b)", "x"},
		{"relative", "from . import a\nfrom ..b import c\nfrom ... import d", ""},
		{"indented", "def f():\n    import a\n\n    if 1:\n\tfrom b import c", "a b"},
		{"after a colon and a semicolon", "if x: import a; import b\nelse: from c import d", "a b c"},
		{"each once", "import a\nimport a.b\nfrom a import c", "a"},
		{"in strings and comments", "'''\nimport a\n'''\n# import b\ns = 'import c'; r = R\"import d\\\"\"", ""},
		{"in f-strings", "f'{x}import a'\nrf'''\nimport b\n'''", ""},
		{"after strings", "s = '\\'' 'x'; import a\nb'''\\''''''\nimport c", "a c"},
		{"broken string ends at its line", "s = 'abc\nimport a", "a"},
		{"continued", "import \\\n  a, \\\r\n  b", "a b"},
		{"other line ends", "import a\rimport b\r\nimport c", "a b c"},
		{"byte order mark", "\ufeffimport a", "a"},
		{"not at a statement", "x.from_import\nyield_from = 1\nraise A from e\ny = yield from e", ""},
		{"names that look alike", "importlib.x\nimport_ = 1\nfrom_ = 2", ""},
		{"calls", "__import__('a.b')\nimportlib.import_module(\"c\")\n__import__(x)\nimport_module('.d')", "a c"},
		{"letters beyond ASCII", "import ünï", "ünï"},
		{"cut off", "import a, \nfrom", "a"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := strings.Join(pycode.Imports(c.src), " "); got != c.want {
				t.Errorf("Imports(%q) = %q, want %q", c.src, got, c.want)
			}
		})
	}
}

func TestTopLevelNames(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"functions and classes", "def f(): pass\nasync def g(): pass\n@d\nclass C(B): pass", "f g C"},
		{"only column 0", "if 1:\n    def f(): pass\n    x = 1\ndef g():\n    y = 2", "g"},
		{"assignments", "a = b = 1\nc, (d, *e) = x\n[f] = y\ng: int = 3\nh: Dict[str, int] = {}", "a b c d e f g h"},
		{"declared, not assigned", "a: int\nb += 1\nc == 1\n(d := 2)", ""},
		{"attributes and items", "a.b = 1\nc[i] = 2\nd.e[f].g, h = 3\nk(x).l = m = 4\nb, a.b.c = 1, 2", "h m b"},
		{"keyword arguments are none", "f(a=1)\ng = h(b=2)\nk = lambda c=3, *d, e=4: c == e", "g k"},
		{"after a semicolon", "a = 1; b = 2; def_ = 3\nif x: c = 1; d = 2", "a b def_"},
		{"in strings", "'''\ndef f(): pass\nx = 1\n'''\ny = '''z = 1'''", "y"},
		{"soft keywords", "match = 1\ntype = 2\n_ = 3", "match type _"},
		{"cut off", "def f(a, b", "f"},
		{"continued", "a \\\n = 1\ndef \\\n f(): pass", "a f"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := pycode.TopLevelNames(c.src)
			if strings.Join(got, " ") != c.want {
				t.Errorf("TopLevelNames(%q) = %q, want %q", c.src, got, c.want)
			}
			for _, name := range []string{"f", "x", "a", "nowhere"} {
				if d := pycode.Defines(c.src, name); d != slices.Contains(got, name) {
					t.Errorf("Defines(%q, %q) = %t, want %t", c.src, name, d, !d)
				}
			}
		})
	}
}

func TestClean(t *testing.T) {
	for _, c := range []struct{ name, src, text, problem string }{
		{"fine", "x = 'ä€😀'\n", "x = 'ä€😀'\n", ""},
		{"replacement character is a character", "'\ufffd'", "'\ufffd'", ""},
		{"NUL", "a\x00b", "a\ufffdb", "NUL byte at byte 1"},
		{"Latin-1", "'\xe4'", "'\ufffd'", "invalid UTF-8 at byte 1"},
		{"lone surrogate", "ab\xed\xa0\x80", "ab\ufffd", "lone surrogate at byte 2"},
		{"cut off in a character", "x\xe2\x82", "x\ufffd", "invalid UTF-8 at byte 1"},
	} {
		if text, problem := pycode.Clean(c.src); text != c.text || problem != c.problem {
			t.Errorf("%s: Clean(%q) = %q, %q, want %q, %q", c.name, c.src, text, problem, c.text, c.problem)
		}
	}
}

var normalizeCases = []struct{ name, src, want string }{
	{"nothing to do", "a = 1", "a = 1"},
	{"line ends", "a = '''\r\n'''\rb = 2\r\n", "a = '''\n'''\nb = 2"},
	{"mixed line ends", "a = '''\n\r\r\n'''", "a = '''\n\n\n'''"},
	{"protected line ends", "a = 'x\\\r\ny'; b = r'''\\\r'''", "a = 'x\\\ny'; b = r'''\\\n'''"},
	{"blank end", "a = 1\n\n \t\f\n", "a = 1"},
	{"blank end of a block", "if 1:\n    a = 1\n\t\n  ", "if 1:\n    a = 1"},
	{"comment at the end", "a = 1 # x  \n", "a = 1 # x"},
	{"backslash at the end", "a = 1\\\n\n", "a = 1\\\n\n"},
	{"backslash and CRLF at the end", "a\r\n\\\r\n", "a\r\n\\\r\n"},
	{"backslash and blanks at the end", "a = 1\\ \n", "a = 1\\ \n"},
	{"open string at the end", "a = '''x\n\n", "a = '''x\n\n"},
	{"other blanks stay", "a = 1\n\v\u00a0\n", "a = 1\n\v\u00a0"},
	{"inner blanks stay", "a = '  ' \n\nb  =  2", "a = '  ' \n\nb  =  2"},
	{"blank", "\n \n", ""},
}

func TestNormalize(t *testing.T) {
	for _, c := range normalizeCases {
		got := pycode.Normalize(c.src)
		if got != c.want {
			t.Errorf("%s: Normalize(%q) = %q, want %q", c.name, c.src, got, c.want)
		}
		if again := pycode.Normalize(got); again != got {
			t.Errorf("%s: Normalize twice = %q, want %q", c.name, again, got)
		}
	}
}

// TestNormalizeKeepsTheTree holds the promise of Normalize against Python: both texts give one tree, with the
// same line numbers, or neither compiles.
func TestNormalizeKeepsTheTree(t *testing.T) {
	if _, err := os.Stat(python); err != nil {
		t.Skipf("needs %s to compare with", python)
	}
	var sources []string
	for _, c := range normalizeCases {
		sources = append(sources, c.src)
	}
	// Every text of five pieces of those that matter at a line's end.
	pieces := []string{"a", "'", "'''", "\\", "\n", "\r", " ", "#", "if 1:\n x"}
	for n := range 9 * 9 * 9 * 9 * 9 {
		src := ""
		for k := n; len(src) < 64 && k > 0; k /= 9 {
			src += pieces[k%9]
		}
		sources = append(sources, src)
	}
	var in strings.Builder
	enc := json.NewEncoder(&in)
	for _, s := range sources {
		if err := enc.Encode([]string{s, pycode.Normalize(s)}); err != nil {
			t.Fatal(err)
		}
	}
	const script = `
import ast, json, sys, warnings
warnings.simplefilter("ignore")
def tree(s):
    try: return ast.dump(ast.parse(s), include_attributes=True)
    except SyntaxError: return None
for i, line in enumerate(sys.stdin):
    a, b = json.loads(line)
    if a != b and tree(a) != tree(b): print(i)
`
	cmd := exec.Command(python, "-ISE", "-c", script)
	cmd.Stdin = strings.NewReader(in.String())
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if len(out) > 0 {
		t.Errorf("%d of %d texts compile to another tree; the first lines: %.60q", strings.Count(string(out), "\n"), len(sources), out)
	}
	t.Logf("%d texts compared", len(sources))
}

func TestIsStdlib(t *testing.T) {
	for name, want := range map[string]bool{"math": true, "__future__": true, "zoneinfo": true, "numpy": false, "": false, "os.path": false} {
		if got := pycode.IsStdlib(name); got != want {
			t.Errorf("IsStdlib(%q) = %t, want %t", name, got, want)
		}
	}
	all := pycode.StdlibModules()
	if !slices.IsSorted(all) || len(all) < 250 {
		t.Errorf("StdlibModules() has %d names, sorted: %t, want at least 250, sorted", len(all), slices.IsSorted(all))
	}
}
