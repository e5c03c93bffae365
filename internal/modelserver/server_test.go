package modelserver_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/openai/openai-go/v3"

	"github.com/acecoder/acecoder/internal/generate/generatetest"
	"github.com/acecoder/acecoder/internal/llm/wire"
)

// says returns a chat in which a user says something.
func says(text string) openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{
		Model: "org/small", Messages: []openai.ChatCompletionMessageParamUnion{openai.SystemMessage("Repeat."), openai.UserMessage(text)},
	}
}

func TestChat(t *testing.T) {
	c := client(served(t, echo(4), 8))
	body := says("one two\n\nthree")
	body.Messages[1] = openai.UserMessage("one two#three")
	body.N, body.Temperature, body.Stop.OfStringArray = openai.Int(3), openai.Float(0), []string{"#"}
	got, err := c.Chat.Completions.New(t.Context(), body)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Choices) != 3 || got.Model != "org/small" || got.Object != "chat.completion" || !strings.HasPrefix(got.ID, "chatcmpl-") || got.Created == 0 {
		t.Fatalf("the answer is %s", got.RawJSON())
	}
	for i, choice := range got.Choices {
		if choice.Index != int64(i) || choice.Message.Content != "one two" || choice.Message.Role != "assistant" || choice.FinishReason != "stop" {
			t.Errorf("choice %d is %s", i, choice.RawJSON())
		}
	}
	// The stop string is a token too; the prompt counts once.
	prompt := int64(len("system:Repeat.\nuser:one two#three") + 1)
	if u := got.Usage; u.PromptTokens != prompt || u.CompletionTokens != 3*8 || u.TotalTokens != prompt+24 {
		t.Errorf("the usage is %s", u.RawJSON())
	}

	body = says("abcdef")
	body.MaxCompletionTokens = openai.Int(4)
	if got, err = c.Chat.Completions.New(t.Context(), body); err != nil || got.Choices[0].Message.Content != "abcd" || got.Choices[0].FinishReason != "length" {
		t.Errorf("an answer of four tokens: %v, %v", got, err)
	}
	body.SetExtraFields(map[string]any{"continue_final_message": true, "top_k": -1, "user": "x", "tools": nil})
	body.MaxCompletionTokens = openai.Int(9)
	if got, err = c.Chat.Completions.New(t.Context(), body); err != nil || got.Choices[0].Message.Content != "go on" {
		t.Errorf("a message that goes on: %v, %v", got, err)
	}
}

func TestChatLogprobs(t *testing.T) {
	c := client(served(t, echo(1), 8))
	body := says("é")
	body.Logprobs, body.TopLogprobs = openai.Bool(true), openai.Int(2)
	got, err := c.Chat.Completions.New(t.Context(), body)
	if err != nil {
		t.Fatal(err)
	}
	tokens := got.Choices[0].Logprobs.Content
	if len(tokens) != 2 {
		t.Fatalf("%d tokens, want the two bytes of é and not the end: %s", len(tokens), got.RawJSON())
	}
	for i, token := range tokens {
		want := int64("é"[i])
		if token.Token != "\uFFFD" || len(token.Bytes) != 1 || token.Bytes[0] != want || token.Logprob > 0 || token.Logprob < -1e-6 {
			t.Errorf("token %d is %s", i, token.RawJSON())
		}
		if len(token.TopLogprobs) != 2 || token.TopLogprobs[0].Bytes[0] != want || token.TopLogprobs[1].Logprob > -29 {
			t.Errorf("the most likely of token %d are %v", i, token.TopLogprobs)
		}
	}
}

