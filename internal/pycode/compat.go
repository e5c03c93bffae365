package pycode

import (
	"strings"
	"unicode"
)

// compatLines is the length beyond which the reference evaluator leaves an answer alone.
const compatLines = 500

// ExtractAceCoder finds the program as the reference evaluator does: the run of lines that parses and has the most
// lines that are not blank, at least two lines long, the first of equals. It knows neither fences nor prose; six
// words that happen to parse beat a function of five lines. The whole answer is returned where it has more than
// 500 lines, and where the run found does not contain the text entryPoint.
//
// parses tells whether Python compiles a text. It is asked about quadratically many runs in the worst case, though
// never about one that could not win, which leaves the reference's result as it is.
func ExtractAceCoder(answer, entryPoint string, parses func(string) bool) string {
	lines := strings.Split(answer, "\n")
	if len(lines) > compatLines {
		return answer
	}
	text := strings.ReplaceAll(strings.ToValidUTF8(answer, ""), "\x00", "")
	if run := longestRun(text, parses); strings.Contains(run, entryPoint) {
		return run
	}
	return answer
}

func longestRun(text string, parses func(string) bool) string {
	lines := strings.Split(text, "\n")
	starts := make([]int, len(lines)+1) // byte at which each line begins
	full := make([]int, len(lines)+1)   // lines before it that are not blank
	for i, line := range lines {
		starts[i+1] = starts[i] + len(line) + 1
		full[i+1] = full[i]
		if strings.TrimFunc(line, isPythonSpace) != "" {
			full[i+1]++
		}
	}
	run := func(i, j int) string { return text[starts[i] : starts[j+1]-1] }
	best, bestI, bestJ := 0, 0, 0
	for i := range lines {
		// From the longest run down, so that most are never tried; then on through the shorter ones of equal
		// count, because the reference, coming from below, meets the shortest of them first.
		for j := len(lines) - 1; j > i; j-- {
			count := full[j+1] - full[i]
			if count < best || count == best && bestI != i || count == 0 {
				break
			}
			if parses(run(i, j)) {
				best, bestI, bestJ = count, i, j
			}
		}
	}
	return run(bestI, bestJ)
}

// isPythonSpace is what str.strip takes away.
func isPythonSpace(r rune) bool { return unicode.IsSpace(r) || 0x1c <= r && r <= 0x1f }

// PublishedCut cuts a program as the runs behind the published labels did: a leading language word goes, and
// everything from the first closing fence, unittest import, main guard or "assert" on, so that a program that
// asserts something is cut in the middle. A mark that the text begins with does not count, and hides later ones
// of its kind.
func PublishedCut(program string) string {
	for _, mark := range []string{"python", "markdown\n```python", "markdown\n```", "markdown"} {
		if rest, ok := strings.CutPrefix(program, mark); ok {
			program = rest
			break
		}
	}
	end := len(program)
	for _, mark := range []string{"```", "import unittest", "from unittest", "if __name__", "assert"} {
		if i := strings.Index(program, mark); i > 0 {
			end = min(end, i)
		}
	}
	return program[:end]
}
