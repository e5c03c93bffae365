package pycode_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/pycode"
)

func TestBlocks(t *testing.T) {
	type block = pycode.Block
	tests := []struct {
		name, answer string
		want         []block
	}{
		{"none", "def f(): pass\n", nil},
		{"nothing at all", " \n", nil},
		{
			"several, in order", "QQQpython\na\nQQQ\ntext\nQQQ\nb\nQQQ\nQQQjavascript\nc\nQQQ\n",
			[]block{{Code: "a\n", Tag: "python", Python: true}, {Code: "b\n"}, {Code: "c\n", Tag: "javascript"}},
		},
		{"blank ones left out", "QQQpython\n\nQQQ\nQQQpy\na\nQQQ", []block{{Code: "a\n", Tag: "py", Python: true}}},
		{"cut off", "QQQpython\na\nQQQ\nQQQpython\nb", []block{{Code: "a\n", Tag: "python", Python: true}, {Code: "b", Tag: "python", Python: true, Cut: true}}},
		{"indented", "1. so:\n   QQQpython\n   a\n   QQQ\n", []block{{Code: "a\n", Tag: "python", Python: true}}},
		{"not in thoughts", "<think>\nQQQ\na\nQQQ\n</think>\nQQQ\nb\nQQQ\n", []block{{Code: "b\n"}}},
	}
	for _, tt := range tests {
		if got := pycode.Blocks(q(tt.answer)); !slices.Equal(got, tt.want) {
			t.Errorf("%s: Blocks = %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// FuzzBlocks: Extract chooses one of the blocks where it goes by fences at all, and it saw as many.
func FuzzBlocks(f *testing.F) {
	for _, s := range []string{"QQQpython\n" + code + "QQQ", "~~~\nx\n~~~", "  QQQ\n  x\n QQQ", code, "<think>a</think>" + code, "QQQmd\nQQQpy\nx\nQQQ\nQQQ"} {
		f.Add(q(s))
	}
	f.Fuzz(func(t *testing.T, answer string) {
		x, blocks := pycode.Extract(answer, ""), pycode.Blocks(answer)
		if x.Blocks != len(blocks) {
			t.Errorf("Blocks(%q) = %d, and Extract saw %d", answer, len(blocks), x.Blocks)
		}
		is := func(b pycode.Block) bool { return b.Code == x.Code && b.Cut == x.Cut }
		if (x.Rule == pycode.RulePythonBlock || x.Rule == pycode.RuleLastBlock) && !slices.ContainsFunc(blocks, is) {
			t.Errorf("Extract(%q) = %+v, which is none of %+v", answer, x, blocks)
		}
		for _, b := range blocks {
			if strings.TrimSpace(b.Code) == "" || b.Tag != strings.ToLower(b.Tag) {
				t.Errorf("Blocks(%q) has %+v", answer, b)
			}
		}
	})
}
