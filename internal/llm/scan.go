package llm

import (
	"encoding/json"
	"strconv"
	"strings"
)

// A scanner reads one value as models write them: JSON, and what they write in its place that has one meaning only.
// That is quotes, triple quotes and keywords of Python, keys without quotes, raw line ends in strings, comments,
// superfluous commas, and … for elements left out. What could be read in two ways, such as quotes inside a string that
// are not escaped, breaks the value: a guess would turn a test into another test.
//
// It writes a skeleton: the value with each string and key replaced by its number in quotes, without blanks and
// comments, and a comma only behind an element. What is repaired later is repaired there, so that no repair can touch
// a text.
type scanner struct {
	text    string
	pos     int
	out     []byte    // the skeleton
	strings []literal // the strings and keys, by their numbers
	stack   []frame
	want    want
	began   bool // a string was followed by a comma or a colon: this is no prose
}

// literal is where a string stands in the text, without its quotes.
type literal struct {
	start, end int
	quote      byte // ', " or, for a key without any, 0
}

// frame is an object or array that is open.
type frame struct {
	opener byte
	whole  int // the skeleton up to here holds only elements that have ended
}

// want is what may come next.
type want int

const (
	wantElement want = iota // of an array, or its end
	wantKey                 // of an object, or its end
	wantColon
	wantValue // of a key
	wantComma // or the end of the object or array
)

// ending says how far a scanner came.
type ending int

const (
	whole  ending = iota // the value ends at pos
	cut                  // the text ends inside the value
	broken               // what stands at pos cannot be there
)

// maxDepth is how deep values may be nested. Nothing that is asked for comes near.
const maxDepth = 200

// scan reads the value whose opening bracket stands at start.
func scan(text string, start int) (*scanner, ending) {
	s := &scanner{text: text, pos: start, want: wantValue}
	for {
		s.blank()
		if s.pos >= len(text) {
			return s, cut
		}
		switch end := s.token(); {
		case end != whole:
			return s, end
		case len(s.stack) == 0:
			return s, whole
		}
	}
}

// token reads one token; cut or broken tells that there is none.
func (s *scanner) token() ending {
	switch c := s.text[s.pos]; c {
	case '{', '[':
		return s.open(c)
	case '}', ']':
		return s.close(c)
	case ',':
		return s.comma()
	case ':':
		if s.want != wantColon {
			return broken
		}
		s.began = s.began || s.strings[len(s.strings)-1].quote != 0
		s.emit(":", wantValue)
		return whole
	case '"', '\'':
		return s.quoted(c)
	}
	return s.bare()
}

// emit takes a token that the skeleton has as it stands.
func (s *scanner) emit(token string, next want) {
	s.out = append(s.out, token...)
	s.pos += len(token)
	s.want = next
}

func (s *scanner) top() *frame { return &s.stack[len(s.stack)-1] }

// inside is what may come after an opening bracket or a comma.
func (s *scanner) inside() want {
	if s.top().opener == '{' {
		return wantKey
	}
	return wantElement
}

func (s *scanner) open(c byte) ending {
	if s.want != wantElement && s.want != wantValue || len(s.stack) == maxDepth {
		return broken
	}
	s.stack = append(s.stack, frame{opener: c, whole: len(s.out) + 1})
	s.emit(string(c), s.inside())
	return whole
}

func (s *scanner) close(c byte) ending {
	if s.want == wantColon || s.want == wantValue || s.top().opener != c-2 { // '{' is '}'-2, and '[' is ']'-2
		return broken
	}
	s.stack = s.stack[:len(s.stack)-1]
	s.emit(string(c), wantComma)
	if len(s.stack) > 0 {
		s.top().whole = len(s.out)
	}
	return whole
}

func (s *scanner) comma() ending {
	switch s.want {
	case wantColon, wantValue:
		return broken
	case wantComma:
		s.top().whole = len(s.out)
		s.began = s.began || s.out[len(s.out)-1] == '"'
		s.emit(",", s.inside())
	default:
		s.pos++ // superfluous
	}
	return whole
}

