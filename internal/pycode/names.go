package pycode

// A line that names more targets than maxTargets, or a program with more names than maxNames, is no program but an
// attempt to use up memory; what lies beyond is not reported.
const (
	maxTargets = 1 << 12
	maxNames   = 1 << 16
)

// TopLevelNames returns the names that src defines at column 0, each once, in the order of their first
// definition: functions, classes, and the targets of assignments, tuples and annotated ones included. Names bound
// by imports, loops and with statements, and whatever stands under an if or try, are not among them.
func TopLevelNames(src string) []string {
	var names []string
	seen := map[string]bool{}
	eachName(src, func(name string) bool {
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
		return len(names) < maxNames
	})
	return names
}

// Defines tells whether src defines name at column 0; see [TopLevelNames].
func Defines(src, name string) bool {
	found := false
	eachName(src, func(n string) bool {
		found = n == name
		return !found
	})
	return found
}

// eachName calls yield with every name defined at column 0 until it returns false.
func eachName(src string, yield func(string) bool) {
	lx := newLexer(src)
	for {
		tok := lx.next()
		if tok.kind == kindEOF {
			return
		}
		if lx.indent > 0 {
			skipLine(&lx, tok)
			continue
		}
		if !lineNames(&lx, tok, yield) {
			return
		}
	}
}

// skipLine reads the rest of the logical line that tok belongs to and returns its last token.
func skipLine(lx *lexer, tok token) token {
	last := tok
	for tok.kind != kindNewline && tok.kind != kindEOF {
		last = tok
		tok = lx.next()
	}
	return last
}

// lineNames reports the names that one logical line at column 0 defines; tok is its first token.
func lineNames(lx *lexer, tok token, yield func(string) bool) bool {
	for {
		word := ""
		if tok.kind == kindName {
			word = lx.text(tok)
		}
		switch word {
		case "async":
			tok = lx.next()
			continue
		case "def", "class":
			name := lx.next()
			if name.kind == kindName && !yield(lx.text(name)) {
				return false
			}
			skipLine(lx, name)
			return true
		case "if", "for", "while", "with", "try", "else", "elif", "except", "finally":
			skipLine(lx, tok) // what follows the colon belongs to the block
			return true
		}
		end, more := statementNames(lx, tok, yield)
		if !more {
			return false
		}
		if end.op != ';' {
			return true
		}
		tok = lx.next()
	}
}

// statementNames reports the targets of one simple statement that begins with tok, and returns the token that
// ended it: a semicolon, a line end or the end.
func statementNames(lx *lexer, tok token, yield func(string) bool) (end token, more bool) {
	var t targets
	for ; ; tok = lx.next() {
		switch {
		case tok.kind == kindNewline || tok.kind == kindEOF || lx.depth == 0 && tok.op == ';':
			return tok, true
		case t.done:
		case lx.depth == 0 && tok.op == '=':
			for _, name := range t.take() {
				if !yield(name) {
					return tok, false
				}
			}
		default:
			t.see(lx, tok)
		}
	}
}

// targets collects the plain names in the part of a statement before an "=". A name is a target when it stands
// alone between commas, brackets and stars; a bracket after an operand is a subscript or a call, and nothing in
// it is a target.
type targets struct {
	names  []string
	last   token // the token before, in this part
	added  bool  // last is the newest of names
	within int   // bracket depth at which an open subscript or call began, 0 for none
	typed  bool  // an annotation has begun
	done   bool  // no target can follow
}

// take returns the collected names and begins the next part.
func (t *targets) take() []string {
	names := t.names
	*t = targets{done: t.typed}
	return names
}

func (t *targets) see(lx *lexer, tok token) {
	last, added := t.last, t.added
	t.last, t.added = tok, false
	afterOperand := last.kind == kindName || closes(last.op)
	switch {
	case t.typed:
	case t.within > 0:
		if closes(tok.op) && lx.depth < t.within {
			t.within = 0
		}
	case tok.kind == kindName:
		t.done = afterOperand
		t.seeName(lx.text(tok), last.op != '.')
	case afterOperand && trails(tok.op):
		if added {
			t.names = t.names[:len(t.names)-1]
		}
		if tok.op != '.' {
			t.within = lx.depth
		}
	case tok.op == ':' && lx.depth == 0:
		t.typed = true
	default:
		t.done = !targetOp(tok.op)
	}
}

// seeName takes a name, which is a target so far if it is not the attribute of another.
func (t *targets) seeName(name string, plain bool) {
	if isKeyword(name) || len(t.names) == maxTargets {
		t.done = true
		return
	}
	if t.added = plain; plain {
		t.names = append(t.names, name)
	}
}

// trails tells the operators that make of the operand before them something that is no plain name.
func trails(op byte) bool { return op == '(' || op == '[' || op == '.' }

func targetOp(op byte) bool {
	return op == ',' || op == '*' || op == '(' || op == '[' || op == ')' || op == ']'
}

func closes(op byte) bool { return op == ')' || op == ']' || op == '}' }
