package pyvalue

import (
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// mostDigitBytes is the magnitude up to which an int is printed in decimal: Python itself refuses
// beyond 4300 digits, and the conversion takes quadratic time.
const mostDigitBytes = 1785

// Repr returns Python's repr(v), cut to max runes of which the last is then '…'. Ints of more than some
// 4300 digits are printed in hexadecimal and objects as Name(content). Work is bounded by
// max, not by v.
func Repr(v Value, max int) string {
	w := reprWriter{left: max}
	w.value(&v)
	if w.left >= 0 {
		return w.b.String()
	}
	s := w.b.String()
	if max <= 0 {
		return ""
	}
	// One rune more than max was written, or one was refused: drop down to max-1 and mark the cut.
	for utf8.RuneCountInString(s) > max-1 {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s + "…"
}

type reprWriter struct {
	b    strings.Builder
	left int // runes still wanted; negative when something was cut
}

// full reports whether more text would be cut anyway.
func (w *reprWriter) full() bool { return w.left < 0 }

// put writes s or as much of it as is wanted.
func (w *reprWriter) put(s string) {
	for _, r := range s {
		if w.left <= 0 {
			w.left = -1
			return
		}
		w.left--
		w.b.WriteRune(r)
	}
}

func (w *reprWriter) value(v *Value) {
	switch v.kind {
	case KindNone:
		w.put("None")
	case KindEllipsis:
		w.put("Ellipsis")
	case KindBool:
		w.put([...]string{"False", "True"}[v.num])
	case KindInt:
		w.put(reprInt(v, w.left))
	case KindFloat:
		w.put(reprFloat(v.Float64(), ".0"))
	case KindComplex:
		w.put(reprComplex(v))
	case KindStr:
		w.text(v.str)
	case KindBytes:
		w.bytes(v.str)
	case KindExt:
		w.put(v.str[strings.LastIndexByte(v.str, '.')+1:])
		w.put("(")
		w.value(&v.seq.items[0])
		w.put(")")
	default:
		w.container(v)
	}
}

func (w *reprWriter) container(v *Value) {
	items := v.items()
	if len(items) == 0 {
		w.put(map[Kind]string{
			KindList: "[]", KindTuple: "()", KindDict: "{}", KindSet: "set()", KindFrozenSet: "frozenset()",
		}[v.kind])
		return
	}
	open, end := "[", "]"
	switch v.kind {
	case KindTuple:
		open, end = "(", ")"
		if len(items) == 1 {
			end = ",)"
		}
	case KindDict, KindSet:
		open, end = "{", "}"
	case KindFrozenSet:
		open, end = "frozenset({", "})"
	}
	w.put(open)
	for i := range items {
		if w.full() {
			return
		}
		switch {
		case i > 0 && v.kind == KindDict && i%2 == 1:
			w.put(": ")
		case i > 0:
			w.put(", ")
		}
		w.value(&items[i])
	}
	w.put(end)
}

// reprInt returns an int's digits; of a huge one no more hexadecimal ones than are wanted.
func reprInt(v *Value, wanted int) string {
	if v.isSmall() {
		return strconv.FormatInt(int64(v.num), 10)
	}
	if len(v.str) <= mostDigitBytes {
		return v.BigInt().String()
	}
	head := min(len(v.str), wanted/2+2)
	const hex = "0123456789abcdef"
	digits := make([]byte, 0, 2*head)
	for i := range head {
		digits = append(digits, hex[v.str[i]>>4], hex[v.str[i]&15])
	}
	s := "0x" + strings.TrimPrefix(string(digits), "0")
	if v.num == 1 {
		s = "-" + s
	}
	return s
}

// reprFloat returns Python's shortest form of f; a whole number gets the suffix.
func reprFloat(f float64, suffix string) string {
	switch {
	case f != f:
		return "nan"
	case math.IsInf(f, 0):
		return strings.TrimPrefix(strings.ToLower(strconv.FormatFloat(f, 'g', -1, 64)), "+")
	}
	s := strconv.FormatFloat(f, 'e', -1, 64)
	exp, _ := strconv.Atoi(s[strings.IndexByte(s, 'e')+1:])
	if exp < -4 || exp >= 16 {
		return s
	}
	s = strconv.FormatFloat(f, 'f', -1, 64)
	if strings.IndexByte(s, '.') < 0 {
		s += suffix
	}
	return s
}

func reprComplex(v *Value) string {
	re, im := v.seq.items[0].Float64(), v.seq.items[1].Float64()
	tail := reprFloat(im, "") + "j"
	if re == 0 && !math.Signbit(re) {
		return tail
	}
	if tail[0] != '-' {
		tail = "+" + tail
	}
	return "(" + reprFloat(re, "") + tail + ")"
}

// quoteFor returns the quotation mark Python takes: double ones if that saves escaping.
func quoteFor(s string) rune {
	if strings.IndexByte(s, '\'') >= 0 && strings.IndexByte(s, '"') < 0 {
		return '"'
	}
	return '\''
}

func (w *reprWriter) text(s string) {
	quote := quoteFor(s)
	w.put(string(quote))
	for len(s) > 0 && !w.full() {
		r, size := decodeRune(s)
		w.rune(r, quote, r < utf8.RuneSelf || unicode.IsPrint(r))
		s = s[size:]
	}
	w.put(string(quote))
}

func (w *reprWriter) bytes(s string) {
	quote := quoteFor(s)
	w.put("b" + string(quote))
	for i := 0; i < len(s) && !w.full(); i++ {
		w.rune(rune(s[i]), quote, s[i] < utf8.RuneSelf)
	}
	w.put(string(quote))
}

// rune writes r inside quotes, escaped where Python does; printable speaks of runes beyond ASCII only.
func (w *reprWriter) rune(r, quote rune, printable bool) {
	hex := strconv.FormatInt(int64(r), 16)
	switch {
	case r == quote || r == '\\':
		w.put(`\` + string(r))
	case r == '\t':
		w.put(`\t`)
	case r == '\n':
		w.put(`\n`)
	case r == '\r':
		w.put(`\r`)
	case printable && r >= ' ' && r != 0x7f:
		w.put(string(r))
	case r <= 0xff:
		w.put(`\x` + pad(hex, 2))
	case r <= 0xffff:
		w.put(`\u` + pad(hex, 4))
	default:
		w.put(`\U` + pad(hex, 8))
	}
}

func pad(hex string, width int) string {
	return strings.Repeat("0", width-len(hex)) + hex
}
