package safetensors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"unicode/utf8"
)

const (
	lengthSize = 8           // bytes of the header's length, which stand first
	mostHeader = 100_000_000 // bytes of a header; the reference implementation refuses longer ones too
	metaName   = "__metadata__"
)

// entry is a tensor with the place of its bytes in the data.
type entry struct {
	Tensor
	from, to int64
}

func tooShort(size int64) error {
	return fmt.Errorf("it has %d bytes, and the length of the header alone takes %d; fetch the file again", size, lengthSize)
}

// parse fills the file from all its bytes.
func (f *File) parse(all []byte) error {
	if len(all) < lengthSize {
		return tooShort(int64(len(all)))
	}
	length := binary.LittleEndian.Uint64(all)
	rest := all[lengthSize:]
	switch {
	case length > mostHeader:
		return fmt.Errorf("its header would have %d bytes, and the format allows %d: this is no safetensors file", length, mostHeader)
	case length > uint64(len(rest)):
		return fmt.Errorf("its header has %d bytes, and the file ends after %d of them; fetch it again", length, len(rest))
	}
	f.data = rest[length:]
	if err := f.parseHeader(rest[:length]); err != nil {
		return fmt.Errorf("header: %w", err)
	}
	return f.layOut()
}

func (f *File) parseHeader(header []byte) error {
	// encoding/json would make other names of broken ones.
	if !utf8.Valid(header) {
		return errors.New("it is not UTF-8")
	}
	return members(header, func(name string, value json.RawMessage) error {
		if name == metaName {
			return f.parseMetadata(value)
		}
		e := entry{Tensor: Tensor{Name: name}}
		if err := e.parse(value); err != nil {
			return fmt.Errorf("tensor %.200q: %w", name, err)
		}
		f.entries = append(f.entries, e)
		return nil
	})
}

func (f *File) parseMetadata(value json.RawMessage) error {
	f.meta = map[string]string{}
	err := members(value, func(name string, value json.RawMessage) error {
		if value[0] != '"' {
			return fmt.Errorf("%.100q: want a string", name)
		}
		var text string
		err := json.Unmarshal(value, &text)
		f.meta[name] = text
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: %w", metaName, err)
	}
	return nil
}

// members calls do for every member of a JSON object. A name that comes twice is an error.
func members(object []byte, do func(name string, value json.RawMessage) error) error {
	dec := json.NewDecoder(bytes.NewReader(object))
	token, err := dec.Token()
	if err != nil || token != json.Delim('{') {
		return errors.Join(errors.New("want a JSON object"), err)
	}
	seen := map[string]bool{}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return err
		}
		name, _ := token.(string) // the decoder takes nothing else here
		if seen[name] {
			return fmt.Errorf("%.200q stands there twice", name)
		}
		seen[name] = true
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return fmt.Errorf("%.200q: %w", name, err)
		}
		if err := do(name, value); err != nil {
			return err
		}
	}
	if _, err := dec.Token(); err != nil {
		return err
	}
	if rest := bytes.Trim(object[dec.InputOffset():], " "); len(rest) > 0 {
		return fmt.Errorf("%.20q stands after the JSON object", rest)
	}
	return nil
}

// parse reads what the header says about a tensor.
func (e *entry) parse(value json.RawMessage) error {
	var there []string
	err := members(value, func(name string, value json.RawMessage) error {
		there = append(there, name)
		if err := e.parseField(name, value); err != nil {
			return fmt.Errorf("%.50s: %w", name, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, name := range []string{"dtype", "shape", "data_offsets"} {
		if !slices.Contains(there, name) {
			return errors.New("it has no " + name)
		}
	}
	return e.checkSize()
}

func (e *entry) parseField(name string, value json.RawMessage) error {
	switch name {
	case "dtype":
		if value[0] != '"' {
			return errors.New("want a string")
		}
		if err := json.Unmarshal(value, &e.DType); err != nil {
			return err
		}
		if e.DType.Bits() == 0 {
			return fmt.Errorf("the format has no type %.20q", string(e.DType))
		}
	case "shape":
		sizes, err := counts(value)
		e.Shape = make([]int, len(sizes))
		for i, n := range sizes {
			e.Shape[i] = int(n)
		}
		return err
	case "data_offsets":
		offsets, err := counts(value)
		if err != nil {
			return err
		}
		if len(offsets) != 2 || offsets[0] > offsets[1] {
			return fmt.Errorf("want begin and end, got %.60s", value)
		}
		e.from, e.to = offsets[0], offsets[1]
	default:
		return errors.New("the format has no such field")
	}
	return nil
}

// counts reads an array of whole numbers that are not negative.
func counts(value json.RawMessage) ([]int64, error) {
	if value[0] != '[' {
		return nil, errors.New("want an array")
	}
	var all []json.RawMessage
	if err := json.Unmarshal(value, &all); err != nil {
		return nil, err
	}
	out := make([]int64, len(all))
	for i, text := range all {
		n, err := strconv.ParseUint(string(text), 10, strconv.IntSize-1)
		if err != nil {
			return nil, fmt.Errorf("%.30q is no size", text)
		}
		out[i] = int64(n)
	}
	return out, nil
}

// checkSize holds the offsets to type and shape.
func (e *entry) checkSize() error {
	want, ok := e.bytes()
	if !ok {
		return fmt.Errorf("no tensor of shape %v and type %s can be stored", e.Shape, e.DType)
	}
	if got := e.to - e.from; got != want {
		return fmt.Errorf("shape %v and type %s take %d bytes, and the offsets leave %d", e.Shape, e.DType, want, got)
	}
	return nil
}

// bytes is the size of the tensor; false if it cannot be told, or is no whole number of bytes.
func (t Tensor) bytes() (int64, bool) {
	size := uint64(t.DType.Bits())
	for _, n := range t.Shape {
		if n < 0 {
			return 0, false
		}
		over, product := bits.Mul64(size, uint64(n))
		if over != 0 {
			return 0, false
		}
		size = product
	}
	return int64(size / 8), size%8 == 0
}

// layOut sorts the tensors by their bytes and sees to it that these cover the data.
func (f *File) layOut() error {
	slices.SortStableFunc(f.entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to), cmp.Compare(a.Name, b.Name))
	})
	f.byName = make(map[string]int, len(f.entries))
	at, before := int64(0), "the header"
	for i, e := range f.entries {
		f.byName[e.Name] = i
		switch {
		case e.from > at:
			return fmt.Errorf("tensor %.200q: %d bytes between it and %.200s belong to nothing", e.Name, e.from-at, before)
		case e.from < at:
			return fmt.Errorf("tensor %.200q: it overlaps %.200s", e.Name, before)
		case e.to > int64(len(f.data)):
			return fmt.Errorf("tensor %.200q: it ends at byte %d of the data, and the file has %d; fetch it again", e.Name, e.to, len(f.data))
		}
		at, before = e.to, e.Name
	}
	if at != int64(len(f.data)) {
		return fmt.Errorf("%d bytes at the end belong to no tensor", int64(len(f.data))-at)
	}
	return nil
}
