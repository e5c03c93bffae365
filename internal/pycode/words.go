package pycode

import "strings"

// Words returns the tokens of src in their order, without comments, blanks and blank lines. Each logical line begins
// with a word of its own, "\n" and a tab for each level of indentation. Programs that compile and have the same words
// have the same syntax tree; unlike those that [Normalize] makes equal, they can be told apart by their line numbers.
func Words(src string) []string {
	lx := newLexer(src)
	var words []string
	columns := []int{0} // of the blocks that are open
	begins := true
	for tok := lx.next(); tok.kind != kindEOF; tok = lx.next() {
		if tok.kind == kindNewline {
			begins = true
			continue
		}
		if begins {
			columns = openBlocks(columns, lx.indent)
			words = append(words, "\n"+strings.Repeat("\t", len(columns)-1))
			begins = false
		}
		words = append(words, lx.text(tok))
	}
	return words
}

// openBlocks returns the columns of the blocks that are open at a line which begins at column.
func openBlocks(columns []int, column int) []int {
	for columns[len(columns)-1] > column {
		columns = columns[:len(columns)-1]
	}
	if columns[len(columns)-1] < column {
		columns = append(columns, column)
	}
	return columns
}
