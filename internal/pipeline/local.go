package pipeline

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/acecoder/acecoder/internal/local"
)

// running are the models that answer within the process.
type running struct {
	end  context.CancelFunc
	done chan error
}

// startLocal has a checkpoint answer, under the name that its model has in the configuration.
func (r *Run) startLocal(ctx context.Context, e Endpoint, name string) (*local.Server, error) {
	folder, err := local.Folder(ctx, e.Checkpoint, nil)
	if err != nil {
		return nil, err
	}
	m, err := local.Open(folder, local.Options{Device: cmp.Or(e.Backend, "cpu"), DType: cmp.Or(e.DType, "float32")})
	if err != nil {
		return nil, err
	}
	s, err := local.NewServer(m, local.ServerOptions{Name: name, Slots: e.workers()})
	if err != nil {
		return nil, err
	}
	// It answers what was begun until the run is closed.
	ctx, end := context.WithCancel(context.WithoutCancel(ctx))
	one := running{end, make(chan error, 1)}
	go func() { one.done <- s.Run(ctx) }()
	r.locals = append(r.locals, one)
	return s, nil
}

func (r *running) close() error {
	r.end()
	return <-r.done
}

// identify gives the models of checkpoints that have no revision one: the hash of what is in the folder. So another
// training's result under the same name is another model, in the cache and for the stages that asked it.
func (c *Config) identify() error {
	for alias, m := range c.Models {
		folder := c.Endpoints[m.Endpoint].Checkpoint
		if folder == "" || m.Revision != "" {
			continue
		}
		m.Revision = folder // what is on the hub is known by its reference
		if !isHub(folder) {
			sum, err := hashModel(folder)
			if err != nil {
				return fmt.Errorf("endpoint %s: %w", m.Endpoint, err)
			}
			m.Revision = sum
		}
		c.Models[alias] = m
	}
	return nil
}

// hashModel hashes the files of a model's folder.
func hashModel(folder string) (string, error) {
	names, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		return "", fmt.Errorf("hash the model %s: %w", folder, err)
	}
	h := sha256.New()
	for _, name := range slices.Sorted(slices.Values(names)) {
		if ext := filepath.Ext(name); !slices.Contains([]string{".json", ".safetensors", ".txt", ".jinja"}, ext) {
			continue
		}
		data, err := os.Open(name)
		if err != nil {
			return "", fmt.Errorf("hash the model: %w", err)
		}
		fmt.Fprintf(h, "%s\n", strings.TrimPrefix(name, folder))
		_, err = data.WriteTo(h)
		if err = errors.Join(err, data.Close()); err != nil {
			return "", fmt.Errorf("hash the model: %w", err)
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:16], nil
}
