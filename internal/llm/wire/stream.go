package wire

import (
	"fmt"
	"net/http"
)

// chunk is one event of a streamed answer.
type chunk struct {
	ID      string        `json:"id"`
	Object  string        `json:"object"`
	Created int64         `json:"created"`
	Model   string        `json:"model"`
	Choices []chunkChoice `json:"choices"`
	Usage   *Usage        `json:"usage,omitempty"`
}

type chunkChoice struct {
	Index        int     `json:"index"`
	Delta        delta   `json:"delta"`
	FinishReason *string `json:"finish_reason"`
}

type delta struct {
	Role    string `json:"role,omitempty"`
	Content string `json:"content,omitempty"`
	Refusal string `json:"refusal,omitempty"`
}

// piece is how many characters of a text go into one event.
const piece = 64

// stream sends an answer as server-sent events: for each choice its role, its text in pieces, and its end; then the
// usage where it was asked for, and the word that ends them all.
func stream(w http.ResponseWriter, request ChatRequest, answer ChatResponse) error {
	w.Header().Set("Content-Type", "text/event-stream")
	head := chunk{ID: answer.ID, Object: "chat.completion.chunk", Created: answer.Created, Model: answer.Model}
	send := func(c chunk) error {
		data, err := Encode(c)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(w, "data: %s\n\n", data)
		return err
	}
	for _, choice := range answer.Choices {
		if err := streamChoice(send, head, choice); err != nil {
			return err
		}
	}
	if request.StreamOptions != nil && request.StreamOptions.IncludeUsage {
		last := head
		last.Choices, last.Usage = []chunkChoice{}, answer.Usage
		if err := send(last); err != nil {
			return err
		}
	}
	_, err := fmt.Fprint(w, "data: [DONE]\n\n")
	return err
}

func streamChoice(send func(chunk) error, head chunk, choice Choice) error {
	event := func(d delta, finish *string) error {
		head.Choices = []chunkChoice{{Index: choice.Index, Delta: d, FinishReason: finish}}
		return send(head)
	}
	if err := event(delta{Role: choice.Message.Role, Refusal: choice.Message.Refusal}, nil); err != nil {
		return err
	}
	for text := []rune(string(choice.Message.Content)); len(text) > 0; {
		n := min(piece, len(text))
		if err := event(delta{Content: string(text[:n])}, nil); err != nil {
			return err
		}
		text = text[n:]
	}
	return event(delta{}, &choice.FinishReason)
}
