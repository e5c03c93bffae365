package pipeline

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/acecoder/acecoder/internal/sandbox"
	"github.com/acecoder/acecoder/internal/store"
)

// Explanation says of one stage whether it will be done again, and why.
type Explanation struct {
	Stage   string   `json:"stage"`
	Again   bool     `json:"again"`             // what it has is thrown away
	Why     []string `json:"why,omitempty"`     // what has changed; "seed.near: 0.7 → 0.8"
	Entries int      `json:"entries,omitempty"` // seeds that are through it and stay so
	New     bool     `json:"new,omitempty"`     // there is no run yet
}

// Explain says what a run with this configuration would keep of what its folder holds. It changes nothing.
func Explain(ctx context.Context, cfg *Config) ([]Explanation, error) {
	python, err := sandbox.FindPython(ctx, cfg.Engine.Python)
	if err != nil {
		return nil, err
	}
	now, _, err := cfg.stages(ctx, python)
	if err != nil {
		return nil, err
	}
	if !IsRun(cfg.Folder()) {
		all := make([]Explanation, len(now))
		for i, s := range now {
			all[i] = Explanation{Stage: s.Name, Again: true, New: true, Why: []string{"there is no run yet"}}
		}
		return all, nil
	}
	db, err := store.View(ctx, runFile(cfg.Folder()))
	if err != nil {
		return nil, err
	}
	defer db.Close()
	before, err := db.Stages(ctx)
	if err != nil {
		return nil, err
	}
	done, err := db.Summary(ctx)
	if err != nil {
		return nil, err
	}
	return compare(before, now, done), nil
}

// compare finds the first stage that is not what it was: it is done again, and so are those after it.
func compare(before, now []store.Stage, done []store.Summary) []Explanation {
	all := make([]Explanation, len(now))
	changed := ""
	for i, s := range now {
		e := Explanation{Stage: s.Name}
		switch {
		case i >= len(before) || before[i].Name != s.Name:
			e.Again, e.Why = true, []string{"the run did not have it"}
		case before[i].Key != s.Key:
			e.Again, e.Why = true, differences(before[i].Params, s.Params)
			if len(e.Why) == 0 {
				e.Why = []string{"it follows " + changed}
			}
		default:
			e.Entries = done[i].Entries
		}
		if e.Again && changed == "" {
			changed = s.Name
		}
		all[i] = e
	}
	return all
}

// differences lists what differs between two stages' parameters, as "path: before → after".
func differences(before, after json.RawMessage) []string {
	a, b := map[string]string{}, map[string]string{}
	flatten("", before, a)
	flatten("", after, b)
	var out []string
	for _, path := range slices.Sorted(maps.Keys(merged(a, b))) {
		x, had := a[path]
		y, has := b[path]
		switch {
		case !had:
			out = append(out, fmt.Sprintf("%s: %s is new", path, y))
		case !has:
			out = append(out, fmt.Sprintf("%s: %s is gone", path, x))
		case x != y:
			out = append(out, fmt.Sprintf("%s: %s → %s", path, x, y))
		}
	}
	return out
}

func merged(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// flatten lists the values of a JSON text by their paths.
func flatten(path string, text json.RawMessage, into map[string]string) {
	var object map[string]json.RawMessage
	var list []json.RawMessage
	switch {
	case json.Unmarshal(text, &object) == nil && object != nil:
		for name, value := range object {
			flatten(strings.TrimPrefix(path+"."+name, "."), value, into)
		}
	case json.Unmarshal(text, &list) == nil && list != nil:
		for i, value := range list {
			flatten(fmt.Sprintf("%s[%d]", path, i), value, into)
		}
	default:
		into[strings.TrimPrefix(path, "config.")] = string(text)
	}
}
