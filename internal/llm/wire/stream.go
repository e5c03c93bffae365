package wire

import (
	"errors"
	"fmt"
	"net/http"
)

// Chunk is one event of a streamed answer.
type Chunk struct {
	ID      string        `json:"id"`
	Object  string        `json:"object"`
	Created int64         `json:"created"`
	Model   string        `json:"model"`
	Choices []ChunkChoice `json:"choices"`
	Usage   *Usage        `json:"usage,omitempty"`
}

// ChunkChoice is what is new of a choice.
type ChunkChoice struct {
	Index        int       `json:"index"`
	Delta        Delta     `json:"delta"`
	Logprobs     *Logprobs `json:"logprobs,omitempty"`
	FinishReason *string   `json:"finish_reason"`
}

// Delta is what is new of a message.
type Delta struct {
	Role    string `json:"role,omitempty"`
	Content string `json:"content,omitempty"`
	Refusal string `json:"refusal,omitempty"`
}

// Events sends server-sent events. The first one sends the header, so that until then an error can have a status. One
// goroutine uses it.
type Events struct {
	w     http.ResponseWriter
	begun bool
}

// NewEvents returns events to be sent to w.
func NewEvents(w http.ResponseWriter) *Events { return &Events{w: w} }

// Send sends v as JSON, at once.
func (e *Events) Send(v any) error {
	data, err := Encode(v)
	if err != nil {
		return err
	}
	return e.send(string(data))
}

// Fail sends an error: as an answer of its own where no event has been sent, else as the last event.
func (e *Events) Fail(err error) {
	if !e.begun {
		WriteError(e.w, err)
		return
	}
	_ = e.Send(asError(err).body()) // whoever asked has gone, or learns of it
}

// End sends the word that ends a stream.
func (e *Events) End() error { return e.send("[DONE]") }

func (e *Events) send(data string) error {
	if !e.begun {
		e.w.Header().Set("Content-Type", "text/event-stream")
		e.w.Header().Set("Cache-Control", "no-cache")
		e.begun = true
	}
	if _, err := fmt.Fprintf(e.w, "data: %s\n\n", data); err != nil {
		return err
	}
	if err := http.NewResponseController(e.w).Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}

// piece is how many characters of a text go into one event.
const piece = 64

// stream sends an answer as events: for each choice its role, its text in pieces, and its end; then the usage where it
// was asked for, and the word that ends them all.
func stream(w http.ResponseWriter, request ChatRequest, answer ChatResponse) error {
	events := NewEvents(w)
	head := Chunk{ID: answer.ID, Object: "chat.completion.chunk", Created: answer.Created, Model: answer.Model}
	for _, choice := range answer.Choices {
		if err := streamChoice(events, head, choice); err != nil {
			return err
		}
	}
	if request.StreamOptions != nil && request.StreamOptions.IncludeUsage {
		last := head
		last.Choices, last.Usage = []ChunkChoice{}, answer.Usage
		if err := events.Send(last); err != nil {
			return err
		}
	}
	return events.End()
}

func streamChoice(events *Events, head Chunk, choice Choice) error {
	event := func(d Delta, finish *string) error {
		head.Choices = []ChunkChoice{{Index: choice.Index, Delta: d, FinishReason: finish}}
		return events.Send(head)
	}
	if err := event(Delta{Role: choice.Message.Role, Refusal: choice.Message.Refusal}, nil); err != nil {
		return err
	}
	for text := []rune(string(choice.Message.Content)); len(text) > 0; {
		n := min(piece, len(text))
		if err := event(Delta{Content: string(text[:n])}, nil); err != nil {
			return err
		}
		text = text[n:]
	}
	return event(Delta{}, &choice.FinishReason)
}
