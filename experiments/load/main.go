// Command load is the other side of a run under load: a server of models that answers at once, and seeds for it.
//
//	load serve ADDRESS PAD        serve answers with so many bytes of padding, until it is interrupted
//	load seeds N > seeds.jsonl    write so many seeds
//
// load.sh makes a run of both and says how fast it was and how much memory it took.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/acecoder/acecoder/internal/llm/llmtest"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 3 && args[0] == "serve":
		pad, err := strconv.Atoi(args[2])
		if err != nil {
			return err
		}
		world := llmtest.Arithmetic{Pad: pad}
		server := &http.Server{
			Addr: args[1], Handler: llmtest.New(llmtest.Config{Say: world.Say}), ReadHeaderTimeout: 10 * time.Second,
		}
		return server.ListenAndServe()
	case len(args) == 2 && args[0] == "seeds":
		n, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		return seeds(n)
	}
	return errors.New("usage: load serve ADDRESS PAD | load seeds N")
}

func seeds(n int) error {
	out := bufio.NewWriter(os.Stdout)
	enc := json.NewEncoder(out)
	for k := range n {
		if err := enc.Encode(map[string]string{"content": llmtest.Arithmetic{}.Seed(k + 2), "license": "CC0-1.0"}); err != nil {
			return err
		}
	}
	return out.Flush()
}
