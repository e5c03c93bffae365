package llm

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/openai/openai-go/v3"
)

// Client asks a server. It is a [Model], and its methods may be called by any number of goroutines.
type Client struct {
	cfg Config
	*server
}

// server is what the clients of one server share.
type server struct {
	api      openai.Client
	window   *window
	rates    rates
	flights  flights
	answered atomic.Int64 // HTTP requests that brought answers

	mu     sync.Mutex
	models map[string]*model
}

// model is what has been found out about one of a server's models.
type model struct {
	memory *memory
	usual  *usual
}

// New returns a client of the server that the configuration names. It sends nothing.
func New(cfg Config) (*Client, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	return &Client{cfg, &server{
		api:    newAPI(cfg),
		window: newWindow(cfg.Concurrency),
		rates:  newRates(cfg.RequestsPerMinute, cfg.TokensPerMinute),
		models: map[string]*model{},
	}}, nil
}

// Variant is what may differ between the uses of one server; the fields are those of [Config].
type Variant struct {
	Revision string
	Prices   Prices
	Observe  func(Event)
}

// As returns a client of the same server for another model or another use of it. Together they keep to the limits of
// the one, and what one finds out about a model the others know.
func (c *Client) As(v Variant) *Client {
	cfg := c.cfg
	cfg.Revision, cfg.Prices, cfg.Observe = v.Revision, v.Prices, v.Observe
	return &Client{cfg, c.server}
}

// model returns what is known of a model.
func (c *Client) model(name string) *model {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := c.models[name]
	if m == nil {
		m = &model{newMemory(c.cfg), newUsual()}
		c.models[name] = m
	}
	return m
}

// dialect returns what a model's server is known to understand.
func (c *Client) dialect(name string) dialect { return c.model(name).memory.dialect() }

// Ask implements [Model]. Samples that the cache has, or that another Ask is waiting for, are not asked for again; an
// answer that comes is in the cache before Ask returns it, also where Ask fails because of another sample.
//
// Errors: a [RefusedError] is the record's fate. [KeyError], [QuotaError], [UnavailableError], [ErrBudget] and any
// other error stop the run. ctx's end ends the waiting at once; a request that is in flight then is lost.
func (c *Client) Ask(ctx context.Context, r Request, first, n int) ([]Answer, error) {
	key, err := keyOf(r, c.cfg.Revision, first, n)
	if err != nil {
		return nil, err
	}
	answers := make([]Answer, n)
	left := make([]int, n) // samples without an answer
	for i := range left {
		left[i] = first + i
	}
	for len(left) > 0 {
		claimed := c.flights.claim(key, left)
		c.fly(ctx, r, claimed)
		left = left[:0]
		for _, f := range claimed {
			switch err := f.wait(ctx); {
			case errors.Is(err, errAbandoned):
				left = append(left, f.key.Sample)
			case err != nil:
				return nil, err
			default:
				answers[f.key.Sample-first] = f.answer()
			}
		}
	}
	return answers, nil
}

// Cached returns how many of the samples first to first+n-1 of a request are in the cache. It reads none of them.
func (c *Client) Cached(ctx context.Context, r Request, first, n int) (int, error) {
	missing, err := c.missing(ctx, r, first, n)
	return n - len(missing), err
}

// missing returns the samples that are not in the cache.
func (c *Client) missing(ctx context.Context, r Request, first, n int) ([]SampleKey, error) {
	key, err := keyOf(r, c.cfg.Revision, first, n)
	if err != nil {
		return nil, err
	}
	keys := make([]SampleKey, n)
	for i := range keys {
		keys[i] = SampleKey{key, first + i}
	}
	if c.cfg.Cache == nil {
		return keys, nil
	}
	found, err := c.cfg.Cache.Has(ctx, keys)
	if err != nil {
		return nil, err
	}
	missing := keys[:0]
	for i, k := range keys {
		if !found[i] {
			missing = append(missing, k)
		}
	}
	return missing, nil
}

// fly answers the claimed samples that are this call's own: from the cache, and else from the server.
func (c *Client) fly(ctx context.Context, r Request, claimed []claim) {
	var own []claim
	for _, f := range claimed {
		if f.own {
			own = append(own, f)
		}
	}
	if len(own) == 0 {
		return
	}
	defer c.flights.land(own)
	open, err := c.fromCache(ctx, r, own)
	if err != nil {
		failAll(ctx, open, err)
		return
	}
	c.fetch(ctx, r, open)
}

// fromCache answers what the cache has, and returns the rest.
func (c *Client) fromCache(ctx context.Context, r Request, own []claim) ([]claim, error) {
	if c.cfg.Cache == nil {
		return own, nil
	}
	first, last := own[0].key.Sample, own[len(own)-1].key.Sample
	found, err := c.cfg.Cache.Get(ctx, own[0].key.Key, first, last-first+1)
	if err != nil {
		return own, err
	}
	var open []claim
	var hits []Answer
	for _, f := range own {
		a, ok := found[f.key.Sample]
		if !ok {
			open = append(open, f)
			continue
		}
		hits = append(hits, a)
		f.succeed(a)
	}
	if len(hits) > 0 {
		c.observe(Event{Model: r.Model, Kind: KindCached, Samples: len(hits), Usage: sum(hits)})
	}
	return open, nil
}

func (c *Client) observe(e Event) {
	if c.cfg.Observe != nil {
		c.cfg.Observe(e)
	}
}
