package pyvalue

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Errors of [Decode] and [FromTree], to be asked for with errors.Is.
var (
	// ErrMalformed tells that the bytes are no marshal data of plain values.
	ErrMalformed = errors.New("malformed marshal data")
	// ErrTooDeep tells that containers nest deeper than the limit.
	ErrTooDeep = errors.New("value nested too deeply")
	// ErrTooLarge tells that there are more values than the limit.
	ErrTooLarge = errors.New("value too large")
)

// Limits bounds what [Decode] accepts. A zero field means its default.
type Limits struct {
	Depth int // containers inside each other; default 1000
	Nodes int // values in all, containers included; default 4 million, each of 40 bytes
}

const (
	defaultDepth = 1000
	defaultNodes = 4 << 20
)

// flagRef is the bit by which marshal versions 3 and 4 mark objects that later ones may refer to.
// References themselves are refused, so that the bit means nothing here.
const flagRef = 0x80

// Decode reads one value from the front of data and returns the bytes behind it. It never panics, keeps
// no reference to data and allocates in proportion to len(data) at most, whatever lengths data
// claims. Sets and dicts must have hashable, distinct keys, as every real one has.
func Decode(data []byte, lim Limits) (v Value, rest []byte, err error) {
	if lim.Depth == 0 {
		lim.Depth = defaultDepth
	}
	if lim.Nodes == 0 {
		lim.Nodes = defaultNodes
	}
	d := decoder{data: data, depth: lim.Depth, nodes: lim.Nodes - 1}
	if err := d.value(&v); err != nil {
		return Value{}, nil, fmt.Errorf("decode python value at byte %d: %w", d.pos, err)
	}
	return v, data[d.pos:], nil
}

type decoder struct {
	data  []byte
	pos   int
	owed  int // values that open containers still need, one byte each at least
	depth int // nesting still allowed
	nodes int // values still allowed
	stack []Value
}

// take returns the next n bytes.
func (d *decoder) take(n int) ([]byte, error) {
	if n < 0 || n > len(d.data)-d.pos {
		return nil, ErrMalformed
	}
	b := d.data[d.pos : d.pos+n]
	d.pos += n
	return b, nil
}

// length reads a number of width bytes; of four bytes it has a sign, which a hostile sender may set.
func (d *decoder) length(width int) (int, error) {
	b, err := d.take(width)
	if err != nil {
		return 0, err
	}
	if width == 1 {
		return int(b[0]), nil
	}
	return int(int32(binary.LittleEndian.Uint32(b))), nil
}

// sized reads a length of width bytes and as many bytes.
func (d *decoder) sized(width int) (string, error) {
	n, err := d.length(width)
	if err != nil {
		return "", err
	}
	b, err := d.take(n)
	return string(b), err
}

// value reads one value into v, which is zero.
func (d *decoder) value(v *Value) error {
	b, err := d.take(1)
	if err != nil {
		return err
	}
	switch form := b[0] &^ flagRef; form {
	case 'N':
	case 'T', 'F':
		*v = Bool(form == 'T')
	case '.':
		*v = Ellipsis()
	case 'i', 'I', 'l':
		*v, err = d.integer(form)
	case 'g', 'y', 'f', 'x':
		*v, err = d.inexact(form)
	case 's':
		v.kind = KindBytes
		v.str, err = d.sized(4)
	case 'u', 't', 'a', 'A', 'z', 'Z':
		v.kind = KindStr
		v.str, err = d.text(form)
	case '(', ')', '[', '<', '>', '{':
		err = d.container(v, form)
	default:
		return ErrMalformed
	}
	return err
}

func (d *decoder) integer(form byte) (Value, error) {
	if form == 'l' {
		return d.long()
	}
	if form == 'i' {
		i, err := d.length(4)
		return Int(int64(i)), err
	}
	b, err := d.take(8)
	if err != nil {
		return Value{}, err
	}
	return Int(int64(binary.LittleEndian.Uint64(b))), nil
}

// long reads an int of 15-bit digits, least significant first; the sign is that of their number.
func (d *decoder) long() (Value, error) {
	n, err := d.length(4)
	if err != nil {
		return Value{}, err
	}
	digits, err := d.take(2 * max(n, -n))
	if err != nil {
		return Value{}, err
	}
	if len(digits) == 0 {
		return Int(0), nil
	}
	if top := digits[len(digits)-2:]; top[0]|top[1] == 0 {
		return Value{}, ErrMalformed
	}
	mag := make([]byte, 0, len(digits))
	var acc uint32
	var have uint
	for i := 0; i < len(digits); i += 2 {
		digit := uint32(binary.LittleEndian.Uint16(digits[i:]))
		if digit >= 1<<15 {
			return Value{}, ErrMalformed
		}
		for acc, have = acc|digit<<have, have+15; have >= 8; acc, have = acc>>8, have-8 {
			mag = append(mag, byte(acc))
		}
	}
	mag = append(mag, byte(acc))
	for mag[len(mag)-1] == 0 {
		mag = mag[:len(mag)-1]
	}
	slices.Reverse(mag)
	return intOf(mag, n < 0), nil
}

