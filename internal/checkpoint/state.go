package checkpoint

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/zeebo/xxh3"

	"github.com/acecoder/acecoder/internal/safetensors"
)

// State is all that a training needs to go on as if it had never stopped.
type State struct {
	Tensors map[string]*tensors.Tensor // parameters, moments and whatever else is made of numbers
	Data    json.RawMessage            // the rest; only the training knows what it means
}

// The metadata of a state's file. A file of another form than stateFormat is not read.
const (
	formatKey   = "format"
	dataKey     = "data"
	sumKey      = "xxh3"
	stateFormat = "acecoder-state-1"
)

// WriteState puts a state at path, a safetensors file, once all of it is on the disk; a state that is there stays until
// then. The file holds a hash of everything in it.
func WriteState(path string, s State) error {
	if !json.Valid(s.Data) || !utf8.Valid(s.Data) {
		return fmt.Errorf("write state %s: its data is not JSON in UTF-8", path)
	}
	var all []safetensors.Tensor
	for _, name := range slices.Sorted(maps.Keys(s.Tensors)) {
		t := s.Tensors[name]
		if t == nil || !t.Ok() {
			return fmt.Errorf("write state %s: tensor %s has been given back", path, name)
		}
		dtype, ok := stored[t.DType()]
		if !ok {
			return fmt.Errorf("write state %s: tensor %s is of %s, which is not stored", path, name, t.DType())
		}
		all = append(all, safetensors.Tensor{Name: name, DType: dtype, Shape: t.Shape().Dimensions})
	}
	content := func(t safetensors.Tensor, w io.Writer) error { return writeTensor(w, s.Tensors[t.Name], t.DType) }
	sum, err := sumOf(s.Data, all, content)
	if err != nil {
		return fmt.Errorf("write state %s: %w", path, err)
	}
	return safetensors.Write(path, all, map[string]string{formatKey: stateFormat, dataKey: string(s.Data), sumKey: sum}, content)
}

// ReadState reads what WriteState has written, bit for bit. A file that has changed since is an error.
func ReadState(path string) (State, error) {
	f, err := safetensors.Open(path)
	if err != nil {
		return State{}, err
	}
	s, err := readState(f)
	if err = errors.Join(err, f.Close()); err != nil {
		return State{}, fmt.Errorf("read state %s: %w", path, err)
	}
	return s, nil
}

func readState(f *safetensors.File) (State, error) {
	meta := f.Metadata()
	if meta[formatKey] != stateFormat {
		return State{}, fmt.Errorf("its format is %.50q, want %q: this is no state of a training, or one of another version", meta[formatKey], stateFormat)
	}
	s := State{Tensors: map[string]*tensors.Tensor{}, Data: json.RawMessage(meta[dataKey])}
	all := f.Tensors()
	slices.SortFunc(all, func(a, b safetensors.Tensor) int { return strings.Compare(a.Name, b.Name) })
	sum, err := sumOf(s.Data, all, func(t safetensors.Tensor, w io.Writer) error {
		_, err := w.Write(f.Bytes(t.Name))
		return err
	})
	if err != nil {
		return State{}, err
	}
	if sum != meta[sumKey] {
		return State{}, fmt.Errorf("its content has the hash %s, and %.50q was written: the file is damaged; go on from another one", sum, meta[sumKey])
	}
	for _, t := range all {
		dtype, ok := inMemory[t.DType]
		if !ok {
			return State{}, fmt.Errorf("tensor %s is of %s, which is not computed with", t.Name, t.DType)
		}
		tensor := tensors.FromShape(shapes.Make(dtype, t.Shape...))
		if err := tensor.MutableBytes(func(dst []byte) { copy(dst, f.Bytes(t.Name)) }); err != nil {
			return State{}, fmt.Errorf("tensor %s: %w", t.Name, err)
		}
		s.Tensors[t.Name] = tensor
	}
	return s, nil
}

// sumOf is the hash of the data and of all tensors, sorted by name. The length of each part goes before it, so that no
// two states make the same stream of bytes.
func sumOf(data []byte, all []safetensors.Tensor, content func(safetensors.Tensor, io.Writer) error) (string, error) {
	h := xxh3.New()
	part := func(text []byte) {
		_, _ = h.Write(binary.LittleEndian.AppendUint64(nil, uint64(len(text))))
		_, _ = h.Write(text)
	}
	part(data)
	for _, t := range all {
		part([]byte(t.Name))
		part(fmt.Append(nil, t.DType, t.Shape))
		if err := content(t, h); err != nil {
			return "", fmt.Errorf("tensor %s: %w", t.Name, err)
		}
	}
	sum := h.Sum128().Bytes()
	return fmt.Sprintf("%x", sum[:]), nil
}
