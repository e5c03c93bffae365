package pycode_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/pycode"
)

var rules = []pycode.Rule{
	pycode.RuleEntryBlock, pycode.RuleEntryText, pycode.RulePythonBlock, pycode.RuleLastBlock,
	pycode.RuleCodeText, pycode.RuleWhole, pycode.RuleEmpty,
}

func FuzzExtract(f *testing.F) {
	for _, s := range []string{
		"QQQpython\n" + code + "QQQ", "~~~\nx\n~~~", "  QQQ\n  x\n QQQ", code, "<think>a</think>" + code, "QQQ`md\nQQQpy\nxQQQ\nQQQ`",
		"<answer>\n" + code + "</answer>", "if x:\ny(", "def f(\r\r\n'''", "- QQQpython\n  x\\\n  QQQ", "x: int = 1\n@\n*a, = b",
	} {
		f.Add(q(s), "f")
	}
	f.Fuzz(func(t *testing.T, answer, entry string) {
		x := pycode.Extract(answer, entry)
		if !slices.Contains(rules, x.Rule) {
			t.Fatalf("Extract used rule %q, which is none of the list", x.Rule)
		}
		if (x.Rule == pycode.RuleEmpty) != (strings.TrimSpace(x.Code) == "") {
			t.Errorf("Extract by rule %q = %q", x.Rule, x.Code)
		}
		fenceRule := x.Rule == pycode.RuleEntryBlock || x.Rule == pycode.RulePythonBlock || x.Rule == pycode.RuleLastBlock
		if fenceRule != (x.Blocks > 0) && x.Rule != pycode.RuleEntryText {
			t.Errorf("Extract by rule %q saw %d blocks", x.Rule, x.Blocks)
		}
		// Removing a thought or an indentation joins what was apart; everything else is a piece of the answer.
		if !strings.Contains(answer, "<think>") && !dedented(answer) && !strings.Contains(answer, x.Code) {
			t.Errorf("Extract = %q, which is no part of %q", x.Code, answer)
		}
		pycode.PublishedCut(answer)
	})
}

// dedented tells whether answer may hold an indented fence.
func dedented(answer string) bool {
	for line := range strings.Lines(answer) {
		if i := strings.IndexAny(line, "`~"); i > 0 && (strings.Contains(line, "```") || strings.Contains(line, "~~~")) {
			return true
		}
	}
	return false
}

func FuzzImports(f *testing.F) {
	for _, s := range []string{
		"import a.b as c, d", "from .x import y", "s='''\nimport a", "__import__('x')", "a=b,c[d]=1;import e", "\\\r\n\fimport a",
		"f: Dict[int, str] = lambda *a, b=1: a", "0x1for x in y", "rb'\\", "\ufeffclass",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, src string) {
		for _, name := range pycode.Imports(src) {
			if name == "" || !strings.Contains(src, name) {
				t.Errorf("Imports(%q) has %q", src, name)
			}
		}
		for _, name := range pycode.TopLevelNames(src) {
			if !pycode.Defines(src, name) {
				t.Errorf("Defines(%q, %q) = false, want true", src, name)
			}
		}
		once := pycode.Normalize(src)
		if twice := pycode.Normalize(once); twice != once {
			t.Errorf("Normalize twice = %q, want %q", twice, once)
		}
		text, problem := pycode.Clean(src)
		if (problem == "") != (text == src) {
			t.Errorf("Clean(%q) = %q, %q", src, text, problem)
		}
	})
}
