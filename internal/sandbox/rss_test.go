package sandbox

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

func TestRSSTmp(t *testing.T) {
	p, _ := FindPython(context.Background(), "")
	h := ""
	for _, f := range []string{"codec", "testfile", "program", "serve"} {
		d, _ := os.ReadFile("../verify/python/" + f + ".py")
		h += string(d)
	}
	full := strings.Fields("typing collections math re itertools functools heapq bisect random string operator copy datetime json")
	for _, c := range []struct {
		name string
		h    string
		pre  []string
	}{{"none", "def handle(c,t): pass", nil}, {"preload", "def handle(c,t): pass", full}, {"harness", h + "\ndef warm(): pass\ndef handle(c,t): pass\n", full}, {"warm", h + "\ndef handle(c,t): pass\n", full}, {"warm-nojson", h + "\ndef handle(c,t): pass\n", full[:12]}} {
		z, err := Start(context.Background(), Config{Python: p, Level: LevelA, Preload: c.pre, Harness: c.h})
		if err != nil {
			t.Fatal(err)
		}
		d, _ := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", z.cmd.Process.Pid))
		for l := range strings.Lines(string(d)) {
			if strings.HasPrefix(l, "Anonymous:") {
				fmt.Print(c.name, " ", strings.TrimSpace(l))
			}
		}
		m, _ := os.ReadFile(fmt.Sprintf("/proc/%d/maps", z.cmd.Process.Pid))
		fmt.Print(" vmas ", strings.Count(string(m), "\n"))
		tt := make([][]byte, 16)
		start := time.Now()
		for range 60 {
			_ = z.Run(context.Background(), []byte("C"), tt, Limits{}, func(i int, r Result) {})
		}
		fmt.Println(" per fork", time.Since(start)/960)
		if c.name == "warm" {
			fmt.Println(string(m))
		}
		z.Close()
	}
}
