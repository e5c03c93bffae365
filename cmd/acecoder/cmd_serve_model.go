package main

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/acecoder/acecoder/internal/hub"
	"github.com/acecoder/acecoder/internal/local"
)

func newServeModel(a *app) *cobra.Command {
	var open local.Options
	var o local.ServerOptions
	var listen string
	cmd := &cobra.Command{
		Use:   "model MODEL",
		Short: "Answer with a model of this machine",
		Long: `Serves OpenAI's API with a Qwen2 model from a folder as Hugging Face has it, or from the hub (hf:org/name): /v1/chat/completions and /v1/completions,
whole or streamed, and /v1/models. Beside OpenAI's fields it takes vLLM's top_k, min_p and repetition_penalty. What a
request does not say is what the model's generation_config.json says. It prints its address and runs until it is
interrupted.`,
		Example: `  acecoder serve model hf:Qwen/Qwen2.5-Coder-0.5B-Instruct
  acecoder serve model out/sft --listen 127.0.0.1:8000 --slots 64`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.Name == "" {
				o.Name = nameOf(args[0])
			}
			m, err := openModel(a, cmd, args[0], open)
			if err != nil {
				return err
			}
			s, err := local.NewServer(m, o)
			if err != nil {
				return usageError{err}
			}
			return s.RunWith(a.stop, func(ctx context.Context) error {
				// The first interrupt ends the listening; the model goes on until the open requests are answered.
				ctx, end := context.WithCancel(ctx)
				defer end()
				defer context.AfterFunc(a.drain, end)() //nolint:contextcheck // it is the interrupt, not what the work is for
				return serve(ctx, listen, s, func(url string) { fmt.Fprintf(cmd.OutOrStdout(), "%s/v1\n", url) })
			})
		},
	}
	addDevice(cmd, &open)
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8000", "where to listen; port 0: any that is free")
	cmd.Flags().StringVar(&o.Name, "name", "", "what requests call the model (default: the folder's name, or org/name)")
	cmd.Flags().IntVar(&o.Slots, "slots", 32, "answers that are written at the same time")
	cmd.Flags().IntVar(&o.Queue, "queue", 1024, "requests that may wait; more are told to come again; 0: any number")
	return cmd
}

// nameOf is what a model is called if nobody says: the folder's name, or what it is called on the hub.
func nameOf(model string) string {
	if ref, err := hub.ParseRef(model); hub.IsRef(model) && err == nil {
		return ref.Repo
	}
	return filepath.Base(filepath.Clean(model))
}