// inexact reads a float or a complex number, in binary or in the text form of old versions.
func (d *decoder) inexact(form byte) (Value, error) {
	part := d.binaryFloat
	if form == 'f' || form == 'x' {
		part = d.textFloat
	}
	re, err := part()
	if err != nil || form == 'g' || form == 'f' {
		return Float(re), err
	}
	im, err := part()
	return Complex(complex(re, im)), err
}

func (d *decoder) binaryFloat() (float64, error) {
	b, err := d.take(8)
	if err != nil {
		return 0, err
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(b)), nil
}

func (d *decoder) textFloat() (float64, error) {
	s, err := d.sized(1)
	if err != nil {
		return 0, err
	}
	switch strings.TrimPrefix(s, "-") {
	case "inf", "nan":
	default:
		// Go reads more than C does: hexadecimal, underscores and other names of infinity.
		if strings.Trim(s, "0123456789+-.eE") != "" {
			return 0, ErrMalformed
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, ErrMalformed
	}
	return f, nil
}

func (d *decoder) text(form byte) (string, error) {
	width := 4
	if form == 'z' || form == 'Z' {
		width = 1
	}
	s, err := d.sized(width)
	if err != nil {
		return "", err
	}
	ascii := form != 'u' && form != 't'
	if !validText(s, ascii) {
		return "", ErrMalformed
	}
	return s, nil
}

// validText reports whether s is ASCII or, unless that is asked, UTF-8 with lone surrogates allowed.
func validText(s string, ascii bool) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return !ascii && (utf8.ValidString(s) || validSurrogates(s))
		}
	}
	return true
}

func validSurrogates(s string) bool {
	for len(s) > 0 {
		r, size := decodeRune(s)
		if r == utf8.RuneError && size == 1 {
			return false
		}
		s = s[size:]
	}
	return true
}

// decodeRune is utf8.DecodeRuneInString that also reads a lone surrogate of three bytes.
func decodeRune(s string) (r rune, size int) {
	if len(s) >= 3 && s[0] == 0xed && s[1] >= 0xa0 && s[1] < 0xc0 && s[2] >= 0x80 && s[2] < 0xc0 {
		return 0xd000 | rune(s[1]&0x3f)<<6 | rune(s[2]&0x3f), 3
	}
	return utf8.DecodeRuneInString(s)
}

var containerKinds = [...]Kind{
	'(': KindTuple, ')': KindTuple, '[': KindList, '<': KindSet, '>': KindFrozenSet, '{': KindDict,
}

func (d *decoder) container(v *Value, form byte) error {
	if d.depth == 0 {
		return ErrTooDeep
	}
	d.depth--
	items, err := d.items(form)
	d.depth++
	if err != nil {
		return err
	}
	switch k := containerKinds[form]; k {
	case KindDict, KindSet, KindFrozenSet:
		var ok bool
		if *v, ok = hashed(k, items); !ok {
			return ErrMalformed
		}
	default:
		*v = container(k, items)
	}
	return nil
}

func (d *decoder) items(form byte) ([]Value, error) {
	if form == '{' {
		return d.pairs()
	}
	width := 4
	if form == ')' {
		width = 1
	}
	n, err := d.length(width)
	if err != nil {
		return nil, err
	}
	// Each value takes a byte that no other value was promised, so that a claimed length is paid for
	// before it is allocated, also where containers nest.
	if n < 0 || n > len(d.data)-d.pos-d.owed {
		return nil, ErrMalformed
	}
	if n > d.nodes {
		return nil, ErrTooLarge
	}
	d.nodes -= n
	d.owed += n
	items := make([]Value, n)
	for i := range items {
		d.owed--
		if err := d.value(&items[i]); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// pairs reads the keys and values of a dict, which ends in a '0' instead of telling its length.
func (d *decoder) pairs() ([]Value, error) {
	base := len(d.stack)
	for d.pos < len(d.data) && d.data[d.pos]&^flagRef != '0' {
		if d.nodes < 2 {
			return nil, ErrTooLarge
		}
		d.nodes -= 2
		var key, value Value
		if err := d.value(&key); err != nil {
			return nil, err
		}
		if err := d.value(&value); err != nil {
			return nil, err
		}
		if len(d.stack)+2 > cap(d.stack) {
			// By doubling: append alone grows in smaller steps and copies several times as much.
			d.stack = slices.Grow(d.stack, max(16, len(d.stack)))
		}
		d.stack = append(d.stack, key, value)
	}
	if _, err := d.take(1); err != nil {
		return nil, err
	}
	items := slices.Clone(d.stack[base:])
	// Zeroed, so that the stack does not keep values alive that the caller drops.
	clear(d.stack[base:])
	d.stack = d.stack[:base]
	return items, nil
}
