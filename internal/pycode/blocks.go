package pycode

import "strings"

// Block is one fenced block of an answer.
type Block struct {
	Code   string
	Tag    string // the language that the fence names, in lower case; "" for none
	Python bool   // it names Python
	Cut    bool   // the closing fence is missing
}

// Blocks returns the fenced blocks of a model's answer, blank ones left out, in their order. It sees the same blocks as
// [Extract], which chooses one of them.
func Blocks(answer string) []Block {
	x := extractor{keepAll: true}
	text := answerPart(withoutThoughts(answer))
	if strings.TrimSpace(text) != "" {
		x.scanFences(text)
	}
	return x.all
}
