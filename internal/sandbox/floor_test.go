package sandbox

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"
)

func TestFloorTmp(t *testing.T) {
	p, _ := FindPython(context.Background(), "")
	pre := []string{"typing", "collections", "math", "re", "itertools", "functools", "heapq", "bisect", "random", "string", "operator", "copy", "datetime", "json"}
	for _, level := range []Level{LevelA, LevelB} {
		z, err := Start(context.Background(), Config{Python: p, Level: level, Preload: pre, Harness: os.Getenv("H") + `
def handle(common, task):
    pass
`})
		if err != nil {
			t.Fatal(err)
		}
		lim := Limits{Body: time.Second}
		tt := make([][]byte, 16)
		var cpu time.Duration
		z0, _ := cpuTime(z.cmd.Process.Pid)
		start := time.Now()
		for range 100 {
			_ = z.Run(context.Background(), []byte("C"), tt, lim, func(i int, r Result) { cpu += r.CPU })
		}
		z1, _ := cpuTime(z.cmd.Process.Pid)
		fmt.Println(level, "wall", time.Since(start)/1600, "child", cpu/1600, "zygote", (z1-z0)/1600)
		z.Close()
	}
}
