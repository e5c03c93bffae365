package tokenizer

import "strings"

// splitter cuts a text into the pieces that are merged each on its own. It is one scanner for the family of regular
// expressions that byte-level tokenizers cut by: their alternatives are the same and differ in what is set here.
//
// The expressions cover every text, so nothing is left over between pieces.
type splitter struct {
	classes *classes

	anyCase bool // contractions count in capitals as well: (?i:'s|'t|…)
	anyLead bool // any one character but a line break, letter or number goes with the letters after it; else a space does
	digits  int  // the longest run of numbers in one piece; 0 is any, and a space goes with it then
	lines   bool // line breaks go with the punctuation before them, and blank lines stand apart from indentation
	marks   bool // marks count as letters
}

// The expressions, as tokenizer.json has them.
const (
	qwen2Pattern = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*` +
		`|\s*[\r\n]+|\s+(?!\S)|\s+`
	qwen35Pattern = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}| ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*` +
		`|\s*[\r\n]+|\s+(?!\S)|\s+`
	llama3Pattern = `(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*` +
		`|\s*[\r\n]+|\s+(?!\S)|\s+`
	gpt2Pattern = `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
)

// splitters are the known expressions: of Qwen2 to Qwen3, of Qwen3.5, of Llama 3 and cl100k, and of GPT-2.
var splitters = map[string]splitter{
	qwen2Pattern:  {anyCase: true, anyLead: true, digits: 1, lines: true},
	qwen35Pattern: {anyCase: true, anyLead: true, digits: 1, lines: true, marks: true},
	llama3Pattern: {anyCase: true, anyLead: true, digits: 3, lines: true},
	gpt2Pattern:   {},
}

// newSplitter returns the scanner of an expression, which has to be a known one: a regular expression of Go or of
// another library reads some of these texts in another way, and takes more than linear time for others.
func newSplitter(pattern string) (splitter, bool) {
	p, ok := splitters[pattern]
	p.classes = unicodeClasses()
	return p, ok
}

// next returns the length of the piece that s begins with; s is valid UTF-8 and not empty.
func (p *splitter) next(s string) int {
	if s[0] == '\'' {
		if n := p.contraction(s); n > 0 {
			return n
		}
	}
	c, size := p.class(s)
	if c&letter != 0 {
		return p.run(s, letter)
	}
	if size < len(s) && p.leads(c, s[0]) {
		if after, _ := p.class(s[size:]); after&letter != 0 {
			return size + p.run(s[size:], letter)
		}
	}
	if c&number != 0 {
		return p.numbers(s)
	}
	if s[0] == ' ' && len(s) > 1 {
		after, _ := p.class(s[1:])
		if after&number != 0 && p.digits == 0 {
			return 1 + p.numbers(s[1:])
		}
		if after&(letter|number|space) == 0 {
			return 1 + p.punctuation(s[1:])
		}
	}
	if c&space == 0 {
		return p.punctuation(s)
	}
	return p.spaces(s)
}

// class is what the next code point counts as here.
func (p *splitter) class(s string) (class, int) {
	c, size := p.classes.next(s)
	if p.marks && c&mark != 0 {
		c |= letter
	}
	return c, size
}

// leads tells whether a code point of this class and first byte may go with the letters after it.
func (p *splitter) leads(c class, first byte) bool {
	if p.anyLead {
		return c&number == 0 && first != '\r' && first != '\n'
	}
	return first == ' '
}

// contraction returns the length of an English contraction's end, 's for example, that s begins with, or 0.
func (p *splitter) contraction(s string) int {
	if len(s) < 2 {
		return 0
	}
	lower := func(b byte) byte {
		if p.anyCase && 'A' <= b && b <= 'Z' {
			return b | 0x20
		}
		return b
	}
	switch lower(s[1]) {
	case 's', 't', 'm', 'd':
		return 2
	}
	if len(s) < 3 {
		return 0
	}
	switch [2]byte{lower(s[1]), lower(s[2])} {
	case [2]byte{'r', 'e'}, [2]byte{'v', 'e'}, [2]byte{'l', 'l'}:
		return 3
	}
	// The long s is an s to an expression that looks at no case.
	if p.anyCase && strings.HasPrefix(s[1:], "ſ") {
		return 1 + len("ſ")
	}
	return 0
}

// run returns the length of the code points of a class that s begins with.
func (p *splitter) run(s string, of class) int {
	n := 0
	for n < len(s) {
		c, size := p.class(s[n:])
		if c&of == 0 {
			break
		}
		n += size
	}
	return n
}

func (p *splitter) numbers(s string) int {
	if p.digits == 0 {
		return p.run(s, number)
	}
	n := 0
	for range p.digits {
		if n == len(s) {
			break
		}
		c, size := p.class(s[n:])
		if c&number == 0 {
			break
		}
		n += size
	}
	return n
}

func (p *splitter) punctuation(s string) int {
	n := 0
	for n < len(s) {
		c, size := p.class(s[n:])
		if c&(letter|number|space) != 0 {
			break
		}
		n += size
	}
	if p.lines {
		for n < len(s) && (s[n] == '\r' || s[n] == '\n') {
			n++
		}
	}
	return n
}

// spaces returns the length of the white space that goes together: up to the last line break; else all of it at the
// end of the text, and all but one character before something else, for which the last one is kept.
func (p *splitter) spaces(s string) int {
	n, last, lastBreak := 0, 0, -1
	for n < len(s) {
		c, size := p.class(s[n:])
		if c&space == 0 {
			break
		}
		if s[n] == '\r' || s[n] == '\n' {
			lastBreak = n
		}
		last = n
		n += size
	}
	if p.lines && lastBreak >= 0 {
		return lastBreak + 1
	}
	if n < len(s) && last > 0 {
		return last
	}
	return n
}
