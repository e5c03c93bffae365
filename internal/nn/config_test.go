package nn_test

import (
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/nn"
)

const qwen = `{"architectures":["Qwen2ForCausalLM"],"hidden_act":"silu","hidden_size":896,"intermediate_size":4864,
"max_position_embeddings":32768,"max_window_layers":21,"model_type":"qwen2","num_attention_heads":14,"num_hidden_layers":24,
"num_key_value_heads":2,"rms_norm_eps":1e-06,"rope_theta":1000000.0,"sliding_window":32768,"tie_word_embeddings":true,
"torch_dtype":"bfloat16","use_sliding_window":false,"vocab_size":151936}`

func TestParseConfig(t *testing.T) {
	c, err := nn.ParseConfig([]byte(qwen))
	if err != nil {
		t.Fatal(err)
	}
	want := nn.Config{
		Vocab: 151936, Hidden: 896, Intermediate: 4864, Layers: 24, Heads: 14, KVHeads: 2, HeadDim: 64, MaxPositions: 32768,
		RopeTheta: 1e6, Epsilon: 1e-6, Tied: true,
	}
	if c != want {
		t.Errorf("got %+v, want %+v", c, want)
	}
	// The published size of Qwen2.5-0.5B.
	if n := c.Count(); n != 494_032_768 {
		t.Errorf("it has %d parameters, want 494,032,768", n)
	}
	data, err := c.JSON("bfloat16")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := nn.ParseConfig(data); err != nil || again != want {
		t.Errorf("written and read again: %+v, %v", again, err)
	}
	// transformers 5 has theta elsewhere.
	five := strings.Replace(qwen, `"rope_theta":1000000.0`, `"rope_parameters":{"rope_theta":1000000.0,"rope_type":"default"}`, 1)
	if c, err := nn.ParseConfig([]byte(five)); err != nil || c != want {
		t.Errorf("of transformers 5: %+v, %v", c, err)
	}
}

func TestParseConfigRefuses(t *testing.T) {
	for name, c := range map[string]struct{ from, to, want string }{
		"no JSON":           {`{"arch`, `{arch`, "config.json"},
		"another family":    {`"qwen2"`, `"llama"`, `model_type is "llama"`},
		"none":              {`"model_type":"qwen2",`, ``, `model_type is ""`},
		"another head":      {`Qwen2ForCausalLM`, `Qwen2ForTokenClassification`, "architectures"},
		"another function":  {`"silu"`, `"gelu"`, "hidden_act"},
		"a window":          {`"use_sliding_window":false`, `"use_sliding_window":true`, "use_sliding_window"},
		"scaled":            {`"vocab_size"`, `"rope_scaling":{"type":"yarn","factor":4},"vocab_size"`, "rope_scaling"},
		"quantised":         {`"vocab_size"`, `"quantization_config":{"bits":4},"vocab_size"`, "quantization_config"},
		"no layers":         {`"num_hidden_layers":24`, `"num_hidden_layers":0`, "num_hidden_layers is 0"},
		"negative":          {`"vocab_size":151936`, `"vocab_size":-1`, "vocab_size is -1"},
		"a fraction":        {`"vocab_size":151936`, `"vocab_size":1.5`, "vocab_size"},
		"heads that do not": {`"num_key_value_heads":2`, `"num_key_value_heads":3`, "no multiple of num_key_value_heads"},
		"odd heads":         {`"num_attention_heads":14`, `"num_attention_heads":128`, "head_dim is 7"},
		"no division":       {`"num_attention_heads":14`, `"num_attention_heads":13`, "no multiple of num_attention_heads"},
		"no epsilon":        {`1e-06`, `0`, "rms_norm_eps"},
		"window layers":     {`"vocab_size"`, `"layer_types":["full_attention","sliding_attention"],"vocab_size"`, "layer_types"},
	} {
		text := strings.Replace(qwen, c.from, c.to, 1)
		if text == qwen {
			t.Fatalf("%s: nothing is replaced", name)
		}
		if _, err := nn.ParseConfig([]byte(text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add([]byte(qwen))
	f.Add([]byte(`{"model_type":"qwen2"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := nn.ParseConfig(data)
		if err != nil {
			return
		}
		again, err := c.JSON("float32")
		if err != nil {
			t.Fatal(err)
		}
		if back, err := nn.ParseConfig(again); err != nil || back != c {
			t.Errorf("%+v is read again as %+v, %v", c, back, err)
		}
	})
}
