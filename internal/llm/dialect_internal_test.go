package llm

import (
	"encoding/json"
	"testing"

	"github.com/acecoder/acecoder/internal/llm/wire"
)

func TestBody(t *testing.T) {
	seed := int64(5)
	r := Request{
		Model: "m", Messages: []Message{{System, "s"}, {User, "u"}, {Assistant, "a ```python\n"}}, Temperature: 0, TopP: 1, MaxTokens: 9,
		Stop: []string{"x"}, Continue: true, Schema: &Schema{Name: "n", Schema: json.RawMessage(`{"type":"object"}`)},
		Extra: map[string]json.RawMessage{"top_k": json.RawMessage("20"), "a<b": json.RawMessage(`"<&>"`)},
	}
	const messages = `{"role":"system","content":"s"},{"role":"user","content":"u"},{"role":"assistant","content":"a ` + "```" + `python\n"}`
	tests := []struct {
		name string
		d    dialect
		n    int
		seed *int64
		want string
	}{
		{"all is understood", dialect{}, 1, nil, `{"model":"m","messages":[` + messages + `],"temperature":0,"top_p":1,"max_tokens":9,"stop":["x"],` +
			`"response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":{"type":"object"}}},` +
			`"add_generation_prompt":false,"continue_final_message":true,"a<b":"<&>","top_k":20}`},
		{"several samples", dialect{format: formatObject}, 4, nil, `{"model":"m","messages":[` + messages + `],"temperature":0,"top_p":1,"n":4,"max_tokens":9,"stop":["x"],` +
			`"response_format":{"type":"json_object"},"add_generation_prompt":false,"continue_final_message":true,"a<b":"<&>","top_k":20}`},
		{"the least is understood", dialect{completionTokens: true, format: formatNone, askPrefix: true}, 1, &seed, `{"model":"m","messages":[{"role":"system","content":"s"},` +
			`{"role":"user","content":"u\n\nBegin your answer with:\na ` + "```" + `python\n"}],"temperature":0,"top_p":1,"max_completion_tokens":9,"stop":["x"],"seed":5,"a<b":"<&>","top_k":20}`},
	}
	for _, tt := range tests {
		got, err := wire.Encode(tt.d.body(r, tt.n, tt.seed))
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: body = %s, %v\nwant %s", tt.name, got, err, tt.want)
		}
	}
	if r.Messages[1].Content != "u" {
		t.Error("body changed the request's messages")
	}
}

func TestAfterPrefix(t *testing.T) {
	const long = "Below is a Python script:\n```python\n"
	tests := []struct {
		name, text, prefix string
		asked              bool
		want               string
	}{
		{"no prefix", "text", "", false, "text"},
		{"the server goes on", "def f(): pass", long, false, "def f(): pass"},
		{"the server repeats it", long + "def f(): pass", long, false, "def f(): pass"},
		{"the server repeats it once only", long + long, long, false, long},
		{"a short one may be the answer's own", "[1], [2]]", "[", false, "[1], [2]]"},
		{"a short one that was asked for", "[[1], [2]]", "[", true, "[1], [2]]"},
		{"asked for and repeated", long + "def f(): pass", long, true, "def f(): pass"},
		{"with blanks before", "\n " + long + "def f(): pass", long, true, "def f(): pass"},
		{"without the blank at the end", "Say: yes", "Say: ", true, "yes"},
		{"with another blank at the end", "Below is a Python script:\n```python\r\nx", long, true, "\r\nx"},
		{"asked for and not repeated", "Sure! " + long, long, true, "Sure! " + long},
		{"a part of it", "Below is a Python", long, true, "Below is a Python"},
		{"nothing", "", long, true, ""},
		{"blanks only", "text", " \n", true, "text"},
	}
	for _, tt := range tests {
		if got := (dialect{askPrefix: tt.asked}).afterPrefix(tt.text, tt.prefix); got != tt.want {
			t.Errorf("%s: afterPrefix(%q, %q) = %q, want %q", tt.name, tt.text, tt.prefix, got, tt.want)
		}
	}
}

