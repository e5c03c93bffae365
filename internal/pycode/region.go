package pycode

import "strings"

// shape is what one line of an answer looks like on its own.
type shape uint8

const (
	shapeProse    shape = iota
	shapeBlank          // nothing, or a comment
	shapeIndented       // anything that is not at column 0
	shapeCode           // a statement that may stand within a program
	shapeStart          // a statement that a program may begin with
)

// scanText finds stretches of code in the parts of text that stand outside of fences. It returns the longest, and
// the last that defines the entry point.
func (x *extractor) scanText(text string, outside []span) (longest, entry block) {
	r := regions{x: x}
	for _, part := range outside {
		r.scan(text[part.start:part.end])
	}
	return r.longest, r.entry
}

// longStrings returns where in text the strings of code that cover several lines begin and end, in order.
func (x *extractor) longStrings(text string) []span {
	r := regions{x: x, keepStrings: true}
	r.scan(text)
	return r.strings
}

// regions walks over stretches of code. A line is judged on its own, and only an accepted one is read on to the
// end of its statement and never looked at again; that keeps the whole linear.
type regions struct {
	x          *extractor
	text       string
	start, end int // the open stretch; start is -1 for none
	header     int // a line that ends with a colon and still waits for its block, or -1
	before     int // where the code before header ended

	longest, entry block

	keepStrings bool
	strings     []span
}

func (r *regions) scan(text string) {
	r.text, r.start, r.header = text, -1, -1
	for pos := 0; pos < len(text); {
		end := lineEnd(text, pos)
		r.x.work += end - pos
		switch s := shapeOf(text[pos:end]); {
		case s == shapeBlank || s == shapeIndented && r.start < 0 || s == shapeCode && r.start < 0:
			pos = end
		case s == shapeProse:
			r.close()
			pos = end
		case s == shapeIndented:
			r.header = -1
			pos = r.extend(pos)
		default:
			pos = r.statement(pos, s)
		}
	}
	r.header = -1 // the text may have been cut off behind it
	r.close()
}

// statement takes a line at column 0 into the stretch and returns where to go on.
func (r *regions) statement(pos int, s shape) int {
	if r.header >= 0 { // no block followed, so that it was prose, as in "if possible:"
		r.close()
		if s != shapeStart {
			return lineEnd(r.text, pos)
		}
	}
	if r.start < 0 {
		r.start, r.end = pos, pos
	}
	before := r.end
	next := r.extend(pos)
	if endsWithColon(r.text[pos:r.end]) {
		r.header, r.before = pos, before
	}
	return next
}

// extend takes the statement at pos into the stretch; a string or a bracket may carry it over many lines.
func (r *regions) extend(pos int) int {
	lx := newLexer(r.text)
	lx.pos = pos
	for tok := lx.next(); tok.kind != kindNewline && tok.kind != kindEOF; tok = lx.next() {
		if r.keepStrings && tok.kind == kindString && !lx.open && strings.IndexByte(lx.text(tok), '\n') >= 0 {
			r.strings = append(r.strings, span{tok.start, tok.end})
		}
	}
	r.x.work += lx.pos - pos
	r.end = lx.pos
	if lx.pos > pos && r.text[lx.pos-1] == '\r' { // a lone carriage return does not end a line of the answer
		r.end = lineEnd(r.text, lx.pos)
	}
	return r.end
}

func (r *regions) close() {
	if r.header >= 0 {
		r.end = r.before
	}
	if r.start >= 0 && r.end > r.start {
		b := block{code: r.text[r.start:r.end], found: true}
		if len(b.code) > len(r.longest.code) {
			r.longest = b
		}
		if r.x.defines(b.code) {
			r.entry = b
		}
	}
	r.start, r.header = -1, -1
}

// endsWithColon tells whether the last token of a statement is a colon.
func endsWithColon(statement string) bool {
	lx := newLexer(statement)
	return skipLine(&lx, lx.next()).op == ':'
}

// shapeOf judges one physical line.
func shapeOf(line string) shape {
	body := strings.TrimRight(line, " \t\r\n\f")
	if body == "" || body[0] == '#' {
		return shapeBlank
	}
	if body[0] == ' ' || body[0] == '\t' {
		if strings.TrimLeft(body, " \t")[0] == '#' {
			return shapeBlank
		}
		return shapeIndented
	}
	s := summarize(body)
	return s.shape()
}

// summary holds what the shape of a line depends on.
type summary struct {
	first, second token
	words         [2]string // texts of first and second, where they are names
	adjacent      bool      // two operands stand side by side, which Python never allows
	foreign       bool      // a character that Python has no use for
	assign        bool      // "=" or "+=" outside brackets
	colon         bool      // ":" outside brackets, before any "="
	in, imports   bool      // the words "in" and "import"
	call          bool      // an opening parenthesis right after a name
	unfinished    bool      // the statement goes on in the next line
	last          token
}

