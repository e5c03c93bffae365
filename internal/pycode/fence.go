package pycode

import (
	"sort"
	"strings"
)

// fence is a line that opens a block: Markdown's rule, loosened where models are known to stray from it.
type fence struct {
	char   byte // '`' or '~'
	size   int
	indent int
	tag    string // the language, lower case, "" for none
}

func isPythonTag(tag string) bool {
	switch tag {
	case "python", "py", "python2", "python3", "py3", "py2", "ipython", "ipython3", "cpython":
		return true
	}
	return strings.HasPrefix(tag, "python3.") || strings.HasPrefix(tag, "python-3")
}

// span is a part of a text, from byte start up to end.
type span struct{ start, end int }

// openFence reads a line as an opening fence. The fence may stand after a list marker, and one marked as Python
// after words too ("Here it is: ```python").
func openFence(line string) (fence, bool) {
	indent := len(line) - len(strings.TrimLeft(line, " \t"))
	indent += listMarker(line[indent:])
	if f, ok := fenceAt(line, indent); ok {
		return f, true
	}
	at := strings.Index(line, "```")
	if at < 0 {
		return fence{}, false
	}
	f, ok := fenceAt(line, at)
	f.indent = 0
	return f, ok && isPythonTag(f.tag) && isPythonTag(strings.ToLower(strings.TrimSpace(line[at+f.size:])))
}

// fenceAt reads a run of three or more backticks or tildes at byte i of line, and the language after it. A
// backtick behind a run of backticks makes it inline code.
func fenceAt(line string, i int) (fence, bool) {
	if i >= len(line) || line[i] != '`' && line[i] != '~' {
		return fence{}, false
	}
	info := strings.TrimLeft(line[i:], line[i:i+1])
	f := fence{char: line[i], size: len(line) - i - len(info), indent: i}
	if f.size < 3 || f.char == '`' && strings.IndexByte(info, '`') >= 0 {
		return fence{}, false
	}
	info = strings.TrimSpace(info)
	info = strings.TrimLeft(info, "{. ")
	if end := strings.IndexAny(info, " \t,{}:"); end >= 0 {
		info = info[:end]
	}
	f.tag = strings.ToLower(info)
	return f, true
}

// listMarker returns the length of a "- ", "* ", "+ " or "1. " that begins s, with the blanks after it.
func listMarker(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	switch {
	case n == 0 && s != "" && strings.IndexByte("-*+", s[0]) >= 0:
	case n > 0 && n < len(s) && (s[n] == '.' || s[n] == ')'):
	default:
		return 0
	}
	rest := strings.TrimLeft(s[n+1:], " \t")
	if len(rest) == len(s)-n-1 {
		return 0
	}
	return len(s) - len(rest)
}

// closedBy tells whether line closes the block: a run of the same character, at least as long, with nothing that
// reads as a language after it. A fence much deeper than the opening one belongs to a docstring.
func (f fence) closedBy(line string) bool {
	indent := len(line) - len(strings.TrimLeft(line, " \t"))
	if indent > f.indent+3 {
		return false
	}
	rest := strings.TrimLeft(line[indent:], string(f.char))
	if len(line)-indent-len(rest) < f.size {
		return false
	}
	rest = strings.TrimSpace(rest)
	switch {
	case rest == "" || rest[0] >= 0x80:
		return true
	case strings.IndexByte(rest, '`') >= 0:
		return false
	case isNameByte(rest[0]) || rest[0] == '{':
		return strings.Count(rest, " ") >= 2 && !isPythonTag(strings.Fields(rest)[0]) // "``` This works because"
	}
	return true
}

// reopenedBy tells whether line opens a Python block while f is still open: the model forgot to close f.
func (f fence) reopenedBy(line string) bool {
	g, ok := fenceAt(line, len(line)-len(strings.TrimLeft(line, " \t")))
	return ok && g.char == f.char && g.size >= f.size && g.indent <= f.indent && isPythonTag(g.tag)
}

// fenceScanner walks an answer line by line.
type fenceScanner struct {
	x    *extractor
	text string
	pos  int

	open      bool
	fence     fence
	start     int    // of the open block's code
	outer     []int  // sizes of the open fences marked as Markdown, whose content is read as text
	any       bool   // a fence has been seen
	glued     int    // end of code before a fence at the end of a line of the open block ("return x```"), or -1
	resume    int    // where the line of glued ends
	outsideAt int    // where the text outside of blocks last began
	parts     []span // of text outside of blocks, up to there
	noCloser  bool   // no proper closing fence is left in the text

	strings  []span // of code outside of fences; known once it was needed
	searched bool
}

// inString tells whether byte i stands in a docstring of code, where an indented fence is an example and opens
// nothing. Fences at column 0 are not asked about: a string that a broken program left open may end in the next.
func (s *fenceScanner) inString(i int) bool {
	if !s.searched {
		s.searched = true
		s.strings = s.x.longStrings(s.text)
	}
	n := sort.Search(len(s.strings), func(k int) bool { return s.strings[k].end > i })
	return n < len(s.strings) && s.strings[n].start < i
}

