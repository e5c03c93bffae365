package checkpoint

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// A training's states are files of one folder, by the number of steps that it had done.
const (
	stepPrefix = "step-"
	stepSuffix = ".safetensors"
)

// StepPath is where the state after a number of steps stands.
func StepPath(dir string, step int) string {
	return filepath.Join(dir, fmt.Sprintf("%s%08d%s", stepPrefix, step, stepSuffix))
}

// Steps lists the steps after which a folder has states, in rising order. A folder that is not there has none.
func Steps(dir string) ([]int, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("list states: %w", err)
	}
	var out []int
	for _, e := range entries {
		digits := strings.TrimSuffix(strings.TrimPrefix(e.Name(), stepPrefix), stepSuffix)
		if step, err := strconv.Atoi(digits); err == nil && e.Name() == filepath.Base(StepPath(dir, step)) {
			out = append(out, step)
		}
	}
	slices.Sort(out)
	return out, nil
}

// WriteStep puts the state after a number of steps into a folder and then removes the oldest there until keep are left.
// The one just written is never removed, whatever stands after it.
func WriteStep(dir string, step int, s State, keep int) error {
	if step < 0 || keep < 1 {
		return fmt.Errorf("write state %s: step %d, keep %d: want at least 0 and 1", dir, step, keep)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("write state: %w", err)
	}
	if err := WriteState(StepPath(dir, step), s); err != nil {
		return err
	}
	steps, err := Steps(dir)
	if err != nil {
		return err
	}
	for _, old := range steps[:max(0, len(steps)-keep)] {
		if old == step {
			continue
		}
		if err := os.Remove(StepPath(dir, old)); err != nil {
			return fmt.Errorf("remove an old state: %w", err)
		}
	}
	return nil
}