func TestChatStream(t *testing.T) {
	c := client(served(t, echo(4), 8))
	body := says("aé#b")
	body.N, body.Logprobs = openai.Int(2), openai.Bool(true)
	body.Stop.OfString = openai.String("#b")
	body.StreamOptions.IncludeUsage = openai.Bool(true)
	stream := c.Chat.Completions.NewStreaming(t.Context(), body)
	var text, role, finish [2]string
	var pieces, tokens [2]int
	var usage openai.CompletionUsage
	for stream.Next() {
		chunk := stream.Current()
		if usage.TotalTokens != 0 {
			t.Errorf("after the usage comes %s", chunk.RawJSON())
		}
		usage = chunk.Usage
		for _, choice := range chunk.Choices {
			text[choice.Index] += choice.Delta.Content
			role[choice.Index] += choice.Delta.Role
			finish[choice.Index] += choice.FinishReason
			tokens[choice.Index] += len(choice.Logprobs.Content)
			pieces[choice.Index]++
		}
	}
	if err := stream.Err(); err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		// a, é, and the end: the stop string waits.
		if text[i] != "aé" || role[i] != "assistant" || finish[i] != "stop" || pieces[i] != 3 || tokens[i] != 3 {
			t.Errorf("choice %d: %q, role %q, finish %q, in %d pieces with %d tokens", i, text[i], role[i], finish[i], pieces[i], tokens[i])
		}
	}
	if usage.CompletionTokens != 10 || usage.TotalTokens != usage.PromptTokens+10 {
		t.Errorf("the usage is %s", usage.RawJSON())
	}
}

func TestCompletions(t *testing.T) {
	url := served(t, echo(2), 8)
	c := client(url)
	for _, tt := range []struct {
		name   string
		prompt openai.CompletionNewParamsPromptUnion
		want   string
	}{
		{"a text", openai.CompletionNewParamsPromptUnion{OfString: openai.String("q:ab\x00")}, "ab ab"},
		{"texts", openai.CompletionNewParamsPromptUnion{OfArrayOfStrings: []string{"q:ab\x00", "q:cd\x00"}}, "ab ab cd cd"},
		{"tokens", openai.CompletionNewParamsPromptUnion{OfArrayOfTokens: []int64{':', 'a', 0}}, "a a"},
		{"lists of tokens", openai.CompletionNewParamsPromptUnion{OfArrayOfTokenArrays: [][]int64{{':', 'a', 0}, {':', 'b', 0}}}, "a a b b"},
	} {
		body := openai.CompletionNewParams{Model: "org/small", Prompt: tt.prompt, N: openai.Int(2)}
		got, err := c.Completions.New(t.Context(), body)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		var texts []string
		for i, choice := range got.Choices {
			texts = append(texts, choice.Text)
			if choice.Index != int64(i) || choice.FinishReason != "stop" {
				t.Errorf("%s: choice %d is %s", tt.name, i, choice.RawJSON())
			}
		}
		if strings.Join(texts, " ") != tt.want || got.Object != "text_completion" {
			t.Errorf("%s: %q, want %q", tt.name, texts, tt.want)
		}
		stream := c.Completions.NewStreaming(t.Context(), body)
		streamed := make([]string, len(texts))
		for stream.Next() {
			for _, choice := range stream.Current().Choices {
				streamed[choice.Index] += choice.Text
			}
		}
		if err := stream.Err(); err != nil || strings.Join(streamed, " ") != tt.want {
			t.Errorf("%s, streamed: %q, %v, want %q", tt.name, streamed, err, tt.want)
		}
	}
	_, body := do(t, http.MethodPost, url+wire.CompletionURL, `{"model":"org/small","prompt":"q:xéy`+"\\u0000"+`","logprobs":1,"seed":1}`)
	var got wire.CompletionResponse
	if err := json.Unmarshal([]byte(body), &got); err != nil || len(got.Choices) != 1 {
		t.Fatalf("%s: %v", body, err)
	}
	// The two bytes of é are no characters by themselves.
	l := got.Choices[0].Logprobs
	if fmt.Sprintf("%q %v", l.Tokens, l.TextOffset) != `["x" "�" "�" "y"] [0 1 2 3]` || len(l.TokenLogprobs) != 4 || len(l.TopLogprobs) != 4 || len(l.TopLogprobs[0]) != 1 {
		t.Errorf("the log-probabilities are %+v", l)
	}
	long := strings.Repeat("x", 20)
	if a, err := c.Completions.New(t.Context(), openai.CompletionNewParams{Model: "org/small", Prompt: openai.CompletionNewParamsPromptUnion{OfString: openai.String(":" + long + "\x00")}}); err != nil || len(a.Choices[0].Text) != 16 {
		t.Errorf("without a length: %v, %v, want 16 tokens", a, err)
	}
}

