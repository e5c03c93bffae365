package safetensors

import (
	"bytes"
	"encoding/binary"
	"io"
	"reflect"
	"testing"
)

// FuzzParse checks that what is taken covers its data, and that it is the same again once it is written.
func FuzzParse(f *testing.F) {
	for _, header := range []string{
		`{}`, `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, `{"__metadata__":{"a":"b"}}`,
		`{"a":{"dtype":"F4","shape":[2,1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[0],"data_offsets":[1,1]}} `,
	} {
		f.Add(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...))
		f.Add(append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...), 1, 2, 3, 4))
	}
	f.Fuzz(func(t *testing.T, all []byte) {
		var one File
		if one.parse(all) != nil {
			return
		}
		total := 0
		for _, tensor := range one.Tensors() {
			size, ok := tensor.bytes()
			if got := one.Bytes(tensor.Name); !ok || got == nil || int64(len(got)) != size {
				t.Fatalf("%+v has %d bytes", tensor, len(got))
			}
			total += len(one.Bytes(tensor.Name))
		}
		if total != len(one.data) {
			t.Fatalf("the tensors have %d bytes, the data %d", total, len(one.data))
		}
		var two File
		if err := two.parse(written(t, &one)); err != nil {
			t.Fatalf("what was read and written again is refused: %v", err)
		}
		if len(one.entries) != len(two.entries) || len(one.meta) > 0 && !reflect.DeepEqual(one.meta, two.meta) {
			t.Fatalf("read again: %d tensors, %v, want %d, %v", len(two.entries), two.meta, len(one.entries), one.meta)
		}
		for _, tensor := range one.Tensors() {
			if !bytes.Equal(one.Bytes(tensor.Name), two.Bytes(tensor.Name)) {
				t.Fatalf("tensor %q comes back with other bytes", tensor.Name)
			}
		}
	})
}

func written(t *testing.T, f *File) []byte {
	t.Helper()
	header, err := formHeader(f.Tensors(), f.meta)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err = writeAll(&out, header, f.Tensors(), func(tensor Tensor, w io.Writer) error {
		_, err := w.Write(f.Bytes(tensor.Name))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
