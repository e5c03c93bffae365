package export

import (
	"path/filepath"

	"github.com/acecoder/acecoder/internal/jsonl"
)

// provenanceName is the file for what the columns of a given format have no room for.
const provenanceName = "provenance.jsonl.gz"

// source is a row of it: where a row of the data comes from, and on what terms.
type source struct {
	Row        int64    `json:"row"` // of the whole set, from 0; in the set of pairs it is the row's id
	ID         string   `json:"id"`
	Split      string   `json:"split"`
	ProblemID  string   `json:"problem_id,omitempty"`
	Source     string   `json:"source,omitempty"`
	Origin     string   `json:"origin,omitempty"`
	License    string   `json:"license,omitempty"`
	Margin     *float64 `json:"margin,omitempty"`
	TestsShown []string `json:"tests_shown,omitempty"`
}

type provenance struct{ out *jsonl.Writer }

func createProvenance(root string) (*provenance, error) {
	out, err := jsonl.Create(filepath.Join(root, provenanceName))
	return &provenance{out}, err
}

func (p *provenance) write(s source) error { return p.out.Write(s) }
func (p *provenance) close() error         { return p.out.Close() }
func (p *provenance) abort() error         { return p.out.Abort() }