// TestSeed asks a model whose answers are random.
func TestSeed(t *testing.T) {
	d := echo(3)
	d.Logits = generatetest.Random(2)
	url := served(t, d, 100)
	ask := func(fields string) string {
		_, body := do(t, http.MethodPost, url+wire.CompletionURL, `{"model":"org/small","prompt":["a","b","a"],"n":2,`+fields+`}`)
		var got wire.CompletionResponse
		if err := json.Unmarshal([]byte(body), &got); err != nil || len(got.Choices) != 6 {
			t.Fatalf("%s: %v", body, err)
		}
		var texts []string
		for _, c := range got.Choices {
			texts = append(texts, c.Text)
		}
		if texts[0] == texts[1] || texts[0] == texts[4] {
			t.Errorf("%s: two samples have the same text: %q", fields, texts)
		}
		return strings.Join(texts, "|")
	}
	if a, b := ask(`"seed":5`), ask(`"seed":5`); a != b {
		t.Errorf("the same seed: %q and %q", a, b)
	}
	if a, b := ask(`"seed":5`), ask(`"seed":-5`); a == b {
		t.Errorf("other seeds: both %q", a)
	}
	if a, b := ask(`"user":"x"`), ask(`"user":"x"`); a == b {
		t.Errorf("no seed: both %q", a)
	}
}

func TestErrors(t *testing.T) {
	url := served(t, echo(1), 8)
	chat, text := `"messages":[{"role":"user","content":"a"}]`, `"prompt":":a\u0000"`
	for _, tt := range []struct {
		name, path, fields string
		status             int
		param, code        string
		want               string // in the message
	}{
		{"no JSON", "chat", `"`, 400, "", "", "the body is no request"},
		{"no model", "chat", chat, 400, "model", "", "model is required"},
		{"another model", "chat", `"model":"big",` + chat, 404, "model", "model_not_found", `there is no model "big" here, only "org/small"`},
		{"another model for a text", "text", `"model":"big",` + text, 404, "model", "model_not_found", "no model"},
		{"a model that is no text", "chat", `"model":5,` + chat, 400, "model", "", "model is 5, want a text"},
		{"no messages", "chat", `"model":"org/small"`, 400, "messages", "", "messages is required"},
		{"messages that are none", "chat", `"model":"org/small","messages":"a"`, 400, "messages", "", `is "a", want a list of messages`},
		{"a message without a role", "chat", `"model":"org/small","messages":[{"content":"a"}]`, 400, "messages", "", "no role in its element 0"},
		{"messages that the template refuses", "chat", `"model":"org/small","messages":[{"role":"robot"}]`, 400, "messages", "", "there are no robots"},
		{"no prompt", "text", `"model":"org/small"`, 400, "prompt", "", "prompt is required"},
		{"an empty prompt", "text", `"model":"org/small","prompt":""`, 400, "prompt", "", "prompt has no tokens"},
		{"a prompt that is none", "text", `"model":"org/small","prompt":{}`, 400, "prompt", "", "want a text, a list of texts"},
		{"a token that is none", "text", `"model":"org/small","prompt":[300]`, 400, "prompt", "", "has the token 300"},
		{"too many answers", "text", `"model":"org/small","n":128,"prompt":["` + strings.Repeat(`a","`, 32) + `a"]`, 400, "prompt", "", "4224 answers"},
		{"a long prompt", "text", `"model":"org/small","prompt":"` + strings.Repeat("a", 300) + `"`, 400, "prompt", "context_length_exceeded", "is 300 tokens, and 316 were asked for"},
		{"a long chat", "chat", `"model":"org/small","messages":[{"role":"user","content":"` + strings.Repeat("a", 300) + `"}]`, 400, "messages", "context_length_exceeded", "is 300 tokens, and the prompt has 306"},
		{"a long chat, streamed", "chat", `"stream":true,"model":"org/small","messages":[{"role":"user","content":"` + strings.Repeat("a", 300) + `"}]`, 400, "messages", "context_length_exceeded", "is 300 tokens"},
		{"a temperature in words", "chat", `"model":"org/small","temperature":"hot",` + chat, 400, "temperature", "", `temperature is "hot", want a number`},
		{"a negative temperature", "chat", `"model":"org/small","temperature":-1,` + chat, 400, "temperature", "", "temperature is -1, want 0 or more"},
		{"a top_p of 0", "chat", `"model":"org/small","top_p":0,` + chat, 400, "top_p", "", "top_p is 0"},
		{"no answer", "chat", `"model":"org/small","n":0,` + chat, 400, "n", "", "n is 0"},
		{"many answers", "chat", `"model":"org/small","n":129,` + chat, 400, "n", "", "n is 129, want at most 128"},
		{"half an answer", "chat", `"model":"org/small","n":1.5,` + chat, 400, "n", "", "n is 1.5, want a whole number"},
		{"an answer of nothing", "chat", `"model":"org/small","max_tokens":0,` + chat, 400, "max_tokens", "", "max_tokens is 0, want at least 1"},
		{"the same by its newer name", "chat", `"model":"org/small","max_completion_tokens":-1,` + chat, 400, "max_completion_tokens", "", "is -1"},
		{"an empty stop string", "chat", `"model":"org/small","stop":["a",""],` + chat, 400, "stop", "", "an empty text"},
		{"a stop string that is none", "chat", `"model":"org/small","stop":5,` + chat, 400, "stop", "", "want a text or a list of texts"},
		{"top_logprobs alone", "chat", `"model":"org/small","top_logprobs":3,` + chat, 400, "top_logprobs", "", "logprobs is not"},
		{"many log-probabilities", "chat", `"model":"org/small","logprobs":true,"top_logprobs":21,` + chat, 400, "top_logprobs", "", "want from 0 to 20"},
		{"many log-probabilities of a text", "text", `"model":"org/small","logprobs":21,` + text, 400, "logprobs", "", "want from 0 to 20"},
		{"both ways to begin", "chat", `"model":"org/small","continue_final_message":true,"add_generation_prompt":true,` + chat, 400, "continue_final_message", "", "exclude each other"},
		{"JSON", "chat", `"model":"org/small","response_format":{"type":"json_object"},` + chat, 400, "response_format", "", `"json_object" is not supported`},
		{"tools", "chat", `"model":"org/small","tools":[{}],` + chat, 400, "tools", "", "tools is not supported here"},
		{"a field that is misspelt", "chat", `"model":"org/small","temprature":1,` + chat, 400, "temprature", "", "not supported"},
		{"a field in capitals", "chat", `"model":"org/small","Seed":1,` + chat, 400, "Seed", "", "not supported"},
		{"the prompt back", "text", `"model":"org/small","echo":true,` + text, 400, "echo", "", "not supported"},
		{"fields that ask for nothing", "text", `"model":"org/small","echo":false,"suffix":null,"logit_bias":{ },"user":"u",` + text, 200, "", "", ""},
		{"values that are null", "chat", `"model":"org/small","temperature":null,"stop":null,"n":null,"tools":[],"response_format":{"type":"text"},` + chat, 200, "", "", ""},
	} {
		path := map[string]string{"chat": wire.ChatURL, "text": wire.CompletionURL}[tt.path]
		status, body := do(t, http.MethodPost, url+path, "{"+tt.fields+"}")
		if status != tt.status {
			t.Errorf("%s: status %d, want %d: %s", tt.name, status, tt.status, body)
			continue
		}
		if tt.status == 200 {
			continue
		}
		e := wire.ReadError(status, []byte(body))
		if e.Type != "invalid_request_error" || e.Param != tt.param || e.Code != tt.code || !strings.Contains(e.Message, tt.want) {
			t.Errorf("%s: %s, want param %q, code %q and %q", tt.name, body, tt.param, tt.code, tt.want)
		}
	}
}