func TestLearn(t *testing.T) {
	all := wire.ChatRequest{N: 4, MaxTokens: 9, ResponseFormat: &wire.ResponseFormat{}, ContinueFinalMessage: true}
	auto := Config{MaxTokensField: MaxTokensAuto}.withDefaults()
	tests := []struct {
		name string
		cfg  Config
		sent dialect
		body wire.ChatRequest
		e    wire.Error
		want dialect
		ok   bool
	}{
		{"n by its field", auto, dialect{}, all, wire.Error{Param: "n", Message: "no"}, dialect{n: no}, true},
		{"n in words", auto, dialect{}, all, wire.Error{Message: "Only n=1 is supported"}, dialect{n: no}, true},
		{"n in quotes", auto, dialect{}, all, wire.Error{Message: "'n' must be 1"}, dialect{n: no}, true},
		{"n within words", auto, dialect{}, all, wire.Error{Message: "can't find it in one attempt"}, dialect{}, false},
		{"n that was not sent", auto, dialect{}, wire.ChatRequest{}, wire.Error{Param: "n"}, dialect{}, false},
		{"n as configured", Config{ServerN: ServerNAlways}.withDefaults(), dialect{}, all, wire.Error{Param: "n"}, dialect{n: yes}, false},
		{"max_tokens", auto, dialect{}, all, wire.Error{Param: "max_tokens", Message: "Use 'max_completion_tokens' instead."}, dialect{completionTokens: true}, true},
		{"max_tokens that is too large", auto, dialect{}, all, wire.Error{Param: "max_tokens", Message: "too large"}, dialect{}, false},
		{"max_tokens as configured", Config{}.withDefaults(), dialect{}, all, wire.Error{Param: "max_tokens", Message: "Use 'max_completion_tokens'"}, dialect{}, false},
		{"the schema", auto, dialect{}, all, wire.Error{Param: "response_format.type", Message: "no"}, dialect{format: formatObject}, true},
		{"the schema in words", auto, dialect{}, all, wire.Error{Message: "json_schema is not supported"}, dialect{format: formatObject}, true},
		{"JSON at all", auto, dialect{format: formatObject}, all, wire.Error{Message: "response_format: unknown"}, dialect{format: formatNone}, true},
		{"the prefix", auto, dialect{}, all, wire.Error{Message: "Extra inputs are not permitted: continue_final_message"}, dialect{askPrefix: true}, true},
		{"the prefix by FastAPI", auto, dialect{}, all, wire.Error{Param: "add_generation_prompt", Message: "?"}, dialect{askPrefix: true}, true},
		{"another field", auto, dialect{}, all, wire.Error{Param: "temperature", Message: "no"}, dialect{}, false},
	}
	for _, tt := range tests {
		m := newMemory(tt.cfg)
		m.now.format = tt.sent.format
		got := m.learn(tt.sent, tt.body, &tt.e)
		if got != tt.ok || m.dialect() != tt.want {
			t.Errorf("%s: learn(%+v) = %v and %+v, want %v and %+v", tt.name, tt.e, got, m.dialect(), tt.ok, tt.want)
		}
	}
}

// TestLearnOfOldRefusals: refusals of what was sent before a lesson teach nothing more.
func TestLearnOfOldRefusals(t *testing.T) {
	m := newMemory(Config{}.withDefaults())
	sent := m.dialect()
	body := wire.ChatRequest{ResponseFormat: &wire.ResponseFormat{}}
	for range 5 {
		if !m.learn(sent, body, &wire.Error{Param: "response_format"}) {
			t.Error("learn = false, want that it is sent again")
		}
	}
	if got := m.dialect().format; got != formatObject {
		t.Errorf("after five refusals of one format: %v, want json_object", got)
	}
}

func TestGave(t *testing.T) {
	for _, tt := range []struct {
		cfg  ServerN
		gave []bool
		want ability
	}{
		{ServerNAuto, nil, unknown},
		{ServerNAuto, []bool{true}, yes},
		{ServerNAuto, []bool{true, false}, no},
		{ServerNAuto, []bool{false, true}, no}, // an answer that was under way
		{ServerNAlways, []bool{false}, yes},
		{ServerNNever, []bool{true}, no},
	} {
		m := newMemory(Config{ServerN: tt.cfg}.withDefaults())
		for _, several := range tt.gave {
			m.gave(several)
		}
		if got := m.dialect().n; got != tt.want {
			t.Errorf("%s after %v: %v, want %v", tt.cfg, tt.gave, got, tt.want)
		}
	}
}
