package pycode

import "strings"

// kind is the class of a token.
type kind uint8

const (
	kindEOF     kind = iota
	kindNewline      // the end of a logical line
	kindName         // identifiers and keywords
	kindNumber
	kindString
	kindOp
)

// token is a piece of the source. For an operator, op is its byte, or 0 for one that ends in "=" after another
// operator byte: "==", ":=", "+=". So op '=' is assignment and nothing else.
type token struct {
	kind       kind
	op         byte
	start, end int
}

// lexer cuts Python source into tokens, after the tokenizer of CPython 3.11, in which an f-string is an ordinary
// string. It never fails: a broken string ends at its line, an unclosed bracket swallows the rest. It only moves
// forward, one step a byte.
type lexer struct {
	src    string
	pos    int
	depth  int  // open brackets
	indent int  // column of the current logical line
	inLine bool // the current logical line has a token
	open   bool // the last string token was not closed
}

func newLexer(src string) lexer {
	return lexer{src: src, pos: len(src) - len(strings.TrimPrefix(src, "\ufeff"))}
}

func (lx *lexer) text(t token) string { return lx.src[t.start:t.end] }

// next returns the next token; after the end it returns kindEOF forever.
func (lx *lexer) next() token {
	if !lx.inLine {
		lx.startLine()
	}
	for lx.pos < len(lx.src) {
		c := lx.src[lx.pos]
		switch {
		case c == ' ' || c == '\t' || c == '\f':
			lx.pos++
		case c == '#':
			lx.skipComment()
		case c == '\\' && lx.pos+1 < len(lx.src) && isNewline(lx.src[lx.pos+1]):
			lx.pos++
			lx.skipNewline()
		case isNewline(c):
			start := lx.pos
			lx.skipNewline()
			if lx.depth == 0 && lx.inLine {
				lx.inLine = false
				return token{kind: kindNewline, start: start, end: lx.pos}
			}
		default:
			lx.inLine = true
			return lx.scan(c)
		}
	}
	return token{kind: kindEOF, start: lx.pos, end: lx.pos}
}

// startLine skips blank and comment lines and measures the indentation of the line that follows.
func (lx *lexer) startLine() {
	lx.indent = 0
	for ; lx.pos < len(lx.src); lx.pos++ {
		switch c := lx.src[lx.pos]; {
		case c == ' ' || c == '\t':
			lx.indent++
		case c == '\f' || isNewline(c):
			lx.indent = 0
		case c == '#':
			lx.skipComment()
			lx.pos--
		default:
			return
		}
	}
}

func (lx *lexer) scan(c byte) token {
	start := lx.pos
	switch {
	case isNameByte(c) && !isDigit(c):
		return lx.scanName()
	case isDigit(c):
		lx.skipNumber()
		return token{kind: kindNumber, start: start, end: lx.pos}
	case c == '"' || c == '\'':
		lx.skipString(c)
		return token{kind: kindString, start: start, end: lx.pos}
	}
	lx.pos++
	switch c {
	case '(', '[', '{':
		lx.depth++
	case ')', ']', '}':
		lx.depth = max(0, lx.depth-1)
	case '=', '!', '<', '>', '+', '-', '*', '/', '%', '&', '|', '^', '@', ':':
		if lx.pos < len(lx.src) && lx.src[lx.pos] == '=' {
			lx.pos++
			c = 0
		}
	}
	return token{kind: kindOp, op: c, start: start, end: lx.pos}
}

// scanName reads a name, or a string when the name turns out to be the prefix of one.
func (lx *lexer) scanName() token {
	start := lx.pos
	for lx.pos < len(lx.src) && isNameByte(lx.src[lx.pos]) {
		lx.pos++
	}
	if lx.pos < len(lx.src) && lx.pos-start <= 2 {
		q := lx.src[lx.pos]
		if (q == '"' || q == '\'') && strings.Trim(lx.src[start:lx.pos], "rRbBuUfF") == "" {
			lx.skipString(q)
			return token{kind: kindString, start: start, end: lx.pos}
		}
	}
	return token{kind: kindName, start: start, end: lx.pos}
}

// skipString steps over a string that begins with the quote at pos. A backslash protects the next character in
// raw strings too.
func (lx *lexer) skipString(quote byte) {
	triple := strings.HasPrefix(lx.src[lx.pos:], strings.Repeat(string(quote), 3))
	lx.pos++
	if triple {
		lx.pos += 2
	}
	lx.open = false
	for lx.pos < len(lx.src) {
		switch c := lx.src[lx.pos]; {
		case c == '\\':
			lx.pos++
			if !lx.skipNewline() && lx.pos < len(lx.src) {
				lx.pos++
			}
		case c == quote && !triple:
			lx.pos++
			return
		case c == quote && lx.pos+2 < len(lx.src) && lx.src[lx.pos+1] == quote && lx.src[lx.pos+2] == quote:
			lx.pos += 3
			return
		case isNewline(c) && !triple:
			return
		default:
			lx.pos++
		}
	}
	lx.open = triple
}

// skipNumber stops before a keyword that is glued to the number, as in "1if x else 2".
func (lx *lexer) skipNumber() {
	digits := "0123456789_."
	if rest := lx.src[lx.pos:]; len(rest) > 1 && rest[0] == '0' && strings.IndexByte("xXoObB", rest[1]) >= 0 {
		lx.pos += 2
		digits = "0123456789_abcdefABCDEF"
	}
	lx.skipAny(digits)
	if rest := lx.src[lx.pos:]; len(rest) > 1 && (rest[0] == 'e' || rest[0] == 'E') &&
		(isDigit(rest[1]) || rest[1] == '-' || rest[1] == '+') {
		lx.pos += 2
		lx.skipAny("0123456789_")
	}
	if lx.pos < len(lx.src) && (lx.src[lx.pos] == 'j' || lx.src[lx.pos] == 'J') {
		lx.pos++
	}
}

func (lx *lexer) skipAny(set string) {
	for lx.pos < len(lx.src) && strings.IndexByte(set, lx.src[lx.pos]) >= 0 {
		lx.pos++
	}
}

func (lx *lexer) skipComment() {
	for lx.pos < len(lx.src) && !isNewline(lx.src[lx.pos]) {
		lx.pos++
	}
}

// skipNewline steps over one line end of any of the three kinds that Python knows.
func (lx *lexer) skipNewline() bool {
	if lx.pos >= len(lx.src) || !isNewline(lx.src[lx.pos]) {
		return false
	}
	if lx.src[lx.pos] == '\r' && lx.pos+1 < len(lx.src) && lx.src[lx.pos+1] == '\n' {
		lx.pos++
	}
	lx.pos++
	return true
}

func isNewline(c byte) bool { return c == '\n' || c == '\r' }
func isDigit(c byte) bool   { return '0' <= c && c <= '9' }

// isNameByte takes every byte beyond ASCII for a letter: which of them are would need Unicode's tables, and
// only broken programs have the others outside of strings and comments.
func isNameByte(c byte) bool {
	return c == '_' || c >= 0x80 || isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// isKeyword tells Python's reserved words; "match", "case", "type" and "_" are names.
func isKeyword(name string) bool {
	switch name {
	case "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def",
		"del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda",
		"nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield":
		return true
	}
	return false
}
