package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/acecoder/acecoder/internal/llm"
)

func newServe(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "serve",
		GroupID: "engine",
		Short:   "Serve over HTTP",
		Example: "  acecoder serve model DIR\n  acecoder serve replay --answers answers.jsonl.zst",
	}
	cmd.AddCommand(newServeReplay(a), newServeModel(a))
	return cmd
}

func newServeReplay(a *app) *cobra.Command {
	var answers, listen string
	cmd := &cobra.Command{
		Use:   "replay --answers FILE",
		Short: "Answer chat completions from a recording",
		Long: `Serves OpenAI's API from a recording (acecoder record writes them): /v1/chat/completions, whole or streamed, /v1/models,
and files and batches, which end at once. What is not recorded has status 404. It prints its address and runs until it
is interrupted.`,
		Example: "  acecoder serve replay --answers answers.jsonl.zst --listen 127.0.0.1:8000",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if answers == "" {
				return usagef("--answers is missing: name a recording")
			}
			rec, err := llm.OpenRecording(answers)
			if err != nil {
				return err
			}
			return serve(a.drain, listen, llm.NewReplayServer(rec), func(url string) {
				fmt.Fprintf(cmd.OutOrStdout(), "%s/v1\n", url)
			})
		},
	}
	cmd.Flags().StringVar(&answers, "answers", "", "the recording (required)")
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8000", "where to listen; port 0: any that is free")
	return cmd
}

// endWithin is how long requests that are being answered may take when a server ends.
const endWithin = 10 * time.Second

// serve answers requests until ctx ends; ready is told the address.
func serve(ctx context.Context, listen string, handler http.Handler, ready func(url string)) error {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", listen)
	if err != nil {
		return fmt.Errorf("serve: %w", err)
	}
	s := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	ready("http://" + l.Addr().String())
	select {
	case err = <-ended:
	case <-ctx.Done():
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWithin)
		defer cancel()
		err = s.Shutdown(last)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
