package verify

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/acecoder/acecoder"
	"github.com/acecoder/acecoder/internal/marshal"
	"github.com/acecoder/acecoder/internal/pyvalue"
	"github.com/acecoder/acecoder/internal/sandbox"
)

// oracleTime is the least CPU time that a test itself has in the oracle: what it computes there, expected values
// for instance, is not the program's work.
const oracleTime = 2 * time.Second

// byOracle judges tests as a whole: the test in a trusted process, the program in its own, and in between only
// calls and data. What wants live objects of the program is then run beside it.
func (c *session) byOracle(ctx context.Context, t *trial, tests []int) error {
	for i, p := range c.plans.tests {
		// Without a plan the test is a split one whose value the oracle has to compare.
		if p.kind == "checks" && !t.done[i] {
			c.plans.tests[i].detail = "script"
		}
	}
	var live []int
	for round := 0; len(tests) > 0; round++ {
		m, err := c.meetAgain(ctx, t, tests)
		if err != nil {
			return err
		}
		live = append(live, m.live...)
		tests = c.settleMeeting(t, tests[m.reached:], m, round >= maxReruns)
	}
	if len(live) == 0 {
		return nil
	}
	if c.v.opt.InProcess == "never" {
		t.giveRest(live, acecoder.Verdict{Status: acecoder.NotRun, Trust: acecoder.TrustOracle, Message: "needs live objects of the program"})
		return nil
	}
	return c.inProcess(ctx, t, live)
}

// settleMeeting gives the test that a meeting ended in its verdict and returns those that are still to be run.
func (c *session) settleMeeting(t *trial, rest []int, m meeting, last bool) []int {
	if len(rest) == 0 {
		return nil
	}
	v := m.end
	if v.Status == "" {
		v = acecoder.Verdict{Status: acecoder.Crash, Trust: acecoder.TrustOracle, Message: "the test ended early"}
	}
	if m.bodyFailed || last {
		t.giveRest(rest, v)
		return nil
	}
	t.give(rest[0], v)
	if c.profile.StopAtFirst {
		return nil
	}
	return rest[1:]
}

// meetAgain holds a meeting, and once more with fresh zygotes if one of its own broke: nothing of that one counts.
func (c *session) meetAgain(ctx context.Context, t *trial, tests []int) (meeting, error) {
	for try := 0; ; try++ {
		m, err := c.meet(ctx, t, tests)
		if !errors.Is(err, sandbox.ErrZygote) || ctx.Err() != nil || try == 3 {
			return m, err
		}
	}
}

// meeting is what came of one session of an oracle with a program.
type meeting struct {
	reached    int   // tests that have a verdict or are in live
	live       []int // tests that want live objects
	end        acecoder.Verdict
	bodyFailed bool
}

// meet runs tests in an oracle's process against the program in its own.
func (c *session) meet(ctx context.Context, t *trial, tests []int) (meeting, error) {
	kind, agenda := c.agenda(tests)
	program, err := c.s.zygote(ctx, t.flavour)
	if err != nil {
		return meeting{}, err
	}
	oracle, err := c.s.zygote(ctx, kind)
	if err != nil {
		return meeting{}, err
	}
	program.DrainPeer()
	oracle.DrainPeer()
	l := &line{session: c.s.sessions, program: program, oracle: oracle, patience: 2*c.profile.Test + 2*time.Second}
	t.quick, t.first, t.part = false, 0, c.profile.Test
	lim := c.limits(t)
	lim.Idle, lim.Wall = 0, oracleWall // it waits for the oracle; line bounds how long the oracle waits for it

	var ran, judged ending
	done := make(chan error, 1)
	go func() {
		common := c.common("serve", func(b []byte) []byte { return marshal.Int(b, int64(l.session)) })
		done <- program.Run(ctx, common, [][]byte{c.task(t, false)}, lim, ran.take)
		l.programEnded()
	}()
	relayed := make(chan struct{})
	go func() { l.relay(); close(relayed) }()
	own := oracleTime + c.profile.Test
	err = oracle.Run(ctx, nil, [][]byte{agenda}, sandbox.Limits{Body: own, Part: own, Wall: oracleWall}, judged.take)
	l.oracleEnded()
	<-relayed
	err = errors.Join(err, <-done)
	if err != nil || l.broken.Load() {
		program.Close()
		oracle.Close()
		c.s.zygotes[t.flavour], c.s.zygotes[kind] = nil, nil
	}
	if err != nil {
		return meeting{}, err
	}
	t.cpu += ran.CPU
	m := c.take(t, tests, judged.Data, l)
	if m.reached < len(tests) {
		c.blame(&m, t, ran, judged)
	}
	return m, nil
}

