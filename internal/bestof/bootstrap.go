package bestof

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"github.com/acecoder/acecoder/internal/stats"
)

// Figure is a share with its 95 % interval.
type Figure struct {
	Share float64 `json:"share"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// resampled is a share over all problems, and over each of many sets of as many problems drawn from them with
// replacement. A problem is drawn as a whole, with all its programs, since they are not independent. All shares come
// from the same draws, so the difference of two, draw by draw, is that of a paired comparison.
type resampled struct {
	share float64
	draws []float64
}

// figure returns the share with its percentile interval.
func (r resampled) figure() Figure {
	return Figure{Share: r.share, Low: stats.Percentile(r.draws, 2.5), High: stats.Percentile(r.draws, 97.5)}
}

// minus returns the difference of two shares.
func (r resampled) minus(other resampled) resampled {
	out := resampled{share: r.share - other.share, draws: slices.Clone(r.draws)}
	for b := range out.draws {
		out.draws[b] -= other.draws[b]
	}
	return out
}

// average returns the mean of one share in several sources. Each source is drawn from by itself, so their sizes stay.
func average(sources []resampled) resampled {
	out := resampled{draws: make([]float64, len(sources[0].draws))}
	for _, s := range sources {
		out.share += s.share / float64(len(sources))
		for b := range out.draws {
			out.draws[b] += s.draws[b] / float64(len(sources))
		}
	}
	return out
}

// resample returns, for each column of rows, its share. rows are the problems of one source, columns the cells of the
// table; id keeps the draws of several sources apart.
func resample(rows [][]float64, cfg Config, id string) []resampled {
	out := make([]resampled, len(rows[0]))
	for c := range out {
		out[c].draws = make([]float64, cfg.Resamples)
		for _, row := range rows {
			out[c].share += row[c] / float64(len(rows))
		}
	}
	random := newRandom(cfg.Seed, "resample "+id)
	counts := make([]int, len(rows))
	for b := range cfg.Resamples {
		clear(counts)
		for range rows {
			counts[random.IntN(len(rows))]++
		}
		for p, row := range rows {
			if counts[p] == 0 {
				continue
			}
			weight := float64(counts[p]) / float64(len(rows))
			for c := range row {
				out[c].draws[b] += weight * row[c]
			}
		}
	}
	return out
}

// OverOptimisation says whether choosing by reward gets worse with more programs to choose from, because the reward
// model's mistakes are searched for too.
type OverOptimisation struct {
	Detected bool    `json:"detected"` // Low is above 0
	BestN    int     `json:"best_n"`
	N        int     `json:"n"`    // the larger N at which the fall is surest; BestN where none is larger
	Fall     float64 `json:"fall"` // share at BestN minus share at N
	Low      float64 `json:"low"`  // bound below the fall, 95 % sure for all pairs of N together
}

// overOptimised looks for a fall in the curve from its best N.
//
// The best N was found on the same problems, where chance made it look better than it is. So the bound holds for the
// falls d between all pairs of N at once, whichever is looked at: with s their deviations over the draws,
//
//	low = d - q s,   q the 95th percentile over the draws of max (d_draw - d) / s over all pairs
func overOptimised(curve []resampled, ns []int) OverOptimisation {
	best := 0
	for i := range curve {
		if curve[i].share > curve[best].share {
			best = i
		}
	}
	out := OverOptimisation{BestN: ns[best], N: ns[best]}
	most := make([]float64, len(curve[0].draws))
	for i := range most {
		most[i] = math.Inf(-1)
	}
	falls := map[int]resampled{} // from the best
	for i := range curve {
		for j := i + 1; j < len(curve); j++ {
			d := curve[i].minus(curve[j])
			s := stat.StdDev(d.draws, nil)
			if !(s > 0) {
				continue
			}
			for b, draw := range d.draws {
				most[b] = max(most[b], (draw-d.share)/s)
			}
			if i == best {
				falls[j] = d
			}
		}
	}
	if len(falls) == 0 {
		return out
	}
	q := stats.Percentile(most, 95)
	for j := best + 1; j < len(curve); j++ {
		d, ok := falls[j]
		if !ok {
			continue
		}
		if low := d.share - q*stat.StdDev(d.draws, nil); out.N == out.BestN || low > out.Low {
			out.N, out.Fall, out.Low = ns[j], d.share, low
		}
	}
	out.Detected = out.Low > 0
	return out
}
