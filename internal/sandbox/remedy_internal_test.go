package sandbox

import (
	"errors"
	"strings"
	"testing"
)

func TestRemedy(t *testing.T) {
	const (
		namespaces = "user namespaces"
		read       = "cannot read"
		temporary  = "TMPDIR"
		landlock   = "Landlock"
	)
	for _, row := range []struct {
		name   string
		level  Level
		stderr string
		cause  string
		want   string
		not    string
	}{
		{"namespaces are forbidden", LevelB, "", "start the jail: fork/exec /proc/self/exe: operation not permitted", namespaces, read},
		{"too many namespaces", LevelB, "", "start the jail: fork/exec /proc/self/exe: no space left on device", "max_user_namespaces", read},
		{"the interpreter cannot be run", LevelB, "jail: run /home/someone/env/bin/python3: permission denied", "it did not get ready: EOF", read, namespaces},
		{"the interpreter's folder cannot be reached", LevelB, "jail: lstat /home/someone/env: permission denied", "it did not get ready: EOF", read, namespaces},
		{"the same as root", LevelA, "jail: lstat /home/someone/env: permission denied", "it did not get ready: EOF", read, namespaces},
		{"the interpreter's folder cannot be opened", LevelA, "jail: open /home/someone/env: permission denied", "it did not get ready: EOF", read, namespaces},
		{"no Landlock", LevelC, "jail: landlock: not offered by this kernel", "it did not get ready: EOF", landlock, namespaces},
		{"level C, the interpreter cannot be run", LevelC, "jail: run /home/someone/env/bin/python3: permission denied", "it did not get ready: EOF", read, temporary},
		{"level C, the interpreter cannot be reached", LevelC, "jail: landlock: open /home/someone/env: permission denied", "it did not get ready: EOF", read, landlock + " (Linux"},
		{"level C, the working folder cannot be reached", LevelC, "jail: chdir /home/someone/tmp/acecoder-work-1: permission denied", "it did not get ready: EOF", temporary, namespaces},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := remedy(row.level, &StartError{Level: row.level, Stderr: row.stderr, Err: errors.New(row.cause)})
			if !strings.Contains(got, row.want) || strings.Contains(got, row.not) {
				t.Errorf("remedy: %s\nwant one that says %q and not %q", got, row.want, row.not)
			}
		})
	}
}