// quoted reads a string.
func (s *scanner) quoted(quote byte) ending {
	if s.want == wantColon || s.want == wantComma {
		return broken
	}
	mark := s.text[s.pos : s.pos+1]
	if triple := strings.Repeat(mark, 3); strings.HasPrefix(s.text[s.pos:], triple) {
		mark = triple
	}
	start := s.pos + len(mark)
	end := closing(s.text, start, mark)
	if end < 0 {
		return cut
	}
	s.take(literal{start, end, quote}, end+len(mark))
	return whole
}

// closing returns where the mark that ends a string stands; -1 if it does not.
func closing(text string, at int, mark string) int {
	for {
		i := strings.IndexAny(text[at:], mark[:1]+`\`)
		if i < 0 {
			return -1
		}
		at += i
		switch {
		case text[at] == '\\':
			at += 2
			if at > len(text) {
				return -1
			}
		case strings.HasPrefix(text[at:], mark):
			return at
		default:
			at++
		}
	}
}

// take puts a string or key in the table and its number in the skeleton.
func (s *scanner) take(l literal, next int) {
	s.out = append(s.out, '"')
	s.out = strconv.AppendInt(s.out, int64(len(s.strings)), 10)
	s.out = append(s.out, '"')
	s.strings = append(s.strings, l)
	s.pos = next
	if s.want == wantKey {
		s.want = wantColon
	} else {
		s.want = wantComma
	}
}

// bare reads what has no quotes: a number, a keyword, a key, or dots for elements left out.
func (s *scanner) bare() ending {
	if s.want == wantColon || s.want == wantComma {
		return broken
	}
	end := s.pos
	for end < len(s.text) && isBare(s.text[end]) {
		end++
	}
	token := s.text[s.pos:end]
	switch {
	case token == "":
		return broken
	case end == len(s.text):
		return cut // it may go on
	case (token == "..." || token == "…") && s.want != wantValue:
		s.out = append(s.out, "..."...)
		s.pos, s.want = end, wantComma
	case s.want == wantKey:
		if !isIdentifier(token) {
			return broken
		}
		s.take(literal{s.pos, end, 0}, end)
	case isScalar(token):
		s.emit(token, wantComma)
	default:
		return broken
	}
	return whole
}

// isBare reports whether a byte can be part of a number, a word or dots.
func isBare(c byte) bool {
	return c == '_' || c == '$' || c == '.' || c == '+' || c == '-' || c >= 0x80 || isAlphanumeric(c)
}

func isAlphanumeric(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' }

func isIdentifier(token string) bool {
	for i := range len(token) {
		if c := token[i]; c != '_' && !isAlphanumeric(c) || i == 0 && c <= '9' {
			return false
		}
	}
	return true
}

// isScalar reports whether JSON has the token as a number or keyword, or Python as a keyword.
func isScalar(token string) bool {
	return token == "None" || token == "True" || token == "False" || json.Valid([]byte(token))
}

// blank passes over blanks and comments. A comment that the text cuts off goes to its end.
func (s *scanner) blank() {
	for s.pos < len(s.text) {
		rest := s.text[s.pos:]
		switch {
		case strings.IndexByte(" \t\r\n", rest[0]) >= 0:
			s.pos++
		case rest[0] == '#' || strings.HasPrefix(rest, "//"):
			s.pass(rest, "\n")
		case strings.HasPrefix(rest, "/*"):
			s.pass(rest[2:], "*/")
		case rest == "/":
			s.pos++
		default:
			return
		}
	}
}

// pass goes behind a mark in the rest of the text.
func (s *scanner) pass(rest, mark string) {
	i := strings.Index(rest, mark)
	if i < 0 {
		s.pos = len(s.text)
		return
	}
	s.pos = len(s.text) - len(rest) + i + len(mark)
}

// shorten ends a value that the text cuts off. The objects around the cut keep the members, and the first array among
// them the elements, that are known to be whole, because they end with a bracket or a comma follows; nothing else is
// shortened, for half an element would be another element.
func (s *scanner) shorten() {
	depth := len(s.stack) - 1
	for i, f := range s.stack {
		if f.opener == '[' {
			depth = i
			break
		}
	}
	s.out = s.out[:s.stack[depth].whole]
	for i := depth; i >= 0; i-- {
		s.out = append(s.out, s.stack[i].opener+2)
	}
}
