package seed

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/pyast"
	"github.com/acecoder/acecoder/internal/pycode"
)

// candidate is a text that may be a row's program.
type candidate struct {
	code   string
	python bool // a block that is marked as Python
	block  bool // a fenced block
	in     pyast.Inspection
}

// candidates returns what may be the row's program, the likeliest first: the whole text, the blocks that are marked as
// Python, and those that are not marked at all, each kind from the longest to the shortest. There are none where the set
// names another language.
func candidates(row *Row, rules Rules) []candidate {
	if row.Lang != "" && !isPython(row.Lang) {
		return nil
	}
	if !row.Answer {
		return []candidate{{code: row.Text}}
	}
	if rules.FirstBlock {
		return firstBlock(row.Text)
	}
	out := []candidate{{code: row.Text}}
	for _, b := range pycode.Blocks(row.Text) {
		if b.Python || b.Tag == "" {
			out = append(out, candidate{code: b.Code, python: b.Python, block: true})
		}
	}
	slices.SortStableFunc(out[1:], func(a, b candidate) int {
		if a.python != b.python {
			if a.python {
				return -1
			}
			return 1
		}
		return len(b.code) - len(a.code)
	})
	return out[:min(len(out), mostCandidates)]
}

// mostCandidates bounds the texts of one answer that are looked at.
const mostCandidates = 32

func isPython(lang string) bool {
	switch strings.ToLower(strings.TrimSpace(lang)) {
	case "python", "python3", "py":
		return true
	}
	return false
}

// firstBlock is what stands between the first "```python" and the next "```", as published.
func firstBlock(answer string) []candidate {
	_, rest, opened := strings.Cut(answer, "```python")
	code, _, closed := strings.Cut(rest, "```")
	if !opened || !closed || code == "" {
		return nil
	}
	return []candidate{{code: code, python: true, block: true}}
}

// pythonLine begins a function or a class, or imports, as only Python does.
var pythonLine = regexp.MustCompile(`(?m)^\s*(?:(?:async\s+)?def\s+\w+\s*\(.*:|class\s+\w+[^{\n]*:|from\s+[\w.]+\s+import\s.*)\s*(?:#.*)?$`)

// choose returns the row's program, or why none was found.
func choose(row *Row, found []candidate, rules Rules) (candidate, acecoder.DropReason, string) {
	if len(found) == 0 {
		if row.Lang != "" && !isPython(row.Lang) {
			return candidate{}, acecoder.DropNotPython, "the set says " + row.Lang
		}
		return candidate{}, acecoder.DropNotPython, "no block of the answer is marked python"
	}
	if !rules.Parse {
		return found[0], "", ""
	}
	for _, c := range found {
		if c.in.Problem == "" {
			return c, "", ""
		}
	}
	// The likeliest that is Python at all says why it does not parse.
	for _, c := range found[1:] {
		if c.python || pythonLine.MatchString(c.code) {
			return c, acecoder.DropUnparsable, c.in.Problem
		}
	}
	whole, tags := found[0], blockTags(row)
	switch {
	case !row.Answer || row.Lang != "" || (len(tags) == 0 && pythonLine.MatchString(whole.code)):
		return whole, acecoder.DropUnparsable, whole.in.Problem
	case len(tags) == 0:
		return whole, acecoder.DropNotPython, "no block is in the answer, and Python does not parse it as a whole"
	}
	return whole, acecoder.DropNotPython, fmt.Sprintf("no block of the answer is Python; they are marked %q", tags)
}

// blockTags returns the languages of an answer's blocks, each once.
func blockTags(row *Row) []string {
	var tags []string
	for _, b := range pycode.Blocks(row.Text) {
		if !slices.Contains(tags, b.Tag) {
			tags = append(tags, b.Tag)
		}
	}
	return tags
}
