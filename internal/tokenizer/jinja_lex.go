package tokenizer

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// tokenKind is what a token of a template is.
type tokenKind int

const (
	tokenEnd           tokenKind = iota // of the template
	tokenData                           // text between tags
	tokenBlock                          // {%
	tokenBlockEnd                       // %}
	tokenExpression                     // {{
	tokenExpressionEnd                  // }}
	tokenName
	tokenString // its text is what it stands for
	tokenInteger
	tokenFloat
	tokenOperator
)

// token is a part of a template.
type token struct {
	kind tokenKind
	text string
	line int
}

// templateError is a fault in the source of a template.
type templateError struct {
	line int
	err  error
}

// Error says on which line what is wrong.
func (e *templateError) Error() string { return fmt.Sprintf("line %d: %v", e.line, e.err) }

// Unwrap returns what is wrong.
func (e *templateError) Unwrap() error { return e.err }

// lexer cuts the source of a template into tokens, with white space kept and dropped as Jinja does with trim_blocks and
// lstrip_blocks: a line break after a block goes, and so do blanks between a line's beginning and a block.
type lexer struct {
	source    string
	at        int
	line      int // of counted
	counted   int // a place at or before at
	tokens    []token
	lineStart bool   // the last tag took the rest of its line
	open      []byte // the brackets to be closed, innermost last
}

// lex returns the tokens of a source, the last of them a tokenEnd.
func lex(source string) ([]token, error) {
	source = strings.ReplaceAll(strings.ReplaceAll(source, "\r\n", "\n"), "\r", "\n")
	l := &lexer{source: strings.TrimSuffix(source, "\n"), lineStart: true, line: 1}
	for l.at < len(l.source) {
		if err := l.next(); err != nil {
			return nil, &templateError{l.lineAt(l.at), err}
		}
	}
	l.emit(tokenEnd, "", l.at)
	return l.tokens, nil
}

// lineAt returns the line of a place, which is not before one that was asked for.
func (l *lexer) lineAt(at int) int {
	l.line += strings.Count(l.source[l.counted:at], "\n")
	l.counted = at
	return l.line
}

func (l *lexer) emit(kind tokenKind, text string, at int) {
	l.tokens = append(l.tokens, token{kind, text, l.lineAt(at)})
}

// next reads the data up to a tag, and the tag.
func (l *lexer) next() error {
	start, data := l.at, l.source[l.at:]
	tag := tagStart(data)
	if tag < 0 {
		l.emit(tokenData, data, start)
		l.at = len(l.source)
		return nil
	}
	data = data[:tag]
	l.at += tag + 2
	kind := l.source[l.at-1]
	switch sign := l.sign(); {
	case sign == '-':
		data = strings.TrimRightFunc(data, isPythonSpace)
	case sign == 0 && kind != '{':
		line := strings.LastIndexByte(data, '\n') + 1
		if (line > 0 || l.lineStart) && strings.TrimLeftFunc(data[line:], isPythonSpace) == "" {
			data = data[:line]
		}
	}
	if data != "" {
		l.emit(tokenData, data, start)
	}
	switch kind {
	case '#':
		return l.comment()
	case '%':
		l.emit(tokenBlock, "", l.at)
		return l.expression("%}", tokenBlockEnd)
	}
	l.emit(tokenExpression, "", l.at)
	return l.expression("}}", tokenExpressionEnd)
}

// tagStart returns where the next tag begins, or -1.
func tagStart(s string) int {
	for i := 0; i+1 < len(s); i++ {
		if s[i] == '{' && (s[i+1] == '%' || s[i+1] == '{' || s[i+1] == '#') {
			return i
		}
	}
	return -1
}

// sign reads the - or + of a tag's beginning.
func (l *lexer) sign() byte {
	if l.at < len(l.source) && (l.source[l.at] == '-' || l.source[l.at] == '+') {
		l.at++
		return l.source[l.at-1]
	}
	return 0
}

// end reads the end of a tag, if it is here, and the white space that goes with it.
func (l *lexer) end(mark string) bool {
	rest := l.source[l.at:]
	switch {
	case strings.HasPrefix(rest, "-"+mark):
		rest = strings.TrimLeftFunc(rest[len(mark)+1:], isPythonSpace)
	case mark != "}}" && strings.HasPrefix(rest, "+"+mark):
		rest = rest[len(mark)+1:]
	case strings.HasPrefix(rest, mark):
		rest = rest[len(mark):]
		if mark != "}}" {
			rest = strings.TrimPrefix(rest, "\n")
		}
	default:
		return false
	}
	l.at = len(l.source) - len(rest)
	l.lineStart = l.source[l.at-1] == '\n'
	return true
}

func (l *lexer) comment() error {
	for i := l.at; i < len(l.source); i++ {
		if c := l.source[i]; c == '#' || c == '-' || c == '+' {
			l.at = i
			if l.end("#}") {
				return nil
			}
		}
	}
	return fmt.Errorf("the comment does not end")
}

