package pycode

import "strings"

// Rule names the way in which [Extract] found a program. The list is closed.
type Rule string

// The rules, in the order in which they are tried; the first that finds something wins.
const (
	RuleEntryBlock  Rule = "entry_block"  // the last fenced block that defines the entry point
	RuleEntryText   Rule = "entry_text"   // the last stretch of code in the plain text that defines the entry point
	RulePythonBlock Rule = "python_block" // the last fenced block marked as Python
	RuleLastBlock   Rule = "last_block"   // the last fenced block: without a language if there is one, else any
	RuleCodeText    Rule = "code_text"    // the longest stretch of code in the plain text; only without fences
	RuleWhole       Rule = "whole"        // nothing looked like code: the text as it stands
	RuleEmpty       Rule = "empty"        // no text at all, or none outside the model's thoughts
)

// Extraction is the program found in an answer.
type Extraction struct {
	Code   string
	Rule   Rule
	Blocks int  // fenced blocks seen, blank ones not counted
	Cut    bool // Code is a block whose closing fence is missing: the answer was cut off, or stopped at the fence
}

// Extract finds the program in a model's answer. The entry point, the function that the tests call, decides
// between several blocks; "" leaves it to the language marks. Thoughts (<think>…</think>) are removed first, and
// of an answer with <answer>…</answer> only the last such part is looked at. Code is taken as it stands, line ends
// included; only a block whose fence is indented loses that indentation. Blocks are not joined: a program that
// needs the helpers of an earlier block is not complete, and its verdict should say so.
func Extract(answer, entryPoint string) Extraction {
	x := extractor{entry: leadingName(entryPoint)}
	return x.extract(answer)
}

// extractor holds the candidates of one answer.
type extractor struct {
	entry  string
	blocks int

	entryBlock, otherEntry, pythonBlock, plainBlock, otherBlock block

	keepAll bool
	all     []Block

	work int // bytes looked at, for the test of linear time
}

// block is a candidate; found tells it from none.
type block struct {
	code  string
	cut   bool
	found bool
}

func (x *extractor) extract(answer string) Extraction {
	text := answerPart(withoutThoughts(answer))
	if strings.TrimSpace(text) == "" {
		return Extraction{Rule: RuleEmpty}
	}
	outside := x.scanFences(text)
	take := func(b block, rule Rule) Extraction {
		return Extraction{Code: b.code, Rule: rule, Blocks: x.blocks, Cut: b.cut}
	}
	if x.entryBlock.found {
		return take(x.entryBlock, RuleEntryBlock)
	}
	if x.otherEntry.found {
		return take(x.otherEntry, RuleEntryBlock)
	}
	longest, entry := x.scanText(text, outside)
	switch {
	case entry.found:
		return take(entry, RuleEntryText)
	case x.pythonBlock.found:
		return take(x.pythonBlock, RulePythonBlock)
	case x.plainBlock.found:
		return take(x.plainBlock, RuleLastBlock)
	case x.otherBlock.found:
		return take(x.otherBlock, RuleLastBlock)
	case longest.found:
		return take(longest, RuleCodeText)
	}
	return take(block{code: text}, RuleWhole)
}

// defines is Defines for the entry point, with the work counted.
func (x *extractor) defines(code string) bool {
	if x.entry == "" {
		return false
	}
	x.work += len(code)
	return Defines(code, x.entry)
}

// leadingName is the identifier that an entry point begins with: the tests may call "Solution().f".
func leadingName(entry string) string {
	entry = strings.TrimSpace(entry)
	for i := range len(entry) {
		if !isNameByte(entry[i]) {
			return entry[:i]
		}
	}
	return entry
}

// withoutThoughts removes <think>…</think>. A tag counts only at the start or the end of a line, since a program
// may speak of it in a string. A thought that never ends runs to the end of the answer; one that ends without a
// beginning began in the prompt.
func withoutThoughts(s string) string {
	const begin, end = "<think>", "</think>"
	first, last := findTag(s, begin, 0), findTag(s, end, 0)
	if last >= 0 && (first < 0 || last < first) {
		s = s[last+len(end):]
		first = findTag(s, begin, 0)
	}
	if first < 0 {
		return s
	}
	var kept strings.Builder
	only := ""
	for pos := 0; ; {
		if first < 0 {
			only = s[pos:]
			break
		}
		kept.WriteString(s[pos:first])
		last := strings.Index(s[first:], end)
		if last < 0 {
			break
		}
		pos = first + last + len(end)
		first = findTag(s, begin, pos)
	}
	if strings.TrimSpace(kept.String()) == "" {
		return only
	}
	return kept.String() + only
}

// answerPart returns the inside of the last <answer>…</answer>, or s where there is none or a blank one.
func answerPart(s string) string {
	const begin, end = "<answer>", "</answer>"
	at := -1
	for next := findTag(s, begin, 0); next >= 0; next = findTag(s, begin, next+1) {
		at = next
	}
	if at < 0 {
		return s
	}
	part := s[at+len(begin):]
	if stop := strings.LastIndex(part, end); stop >= 0 {
		part = part[:stop]
	}
	if strings.TrimSpace(part) == "" {
		return s
	}
	return part
}

// findTag returns the position at or after from of the first tag at the start or the end of a line, or -1.
func findTag(s, tag string, from int) int {
	for {
		i := strings.Index(s[from:], tag)
		if i < 0 {
			return -1
		}
		i += from
		if atLineStart(s, i) || atLineEnd(s, i+len(tag)) {
			return i
		}
		from = i + len(tag)
	}
}

func atLineStart(s string, i int) bool {
	for i > 0 && (s[i-1] == ' ' || s[i-1] == '\t') {
		i--
	}
	return i == 0 || isNewline(s[i-1])
}

func atLineEnd(s string, i int) bool {
	for i < len(s) && (s[i] == ' ' || s[i] == '\t') {
		i++
	}
	return i == len(s) || isNewline(s[i])
}