// scanFences collects the fenced blocks of text and returns what stands outside of them.
func (x *extractor) scanFences(text string) []span {
	s := fenceScanner{x: x, text: text, glued: -1}
	for {
		for s.pos < len(text) {
			end := lineEnd(text, s.pos)
			x.work += end - s.pos
			line := strings.TrimRight(text[s.pos:end], "\r\n")
			if s.open {
				s.inside(line, end)
			} else {
				s.outside(line, end)
			}
			s.pos = end
		}
		if !s.open {
			return append(s.parts, span{s.outsideAt, len(text)})
		}
		if s.glued < 0 || s.noCloser {
			s.close(len(text), true)
			return s.parts
		}
		// The block ran to the end for want of a fence on a line of its own, so the glued one closed it. None of
		// the blocks after it can find one either, which is what keeps this to two passes.
		s.noCloser = true
		s.pos = s.resume
		s.close(s.glued, false)
	}
}

func (s *fenceScanner) outside(line string, end int) {
	f, ok := openFence(line)
	if !ok || f.indent > 0 && s.inString(s.pos) {
		return
	}
	first := !s.any
	s.any = true
	switch {
	case f.tag == "" && first && s.x.looksContinued(s.text[:s.pos]):
		s.x.add(s.text[:s.pos], fence{tag: "python"}, false)
		s.outsideAt = end
	case f.tag == "markdown" || f.tag == "md":
		s.outer = append(s.outer, f.size)
	case f.tag == "" && len(s.outer) > 0 && f.size >= s.outer[len(s.outer)-1]:
		s.outer = s.outer[:len(s.outer)-1]
	default:
		s.open, s.fence, s.start, s.glued = true, f, end, -1
		if s.outsideAt < s.pos {
			s.parts = append(s.parts, span{s.outsideAt, s.pos})
		}
	}
}

func (s *fenceScanner) inside(line string, end int) {
	switch {
	case s.fence.closedBy(line):
		s.close(s.pos, false)
	case s.fence.reopenedBy(line):
		if s.glued >= 0 {
			s.close(s.glued, false)
		} else {
			s.close(s.pos, true)
		}
		s.outside(line, end)
	case s.glued < 0 && s.fence.char == '`' && s.fence.size == 3:
		at := strings.Index(line, "```")
		if at < 0 || strings.TrimRight(line[at:], " \t") != "```" || strings.TrimSpace(line[:at]) == "" {
			return
		}
		s.glued, s.resume = s.pos+at, end
		if s.noCloser {
			s.close(s.glued, false)
		}
	}
}

func (s *fenceScanner) close(end int, cut bool) {
	s.x.add(s.text[s.start:end], s.fence, cut)
	s.open = false
	s.outsideAt = lineEnd(s.text, end)
}

// looksContinued tells whether text, which ends at the answer's first fence, is a program whose opening fence
// stood in the prompt.
func (x *extractor) looksContinued(text string) bool {
	if x.defines(text) {
		return true
	}
	for pos := 0; pos < len(text); {
		end := lineEnd(text, pos)
		x.work += end - pos
		line := text[pos:end]
		if rest := strings.TrimSpace(line); rest != "" && rest[0] != '#' {
			return shapeOf(line) == shapeStart
		}
		pos = end
	}
	return false
}

// add takes a block as a candidate.
func (x *extractor) add(code string, f fence, cut bool) {
	x.work += len(code)
	if strings.TrimSpace(code) == "" {
		return
	}
	x.blocks++
	if f.indent > 0 {
		code = dedent(code)
	}
	b := block{code: code, cut: cut, found: true}
	if x.keepAll {
		x.all = append(x.all, Block{Code: code, Tag: f.tag, Python: isPythonTag(f.tag), Cut: cut})
	}
	defines := x.defines(code)
	switch {
	case isPythonTag(f.tag):
		x.pythonBlock = b
	case f.tag == "":
		x.plainBlock = b
	default:
		x.otherBlock = b
		if defines { // "class Solution {" reads as a definition, so another language yields to Python
			x.otherEntry = b
		}
		return
	}
	if defines {
		x.entryBlock = b
	}
}

// dedent takes from each line what it shares with the first line's indentation.
func dedent(code string) string {
	var out strings.Builder
	indent, known := "", false
	for pos := 0; pos < len(code); {
		end := lineEnd(code, pos)
		line := code[pos:end]
		body := strings.TrimLeft(line, " \t")
		if !known && strings.TrimSpace(body) != "" {
			indent, known = line[:len(line)-len(body)], true
		}
		shared := 0
		for shared < len(indent) && shared < len(line) && indent[shared] == line[shared] {
			shared++
		}
		out.WriteString(line[shared:])
		pos = end
	}
	return out.String()
}

// lineEnd returns where the line at pos ends, its line feed included.
func lineEnd(s string, pos int) int {
	if i := strings.IndexByte(s[pos:], '\n'); i >= 0 {
		return pos + i + 1
	}
	return len(s)
}