func summarize(line string) summary {
	var s summary
	lx := newLexer(line)
	var prev token
	for n := 0; ; n++ {
		tok := lx.next()
		if tok.kind == kindEOF || tok.kind == kindNewline {
			break
		}
		word := ""
		if tok.kind == kindName {
			word = lx.text(tok)
		}
		if n < 2 {
			s.words[n] = word
		}
		switch n {
		case 0:
			s.first = tok
		case 1:
			s.second = tok
		}
		s.see(&lx, prev, tok)
		prev = tok
	}
	s.last = prev
	s.unfinished = lx.depth > 0 || lx.open || strings.HasSuffix(line, "\\")
	return s
}

func (s *summary) see(lx *lexer, prev, tok token) {
	word := ""
	if tok.kind == kindName {
		word = lx.text(tok)
	}
	if operand(lx, prev) && operand(lx, tok) && (prev.kind != kindString || tok.kind != kindString) {
		s.adjacent = s.adjacent || lx.text(prev) != "match" && lx.text(prev) != "case"
	}
	s.in = s.in || word == "in"
	s.imports = s.imports || word == "import"
	if tok.kind == kindOp {
		s.seeOp(lx, prev, tok)
	}
}

func (s *summary) seeOp(lx *lexer, prev, tok token) {
	switch tok.op {
	case '$', '?', '`', '!', '\\':
		s.foreign = true
	case '(':
		s.call = s.call || prev.kind == kindName
	case '=':
		s.assign = s.assign || lx.depth == 0
	case 0:
		s.assign = s.assign || lx.depth == 0 && isAugmented(lx.text(tok))
	case ':':
		s.colon = s.colon || lx.depth == 0 && !s.assign
	}
}

func isAugmented(op string) bool {
	return op != "==" && op != "!=" && op != "<=" && op != ">=" && op != ":="
}

func operand(lx *lexer, t token) bool {
	switch t.kind {
	case kindName:
		return !isKeyword(lx.text(t))
	case kindNumber, kindString:
		return true
	}
	return false
}

func (s *summary) shape() shape {
	switch {
	case s.adjacent || s.foreign:
		return shapeProse
	case s.first.kind == kindName && (isKeyword(s.words[0]) || s.words[0] == "match"):
		return s.keywordShape()
	case s.first.kind == kindName:
		return s.nameShape()
	case s.first.kind == kindString:
		return when(s.last.kind == kindString, shapeCode)
	case s.first.op == '@':
		return when(s.second.kind == kindName, shapeStart)
	case s.first.op == '(' || s.first.op == '[' || s.first.op == '*':
		return when(s.assign, shapeCode)
	}
	return shapeProse
}

// keywordShape judges a line that begins with a keyword or with "match".
func (s *summary) keywordShape() shape {
	block := s.colon || s.unfinished
	switch s.words[0] {
	case "def", "class", "async", "import", "from":
		return when(s.defines(block), shapeStart)
	case "for":
		return when(s.in && block, shapeStart)
	case "if", "while", "with", "match":
		return when(block, shapeStart)
	case "try":
		return when(s.second.op == ':', shapeStart)
	case "else", "finally":
		return when(s.second.op == ':', shapeCode)
	case "elif", "except":
		return when(block, shapeCode)
	case "return", "raise", "assert", "del", "global", "nonlocal", "pass", "await", "yield":
		return shapeCode
	}
	return shapeProse
}

// defines tells whether a line that begins like a definition or an import goes on like one.
func (s *summary) defines(block bool) bool {
	named := s.second.kind == kindName && !isKeyword(s.words[1])
	switch s.words[0] {
	case "def":
		return named && s.call
	case "class":
		return named && block
	case "import":
		return named
	case "from":
		return s.imports && (named || s.second.op == '.')
	}
	return s.words[1] == "def" || s.words[1] == "for" || s.words[1] == "with" // async
}

// nameShape judges a line that begins with a name: an assignment, plain or annotated, or a call.
func (s *summary) nameShape() shape {
	switch {
	case s.colon && !s.assign:
		return shapeProse // "Output: 3", "Complexity: O(n)"
	case s.colon:
		return when(s.second.op == ':', shapeCode)
	case s.assign && s.second.kind == kindOp:
		return shapeStart
	case s.call && (s.last.op == ')' || s.unfinished):
		return shapeCode
	}
	return shapeProse
}

func when(ok bool, s shape) shape {
	if ok {
		return s
	}
	return shapeProse
}
