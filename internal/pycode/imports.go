package pycode

import "strings"

// Imports returns the top-level modules that src imports, each once, in the order of their first mention:
// "import a.b as c, d" gives a and d. It looks everywhere, in functions and branches too, and takes
// __import__("x") and import_module("x") with a literal; relative imports name no module and are left out.
// A module named in a string, a comment or an f-string's braces is not seen.
func Imports(src string) []string {
	w := importWalker{lx: newLexer(src), seen: map[string]bool{}}
	w.walk()
	return w.names
}

// importWalker reads a program with one token of look-ahead. prev is what stood before tok: a statement can only
// begin after a line end, a semicolon or a block's colon.
type importWalker struct {
	lx        lexer
	prev, tok token
	seen      map[string]bool
	names     []string
}

func (w *importWalker) walk() {
	w.tok = token{kind: kindNewline}
	for w.advance(); w.tok.kind != kindEOF; {
		if w.tok.kind != kindName {
			w.advance()
			continue
		}
		switch name := w.lx.text(w.tok); {
		case name == "import" && w.atStatement():
			w.importList()
		case name == "from" && w.atStatement():
			w.fromModule()
		case name == "__import__" || name == "import_module":
			w.call()
		default:
			w.advance()
		}
	}
}

func (w *importWalker) advance() {
	w.prev = w.tok
	w.tok = w.lx.next()
}

func (w *importWalker) atStatement() bool {
	switch w.prev.kind {
	case kindNewline:
		return true
	case kindOp:
		return w.lx.depth == 0 && (w.prev.op == ';' || w.prev.op == ':')
	}
	return false
}

// importList reads what follows "import".
func (w *importWalker) importList() {
	for {
		w.advance()
		if w.tok.kind != kindName {
			return
		}
		w.add(w.lx.text(w.tok))
		for w.tok.kind == kindName || w.tok.op == '.' { // the rest of a dotted name, and "as c"
			w.advance()
		}
		if w.tok.op != ',' {
			return
		}
	}
}

func (w *importWalker) fromModule() {
	if w.advance(); w.tok.kind == kindName {
		w.add(w.lx.text(w.tok))
	}
}

// call reads what follows __import__ or import_module.
func (w *importWalker) call() {
	if w.advance(); w.tok.op != '(' {
		return
	}
	if w.advance(); w.tok.kind != kindString {
		return
	}
	module := stringBody(w.lx.text(w.tok))
	if top, _, _ := strings.Cut(module, "."); top != "" && isName(top) {
		w.add(top)
	}
}

func (w *importWalker) add(name string) {
	if !w.seen[name] && len(w.names) < maxNames {
		w.seen[name] = true
		w.names = append(w.names, name)
	}
}

func isName(s string) bool {
	for i := range len(s) {
		if !isNameByte(s[i]) {
			return false
		}
	}
	return s != "" && !isDigit(s[0])
}

// stringBody takes the prefix and the quotes off a string literal.
func stringBody(literal string) string {
	return strings.Trim(strings.TrimLeft(literal, "rRbBuUfF"), `'"`)
}
