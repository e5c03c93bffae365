package modelserver_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/acecoder/acecoder/internal/generate"
	"github.com/acecoder/acecoder/internal/generate/generatetest"
	"github.com/acecoder/acecoder/internal/modelserver"
	"github.com/acecoder/acecoder/internal/tokenizer"
)

// echo is a model that repeats the last thing that it was told, without its role.
func echo(slots int) *generatetest.Decoder {
	return &generatetest.Decoder{Room: slots, Most: 300, Vocab: generatetest.Vocab, Logits: generatetest.Says(func(prompt string) string {
		lines := strings.Split(prompt, "\n")
		_, said, _ := strings.Cut(lines[len(lines)-1], ":")
		return said
	})}
}

// render writes a chat as role:content, a line each.
func render(c tokenizer.Chat) (string, error) {
	var lines []string
	for _, m := range c.Messages {
		if m.Role == "robot" {
			return "", errors.New("there are no robots")
		}
		lines = append(lines, m.Role+":"+m.Content)
	}
	if c.ContinueFinal {
		lines = append(lines, "user:go on")
	}
	return strings.Join(lines, "\n") + "\x00", nil
}

// served serves a model until the test ends, with so many requests that may wait, and returns its address.
func served(t *testing.T, d generate.Decoder, queue int) string {
	t.Helper()
	s := generate.New(d, generate.Options{Vocab: generatetest.Vocab, Queue: queue})
	ctx, end := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	defaults := generate.Default()
	defaults.StopTokens = []int32{generatetest.End}
	web := httptest.NewServer(modelserver.New(modelserver.Model{
		Name: "org/small", Defaults: defaults, Generate: s.Generate, Render: render, Bytes: generatetest.Bytes,
		Encode: generatetest.Encode, Text: func() generate.Text { return &generatetest.Text{} },
	}))
	t.Cleanup(func() {
		web.Close()
		end()
		if err := <-ended; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
	return web.URL
}

func client(url string) openai.Client {
	return openai.NewClient(option.WithBaseURL(url+"/v1"), option.WithAPIKey("any"), option.WithMaxRetries(0))
}

// do sends a request and returns the status and the body of the answer.
func do(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Body.Close() }()
	data, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(data)
}
