package main

import (
	"github.com/spf13/cobra"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/stats"
)

// sink is where a stage that runs nothing puts its rows: pairs and hard. They take seconds, so an interrupted run
// is simply run again.
type sink struct {
	out, drops *output
	funnel     *stats.Funnel
	dropped    int
}

func (s *sink) drop(source string, d *acecoder.Drop) error {
	s.dropped++
	s.funnel.Drop(source, d.Reason)
	return s.drops.put(d)
}

// simple calls each for every problem and concludes the run with the figures r.
func (f *stageFlags) simple(a *app, cmd *cobra.Command, in *input[acecoder.Problem], r report,
	each func(record[acecoder.Problem], *sink) error,
) error {
	s := &sink{funnel: stats.NewFunnel()}
	var err error
	if s.out, err = create(f.out, false); err != nil {
		return err
	}
	if s.drops, err = create(f.drops, false); err != nil {
		return s.out.finish(err, false)
	}
	p := newProgress(cmd.ErrOrStderr(), r.Stage)
	pass := func() error {
		for row, err := range in.all(a.drain) {
			if err == nil {
				err = each(row, s)
			}
			if err != nil {
				return err
			}
			p.add()
		}
		return nil
	}
	err = s.out.finish(s.drops.finish(pass(), false), false)
	r.Seconds = p.stop()
	if err != nil {
		return err
	}
	r.Rows, r.BadRows, r.Drops, r.Funnel = in.rows, in.bad, s.dropped, s.funnel.Report()
	return f.conclude(cmd, &r)
}