// ending is how a process of a meeting ended, with what it left.
type ending struct{ sandbox.Result }

func (e *ending) take(_ int, r sandbox.Result) {
	e.Result = r
	e.Data = bytes.Clone(r.Data)
}

// agenda is an oracle's task, the tests of a new session, and the zygote that it needs.
func (c *session) agenda(tests []int) (flavour, []byte) {
	kind := oracles
	c.s.sessions++
	task := marshal.Int(marshal.Tuple(nil, 3), int64(c.s.sessions))
	task = marshal.List(marshal.Str(task, c.entry), len(tests))
	for _, i := range tests {
		if c.plans.tests[i].detail == "file" {
			kind = files
		}
		task = marshal.Tuple(task, 2)
		task = marshal.Str(task, c.job.Tests[i])
		task = marshal.Str(task, c.plans.tests[i].detail)
	}
	return kind, task
}

const oracleWall = 15 * time.Minute

// take reads the oracle's records and gives the verdicts.
func (c *session) take(t *trial, tests []int, data []byte, l *line) meeting {
	var m meeting
	for len(data) > 0 && m.reached < len(tests) {
		v, rest, err := pyvalue.Decode(data, pyvalue.Limits{})
		if err != nil || v.Len() != 4 {
			break
		}
		data = rest
		part := v.Items()
		i := tests[m.reached]
		live, _ := part[2].Int64()
		out := acecoder.Verdict{
			Status: acecoder.Status(part[0].Text()), Trust: acecoder.TrustOracle, Message: clip(part[1].Text()),
			CPUMS: milliseconds(l.spent[m.reached]),
		}
		m.reached++
		switch {
		case out.Status == "live" || (live > 0 && out.Status != acecoder.Pass && out.Status != acecoder.Timeout):
			m.live = append(m.live, i)
			continue
		case live == 2:
			// One of the program's own methods said what is true.
			out.Trust = acecoder.TrustInProcess
		}
		t.give(i, out)
	}
	return m
}

// blame finds out why an oracle did not get through its tests.
func (c *session) blame(m *meeting, t *trial, ran, judged ending) {
	m.end.Trust = acecoder.TrustOracle
	body, err := readHead(ran.Data)
	switch {
	case err == nil && body.code != recOK:
		body, _, _, err = next(ran.Data, nil)
		if err != nil {
			body.code = -1
		}
		m.end.Status, m.end.Message = c.refused(body, t)
		m.bodyFailed = true
		if t.message == "" {
			t.message = m.end.Message
		}
	case ran.Killed != sandbox.NotKilled || ran.Signal != 0 || err != nil:
		m.end.Status, m.end.Message = ended(ran.Result, false)
		m.bodyFailed = err != nil
	case judged.Killed == sandbox.PartTime || judged.Killed == sandbox.TotalTime || judged.Killed == sandbox.WallTime:
		m.end.Status, m.end.Message = acecoder.Timeout, "the test itself is over its time"
	case judged.Killed == sandbox.OutOfMemory:
		m.end.Status, m.end.Message = acecoder.Memory, "the test itself is over its memory"
	case judged.Signal != 0 || judged.Exit != 0:
		m.end.Status, m.end.Message = acecoder.Crash, "the test's own process ended"
	default:
		t.cheat = true
		m.end.Status, m.end.Message = ended(ran.Result, false)
	}
}