func TestOtherPaths(t *testing.T) {
	url := served(t, echo(1), 8)
	for path, want := range map[string]string{
		"/health":              "200 ",
		"/v1/models":           `200 {"object":"list","data":[{"id":"org/small","object":"model","created":0,"owned_by":"acecoder"}],"has_more":false}`,
		"/v1/models/org/small": `200 {"id":"org/small",`,
		"/v1/models/big":       `404 {"error":{"message":"there is no model`,
		"/v1/chat/completions": `404 {"error":{"message":"there is no GET /v1/chat/completions"`,
		"/":                    `404 {"error":`,
	} {
		status, body := do(t, http.MethodGet, url+path, "")
		if got := fmt.Sprintf("%d %s", status, body); !strings.HasPrefix(got, want) {
			t.Errorf("GET %s = %s, want %s", path, got, want)
		}
	}
}

// endless is a model that says a letter every five milliseconds for as long as it is let.
func endless() *generatetest.Decoder {
	d := &generatetest.Decoder{Room: 1, Most: 1 << 20, Vocab: generatetest.Vocab, Logits: func(_ []int32, logits []float32) { logits['x'] = 30 }}
	d.Before = func(string, []int) error {
		time.Sleep(5 * time.Millisecond)
		return nil
	}
	return d
}

