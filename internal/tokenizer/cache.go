package tokenizer

import (
	"hash/maphash"
	"slices"
	"strings"
	"sync/atomic"
)

// cacheSize is the number of pieces that are remembered, cachePiece the longest of them in bytes: 25 MB at most.
const (
	cacheSize  = 1 << 16
	cachePiece = 64
)

// cache remembers the tokens of pieces. Each piece has one place, where the latest stays; the hash decides, with a seed
// of the process's own, so that no text can be made to push out what others need.
type cache struct {
	seed   maphash.Seed
	places []atomic.Pointer[remembered]
}

type cachePlace = *atomic.Pointer[remembered]

type remembered struct {
	piece string
	ids   []int32
}

func newCache() *cache {
	return &cache{seed: maphash.MakeSeed(), places: make([]atomic.Pointer[remembered], cacheSize)}
}

// append appends the tokens of a piece if it is remembered; else it returns the place for them.
func (c *cache) append(dst []int32, piece string) ([]int32, cachePlace) {
	place := &c.places[maphash.String(c.seed, piece)%cacheSize]
	if r := place.Load(); r != nil && r.piece == piece {
		return append(dst, r.ids...), nil
	}
	return dst, place
}

// remember keeps copies: the piece is a part of a text that is not to stay.
func remember(place cachePlace, piece string, ids []int32) {
	place.Store(&remembered{strings.Clone(piece), slices.Clone(ids)})
}
