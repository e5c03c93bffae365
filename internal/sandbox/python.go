package sandbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// DefaultPython is the interpreter that judges programs unless another is named.
const DefaultPython = "/usr/bin/python3"

// Python is an interpreter, as it describes itself.
type Python struct {
	Path       string   `json:"path"` // with symbolic links resolved
	Version    string   `json:"version"`
	Prefix     string   `json:"prefix"`
	BasePrefix string   `json:"base_prefix"`
	SearchPath []string `json:"search_path"`
	Stdlib     []string `json:"-"`      // names of the standard library's top-level modules, where it tells them
	NumPy      string   `json:"numpy"`  // version, or empty where it is not installed
	PyTest     string   `json:"pytest"` // likewise
	Build      string   `json:"build"`  // hash of what identifies the interpreter, for the verdict cache
}

const describe = `
import sys, json, importlib.util, importlib.metadata as m
def v(n):
    try: return m.version(n) if importlib.util.find_spec(n) else ""
    except Exception: return ""
print(json.dumps({"path": sys.executable, "version": sys.version.split()[0], "prefix": sys.prefix,
 "base_prefix": sys.base_prefix, "search_path": [p for p in sys.path if p], "numpy": v("numpy"), "pytest": v("pytest"),
 "build": sys.version, "stdlib": sorted(getattr(sys, "stdlib_module_names", []))}))`

// FindPython asks an interpreter what it is. It is run once, outside any jail, on a source of our own.
func FindPython(ctx context.Context, path string) (Python, error) {
	if path == "" {
		path = DefaultPython
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	full, err := exec.LookPath(path)
	if err != nil {
		return Python{}, fmt.Errorf("python %s: %w; install python3 or name another with --python", path, err)
	}
	// -I: neither the environment nor the current folder may decide what this interpreter is.
	out, err := exec.CommandContext(ctx, full, "-I", "-c", describe).Output()
	if err != nil {
		return Python{}, fmt.Errorf("python %s: ask for its version: %w", full, err)
	}
	var p struct {
		Python
		Stdlib []string `json:"stdlib"`
	}
	if err := json.Unmarshal(out, &p); err != nil {
		return Python{}, fmt.Errorf("python %s: its answer: %w", full, err)
	}
	p.Python.Stdlib = p.Stdlib
	// A virtual environment is found through the path it is called by, so only the last link is resolved
	// where the interpreter is no environment.
	if p.Prefix == p.BasePrefix {
		if p.Path, err = filepath.EvalSymlinks(p.Path); err != nil {
			return Python{}, fmt.Errorf("python %s: %w", full, err)
		}
	}
	sum := sha256.Sum256([]byte(p.Path + "\x00" + p.Build + "\x00" + p.NumPy))
	p.Build = hex.EncodeToString(sum[:8])
	return p.Python, nil
}

// folders returns what a jail has to show for the interpreter to run, besides the system's own folders.
func (p Python) folders() []string {
	all := append([]string{p.Prefix, p.BasePrefix, filepath.Dir(p.Path)}, p.SearchPath...)
	if real, err := filepath.EvalSymlinks(p.Path); err == nil {
		all = append(all, filepath.Dir(real))
	}
	var out []string
	for _, dir := range all {
		if dir == "" || under(dir, systemFolders) || under(dir, out) {
			continue
		}
		if st, err := os.Stat(dir); err == nil && st.IsDir() {
			out = append(out, dir)
		}
	}
	return out
}

// workFolder is where tasks may write: /tmp, unless that is where the interpreter lies.
func (p Python) workFolder() string {
	for _, dir := range p.folders() {
		if under(dir, []string{"/tmp"}) {
			return "/work"
		}
	}
	return "/tmp"
}

// systemFolders are shown read-only in every jail.
var systemFolders = []string{"/usr", "/lib", "/lib64", "/lib32", "/bin", "/sbin", "/etc/alternatives", "/etc/ld.so.cache"}

// under reports whether path is one of the folders or lies in one of them.
func under(path string, folders []string) bool {
	for _, f := range folders {
		if path == f || strings.HasPrefix(path, strings.TrimSuffix(f, "/")+"/") {
			return true
		}
	}
	return false
}
