// Package pycode looks at Python source text without running it: it finds the program in a model's answer, the
// modules a program imports and the names it defines, and says what would keep a text from being compiled.
//
// Text goes in, text and names come out; nothing here starts an interpreter or reads a file. Its one invariant:
// every function except [ExtractAceCoder] takes time and memory linear in its input, whatever the input is, because
// the text is written by a model that may be hostile and may be 50 MB long. The price is that the lexer knows
// tokens and not grammar: on text that Python would refuse the answers are best guesses, and they are never more
// than hints. A verdict must not depend on them beyond the choice of the text that is run.
package pycode