// expression reads what is between {{ and }}, or {% and %}.
func (l *lexer) expression(mark string, end tokenKind) error {
	for l.at < len(l.source) {
		start := l.at
		if len(l.open) == 0 && l.end(mark) {
			l.emit(end, "", start)
			return nil
		}
		if err := l.part(); err != nil {
			return err
		}
	}
	return fmt.Errorf("a tag does not end with %s", mark)
}

// maxName bounds names, so that looking one up is one step's work.
const maxName = 256

// part reads one token of an expression, or white space.
func (l *lexer) part() error {
	switch c := l.source[l.at]; {
	case isPythonSpace(rune(c)):
		l.at++
	case c == '\'' || c == '"':
		return l.text(c)
	case c >= '0' && c <= '9':
		return l.number()
	case isNameByte(c):
		start := l.at
		for l.at < len(l.source) && isNameByte(l.source[l.at]) {
			l.at++
		}
		if l.at-start > maxName {
			return fmt.Errorf("the name at %q has more than %d letters", short(l.source[start:]), maxName)
		}
		l.emit(tokenName, l.source[start:l.at], start)
	default:
		return l.operator()
	}
	return nil
}

func isNameByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// number reads a decimal number, as no other is known here.
func (l *lexer) number() error {
	start, kind := l.at, tokenInteger
	digits := func() {
		for l.at < len(l.source) && l.source[l.at] >= '0' && l.source[l.at] <= '9' {
			l.at++
		}
	}
	digits()
	if rest := l.source[l.at:]; len(rest) > 1 && rest[0] == '.' && rest[1] >= '0' && rest[1] <= '9' {
		kind = tokenFloat
		l.at++
		digits()
	}
	if l.at < len(l.source) && isNameByte(l.source[l.at]) {
		return fmt.Errorf("the number at %q is of a kind that is not known here", short(l.source[start:]))
	}
	l.emit(kind, l.source[start:l.at], start)
	return nil
}

func (l *lexer) operator() error {
	rest := l.source[l.at:]
	text := rest[:1]
	for _, two := range []string{"//", "**", "==", "!=", "<=", ">="} {
		if strings.HasPrefix(rest, two) {
			text = two
		}
	}
	if len(text) == 1 && !strings.Contains("+-*/%~[](){}=<>.:|,", text) {
		return fmt.Errorf("%q is no part of an expression", short(rest))
	}
	switch c := text[0]; c {
	case '(':
		l.open = append(l.open, ')')
	case '[', '{':
		l.open = append(l.open, c+2)
	case ')', ']', '}':
		if len(l.open) == 0 || l.open[len(l.open)-1] != c {
			return fmt.Errorf("%q closes no bracket", c)
		}
		l.open = l.open[:len(l.open)-1]
	}
	l.emit(tokenOperator, text, l.at)
	l.at += len(text)
	return nil
}

// text reads a string with Python's escapes.
func (l *lexer) text(quote byte) error {
	start := l.at
	var b strings.Builder
	for i := l.at + 1; i < len(l.source); i++ {
		switch c := l.source[i]; c {
		case quote:
			l.at = i + 1
			l.emit(tokenString, b.String(), start)
			return nil
		case '\\':
			n, err := escape(&b, l.source[i+1:])
			if err != nil {
				return err
			}
			i += n
		default:
			b.WriteByte(c)
		}
	}
	return fmt.Errorf("the string at %q does not end", short(l.source[start:]))
}

// escapes are Python's escapes of one letter; a line break is left out.
var escapes = map[byte]string{
	'\n': "", '\\': "\\", '\'': "'", '"': "\"",
	'a': "\a", 'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t", 'v': "\v",
}

// escape writes what the escape at the beginning of s, after its backslash, stands for, and returns its length.
func escape(b *strings.Builder, s string) (int, error) {
	if s == "" {
		return 0, nil
	}
	if text, ok := escapes[s[0]]; ok {
		b.WriteString(text)
		return 1, nil
	}
	if s[0] == 'N' || s[0] >= '0' && s[0] <= '7' {
		return 0, fmt.Errorf("the escape at %q is of a kind that is not known here", "\\"+short(s))
	}
	digits, ok := map[byte]int{'x': 2, 'u': 4, 'U': 8}[s[0]]
	if !ok {
		b.WriteByte('\\') // Python keeps what is no escape
		return 0, nil
	}
	if len(s) <= digits {
		return 0, fmt.Errorf("the escape at %q is cut off", "\\"+short(s))
	}
	r, err := strconv.ParseUint(s[1:1+digits], 16, 32)
	if err != nil || !utf8.ValidRune(rune(r)) {
		return 0, fmt.Errorf("the escape at %q is of no character", "\\"+short(s))
	}
	b.WriteRune(rune(r))
	return 1 + digits, nil
}

// isPythonSpace tells what Python takes for white space.
func isPythonSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1C && r <= 0x1F }

// short cuts a text for a message.
func short(s string) string {
	const most = 20
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
