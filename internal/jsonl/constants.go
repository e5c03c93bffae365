package jsonl

import "bytes"

// constants are the numbers that Python's json writes and JSON does not have.
var constants = [][]byte{[]byte("NaN"), []byte("Infinity"), []byte("-Infinity")}

// nullConstants returns a row with null in their place. What is in strings stays; a row without them is not copied.
func nullConstants(row []byte) []byte {
	var out []byte
	kept, quoted := 0, false
	for i := 0; i < len(row); i++ {
		switch c := row[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == 'N' || c == 'I' || c == '-'):
			for _, word := range constants {
				if bytes.HasPrefix(row[i:], word) {
					out = append(append(out, row[kept:i]...), "null"...)
					kept = i + len(word)
					i = kept - 1
					break
				}
			}
		}
	}
	if out == nil {
		return row
	}
	return append(out, row[kept:]...)
}