// idle waits until no slot of a decoder is in use.
func idle(t *testing.T, d *generatetest.Decoder) {
	t.Helper()
	for range 2000 {
		if d.InUse() == 0 {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatal("the slot is still in use after 10 s")
}

// TestBusy: what the queue has no room for is refused, with a time to come again; clients that go make room.
func TestBusy(t *testing.T) {
	d := endless()
	c := client(served(t, d, 1))
	ctx, leave := context.WithCancel(t.Context())
	first := c.Chat.Completions.NewStreaming(ctx, says("a"))
	if !first.Next() { // it has the slot
		t.Fatal(first.Err())
	}
	failed := make(chan error, 2)
	for range 2 { // one of them waits, and the other is refused
		go func() {
			_, err := c.Chat.Completions.New(ctx, says("b"))
			failed <- err
		}()
	}
	busy, ok := errors.AsType[*openai.Error](<-failed)
	if !ok || busy.StatusCode != http.StatusTooManyRequests || busy.Response.Header.Get("Retry-After") != "1" || busy.Code != "rate_limit_exceeded" {
		t.Errorf("a request too many: %v", busy)
	}
	leave()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("the request that waits: %v", err)
	}
	_ = first.Close()
	idle(t, d)
	body := says("c")
	body.MaxTokens = openai.Int(2)
	if got, err := c.Chat.Completions.New(t.Context(), body); err != nil || got.Choices[0].Message.Content != "xx" {
		t.Errorf("after they have gone: %v, %v", got, err)
	}
}

// TestClientGone: a client that goes frees its slot, in a stream and before a whole answer.
func TestClientGone(t *testing.T) {
	d := endless()
	c := client(served(t, d, 8))
	ctx, leave := context.WithCancel(t.Context())
	stream := c.Chat.Completions.NewStreaming(ctx, says("a"))
	for range 5 {
		if !stream.Next() {
			t.Fatal(stream.Err())
		}
	}
	leave()
	idle(t, d)
	_ = stream.Close()

	ctx, leave = context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer leave()
	if _, err := c.Chat.Completions.New(ctx, says("a")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a client without patience: %v", err)
	}
	idle(t, d)
}

// TestFailure: damaged logits are the server's fault, also in the middle of a stream.
func TestFailure(t *testing.T) {
	d := echo(1)
	next := d.Logits
	d.Logits = func(tokens []int32, logits []float32) {
		next(tokens, logits)
		if tokens[len(tokens)-1] == 'x' {
			logits[0] = float32(math.NaN())
		}
	}
	c := client(served(t, d, 8))
	_, err := c.Chat.Completions.New(t.Context(), says("abx"))
	e, ok := errors.AsType[*openai.Error](err)
	if !ok || e.StatusCode != http.StatusInternalServerError || !strings.Contains(e.Message, "no distribution") {
		t.Errorf("damaged logits: %v", err)
	}
	stream := c.Chat.Completions.NewStreaming(t.Context(), says("abx"))
	text := ""
	for stream.Next() {
		text += stream.Current().Choices[0].Delta.Content
	}
	if err := stream.Err(); text != "abx" || err == nil || !strings.Contains(err.Error(), "no distribution") {
		t.Errorf("damaged logits in a stream: %q, %v", text, err)
	}
}

// TestManyClients is for the race detector: each gets its own answer.
func TestManyClients(t *testing.T) {
	c := client(served(t, echo(3), 100))
	var wait sync.WaitGroup
	for i := range 40 {
		wait.Go(func() {
			want := strings.Repeat(fmt.Sprint(i%10), i)
			body := says(want)
			if i%2 == 0 {
				got, err := c.Chat.Completions.New(t.Context(), body)
				if err != nil || got.Choices[0].Message.Content != want {
					t.Errorf("client %d: %v, %v", i, got, err)
				}
				return
			}
			stream, got := c.Chat.Completions.NewStreaming(t.Context(), body), ""
			for stream.Next() {
				got += stream.Current().Choices[0].Delta.Content
			}
			if err := stream.Err(); err != nil || got != want {
				t.Errorf("client %d: %q, %v", i, got, err)
			}
		})
	}
	wait.Wait()
}
