package reward

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/zeebo/xxh3"
)

// Split sets the pairs of a share of the questions aside, rounded up to whole questions: no question is on both sides. Which
// ones hangs on the seed and the questions' names alone.
func Split(pairs []Pair, share float64, seed uint64) (learn, held []Pair, err error) {
	if !(share >= 0 && share < 1) {
		return nil, nil, fmt.Errorf("hold out %v of the questions: want at least 0 and less than 1", share)
	}
	hash := map[string]uint64{}
	var names []string
	for _, p := range pairs {
		if _, ok := hash[p.Question]; !ok {
			hash[p.Question] = xxh3.Hash(append(binary.LittleEndian.AppendUint64(nil, seed), p.Question...))
			names = append(names, p.Question)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		return cmp.Or(cmp.Compare(hash[a], hash[b]), cmp.Compare(a, b))
	})
	aside := map[string]bool{}
	for _, name := range names[:int(math.Ceil(share*float64(len(names))))] {
		aside[name] = true
	}
	for _, p := range pairs {
		if aside[p.Question] {
			held = append(held, p)
		} else {
			learn = append(learn, p)
		}
	}
	return learn, held, nil
}
