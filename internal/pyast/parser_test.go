package pyast_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/acecoder/acecoder/internal/pyast"
	"github.com/acecoder/acecoder/internal/sandbox"
)

// TestConcurrentCalls has more callers than there are zygotes; each gets the answers to its own questions.
func TestConcurrentCalls(t *testing.T) {
	p := parser(t)
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for j := range 10 {
				name := fmt.Sprintf("f%d_%d", i, j)
				in, err := p.Inspect(context.Background(), []string{"def " + name + "(): pass", "("})
				if err != nil || in[0].Functions[0] != name || in[1].Problem == "" {
					t.Errorf("Inspect of %s = %+v, %v", name, in, err)
				}
			}
		})
	}
	wait.Wait()
}

// TestManySources has more sources than one process gets; the order stays.
func TestManySources(t *testing.T) {
	var sources []string
	for i := range 500 {
		sources = append(sources, fmt.Sprintf("def f%d(): pass%s", i, strings.Repeat("\n# comment", i)))
	}
	for i, in := range inspect(t, sources...) {
		if want := fmt.Sprintf("f%d", i); len(in.Functions) != 1 || in.Functions[0] != want {
			t.Fatalf("inspection %d is of %v, want %s", i, in.Functions, want)
		}
	}
	if got := inspect(t); len(got) != 0 {
		t.Errorf("Inspect of nothing = %v", got)
	}
}

// TestKilledZygote: a zygote that ends is replaced, and no source is lost.
func TestKilledZygote(t *testing.T) {
	parser(t)
	p, err := pyast.New(t.Context(), pyast.Options{Jobs: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	before := descendants(t)
	stop := make(chan struct{})
	var wait sync.WaitGroup
	wait.Go(func() {
		for range 20 {
			for pid := range descendants(t) {
				if process, err := os.FindProcess(pid); err == nil {
					_ = process.Kill()
				}
			}
			select {
			case <-stop:
				return
			default:
			}
		}
	})
	if len(before) == 0 {
		t.Error("no zygote is there to be killed")
	}
	for range 20 {
		in, err := p.Inspect(t.Context(), []string{"def f(): pass", "def g(): pass"})
		if errors.Is(err, sandbox.ErrZygote) {
			continue // killed faster than it starts
		}
		if start := (*sandbox.StartError)(nil); errors.As(err, &start) {
			continue
		}
		if err != nil || len(in) != 2 || len(in[0].Functions) != 1 || in[1].Functions[0] != "g" {
			t.Fatalf("Inspect while zygotes are killed = %+v, %v", in, err)
		}
	}
	close(stop)
	wait.Wait()
	in, err := p.Inspect(t.Context(), []string{"def f(): pass"})
	if err != nil || in[0].Problem != "" {
		t.Errorf("Inspect afterwards = %+v, %v", in, err)
	}
}

// descendants lists the processes that this one has made and that still run.
func descendants(t *testing.T) map[int]bool {
	t.Helper()
	out := map[int]bool{}
	lists, _ := filepath.Glob("/proc/self/task/*/children")
	for _, list := range lists {
		data, _ := os.ReadFile(list)
		for _, word := range strings.Fields(string(data)) {
			if pid, err := strconv.Atoi(word); err == nil {
				out[pid] = true
			}
		}
	}
	return out
}

func TestEndedContext(t *testing.T) {
	p := parser(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Inspect(ctx, []string{"x"}); !errors.Is(err, context.Canceled) {
		t.Errorf("Inspect after the end = %v, want context.Canceled", err)
	}
	if _, _, err := p.Functions(ctx, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("Functions after the end = %v, want context.Canceled", err)
	}
	if _, err := p.Tests(ctx, [][]string{{"x"}}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Tests after the end = %v, want context.Canceled", err)
	}
}

func TestNoInterpreter(t *testing.T) {
	if _, err := pyast.New(t.Context(), pyast.Options{Python: "/nowhere/python3"}); err == nil || !strings.Contains(err.Error(), "/nowhere/python3") {
		t.Errorf("New with an interpreter that is not there = %v, want an error that names it", err)
	}
}
