package safetensors_test

import (
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"

	"github.com/acecoder/acecoder/internal/safetensors"
)

// build returns a file with this header and this many bytes of data.
func build(header string, data int) []byte {
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	out = append(out, header...)
	for i := range data {
		out = append(out, byte(i))
	}
	return out
}

func put(t *testing.T, content []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "model.safetensors")
	if err := os.WriteFile(name, content, 0o666); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestOpen(t *testing.T) {
	name := put(t, build(`{"__metadata__":{"format":"pt"},"b":{"dtype":"BF16","shape":[3],"data_offsets":[4,10]},`+
		`"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"none":{"dtype":"I64","shape":[0,7],"data_offsets":[10,10]}}   `, 10))
	f, err := safetensors.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	want := []safetensors.Tensor{
		{Name: "a", DType: safetensors.F32, Shape: []int{}},
		{Name: "b", DType: safetensors.BF16, Shape: []int{3}},
		{Name: "none", DType: safetensors.I64, Shape: []int{0, 7}},
	}
	if got := f.Tensors(); !reflect.DeepEqual(got, want) {
		t.Errorf("Tensors() = %v, want %v", got, want)
	}
	if got := string(f.Bytes("b")); got != "\x04\x05\x06\x07\x08\x09" {
		t.Errorf("Bytes(b) = %q, want the bytes 4 to 9", got)
	}
	if got := f.Bytes("none"); got == nil || len(got) != 0 {
		t.Errorf("Bytes(none) = %v, want none, but not nil", got)
	}
	if got := f.Bytes("c"); got != nil {
		t.Errorf("Bytes(c) = %v, want nil", got)
	}
	if got := f.Metadata()["format"]; got != "pt" {
		t.Errorf("Metadata()[format] = %q, want pt", got)
	}
	for range 2 {
		if err := f.Close(); err != nil {
			t.Errorf("Close() = %v, want nil", err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	const a = `"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}`
	tests := []struct {
		name   string
		header string
		data   int
		want   string
	}{
		{"no JSON", `not JSON`, 8, "want a JSON object"},
		{"an array", `[]`, 0, "want a JSON object"},
		{"cut JSON", `{"a":{"dtype":"F32"`, 8, "unexpected EOF"},
		{"no UTF-8", "{\"\xff\":1}", 0, "not UTF-8"},
		{"text after the object", `{` + a + `} x`, 8, `"x" stands after`},
		{"a tensor twice", `{` + a + `,` + a + `}`, 8, `"a" stands there twice`},
		{"a field twice", `{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8, `"a": "dtype" stands there twice`},
		{"an escaped name twice", `{` + a + `,"\u0061":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8, "twice"},
		{"metadata twice", `{"__metadata__":{},"__metadata__":{}}`, 0, "twice"},
		{"metadata of numbers", `{"__metadata__":{"a":1}}`, 0, `__metadata__: "a": want a string`},
		{"metadata that is no object", `{"__metadata__":null}`, 0, "__metadata__: want a JSON object"},
		{"a tensor that is no object", `{"a":[]}`, 0, `tensor "a": want a JSON object`},
		{"no type", `{"a":{"shape":[2],"data_offsets":[0,8]}}`, 8, `tensor "a": it has no dtype`},
		{"no shape", `{"a":{"dtype":"F32","data_offsets":[0,8]}}`, 8, "it has no shape"},
		{"no offsets", `{"a":{"dtype":"F32","shape":[2]}}`, 8, "it has no data_offsets"},
		{"a field that nobody knows", `{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"Shape":[1]}}`, 8, "Shape: the format has no such field"},
		{"a type that nobody knows", `{"a":{"dtype":"f32","shape":[2],"data_offsets":[0,8]}}`, 8, `no type "f32"`},
		{"a type that is a number", `{"a":{"dtype":32,"shape":[2],"data_offsets":[0,8]}}`, 8, "dtype: want a string"},
		{"a negative size", `{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}`, 8, `shape: "-2" is no size`},
		{"a size with a fraction", `{"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}`, 8, `"2.0" is no size`},
		{"a size of null", `{"a":{"dtype":"F32","shape":[null],"data_offsets":[0,8]}}`, 8, `"null" is no size`},
		{"a shape of null", `{"a":{"dtype":"F32","shape":null,"data_offsets":[0,4]}}`, 4, "shape: want an array"},
		{"a size beyond all", `{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}`, 8, "is no size"},
		{"a product beyond all", `{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}`, 8, "can be stored"},
		{"a product beyond all, times zero", `{"a":{"dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}}`, 0, "can be stored"},
		{"half a byte", `{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,2]}}`, 2, "can be stored"},
		{"offsets that are one", `{"a":{"dtype":"F32","shape":[2],"data_offsets":[8]}}`, 8, "want begin and end"},
		{"offsets that run backwards", `{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}`, 8, "want begin and end"},
		{"too many bytes for the shape", `{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}`, 8, "take 4 bytes, and the offsets leave 8"},
		{"too few bytes for the shape", `{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}`, 8, "take 12 bytes, and the offsets leave 8"},
		{"cut data", `{` + a + `}`, 7, `tensor "a": it ends at byte 8 of the data, and the file has 7`},
		{"data beyond the last tensor", `{` + a + `}`, 9, "1 bytes at the end belong to no tensor"},
		{"data and no tensor", `{}`, 1, "1 bytes at the end"},
		{"a hole before the first", `{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}`, 12, "4 bytes between it and the header"},
		{"a hole between", `{` + a + `,"b":{"dtype":"U8","shape":[1],"data_offsets":[9,10]}}`, 10, `tensor "b": 1 bytes between it and a`},
		{"an overlap", `{` + a + `,"b":{"dtype":"U8","shape":[2],"data_offsets":[7,9]}}`, 9, `tensor "b": it overlaps a`},
		{"the same bytes", `{` + a + `,"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8, `tensor "b": it overlaps a`},
		{"nothing within another", `{` + a + `,"b":{"dtype":"U8","shape":[0],"data_offsets":[4,4]}}`, 8, `tensor "b": it overlaps a`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			refuses(t, put(t, build(tt.header, tt.data)), tt.want)
		})
	}
}

// refuses opens a file that is wrong.
func refuses(t *testing.T, name, want string) {
	t.Helper()
	f, err := safetensors.Open(name)
	if err == nil {
		_ = f.Close()
		t.Fatalf("Open(%s) succeeds, want an error with %q", name, want)
	}
	if !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), name) {
		t.Errorf("Open() = %v, want the file's name and %q", err, want)
	}
}

func TestOpenRefusesFiles(t *testing.T) {
	folder := t.TempDir()
	pipe := filepath.Join(folder, "pipe")
	if err := syscall.Mkfifo(pipe, 0o666); err != nil {
		t.Fatal(err)
	}
	refuses(t, folder, "no regular file")
	refuses(t, pipe, "no regular file")
	refuses(t, filepath.Join(folder, "none"), "no such file")
	refuses(t, put(t, nil), "it has 0 bytes")
	refuses(t, put(t, make([]byte, 7)), "it has 7 bytes")
	refuses(t, put(t, build(`{}`, 0)[:9]), "the file ends after 1 of them")
	refuses(t, put(t, binary.LittleEndian.AppendUint64(nil, 100_000_001)), "the format allows 100000000")
	refuses(t, put(t, binary.LittleEndian.AppendUint64(nil, 1<<63)), "the format allows")
	refuses(t, put(t, []byte("version https://git-lfs.github.com/spec/v1\n")), "this is no safetensors file")
}

// A file cut anywhere is refused.
func TestOpenRefusesEveryCut(t *testing.T) {
	whole := build(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8)
	for n := range len(whole) {
		name := put(t, whole[:n])
		if f, err := safetensors.Open(name); err == nil {
			_ = f.Close()
			t.Errorf("Open() of the first %d of %d bytes succeeds, want an error", n, len(whole))
		}
	}
}

func TestOpenFollowsLinks(t *testing.T) {
	name := put(t, build(`{}`, 0))
	if err := os.Symlink(name, name+".link"); err != nil {
		t.Fatal(err)
	}
	f, err := safetensors.Open(name + ".link")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

// constant writes n bytes for every tensor.
func constant(n int) func(safetensors.Tensor, io.Writer) error {
	return func(_ safetensors.Tensor, w io.Writer) error {
		_, err := w.Write(make([]byte, n))
		return err
	}
}
