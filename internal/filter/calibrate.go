package filter

import (
	"math"

	"github.com/acecoder/acecoder"
)

// A problem's limits are slack times what its slowest oracle needed, and never below the floor: below it the
// noise of the machine would decide.
const (
	floorMS = 50
	slack   = 20
)

// calibrate measures the limits on the kept tests and the oracles that pass them:
//
//	test = max(50 ms, 20 × the longest single test)    body = max(50 ms, 20 × the longest body)
//
// Tests that an oracle fails do not count, as an endless loop would be the longest of all.
func calibrate(outcomes []acecoder.Outcome, kept []int, acceptInProcess bool) *acecoder.Limits {
	var test, body float64
	for _, outcome := range outcomes {
		passes := false
		for _, i := range kept {
			if v := outcome.Tests[i]; v.Passed(acceptInProcess) {
				passes = true
				test = max(test, v.CPUMS)
			}
		}
		if passes {
			body = max(body, bodyCPU(outcome))
		}
	}
	return &acecoder.Limits{BodyMS: limit(body), TestMS: limit(test)}
}

// bodyCPU is what a program's CPU time leaves after its tests.
func bodyCPU(outcome acecoder.Outcome) float64 {
	rest := outcome.CPUMS
	for _, v := range outcome.Tests {
		rest -= v.CPUMS
	}
	return max(0, rest)
}

// limit rounds up to whole milliseconds, so that a limit reads the same wherever it is printed. What subtraction
// leaves behind the sixth digit is not a reason for one more.
func limit(cpuMS float64) float64 {
	return max(floorMS, math.Ceil(slack*cpuMS-1e-6))
}
