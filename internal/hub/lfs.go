package hub

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/acecoder/acecoder/internal/flow"
)

// Git LFS as the hub has it: the batch request names a place in the storage for each object, whole (basic) or in
// parts (multipart), by addresses that are signed and expire.

const (
	batchObjects = 100
	batches      = 3 // that are asked for one object, whose addresses expire
	lfsType      = "application/vnd.git-lfs+json"
)

// lfsObject is an object in the answer to a batch request.
type lfsObject struct {
	OID     string `json:"oid"`
	Actions *struct {
		Upload lfsAction  `json:"upload"`
		Verify *lfsAction `json:"verify"`
	} `json:"actions"` // nil: the storage has it
	Error *struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

type lfsAction struct {
	Href   string         `json:"href"`
	Header map[string]any `json:"header"`
}

// sendLarge brings objects to the storage that it does not have.
func (c *Client) sendLarge(ctx context.Context, repo string, files []*pushFile) error {
	for chunk := range slices.Chunk(files, batchObjects) {
		objects, err := c.batch(ctx, repo, chunk)
		if err != nil {
			return err
		}
		// Two files with the same content are one object.
		unique := slices.Clone(chunk)
		slices.SortFunc(unique, func(a, b *pushFile) int { return strings.Compare(a.hash, b.hash) })
		unique = slices.CompactFunc(unique, func(a, b *pushFile) bool { return a.hash == b.hash })
		all := func(yield func(*pushFile, error) bool) {
			for _, f := range unique {
				if !yield(f, nil) {
					return
				}
			}
		}
		for _, err := range flow.Map(ctx, transfers, all, func(ctx context.Context, f *pushFile) (struct{}, error) {
			return struct{}{}, c.sendObject(ctx, repo, f, objects[f.hash])
		}) {
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// batch asks where objects are to be sent; by their hash.
func (c *Client) batch(ctx context.Context, repo string, files []*pushFile) (map[string]lfsObject, error) {
	type object struct {
		OID  string `json:"oid"`
		Size int64  `json:"size"`
	}
	ask := struct {
		Operation string            `json:"operation"`
		Transfers []string          `json:"transfers"`
		Objects   []object          `json:"objects"`
		HashAlgo  string            `json:"hash_algo"`
		Ref       map[string]string `json:"ref"`
	}{"upload", []string{"basic", "multipart"}, nil, "sha256", map[string]string{"name": "main"}}
	for _, f := range files {
		ask.Objects = append(ask.Objects, object{f.hash, f.size})
	}
	var said struct {
		Objects []lfsObject `json:"objects"`
	}
	r := request{
		url:    c.endpoint + "/datasets/" + repo + ".git/info/lfs/objects/batch",
		header: map[string]string{"Accept": lfsType, "Content-Type": lfsType},
	}
	if err := c.post(ctx, r, ask, &said); err != nil {
		return nil, err
	}
	objects := map[string]lfsObject{}
	for _, o := range said.Objects {
		if o.Error != nil {
			return nil, fmt.Errorf("the storage refuses object %s: %d %s", o.OID, o.Error.Code, o.Error.Message)
		}
		objects[o.OID] = o
	}
	for _, f := range files {
		if _, ok := objects[f.hash]; !ok {
			return nil, fmt.Errorf("answer of the LFS batch: nothing about %s (%s)", f.path, f.hash)
		}
	}
	return objects, nil
}

// sendObject sends one object. Addresses that have expired are asked for anew.
func (c *Client) sendObject(ctx context.Context, repo string, f *pushFile, o lfsObject) error {
	for n := 1; ; n++ {
		if o.Actions == nil {
			c.tell(f.path + " is in the storage")
			return nil
		}
		err := c.sendTo(ctx, f, o)
		if err == nil {
			c.tell(fmt.Sprintf("sent %s, %d bytes", f.path, f.size))
			return nil
		}
		expired := hasStatus(err, http.StatusForbidden, http.StatusUnauthorized, http.StatusNotFound, http.StatusBadRequest, http.StatusGone)
		if !expired || n == batches {
			return fmt.Errorf("send %s: %w", f.path, err)
		}
		again, err := c.batch(ctx, repo, []*pushFile{f})
		if err != nil {
			return err
		}
		o = again[f.hash]
	}
}

func (c *Client) sendTo(ctx context.Context, f *pushFile, o lfsObject) error {
	file, err := os.Open(f.name)
	if err != nil {
		return err
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || info.Size() != f.size {
		return errors.Join(fmt.Errorf("%s has changed while it was being sent", f.name), err)
	}
	up := o.Actions.Upload
	if size, parts := up.Header["chunk_size"]; parts {
		err = c.sendParts(ctx, f, file, up, size)
	} else {
		_, err = c.put(ctx, up.Href, up.headers(), io.NewSectionReader(file, 0, f.size))
	}
	if err != nil || o.Actions.Verify == nil {
		return err
	}
	address, foreign := c.place(o.Actions.Verify.Href)
	return c.post(ctx, request{url: address, foreign: foreign}, map[string]any{"oid": f.hash, "size": f.size}, nil)
}

// headers are those that the storage wants to see.
func (a lfsAction) headers() map[string]string {
	out := map[string]string{}
	for name, value := range a.Header {
		if text, ok := value.(string); ok {
			out[name] = text
		}
	}
	return out
}

// place is own for addresses that may also lie elsewhere, where the token has no business.
func (c *Client) place(address string) (place string, foreign bool) {
	if own, err := c.own(address); err == nil {
		return own, false
	}
	return address, true
}

// put sends bytes to the storage and returns the tag that it gives them.
func (c *Client) put(ctx context.Context, address string, header map[string]string, part *io.SectionReader) (string, error) {
	address, _ = c.place(address)
	answer, err := c.do(ctx, request{
		method: http.MethodPut, url: address, header: header, foreign: true, size: part.Size(),
		body: func() io.Reader { return io.NewSectionReader(part, 0, part.Size()) },
	})
	if err != nil {
		return "", err
	}
	return answer.Header.Get("ETag"), answer.Body.Close()
}

// sendParts sends an object in parts of the size, to the addresses that the header has under their numbers, and
// tells the hub of their tags.
func (c *Client) sendParts(ctx context.Context, f *pushFile, file *os.File, up lfsAction, size any) error {
	step, ok := partSize(size)
	if !ok {
		return fmt.Errorf("the storage wants parts of %.20v bytes", size)
	}
	addresses := partAddresses(up.Header)
	if want := (f.size + step - 1) / step; int64(len(addresses)) != want {
		return fmt.Errorf("the storage has addresses for %d parts of %d bytes, and %s has %d", len(addresses), step, f.path, want)
	}
	type part struct {
		Number int    `json:"partNumber"`
		ETag   string `json:"etag"`
	}
	var parts []part
	for i, address := range addresses {
		begin := int64(i) * step
		tag, err := c.put(ctx, address, nil, io.NewSectionReader(file, begin, min(step, f.size-begin)))
		if err == nil && tag == "" {
			err = errors.New("the storage gave it no tag")
		}
		if err != nil {
			return fmt.Errorf("part %d of %d: %w", i+1, len(addresses), err)
		}
		parts = append(parts, part{i + 1, tag})
	}
	done := map[string]any{"oid": f.hash, "parts": parts}
	address, _ := c.place(up.Href)
	// The address is signed, like those of the parts.
	r := request{url: address, foreign: true, header: map[string]string{"Accept": lfsType, "Content-Type": lfsType}}
	return c.post(ctx, r, done, nil)
}

// partSize reads the size of parts, which the hub writes as a text.
func partSize(size any) (int64, bool) {
	switch size := size.(type) {
	case string:
		n, err := strconv.ParseInt(size, 10, 64)
		return n, err == nil && n > 0
	case float64:
		return int64(size), size >= 1
	}
	return 0, false
}

// partAddresses returns the addresses in the order of their numbers.
func partAddresses(header map[string]any) []string {
	at := map[int]string{}
	for name, value := range header {
		number, err := strconv.Atoi(name)
		if address, ok := value.(string); ok && err == nil {
			at[number] = address
		}
	}
	var out []string
	for _, number := range slices.Sorted(maps.Keys(at)) {
		out = append(out, at[number])
	}
	return out
}
