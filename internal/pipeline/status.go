package pipeline

import (
	"context"
	"slices"

	"github.com/acecoder/acecoder/internal/llm"
	"github.com/acecoder/acecoder/internal/store"
)

// Status is how far a run is.
type Status struct {
	Name     string          `json:"name"`
	Folder   string          `json:"folder"`
	Complete bool            `json:"complete"`
	Stages   []store.Summary `json:"stages"`
	Usage    []Usage         `json:"usage"`
	Faults   []Fault         `json:"faults"` // between us and the servers; every one was tried again
	Spent    llm.Spending    `json:"spent"`
}

// Usage is what one model was asked in one stage, by the name that the configuration gives it.
type Usage struct {
	Stage            string  `json:"stage"`
	Model            string  `json:"model"`
	Requests         int     `json:"requests"`
	Answers          int     `json:"answers"`
	Cached           int     `json:"cached"` // answers that were there already
	PromptTokens     int     `json:"prompt_tokens"`
	CompletionTokens int     `json:"completion_tokens"`
	Cost             float64 `json:"cost"`
	Seconds          float64 `json:"seconds"` // of waiting, all requests together
}

// Fault is something that went wrong with requests, and how often.
type Fault struct {
	Stage string `json:"stage"`
	Model string `json:"model"`
	Kind  string `json:"kind"`
	N     int    `json:"n"`
}

// ReadStatus reads how far the run in a folder is, whether or not a process works on it.
func ReadStatus(ctx context.Context, folder string) (*Status, error) {
	db, err := store.View(ctx, runFile(folder))
	if err != nil {
		return nil, err
	}
	defer db.Close()
	return status(ctx, db, folder)
}

func status(ctx context.Context, db *store.DB, folder string) (*Status, error) {
	s := &Status{Folder: folder, Usage: []Usage{}, Faults: []Fault{}}
	var err error
	if s.Name, err = db.Meta(ctx, metaName); err != nil {
		return nil, err
	}
	if s.Stages, err = db.Summary(ctx); err != nil {
		return nil, err
	}
	s.Complete = len(s.Stages) > 0
	for _, stage := range s.Stages {
		s.Complete = s.Complete && stage.Complete
	}
	usage, err := db.Usage(ctx)
	if err != nil {
		return nil, err
	}
	for _, u := range usage {
		s.add(u)
	}
	return s, nil
}

// metaName is where the run's name is kept.
const metaName = "name"

// add counts a line of the store's usage: as use, and as a fault where it is one.
func (s *Status) add(u store.Usage) {
	i := slices.IndexFunc(s.Usage, func(o Usage) bool { return o.Stage == u.Stage && o.Model == u.Model })
	if i < 0 {
		i = len(s.Usage)
		s.Usage = append(s.Usage, Usage{Stage: u.Stage, Model: u.Model})
	}
	sum := &s.Usage[i]
	if llm.Kind(u.Kind) == llm.KindCached {
		sum.Cached += u.Samples
		return
	}
	sum.Requests += u.N
	sum.Answers += u.Samples
	sum.PromptTokens += u.PromptTokens
	sum.CompletionTokens += u.CompletionTokens
	sum.Cost += u.Cost
	sum.Seconds += u.Seconds
	s.Spent.Money += u.Cost
	s.Spent.Tokens += int64(u.PromptTokens + u.CompletionTokens)
	s.Spent.Requests += int64(u.N)
	if llm.Kind(u.Kind) != llm.KindOK {
		s.Faults = append(s.Faults, Fault{u.Stage, u.Model, u.Kind, u.N})
	}
}
