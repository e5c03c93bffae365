package verify

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/acecoder/acecoder/internal/pyvalue"
)

// The codes of a program's records; program.py has them too.
const (
	recOK = iota
	recTree
	recRaised
	recTime
	recNoData
	recLarge
	recMemory
	recSyntax
	recGone // the judge's own word to the oracle: the program's process has ended
)

// record is one thing that a program's process says. All of it is the program's own word.
type record struct {
	code    int
	cpu     time.Duration
	payload []byte // by marshal; its end is known once it has been decoded
}

var errRecord = errors.New("not a record")

// recordHead is '(' 3 items, 'i' code, 'i' microseconds: fixed, because the harness writes small ints.
const recordHead = 1 + 4 + 5 + 5

// valueLimits bound what is decoded of one record; a value of that size is refused by the harness already.
var valueLimits = pyvalue.Limits{Depth: 900, Nodes: 1 << 21}

// readHead reads the fixed part of the record that data starts with.
func readHead(data []byte) (record, error) {
	if len(data) < recordHead+1 || data[0] != '(' || binary.LittleEndian.Uint32(data[1:]) != 3 || data[5] != 'i' || data[10] != 'i' {
		return record{}, errRecord
	}
	us := int32(binary.LittleEndian.Uint32(data[11:]))
	return record{
		code:    int(int32(binary.LittleEndian.Uint32(data[6:]))),
		cpu:     time.Duration(max(us, 0)) * time.Microsecond,
		payload: data[recordHead:],
	}, nil
}

// next cuts the first record off data. Without decoding it, where its payload is what was expected.
func next(data, expected []byte) (r record, same bool, rest []byte, err error) {
	if r, err = readHead(data); err != nil {
		return r, false, nil, err
	}
	// Marshal is prefix-free: a payload that starts with the whole expected value is that value.
	if r.code == recOK && len(expected) > 0 && len(r.payload) >= len(expected) &&
		string(r.payload[:len(expected)]) == string(expected) {
		return r, true, r.payload[len(expected):], nil
	}
	_, rest, err = pyvalue.Decode(r.payload, valueLimits)
	if err != nil {
		return r, false, nil, fmt.Errorf("%w: %w", errRecord, err)
	}
	r.payload = r.payload[:len(r.payload)-len(rest)]
	return r, false, rest, nil
}

// value decodes the payload of a record that carries a value.
func (r record) value() (pyvalue.Value, error) {
	v, _, err := pyvalue.Decode(r.payload, valueLimits)
	if err == nil && r.code == recTree {
		v, err = pyvalue.FromTree(v)
	}
	return v, err
}
