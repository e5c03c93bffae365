package safetensors_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/acecoder/acecoder/internal/safetensors"
)

// The bytes are those that safetensors 0.8.0 for Python writes of the same tensors.
func TestWriteAsTheReferenceDoes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.safetensors")
	tensors := []safetensors.Tensor{
		{Name: "mask", DType: safetensors.Bool, Shape: []int{2}},
		{Name: "w.é<", DType: safetensors.F32, Shape: []int{1, 2}},
		{Name: "a", DType: safetensors.F32},
		{Name: "n", DType: safetensors.I64, Shape: []int{1}},
		{Name: "h", DType: safetensors.BF16, Shape: []int{1}},
	}
	values := map[string]string{"mask": "\x01\x00", "w.é<": "\x00\x00\x80\x3f\x00\x00\x00\x40", "a": "\x00\x00\x40\x40", "n": "\x07\x00\x00\x00\x00\x00\x00\x00", "h": "\x80\x3f"}
	err := safetensors.Write(path, tensors, map[string]string{"format": "pt"}, func(t safetensors.Tensor, w io.Writer) error {
		_, err := io.WriteString(w, values[t.Name])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want := "\x40\x01\x00\x00\x00\x00\x00\x00" + `{"__metadata__":{"format":"pt"},"n":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},` +
		`"a":{"dtype":"F32","shape":[],"data_offsets":[8,12]},"w.é<":{"dtype":"F32","shape":[1,2],"data_offsets":[12,20]},` +
		`"h":{"dtype":"BF16","shape":[1],"data_offsets":[20,22]},"mask":{"dtype":"BOOL","shape":[2],"data_offsets":[22,24]}}` + "      " +
		values["n"] + values["a"] + values["w.é<"] + values["h"] + values["mask"]
	if string(got) != want {
		t.Errorf("Write() wrote\n%q, want\n%q", got, want)
	}
	f, err := safetensors.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for name, value := range values {
		if got := string(f.Bytes(name)); got != value {
			t.Errorf("Bytes(%s) = %q, want %q", name, got, value)
		}
	}
}

func TestWriteNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.safetensors")
	if err := safetensors.Write(path, nil, nil, nil); err != nil {
		t.Fatal(err)
	}
	f, err := safetensors.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if got := f.Tensors(); len(got) != 0 {
		t.Errorf("Tensors() = %v, want none", got)
	}
}

func TestWriteRefuses(t *testing.T) {
	one := safetensors.Tensor{Name: "a", DType: safetensors.F32, Shape: []int{2}}
	tests := []struct {
		name    string
		tensors []safetensors.Tensor
		content int
		want    string
	}{
		{"a name twice", []safetensors.Tensor{one, one}, 8, `tensor "a": the name is taken`},
		{"the metadata's name", []safetensors.Tensor{{Name: "__metadata__", DType: safetensors.U8}}, 1, "the name is taken"},
		{"a name that is not UTF-8", []safetensors.Tensor{{Name: "\xff", DType: safetensors.U8}}, 1, "not UTF-8"},
		{"no type", []safetensors.Tensor{{Name: "a"}}, 8, "can be stored"},
		{"a negative size", []safetensors.Tensor{{Name: "a", DType: safetensors.U8, Shape: []int{-1}}}, 8, "can be stored"},
		{"too few bytes", []safetensors.Tensor{one}, 7, "take 8 bytes, got 7"},
		{"too many bytes", []safetensors.Tensor{one}, 9, "take 8 bytes, got 9"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.safetensors")
			err := safetensors.Write(path, tt.tensors, nil, constant(tt.content))
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("Write() = %v, want the path and %q", err, tt.want)
			}
			only(t, path)
		})
	}
}

// only checks which files are in the folder of a path.
func only(t *testing.T, path string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("the folder has %q, want %q", got, want)
	}
}

func TestWriteThatFailsLeavesTheOldFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.safetensors")
	tensors := []safetensors.Tensor{{Name: "a", DType: safetensors.U8, Shape: []int{2}}, {Name: "b", DType: safetensors.U8, Shape: []int{2}}}
	if err := safetensors.Write(path, tensors, nil, constant(2)); err != nil {
		t.Fatal(err)
	}
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("no space left on device")
	err = safetensors.Write(path, tensors, nil, func(t safetensors.Tensor, w io.Writer) error {
		if t.Name == "b" {
			return full
		}
		return constant(2)(t, w)
	})
	if !errors.Is(err, full) || !strings.Contains(err.Error(), "tensor b") {
		t.Errorf("Write() = %v, want the writer's error and tensor b", err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != string(old) {
		t.Errorf("after a write that failed the file is %q, %v, want the old one", got, err)
	}
	only(t, path, "a.safetensors")
}

func TestWriteOverwritesWhatAKilledProgramLeft(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.safetensors")
	if err := os.WriteFile(path+".partial", make([]byte, 1000), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := safetensors.Write(path, nil, nil, nil); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != 16 {
		t.Errorf("the file is %v, %v, want 16 bytes", info, err)
	}
	only(t, path, "a.safetensors")
}

func TestWriteRefusesWhatAnotherWrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.safetensors")
	other, err := os.Create(path + ".partial")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := unix.Flock(int(other.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	if err := safetensors.Write(path, nil, nil, nil); err == nil || !strings.Contains(err.Error(), "another program") {
		t.Errorf("Write() = %v, want an error about another program", err)
	}
}
