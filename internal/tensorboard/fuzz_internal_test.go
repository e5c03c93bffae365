package tensorboard

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"testing"
)

// FuzzReadEvent holds that no bytes make the reader panic, and that what it reads of an event that is written again is the same.
func FuzzReadEvent(f *testing.F) {
	for _, e := range []Event{
		{FileVersion: fileVersion, Wall: 1},
		{Step: 3, Restart: true},
		{Step: -1, Values: []Value{Scalar("a", 1), Text("b", "c"), Distribution("d", NewHistogram([]float32{1, 2}))}},
	} {
		f.Add(encodeEvent(e))
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		data, err := readRecord(bytes.NewReader(appendRecord(nil, message)))
		if err != nil || !bytes.Equal(data, message) {
			t.Fatalf("record of %x is read as %x, %v", message, data, err)
		}
		e, err := parseEvent(message)
		if err != nil {
			return
		}
		written := encodeEvent(e)
		again, err := parseEvent(written)
		if err != nil {
			t.Fatalf("event %x written as %x: %v", message, written, err)
		}
		// NaN and text that is not UTF-8 change once at most.
		if rewritten := encodeEvent(again); !bytes.Equal(rewritten, encodeEvent(mustParse(t, rewritten))) {
			t.Errorf("event %x: %x written again differs", message, rewritten)
		}
	})
}

func mustParse(t *testing.T, message []byte) Event {
	t.Helper()
	e, err := parseEvent(message)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// FuzzReadRecord holds that a record is read only as what was framed.
func FuzzReadRecord(f *testing.F) {
	f.Add(appendRecord(nil, []byte("data")))
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte{0xff}, headSize))
	f.Fuzz(func(t *testing.T, file []byte) {
		data, err := readRecord(bytes.NewReader(file))
		switch {
		case errors.Is(err, io.EOF) != (len(file) == 0):
			t.Errorf("readRecord(%x) = %v", file, err)
		case err == nil && !bytes.HasPrefix(file, appendRecord(nil, data)):
			t.Errorf("readRecord(%x) = %x, which is framed otherwise", file, data)
		}
	})
}

// The bytes are TFRecord's: a record as TensorFlow's documents and files have it.
func TestRecordIsFramedAsTFRecord(t *testing.T) {
	got := appendRecord(nil, []byte("123456789"))
	want := []byte{9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '1', '2', '3', '4', '5', '6', '7', '8', '9', 0, 0, 0, 0}
	// CRC-32C of "123456789" is 0xe3069283 (RFC 3720); masked: rotated right by 15, plus 0xa282ead8.
	mask := func(crc uint32) []byte {
		m := (crc>>15 | crc<<17) + 0xa282ead8
		return []byte{byte(m), byte(m >> 8), byte(m >> 16), byte(m >> 24)}
	}
	copy(want[21:], mask(0xe3069283))
	copy(want[8:], got[8:12]) // the other crc has no published value
	if !reflect.DeepEqual(got, want) {
		t.Errorf("appendRecord = %x, want %x", got, want)
	}
}
