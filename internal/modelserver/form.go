package modelserver

import (
	"strings"
	"unicode/utf8"

	"github.com/acecoder/acecoder/internal/generate"
	"github.com/acecoder/acecoder/internal/llm/wire"
)

// chatForm is the form of /chat/completions.
type chatForm struct {
	head
	logprobs bool
	begun    map[int]bool // choices whose role has been said
}

func (f *chatForm) whole(m *Model, choices []generate.Answer, usage wire.Usage) any {
	r := wire.ChatResponse{ID: f.id, Object: "chat.completion", Created: f.created, Model: f.model, Usage: &usage}
	for i, a := range choices {
		r.Choices = append(r.Choices, wire.Choice{
			Index: i, Message: wire.Message{Role: "assistant", Content: wire.Text(a.Text)},
			Logprobs: f.tokens(m, a.Draws[:a.Said]), FinishReason: string(a.Finish),
		})
	}
	return r
}

func (f *chatForm) chunk() wire.Chunk {
	return wire.Chunk{ID: f.id, Object: "chat.completion.chunk", Created: f.created, Model: f.model, Choices: []wire.ChunkChoice{}}
}

func (f *chatForm) event(m *Model, choice int, p generate.Piece) any {
	c := wire.ChunkChoice{Index: choice, Delta: wire.Delta{Content: p.Text}, Logprobs: f.tokens(m, p.Draws), FinishReason: finish(p.Finish)}
	if !f.begun[choice] {
		c.Delta.Role = "assistant"
		if f.begun == nil {
			f.begun = map[int]bool{}
		}
		f.begun[choice] = true
	}
	out := f.chunk()
	out.Choices = append(out.Choices, c)
	return out
}

func (f *chatForm) usage(u wire.Usage) any {
	out := f.chunk()
	out.Usage = &u
	return out
}

// tokens returns tokens with their log-probabilities, or nil where they are not wanted.
func (f *chatForm) tokens(m *Model, draws []generate.Draw) *wire.Logprobs {
	if !f.logprobs {
		return nil
	}
	out := &wire.Logprobs{Content: []wire.TokenLogprob{}}
	for _, d := range draws {
		t := wire.TokenLogprob{LikelyToken: m.likely(d.Token, d.LogProb), TopLogprobs: []wire.LikelyToken{}}
		for _, l := range d.Top {
			t.TopLogprobs = append(t.TopLogprobs, m.likely(l.Token, l.LogProb))
		}
		out.Content = append(out.Content, t)
	}
	return out
}

func (m *Model) likely(token int32, p float32) wire.LikelyToken {
	out := wire.LikelyToken{Token: m.readable(token), Logprob: logprob(p), Bytes: []int{}}
	for _, b := range m.Bytes(token) {
		out.Bytes = append(out.Bytes, int(b))
	}
	return out
}

// readable returns a token as text; bytes that are none become U+FFFD.
func (m *Model) readable(token int32) string {
	return strings.ToValidUTF8(string(m.Bytes(token)), string(utf8.RuneError))
}

// completionForm is the form of /completions.
type completionForm struct {
	head
	logprobs bool
	offsets  map[int]int // of each choice's next token, in characters
}

func (f *completionForm) response() wire.CompletionResponse {
	return wire.CompletionResponse{ID: f.id, Object: "text_completion", Created: f.created, Model: f.model, Choices: []wire.CompletionChoice{}}
}

func (f *completionForm) whole(m *Model, choices []generate.Answer, usage wire.Usage) any {
	r := f.response()
	r.Usage = &usage
	for i, a := range choices {
		r.Choices = append(r.Choices, f.choice(m, i, generate.Piece{Text: a.Text, Draws: a.Draws[:a.Said], Finish: a.Finish}))
	}
	return r
}

func (f *completionForm) event(m *Model, choice int, p generate.Piece) any {
	r := f.response()
	r.Choices = append(r.Choices, f.choice(m, choice, p))
	return r
}

func (f *completionForm) usage(u wire.Usage) any {
	r := f.response()
	r.Usage = &u
	return r
}

func (f *completionForm) choice(m *Model, choice int, p generate.Piece) wire.CompletionChoice {
	c := wire.CompletionChoice{Index: choice, Text: p.Text, FinishReason: finish(p.Finish)}
	if !f.logprobs {
		return c
	}
	c.Logprobs = &wire.CompletionLogprobs{
		Tokens: []string{}, TokenLogprobs: []float64{}, TopLogprobs: []map[string]float64{}, TextOffset: []int{},
	}
	for _, d := range p.Draws {
		top := map[string]float64{}
		for _, l := range d.Top {
			// Of tokens that read alike the most likely one comes first.
			name := m.readable(l.Token)
			if _, ok := top[name]; !ok {
				top[name] = logprob(l.LogProb)
			}
		}
		name := m.readable(d.Token)
		c.Logprobs.Tokens = append(c.Logprobs.Tokens, name)
		c.Logprobs.TokenLogprobs = append(c.Logprobs.TokenLogprobs, logprob(d.LogProb))
		c.Logprobs.TopLogprobs = append(c.Logprobs.TopLogprobs, top)
		c.Logprobs.TextOffset = append(c.Logprobs.TextOffset, f.offsets[choice])
		f.offsets[choice] += utf8.RuneCountInString(name)
	}
	return c
}
