package checkpoint_test

import (
	"path/filepath"
	"reflect"
	"testing"

	"github.com/gomlx/compute/dtypes"

	"github.com/acecoder/acecoder/internal/checkpoint"
)

func TestReadGeneration(t *testing.T) {
	id := func(n int32) *int32 { return &n }
	with := func(change func(g *checkpoint.Generation)) checkpoint.Generation {
		g := checkpoint.DefaultGeneration()
		change(&g)
		return g
	}
	tests := []struct {
		name, text string
		want       checkpoint.Generation
	}{
		{"nothing", `{}`, checkpoint.DefaultGeneration()},
		{"one end", `{"eos_token_id":7}`, with(func(g *checkpoint.Generation) { g.EOS = []int32{7} })},
		{"two ends", `{"eos_token_id":[7,8]}`, with(func(g *checkpoint.Generation) { g.EOS = []int32{7, 8} })},
		{"null", `{"eos_token_id":null,"pad_token_id":null,"top_p":null}`, checkpoint.DefaultGeneration()},
		{
			"all", `{"bos_token_id":1,"pad_token_id":0,"do_sample":true,"eos_token_id":[3,2],"repetition_penalty":1.05,"temperature":0.7,
			"top_p":0.8,"top_k":20,"transformers_version":"4.37.0"}`,
			checkpoint.Generation{EOS: []int32{3, 2}, Pad: id(0), BOS: id(1), DoSample: true, Temperature: .7, TopP: .8, TopK: 20, RepetitionPenalty: 1.05},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, filepath.Join(dir, "generation_config.json"), tt.text)
			got, err := checkpoint.ReadGeneration(dir)
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Fatalf("ReadGeneration(%s) = %+v, %v, want %+v", tt.text, got, err, tt.want)
			}
			again := filepath.Join(t.TempDir(), "model")
			cfg := small(true)
			o := checkpoint.SaveOptions{DType: dtypes.BFloat16, Generation: &got}
			if err := checkpoint.Save(again, cfg, weightsOf(t, cfg, dtypes.BFloat16), o); err != nil {
				t.Fatal(err)
			}
			if got, err := checkpoint.ReadGeneration(again); err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("saved and read again it is %+v, %v, want %+v", got, err, tt.want)
			}
		})
	}
	if got, err := checkpoint.ReadGeneration(t.TempDir()); err != nil || !reflect.DeepEqual(got, checkpoint.DefaultGeneration()) {
		t.Errorf("ReadGeneration() without a file = %+v, %v, want the default", got, err)
	}
}

func TestReadGenerationRefuses(t *testing.T) {
	for text, want := range map[string]string{
		`{"temperature":-1}`:           "temperature is -1",
		`{"top_p":0}`:                  "top_p is 0",
		`{"top_p":1.5}`:                "top_p is 1.5",
		`{"top_k":-1}`:                 "top_k is -1",
		`{"top_k":1.5}`:                "top_k",
		`{"repetition_penalty":0}`:     "repetition_penalty is 0",
		`{"eos_token_id":"x"}`:         "eos_token_id",
		`{"eos_token_id":[1,"x"]}`:     "string does not fit",
		`{"eos_token_id":99999999999}`: "99999999999",
		`{"do_sample":1}`:              "do_sample",
		`[]`:                           "generation_config.json:1",
		`{"top_k":1,"top_k":2}`:        "top_k",
		``:                             "generation_config.json",
	} {
		dir := t.TempDir()
		put(t, filepath.Join(dir, "generation_config.json"), text)
		_, err := checkpoint.ReadGeneration(dir)
		fails(t, "ReadGeneration("+text+")", err, "generation_config.json", want)
	}
}

// FuzzOpen checks that no config, index or weights end the program, and that what opens loads.
func FuzzOpen(f *testing.F) {
	f.Add([]byte(`{"model_type":"qwen2","vocab_size":2,"hidden_size":2,"intermediate_size":1,"num_hidden_layers":1,"num_attention_heads":1}`),
		[]byte(`{"eos_token_id":[0,1]}`), []byte(`{"weight_map":{"a":"model-1.safetensors"}}`), []byte("\x02\x00\x00\x00\x00\x00\x00\x00{}"))
	f.Fuzz(func(t *testing.T, config, generation, index, weights []byte) {
		dir := t.TempDir()
		put(t, filepath.Join(dir, "config.json"), string(config))
		put(t, filepath.Join(dir, "generation_config.json"), string(generation))
		put(t, filepath.Join(dir, "model.safetensors.index.json"), string(index))
		put(t, filepath.Join(dir, "model-1.safetensors"), string(weights))
		folder, err := checkpoint.Open(dir)
		if err != nil {
			return
		}
		defer func() { _ = folder.Close() }()
		if _, err := folder.Load(dtypes.Float32); err != nil {
			t.Errorf("Load() = %v after Open() took the folder", err)
		}
	})
}
