package tokenizer

import (
	"math"
	"math/bits"
)

// merge is what becomes of a pair of tokens: which token, and how early. Of two pairs the one with the lower rank is
// merged first.
type merge struct{ rank, id int32 }

// noRank is the rank of a pair that is not merged.
const noRank = math.MaxInt32

// merges has the merge of every pair. It is a hash table with open addressing, which is never more than half full:
// most of the pairs that are looked up have no merge, and this says so after one look.
type merges struct {
	pairs []uint64 // noPair where the place is free
	to    []merge
	shift int
}

const noPair = math.MaxUint64 // no token has a negative number

func newMerges(n int) *merges {
	size := 1 << bits.Len(uint(2*n))
	m := &merges{pairs: make([]uint64, size), to: make([]merge, size), shift: 64 - bits.Len(uint(size-1))}
	for i := range m.pairs {
		m.pairs[i] = noPair
	}
	return m
}

// place returns where a pair is, or where it would be.
func (m *merges) place(pair uint64) int {
	i := int(pair * 0x9E3779B97F4A7C15 >> m.shift)
	for m.pairs[i] != pair && m.pairs[i] != noPair {
		i++
		if i == len(m.pairs) {
			i = 0
		}
	}
	return i
}

func pairOf(left, right int32) uint64 { return uint64(uint32(left))<<32 | uint64(uint32(right)) }

// set makes the merge of a pair. Of two merges of one pair the later counts, as in the tokenizers library.
func (m *merges) set(left, right int32, to merge) {
	i := m.place(pairOf(left, right))
	m.pairs[i], m.to[i] = pairOf(left, right), to
}

// of returns the merge of a pair; its rank is noRank if there is none.
func (m *merges) of(left, right int32) merge {
	i := m.place(pairOf(left, right))
	if m.pairs[i] == noPair {
		return merge{rank: noRank}
	}
	return m.to[i]
}

// model turns a piece into tokens.
type model struct {
	bytes  [256]int32 // the token of each byte
	merges *merges
	whole  map[string]int32 // pieces that are tokens as they stand, by their bytes; nil unless the merges are ignored for them
}

// shortPiece is the length in bytes up to which looking through all pairs for the next one is faster than a queue.
const shortPiece = 96

// append appends the tokens of a piece, which is not empty.
func (m *model) append(dst []int32, piece string, w *workspace) []int32 {
	if id, ok := m.whole[piece]; ok {
		return append(dst, id)
	}
	if len(piece) <= shortPiece {
		return m.appendShort(dst, piece)
	}
	return m.appendLong(dst, piece, w)
}

// appendShort merges the pair of the lowest rank, the leftmost of equals, until no pair merges.
func (m *model) appendShort(dst []int32, piece string) []int32 {
	var room, ranks [shortPiece]int32
	ids := room[:len(piece)]
	for i := range ids {
		ids[i] = m.bytes[piece[i]]
	}
	for i := range len(ids) - 1 {
		ranks[i] = m.merges.of(ids[i], ids[i+1]).rank
	}
	for len(ids) > 1 {
		at, lowest := 0, int32(noRank)
		for i, rank := range ranks[:len(ids)-1] {
			if rank < lowest {
				at, lowest = i, rank
			}
		}
		if lowest == noRank {
			break
		}
		ids[at] = m.merges.of(ids[at], ids[at+1]).id
		copy(ids[at+1:], ids[at+2:])
		copy(ranks[at:], ranks[at+1:len(ids)-1])
		ids = ids[:len(ids)-1]
		if at > 0 {
			ranks[at-1] = m.merges.of(ids[at-1], ids[at]).rank
		}
		if at+1 < len(ids) {
			ranks[at] = m.merges.of(ids[at], ids[at+1]).rank
		}
	}
	return append(dst, ids...)
}

// symbol is a token within a long piece, and its neighbours.
type symbol struct {
	id, prev, next int32 // next is the piece's length at the end, prev is -1 at the beginning
	to             merge // of this token and the next; its rank is noRank if they do not merge
}

// workspace is what long pieces are merged in.
type workspace struct {
	symbols []symbol
	queue   queue
	ids     []int32 // of a text whose tokens are only counted
}

// maxKept is the longest piece in bytes whose workspace is kept.
const maxKept = 1 << 20

// appendLong does what appendShort does, with the pairs in a queue. An entry is its pair's rank and place; it is out of
// date if the pair there has another rank by now.
func (m *model) appendLong(dst []int32, piece string, w *workspace) []int32 {
	if cap(w.symbols) < len(piece) {
		w.symbols = make([]symbol, len(piece))
	}
	symbols, q := w.symbols[:len(piece)], w.queue[:0]
	for i := range symbols {
		symbols[i] = symbol{id: m.bytes[piece[i]], prev: int32(i - 1), next: int32(i + 1)}
	}
	end := int32(len(symbols))
	renew := func(at int32) {
		s := &symbols[at]
		s.to = merge{rank: noRank}
		if s.next < end {
			s.to = m.merges.of(s.id, symbols[s.next].id)
		}
		if s.to.rank != noRank {
			q.push(uint64(s.to.rank)<<32 | uint64(at))
		}
	}
	for i := range end {
		renew(i)
	}
	for len(q) > 0 {
		top := q.pop()
		at := int32(top & math.MaxUint32)
		s := &symbols[at]
		if uint64(s.to.rank) != top>>32 {
			continue
		}
		right := &symbols[s.next]
		s.id, s.next = s.to.id, right.next
		right.to.rank = noRank // it is gone, and with it the pair that began with it
		if s.next < end {
			symbols[s.next].prev = at
		}
		renew(at)
		if s.prev >= 0 {
			renew(s.prev)
		}
	}
	for i := int32(0); i < end; i = symbols[i].next {
		dst = append(dst, symbols[i].id)
	}
	w.queue = q
	if len(piece) > maxKept {
		*w = workspace{}
	}
	return dst
}

// queue is a heap with the smallest number on top.
type queue []uint64

func (q *queue) push(x uint64) {
	h := append(*q, x)
	i := len(h) - 1
	for i > 0 && x < h[(i-1)/2] {
		h[i] = h[(i-1)/2]
		i = (i - 1) / 2
	}
	h[i] = x
	*q = h
}

func (q *queue) pop() uint64 {
	h := *q
	top, x := h[0], h[len(h)-1]
	h = h[:len(h)-1]
	*q = h
	if len(h) == 0 {
		return top
	}
	i := 0
	for {
		child := 2*i + 1
		if child >= len(h) {
			break
		}
		if child+1 < len(h) && h[child+1] < h[child] {
			child++
		}
		if x <= h[child] {
			break
		}
		h[i] = h[child]
		i = child
	}
	h[i] = x
	return top
}
