// Package local puts a model's folder together: shape, weights, tokenizer, chat template and ways to generate.
//
// In: a folder as Hugging Face has it, or hf:org/name. Out: a model to train, or one that answers OpenAI's API, over HTTP or
// within the process. Its one invariant: what does not fit together (a tokenizer with more tokens than the embedding, a
// token that ends answers and is not in the vocabulary) is an error before anything is computed.
package local

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/gomlx/compute/dtypes"
	"golang.org/x/sync/errgroup"

	"github.com/acecoder/acecoder/internal/checkpoint"
	"github.com/acecoder/acecoder/internal/generate"
	"github.com/acecoder/acecoder/internal/hub"
	"github.com/acecoder/acecoder/internal/modelserver"
	"github.com/acecoder/acecoder/internal/nn"
	"github.com/acecoder/acecoder/internal/tokenizer"
)

// Options are the choices of a model that is opened.
type Options struct {
	Device string // of nn.Devices
	DType  string // float32 or bfloat16: what the weights are computed in
}

// Types are the values of Options.DType.
var Types = []string{"float32", "bfloat16"}

// TypeOf is the type of that name.
func TypeOf(name string) (dtypes.DType, error) {
	switch name {
	case "float32":
		return dtypes.Float32, nil
	case "bfloat16":
		return dtypes.BFloat16, nil
	}
	return dtypes.InvalidDType, fmt.Errorf("%q is no type of weights: float32 or bfloat16", name)
}

// Model is a model's folder, loaded.
type Model struct {
	*nn.Model
	Path       string
	Tokenizer  *tokenizer.Tokenizer
	Template   *tokenizer.Template
	Generation checkpoint.Generation
}

// Folder returns the folder of a model: the path, or where the hub's client has put what hf:org/name[@revision] names. tell
// is told of what is transferred.
func Folder(ctx context.Context, path string, tell func(string)) (string, error) {
	if !hub.IsRef(path) {
		return path, nil
	}
	ref, err := hub.ParseRef(path)
	if err != nil {
		return "", err
	}
	return hub.New(hub.Options{Tell: tell}).ModelFolder(ctx, ref)
}

// Open loads the model of a folder.
func Open(path string, o Options) (m *Model, err error) {
	dtype, err := TypeOf(o.DType)
	if err != nil {
		return nil, err
	}
	device, err := nn.Open(o.Device)
	if err != nil {
		return nil, err
	}
	// What is small and fails often comes before what is large.
	m = &Model{Path: path}
	if m.Tokenizer, err = tokenizer.Load(path); err != nil {
		return nil, err
	}
	if m.Template, err = m.Tokenizer.Template(); err != nil {
		return nil, fmt.Errorf("model %s: %w", path, err)
	}
	f, err := checkpoint.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if f.Headless {
		return nil, fmt.Errorf("model %s: it has no head for a vocabulary, so it is a reward model and writes no text", path)
	}
	if err := m.Tokenizer.Fits(f.Config.Vocab); err != nil {
		return nil, fmt.Errorf("model %s: %w", path, err)
	}
	m.Generation = f.Generation
	weights, err := f.Load(dtype)
	if err != nil {
		return nil, err
	}
	m.Model, err = nn.NewModel(f.Config, device, weights)
	return m, err
}

// Server answers OpenAI's API with a model.
type Server struct {
	http.Handler
	decoder   *nn.Decoder
	scheduler *generate.Scheduler
}

// ServerOptions are the choices of a server.
type ServerOptions struct {
	Name  string // of the model, as requests say it
	Slots int    // answers that are written at the same time
	Queue int    // requests that may wait
}

// NewServer makes a server. It answers while Run runs.
func NewServer(m *Model, o ServerOptions) (*Server, error) {
	if o.Slots < 1 || o.Queue < 0 {
		return nil, fmt.Errorf("a server of %d slots and a queue of %d: want at least 1 and 0", o.Slots, o.Queue)
	}
	decoder, err := nn.NewDecoder(m.Model, o.Slots)
	if err != nil {
		return nil, err
	}
	s := &Server{decoder: decoder, scheduler: generate.New(decoder, generate.Options{Vocab: m.Vocab, Queue: o.Queue})}
	s.Handler = modelserver.New(modelserver.Model{
		Name:     o.Name,
		Defaults: m.Params(),
		Generate: s.scheduler.Generate,
		Render:   m.Template.Render,
		Encode:   m.Tokenizer.Encode,
		Text:     func() generate.Text { return m.Tokenizer.Stream(true) },
		Bytes:    m.Tokenizer.Bytes,
	})
	return s, nil
}

// Params are the model's own ways to generate.
func (m *Model) Params() generate.Params {
	p := generate.Default()
	p.StopTokens = m.Generation.EOS
	if m.Generation.DoSample {
		p.Temperature, p.TopP, p.TopK = m.Generation.Temperature, m.Generation.TopP, m.Generation.TopK
	}
	p.RepetitionPenalty = m.Generation.RepetitionPenalty
	return p
}

// Run generates until ctx ends, and gives the decoder's memory back.
func (s *Server) Run(ctx context.Context) error {
	defer s.decoder.Close()
	return s.scheduler.Run(ctx)
}

// RunWith runs the server while f works.
func (s *Server) RunWith(ctx context.Context, f func(ctx context.Context) error) error {
	ctx, end := context.WithCancel(ctx)
	defer end()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return s.Run(ctx) })
	g.Go(func() error {
		defer end()
		return f(ctx)
	})
	if err := g.Wait(); !errors.Is(err, context.Canceled) {
		return err
	}
	return nil
}
