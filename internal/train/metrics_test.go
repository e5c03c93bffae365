package train_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/acecoder/acecoder/internal/train"
)

func metrics(step int) train.Metrics {
	return train.Metrics{
		Step: step, Epoch: float64(step) / 10, Loss: 2 / float64(step), Rate: 1e-5, GradNorm: 0.5,
		Targets: 100, Tokens: 300, Padded: 400, Seconds: 0.5, Memory: 1 << 30,
	}
}

func TestLossThatIsNoNumberIsWritten(t *testing.T) {
	for _, loss := range []float64{math.NaN(), math.Inf(1), 0} {
		m := metrics(3)
		m.Loss, m.GradNorm = loss, loss
		data, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		var got train.Metrics
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		if number := loss == 0; math.IsNaN(got.Loss) == number || math.IsNaN(got.GradNorm) == number || got.Step != 3 || got.Memory != m.Memory {
			t.Errorf("a loss of %v is written as %s and read as %+v", loss, data, got)
		}
	}
}

func TestRunningMean(t *testing.T) {
	var r train.Running
	if got := r.Mean(); got != (train.Metrics{}) {
		t.Errorf("Mean of nothing = %+v", got)
	}
	for step := range 5 {
		r.Add(train.Metrics{Step: step, Loss: 1000, Targets: 1000}) // forgotten
	}
	for range 10 {
		r.Add(train.Metrics{Step: 20, Loss: 1, Targets: 30, Tokens: 50, Padded: 100, Seconds: 1})
		r.Add(train.Metrics{Step: 20, Loss: 3, Targets: 10, Tokens: 100, Padded: 100, Seconds: 2, Rate: 1e-5, GradNorm: 0.25, Memory: 3 << 20})
	}
	want := train.Metrics{
		Step: 20, Loss: 1.5, Targets: 400, Tokens: 1500, Padded: 2000, Seconds: 30, Rate: 1e-5, GradNorm: 0.25, Memory: 3 << 20,
	}
	if got := r.Mean(); got != want {
		t.Errorf("Mean() = %+v, want %+v", got, want)
	}
	line := "step 20/100  loss 1.5000  lr 1.00e-05  grad 0.25  50 tokens/s  25% padding  3 MiB  2m0s left"
	if got := r.Line(100); got != line {
		t.Errorf("Line(100) = %q, want %q", got, line)
	}
	if got := r.Line(20); strings.Contains(got, "left") {
		t.Errorf("Line(20) at the end = %q", got)
	}
}

func TestPeakMemory(t *testing.T) {
	before := train.PeakMemory()
	if before < 1<<20 || before > 1<<40 {
		t.Errorf("PeakMemory() = %d, want a number of bytes", before)
	}
}
