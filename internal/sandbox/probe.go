package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// Finding is what a probe of one isolation level found.
type Finding struct {
	Level Level  `json:"level"`
	Works bool   `json:"works"`
	Why   string `json:"why,omitempty"` // why not
	Do    string `json:"do,omitempty"`  // what would change it
}

// ErrNoIsolation tells that no level works: nothing untrusted is run then.
var ErrNoIsolation = errors.New("no isolation level works on this machine")

// probeHarness answers only if it runs where it should: with no more rights than a task may have.
const probeHarness = `
def handle(common, task):
    import os
    try:
        os.fork()
        emit(b"a task can make processes")
        return
    except OSError:
        pass
    for path in ("/etc/passwd", "/root", "/proc/1/environ"):
        try:
            open(path).close()
            emit(path.encode() + b" can be read")
            return
        except OSError:
            pass
    open("probe", "w").close()
    emit(b"ok")
`

// Probe tries a level with a real task.
func Probe(ctx context.Context, python Python, level Level) Finding {
	f := Finding{Level: level}
	if level == LevelA && os.Getuid() != 0 {
		f.Why, f.Do = "not root", "run as root for a cgroup and a user of its own for every slot; level B isolates as well against programs"
		return f
	}
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	z, err := Start(ctx, Config{Python: python, Level: level, Harness: probeHarness})
	if err != nil {
		f.Why, f.Do = err.Error(), remedy(level, err)
		return f
	}
	defer z.Close()
	said := ""
	lim := Limits{Body: 5 * time.Second, Wall: 10 * time.Second}
	err = z.Run(ctx, nil, [][]byte{nil}, lim, func(_ int, r Result) { said = string(r.Data) })
	switch {
	case err != nil:
		f.Why = err.Error()
	case said != "ok":
		f.Why = "isolation does not hold: " + said
	default:
		f.Works = true
	}
	return f
}

// remedy names what to change where a level does not work.
func remedy(level Level, err error) string {
	text := err.Error()
	denied := strings.Contains(text, "ermission denied")
	switch {
	case denied && (strings.Contains(text, "run /") || strings.Contains(text, "lstat /") || strings.Contains(text, "open /") || strings.Contains(text, "shared libraries")):
		return "the interpreter lies where an unprivileged user cannot read it, such as a closed home folder: use /usr/bin/python3, or install one under /opt or /usr/local"
	case level == LevelC && denied:
		return "a temporary folder that an unprivileged account can reach: set TMPDIR"
	case level == LevelC:
		return "a kernel with Landlock (Linux 5.13 or later, lsm=…,landlock) and seccomp"
	case strings.Contains(text, "no space left"):
		return "sysctl -w user.max_user_namespaces=15000"
	}
	return "allow user namespaces: sysctl -w kernel.unprivileged_userns_clone=1 (Debian), " +
		"sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu 24.04 and later); in a container: " +
		"docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined, or as root with --privileged"
}

// Levels lists the ladder, strongest first.
func Levels() []Level { return []Level{LevelA, LevelB, LevelC} }

// Strongest returns the strongest level that works here, or ErrNoIsolation with what was found.
func Strongest(ctx context.Context, python Python) (Level, error) {
	var found []string
	for _, level := range Levels() {
		if level == LevelB && os.Getuid() == 0 {
			continue // as root, A differs from B only by what it adds
		}
		f := Probe(ctx, python, level)
		if f.Works {
			return level, nil
		}
		found = append(found, fmt.Sprintf("level %s: %s; %s", level, f.Why, f.Do))
	}
	return "", fmt.Errorf("%w:\n  %s", ErrNoIsolation, strings.Join(found, "\n  "))
}
