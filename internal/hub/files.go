package hub

import (
	"context"
	"fmt"
	"os"
	"path"
	"strings"

	"github.com/acecoder/acecoder/internal/flow"
)

// mostCard is the size of the largest README.md that is read.
const mostCard = 16 << 20

// DatasetFiles returns the local paths of the data files that a reference names, in the order in which they are to
// be read. What the cache lacks is fetched first; offline that is an error that names it. Data files are those
// that this program reads: Parquet, JSON Lines and JSON, plain or compressed with gzip or zstd.
func (c *Client) DatasetFiles(ctx context.Context, ref Ref) ([]string, error) {
	paths, err := c.datasetFiles(ctx, ref)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ref, err)
	}
	return paths, nil
}

func (c *Client) datasetFiles(ctx context.Context, ref Ref) ([]string, error) {
	l, err := c.list(ctx, datasets, ref)
	if err != nil {
		return nil, err
	}
	chosen, err := c.choose(ctx, l)
	if err != nil {
		return nil, err
	}
	return c.fetchAll(ctx, l, chosen)
}

// fetchAll makes sure that files of the listing are in the cache and returns where they stand.
func (c *Client) fetchAll(ctx context.Context, l *listing, chosen []entry) ([]string, error) {
	all := func(yield func(entry, error) bool) {
		for _, e := range chosen {
			if !yield(e, nil) {
				return
			}
		}
	}
	var paths []string
	for name, err := range flow.Map(ctx, transfers, all, func(ctx context.Context, e entry) (string, error) {
		return c.fetch(ctx, l, e)
	}) {
		if err != nil {
			return nil, err
		}
		paths = append(paths, name)
	}
	return paths, nil
}

// choose returns the entries that the reference names.
func (c *Client) choose(ctx context.Context, l *listing) ([]entry, error) {
	var names []string
	at := map[string]entry{}
	for _, e := range l.files {
		names = append(names, e.path)
		at[e.path] = e
	}
	chosen, err := c.chooseNames(ctx, l, names)
	if err != nil {
		return nil, err
	}
	var out []entry
	for _, name := range chosen {
		out = append(out, at[name])
	}
	return out, nil
}

func (c *Client) chooseNames(ctx context.Context, l *listing, names []string) ([]string, error) {
	if l.ref.Pattern != "" {
		return readable(resolve([]string{l.ref.Pattern}, names), "matches "+l.ref.Pattern)
	}
	card, err := c.card(ctx, l)
	if err != nil {
		return nil, err
	}
	splits, err := splitsOf(card, l.ref.Config, names)
	if err != nil {
		return nil, err
	}
	split, err := chooseSplit(splits, l.ref.Split)
	if err != nil {
		return nil, err
	}
	return readable(split.files, "is in split "+split.name)
}

// card returns the text of README.md; empty where there is none.
func (c *Client) card(ctx context.Context, l *listing) (string, error) {
	for _, e := range l.files {
		if e.path != "README.md" {
			continue
		}
		if e.size > mostCard {
			return "", fmt.Errorf("README.md has %d bytes, which is no card", e.size)
		}
		name, err := c.fetch(ctx, l, e)
		if err != nil {
			return "", err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return "", fmt.Errorf("read the hub's cache: %w", err)
		}
		return string(text), nil
	}
	return "", nil
}

// readable keeps the files that this program reads; none is an error that says what there is.
func readable(names []string, which string) ([]string, error) {
	var out []string
	for _, name := range names {
		if isData(name) {
			out = append(out, name)
		}
	}
	switch {
	case len(out) > 0:
		return out, nil
	case len(names) > 0:
		return nil, fmt.Errorf("%s %s, and only Parquet, JSON Lines and JSON are read; for other sets the revision refs/convert/parquet often has Parquet",
			some(names), which)
	}
	return nil, fmt.Errorf("no file %s", which)
}

// isData reports whether the name is that of a file of rows.
func isData(name string) bool {
	name = strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".zst")
	switch path.Ext(name) {
	case ".parquet", ".jsonl", ".ndjson", ".json":
		return true
	}
	return false
}

// some names a few of many.
func some(names []string) string {
	const most = 3
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}
