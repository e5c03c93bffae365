package hub_test

import (
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/hub"
)

func TestParseRef(t *testing.T) {
	tests := []struct {
		name, text string
		want       hub.Ref
	}{
		{"a set", "hf:org/name", hub.Ref{Repo: "org/name"}},
		{"an old set without org", "hf:mbpp", hub.Ref{Repo: "mbpp"}},
		{"a config", "hf:org/name:32B", hub.Ref{Repo: "org/name", Config: "32B"}},
		{"a config and a split", "hf:org/name:full/test", hub.Ref{Repo: "org/name", Config: "full", Split: "test"}},
		{"the default config's split", "hf:org/name:/test", hub.Ref{Repo: "org/name", Split: "test"}},
		{"an old set's split", "hf:mbpp:full/test", hub.Ref{Repo: "mbpp", Config: "full", Split: "test"}},
		{"a revision", "hf:org/name@v1.0", hub.Ref{Repo: "org/name", Revision: "v1.0"}},
		{"everything", "hf:org/name@v1.0:c/s", hub.Ref{Repo: "org/name", Revision: "v1.0", Config: "c", Split: "s"}},
		{"a pattern", "hf:org/name/data/*.parquet", hub.Ref{Repo: "org/name", Pattern: "data/*.parquet"}},
		{"a pattern at a revision", "hf:org/name@dev/data/**", hub.Ref{Repo: "org/name", Revision: "dev", Pattern: "data/**"}},
		{"a pattern with a colon", "hf:org/name/a:b.json", hub.Ref{Repo: "org/name", Pattern: "a:b.json"}},
		{"a revision with a slash", "hf:org/name@a%2Fb:c", hub.Ref{Repo: "org/name", Revision: "a/b", Config: "c"}},
		{
			"converted Parquet", "hf:org/name@refs/convert/parquet/default/train/*.parquet",
			hub.Ref{Repo: "org/name", Revision: "refs/convert/parquet", Pattern: "default/train/*.parquet"},
		},
		{"a proposed change", "hf:org/name@refs/pr/12:c", hub.Ref{Repo: "org/name", Revision: "refs/pr/12", Config: "c"}},
	}
	for _, tt := range tests {
		got, err := hub.ParseRef(tt.text)
		if err != nil || got != tt.want {
			t.Errorf("%s: ParseRef(%q) = %+v, %v, want %+v", tt.name, tt.text, got, err, tt.want)
		}
		if got := got.String(); got != tt.text {
			t.Errorf("%s: String() = %q, want %q", tt.name, got, tt.text)
		}
	}
}

func TestBadRefs(t *testing.T) {
	tests := []struct{ text, want string }{
		{"org/name", "does not begin with hf:"},
		{"hf:", "empty part"},
		{"hf:/name", "empty part"},
		{"hf:org/", "empty part"},
		{"hf:org/na me", `"na me" cannot be part of a name`},
		{"hf:org/a--b", "cannot be part of a name"},
		{"hf:../name", "cannot be part of a name"},
		{"hf:org/name.git", "cannot be part of a name"},
		{"hf:org/name@", "revision after @ is empty"},
		{"hf:org/name@..%2F..", "cannot be a revision"},
		{"hf:org/name@%zz", "revision"},
		{"hf:org/name:", "neither config nor split"},
		{"hf:org/name:c/", "split after the slash is empty"},
		{"hf:org/name:c/s p", "cannot be a split"},
		{"hf:org/name:c@main", "the revision stands before it"},
		{"hf:org/name/a@main", "the revision stands before it"},
		{"hf:org/name/../x", "cannot be a path"},
		{"hf:org/name//x", "cannot be a path"},
		{"hf:org/name/", "cannot be a path"},
	}
	for _, tt := range tests {
		got, err := hub.ParseRef(tt.text)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("ParseRef(%q) = %+v, %v, want an error with %q", tt.text, got, err, tt.want)
		}
	}
}

// FuzzParseRef holds that what is read is written in the form that is read, and leads to no place outside.
func FuzzParseRef(f *testing.F) {
	for _, text := range []string{
		"hf:org/name", "hf:org/name@v1:c/s", "hf:org/name@a%2Fb/data/*", "hf:x@refs/pr/1:/t", "hf:a/b:c@d", "hf:org/name@%3A/x",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := hub.ParseRef(text)
		if err != nil {
			return
		}
		again, err := hub.ParseRef(r.String())
		if err != nil || again != r {
			t.Errorf("ParseRef(%q) = %+v, written as %q and read as %+v, %v", text, r, r.String(), again, err)
		}
		for _, part := range []string{r.Repo, r.Revision, r.Pattern} {
			if strings.HasPrefix(part, "/") || strings.Contains("/"+part+"/", "/../") {
				t.Errorf("ParseRef(%q) = %+v leads outside", text, r)
			}
		}
	})
}
