package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
)

// cgroup bounds a slot's memory and processes as a whole, its files in memory included. Only root has one; a
// nil cgroup does nothing.
type cgroup struct {
	memory  string // folder of the memory controller, v1, or of the one hierarchy, v2
	pids    string
	v2      bool
	lastOOM int64
}

const (
	cgroupRoot = "/sys/fs/cgroup"
	cgroupName = "acecoder"
)

var cgroupCount atomic.Int64

// newCgroup puts a jail's process into a cgroup of its own. Where the machine offers no writable controller,
// there is none: address-space limits hold all the same, and doctor says so.
func newCgroup(cfg Config, pid int) (*cgroup, error) {
	if cfg.Level != LevelA || os.Getuid() != 0 {
		return nil, nil
	}
	name := fmt.Sprintf("%s-%d-%d", cgroupName, os.Getpid(), cgroupCount.Add(1))
	limit := int64(cfg.Memory) + int64(256*MiB)
	g := &cgroup{}
	if controllers, err := os.ReadFile(filepath.Join(cgroupRoot, "cgroup.subtree_control")); err == nil {
		if !strings.Contains(string(controllers), "memory") {
			return nil, nil
		}
		g.v2, g.memory = true, filepath.Join(cgroupRoot, name)
	} else {
		g.memory, g.pids = filepath.Join(cgroupRoot, "memory", name), filepath.Join(cgroupRoot, "pids", name)
	}
	if err := os.Mkdir(g.memory, 0o755); err != nil {
		return nil, nil //nolint:nilerr // no writable controller: the next best thing is the address-space limit
	}
	files := map[string]string{"memory.max": fmt.Sprint(limit), "memory.swap.max": "0", "pids.max": "96"}
	if !g.v2 {
		files = map[string]string{"memory.limit_in_bytes": fmt.Sprint(limit)}
		if os.Mkdir(g.pids, 0o755) == nil {
			_ = os.WriteFile(filepath.Join(g.pids, "pids.max"), []byte("96"), 0)
			_ = os.WriteFile(filepath.Join(g.pids, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0)
		}
	}
	for file, value := range files {
		_ = os.WriteFile(filepath.Join(g.memory, file), []byte(value), 0)
	}
	if err := os.WriteFile(filepath.Join(g.memory, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0); err != nil {
		g.remove()
		return nil, fmt.Errorf("join cgroup %s: %w", g.memory, err)
	}
	return g, nil
}

// ranOut reports whether the slot's memory was used up since the last time it was asked.
func (g *cgroup) ranOut() bool {
	if g == nil {
		return false
	}
	file := "memory.oom_control"
	if g.v2 {
		file = "memory.events"
	}
	data, _ := os.ReadFile(filepath.Join(g.memory, file))
	for line := range strings.Lines(string(data)) {
		if count, ok := strings.CutPrefix(strings.TrimSpace(line), "oom_kill "); ok {
			n, _ := strconv.ParseInt(count, 10, 64)
			more := n > g.lastOOM
			g.lastOOM = n
			return more
		}
	}
	return false
}

func (g *cgroup) remove() {
	if g == nil {
		return
	}
	for _, dir := range []string{g.memory, g.pids} {
		if dir != "" {
			_ = os.Remove(dir) // empty by now: the zygote has been waited for
		}
	}
}

// RemoveStale removes the cgroups and working folders of supervisors that were killed before they could.
func RemoveStale() {
	gone := func(name, prefix string) bool {
		pid, _, ok := strings.Cut(strings.TrimPrefix(name, prefix), "-")
		if !ok {
			return false
		}
		_, err := os.Stat("/proc/" + pid)
		return os.IsNotExist(err)
	}
	for _, pattern := range []string{"", "memory", "pids"} {
		dirs, _ := filepath.Glob(filepath.Join(cgroupRoot, pattern, cgroupName+"-*"))
		for _, dir := range dirs {
			if gone(filepath.Base(dir), cgroupName+"-") {
				_ = os.Remove(dir)
			}
		}
	}
	dirs, _ := filepath.Glob(filepath.Join(os.TempDir(), workPrefix+"*"))
	for _, dir := range dirs {
		if gone(filepath.Base(dir), workPrefix) {
			removeAll(dir)
		}
	}
}