// line carries requests from an oracle to a program and answers back. Answers are the program's own word: only
// what is data in full is passed on.
type line struct {
	session         uint32
	program, oracle *sandbox.Zygote
	patience        time.Duration // wall-clock time for one answer
	spent           map[int]time.Duration
	ended           atomic.Bool // the program's process
	broken          atomic.Bool // a message was cut off on its way: the stream is of no more use
}

const (
	mostRequest = 64 << 20
	mostAnswer  = 32 << 20
)

// testRequest is how a request starts that tells the program which test runs now: ("test", number).
var testRequest = marshal.Str(marshal.Tuple(nil, 2), "test")

func (l *line) relay() {
	l.spent = map[int]time.Duration{}
	test := 0
	for {
		request, err := readFrame(l.oracle.Peer(), mostRequest)
		if err != nil {
			return
		}
		if rest, ok := bytes.CutPrefix(request, testRequest); ok && len(rest) == 5 {
			test = int(binary.LittleEndian.Uint32(rest[1:]))
		}
		peer := l.program.Peer()
		answer, err := l.exchange(peer, request)
		if err != nil {
			// Too slow, or it has ended: in both cases nothing more can come.
			l.program.Interrupt()
			_ = l.write(l.oracle.Peer(), shortAnswer(recGone))
			return
		}
		r, _, rest, err := next(answer, nil)
		if err != nil || len(rest) > 0 {
			answer = shortAnswer(recNoData)
		}
		l.spent[test] += r.cpu
		if l.write(l.oracle.Peer(), answer) != nil {
			return
		}
	}
}

// exchange gives the program a request and reads its answer.
func (l *line) exchange(peer *net.UnixConn, request []byte) ([]byte, error) {
	_ = peer.SetDeadline(time.Now().Add(l.patience))
	if l.ended.Load() {
		return nil, errRecord // asked after the deadline was set, so that programEnded cannot be overridden
	}
	if err := l.write(peer, request); err != nil {
		return nil, err
	}
	return readFrame(peer, mostAnswer)
}

// programEnded lets a relay that waits for the program go on.
func (l *line) programEnded() {
	l.ended.Store(true)
	_ = l.program.Peer().SetDeadline(time.Unix(1, 0))
}

// oracleEnded lets a relay that waits for the oracle end, and then the program that waits for a request.
func (l *line) oracleEnded() {
	// The deadline stays until the next session begins: one that is lifted at once may go unnoticed.
	_ = l.oracle.Peer().SetDeadline(time.Unix(1, 0))
	peer := l.program.Peer()
	_ = peer.SetDeadline(time.Now().Add(time.Second))
	_ = l.write(peer, marshal.Str(marshal.Tuple(nil, 1), "bye"))
}

func shortAnswer(code int64) []byte {
	b := marshal.Tuple(nil, 3)
	b = marshal.Int(b, code)
	b = marshal.Int(b, 0)
	return marshal.None(b)
}

func readFrame(r *net.UnixConn, most int) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, err
	}
	n := int(binary.LittleEndian.Uint32(head[:]))
	if n > most {
		return nil, errRecord
	}
	buf := make([]byte, n)
	_, err := io.ReadFull(r, buf)
	return buf, err
}

// write sends a message, marked with its session: what an ended process left unread is then passed over by the
// next one.
func (l *line) write(w *net.UnixConn, data []byte) error {
	frame := make([]byte, 8, len(data)+8)
	binary.LittleEndian.PutUint32(frame, uint32(len(data)))
	binary.LittleEndian.PutUint32(frame[4:], l.session)
	n, err := w.Write(append(frame, data...))
	if err != nil && n > 0 {
		l.broken.Store(true)
	}
	return err
}
