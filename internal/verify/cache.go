package verify

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/acecoder/acecoder"
)

// cache keeps outcomes by content: the program, the tests, the limits, the interpreter and this engine's version.
// It forgets the oldest first. A nil cache keeps nothing.
type cache struct {
	mu    sync.Mutex
	limit int
	items map[cacheKey]acecoder.Outcome
	order []cacheKey
	next  int
}

type cacheKey [32]byte

const defaultCacheSize = 100_000

func newCache(size int) *cache {
	if size < 0 {
		return nil
	}
	if size == 0 {
		size = defaultCacheSize
	}
	return &cache{limit: size, items: map[cacheKey]acecoder.Outcome{}}
}

func (c *cache) get(k cacheKey) (acecoder.Outcome, bool) {
	if c == nil {
		return acecoder.Outcome{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	o, ok := c.items[k]
	return o, ok
}

func (c *cache) put(k cacheKey, o acecoder.Outcome) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.items[k]; ok {
		return
	}
	if len(c.order) < c.limit {
		c.order = append(c.order, k)
	} else {
		delete(c.items, c.order[c.next])
		c.order[c.next] = k
		c.next = (c.next + 1) % c.limit
	}
	c.items[k] = o
}

// keys returns the cache keys of a session's programs.
func (c *session) keys() []cacheKey {
	h := sha256.New()
	part := func(s string) {
		var n [8]byte
		binary.LittleEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		h.Write([]byte(s))
	}
	p := c.profile
	p.Doc = ""
	part(Version + c.v.python.Build + string(c.v.level) + c.v.opt.InProcess + fmt.Sprint(c.v.opt.Values, c.v.opt.Variation))
	part(fmt.Sprintf("%+v", p))
	for _, s := range []string{c.job.Prelude, c.job.Setup, c.entry} {
		part(s)
	}
	for _, t := range c.job.Tests {
		part(t)
	}
	common := h.Sum(nil)
	keys := make([]cacheKey, len(c.job.Programs))
	for i, prog := range c.job.Programs {
		keys[i] = sha256.Sum256(append(common[:len(common):len(common)], prog.Program...))
	}
	return keys
}
