package checkpoint_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/acecoder/acecoder/internal/checkpoint"
	"github.com/acecoder/acecoder/internal/safetensors"
)

func stateOf(t *testing.T, seed uint64) checkpoint.State {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 0))
	return checkpoint.State{
		Data: json.RawMessage(`{"step": 7, "random":[1,2], "text":"é<&\u2028"}`),
		Tensors: map[string]*tensors.Tensor{
			"weight.model.norm.weight": random(t, r, dtypes.BFloat16, 3, 2),
			"m.model.norm.weight":      random(t, r, dtypes.Float32, 3, 2),
			"v.model.norm.weight":      random(t, r, dtypes.Float32, 3, 2),
			"step":                     random(t, r, dtypes.Int64),
			"random":                   random(t, r, dtypes.Uint64, 3),
			"none":                     random(t, r, dtypes.Float32, 0, 3),
			"done":                     tensors.FromFlatDataAndDimensions([]bool{true, false}, 2),
		},
	}
}

// sameState checks a state that has come back.
func sameState(t *testing.T, got, want checkpoint.State) {
	t.Helper()
	if string(got.Data) != string(want.Data) {
		t.Errorf("the data comes back as %s, want %s", got.Data, want.Data)
	}
	if len(got.Tensors) != len(want.Tensors) {
		t.Errorf("%d tensors come back, want %d", len(got.Tensors), len(want.Tensors))
	}
	for name, tensor := range want.Tensors {
		if got.Tensors[name] == nil {
			t.Fatalf("%s does not come back", name)
		}
		same(t, name, []*tensors.Tensor{got.Tensors[name]}, []*tensors.Tensor{tensor})
	}
}

func TestStateComesBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.safetensors")
	want := stateOf(t, 1)
	for range 2 { // the second replaces the first
		if err := checkpoint.WriteState(path, want); err != nil {
			t.Fatal(err)
		}
		got, err := checkpoint.ReadState(path)
		if err != nil {
			t.Fatal(err)
		}
		sameState(t, got, want)
	}
}

// No byte of the file can be another and no end be missing without an error.
func TestReadStateFindsDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.safetensors")
	if err := checkpoint.WriteState(path, stateOf(t, 1)); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range whole {
		damaged := slices.Clone(whole)
		damaged[i] ^= 1
		put(t, path, string(damaged))
		if _, err := checkpoint.ReadState(path); err == nil && whole[i] != ' ' {
			t.Errorf("ReadState() with another byte at %d, %q, succeeds", i, whole[i])
		}
	}
	put(t, path, string(whole[:len(whole)-1]))
	_, err = checkpoint.ReadState(path)
	fails(t, "ReadState() of a cut file", err, path, "fetch")
}

func TestReadStateRefuses(t *testing.T) {
	_, err := checkpoint.ReadState(filepath.Join(t.TempDir(), "none"))
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("ReadState() of nothing = %v, want that it is not there", err)
	}
	path := filepath.Join(t.TempDir(), "model.safetensors")
	if err := safetensors.Write(path, nil, map[string]string{"format": "pt"}, nil); err != nil {
		t.Fatal(err)
	}
	_, err = checkpoint.ReadState(path)
	fails(t, "ReadState() of a model", err, path, `its format is "pt"`)
}

func TestWriteStateRefuses(t *testing.T) {
	one := tensors.FromFlatDataAndDimensions([]float32{1}, 1)
	gone := tensors.FromFlatDataAndDimensions([]float32{1}, 1)
	gone.MustFinalizeAll()
	tests := []struct {
		name  string
		state checkpoint.State
		want  string
	}{
		{"no data", checkpoint.State{}, "not JSON"},
		{"data that is no UTF-8", checkpoint.State{Data: json.RawMessage("\"\xff\"")}, "not JSON in UTF-8"},
		{"no tensor", checkpoint.State{Data: json.RawMessage("{}"), Tensors: map[string]*tensors.Tensor{"a": nil}}, "tensor a has been given back"},
		{"a tensor given back", checkpoint.State{Data: json.RawMessage("{}"), Tensors: map[string]*tensors.Tensor{"a": gone}}, "given back"},
		{"complex numbers", checkpoint.State{
			Data: json.RawMessage("{}"), Tensors: map[string]*tensors.Tensor{"a": tensors.FromFlatDataAndDimensions([]complex64{1}, 1)},
		}, "Complex64, which is not stored"},
		{"a taken name", checkpoint.State{Data: json.RawMessage("{}"), Tensors: map[string]*tensors.Tensor{"__metadata__": one}}, "the name is taken"},
	}
	for _, tt := range tests {
		dir := t.TempDir()
		err := checkpoint.WriteState(filepath.Join(dir, "state"), tt.state)
		fails(t, "WriteState() of "+tt.name, err, dir, tt.want)
		if got := listing(t, dir); got != "" {
			t.Errorf("%s: WriteState() left %q", tt.name, got)
		}
	}
}

func TestWriteStepKeepsTheLast(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "checkpoints")
	if got, err := checkpoint.Steps(dir); err != nil || got != nil {
		t.Errorf("Steps() of no folder = %v, %v, want none", got, err)
	}
	writes := []struct {
		step, keep int
		want       []int
	}{
		{10, 2, []int{10}},
		{20, 2, []int{10, 20}},
		{30, 2, []int{20, 30}},
		{30, 2, []int{20, 30}},
		{40, 1, []int{40}},
		{123456789, 2, []int{40, 123456789}},
		{5, 1, []int{5, 123456789}}, // gone on from an older one: what was just written stays
	}
	for _, w := range writes {
		if err := checkpoint.WriteStep(dir, w.step, stateOf(t, uint64(w.step)), w.keep); err != nil {
			t.Fatal(err)
		}
		if w.step == 10 {
			put(t, filepath.Join(dir, "step-00000099.safetensors.partial"), "killed")
			put(t, filepath.Join(dir, "step-7.safetensors"), "another's")
		}
		if got, err := checkpoint.Steps(dir); err != nil || !reflect.DeepEqual(got, w.want) {
			t.Errorf("Steps() after %d, keep %d = %v, %v, want %v", w.step, w.keep, got, err, w.want)
		}
		got, err := checkpoint.ReadState(checkpoint.StepPath(dir, w.step))
		if err != nil {
			t.Fatal(err)
		}
		sameState(t, got, stateOf(t, uint64(w.step)))
	}
	if _, err := os.Stat(filepath.Join(dir, "step-7.safetensors")); err != nil {
		t.Errorf("a file of another name is gone: %v", err)
	}
	fails(t, "WriteStep(keep 0)", checkpoint.WriteStep(dir, 1, stateOf(t, 1), 0), "keep 0")
}

// A write that fails leaves the older states.
func TestWriteStepThatFails(t *testing.T) {
	dir := t.TempDir()
	if err := checkpoint.WriteStep(dir, 1, stateOf(t, 1), 1); err != nil {
		t.Fatal(err)
	}
	bad := stateOf(t, 2)
	bad.Tensors["zzz"] = nil
	fails(t, "WriteStep()", checkpoint.WriteStep(dir, 2, bad, 1), "zzz")
	got, err := checkpoint.ReadState(checkpoint.StepPath(dir, 1))
	if err != nil {
		t.Fatal(err)
	}
	sameState(t, got, stateOf(t, 1))
}
