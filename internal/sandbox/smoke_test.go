package sandbox

import (
	"context"
	"fmt"
	"testing"
	"time"
)

func TestSmoke(t *testing.T) {
	p, err := FindPython(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, level := range []Level{LevelA, LevelC} {
		z, err := Start(context.Background(), Config{Python: p, Level: level, Debug: true, Harness: `
def handle(common, task):
    emit(b"hello " + common + b" " + task)
    if task == b"loop":
        step(1)
        while True: pass
    if task == b"sleep":
        import time; time.sleep(100)
    if task == b"fork":
        import os
        try: os.fork(); emit(b" forked")
        except OSError as e: emit(repr(e).encode())
    if task == b"ls":
        import os; emit(repr(os.listdir("/")).encode()); emit(repr([os.getpid(),os.getuid(),os.getcwd(),os.environ]).encode())
        open("x","w").write("y")
    if task == b"ls2":
        import os; emit(repr(os.listdir(".")).encode())
    if task == b"thr":
        import threading; t=threading.Thread(target=lambda: emit(b"thread")); t.start(); t.join()
    if task == b"mem":
        a = bytearray(10**9)
`})
		if err != nil {
			t.Fatal(err)
		}
		lim := Limits{Body: time.Second, Part: 50 * time.Millisecond, Program: 2 * time.Second, Wall: 300 * time.Millisecond}
		var tasks [][]byte
		for _, s := range []string{"a", "loop", "sleep", "fork", "ls", "ls2", "thr", "mem"} {
			tasks = append(tasks, []byte(s))
		}
		err = z.Run(context.Background(), []byte("C"), tasks, lim, func(i int, r Result) {
			fmt.Println(level, string(tasks[i]), r.Exit, r.Signal, r.Killed, r.CPU, r.Wall, string(r.Data))
		})
		fmt.Println(err, z.stderr.String())
		tt := make([][]byte, 16)
		start := time.Now()
		for range 50 {
			_ = z.Run(context.Background(), []byte("C"), tt, lim, func(i int, r Result) {})
		}
		fmt.Println("per fork", time.Since(start)/800)
		z.Close()
	}
}
