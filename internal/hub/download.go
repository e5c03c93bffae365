package hub

import (
	"context"
	"crypto/sha1" //nolint:gosec // G505: git names its blobs by it
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// transfers is how many files are fetched or sent at a time.
const transfers = 4

// fetch makes sure that a file of the listing is in the cache and returns where it stands.
func (c *Client) fetch(ctx context.Context, l *listing, e entry) (string, error) {
	name := l.snapshot(e.path)
	if _, err := os.Stat(name); err == nil {
		return name, nil
	}
	if c.offline {
		return "", l.notCached("file " + e.path)
	}
	blob := filepath.Join(l.folder, "blobs", e.hash)
	if _, err := os.Stat(blob); err != nil {
		if err := c.download(ctx, l, e, blob); err != nil {
			return "", fmt.Errorf("fetch %s: %w", e.path, err)
		}
		c.tell(fmt.Sprintf("fetched %s of %s, %d bytes", e.path, l.ref.Repo, e.size))
	}
	if err := link(blob, name); err != nil {
		return "", fmt.Errorf("write to the hub's cache: %w", err)
	}
	return name, nil
}

// link puts the blob under its name, as a relative link so that the cache can be moved.
func link(blob, name string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	target, err := filepath.Rel(filepath.Dir(name), blob)
	if err != nil {
		return err
	}
	if err := os.Symlink(target, name); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return nil
}

// download fetches a file's bytes to a name of this process alone, checks them, and puts them in place.
func (c *Client) download(ctx context.Context, l *listing, e entry, blob string) error {
	if err := os.MkdirAll(filepath.Dir(blob), 0o777); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(blob), e.hash[:16]+".*.incomplete")
	if err != nil {
		return err
	}
	address := c.endpoint + "/" + l.place() + "/resolve/" + l.commit + "/" + escapePath(e.path)
	err = c.copyTo(ctx, file, address, e.size)
	if err == nil {
		err = verifyContent(file, e)
	}
	err = errors.Join(err, file.Chmod(0o644), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), blob)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// escapePath escapes all of a path but its slashes.
func escapePath(name string) string {
	return strings.ReplaceAll(url.PathEscape(name), "%2F", "/")
}

// copyTo fills the file. A connection that breaks off is taken up where it broke, as long as it gets on.
func (c *Client) copyTo(ctx context.Context, file *os.File, address string, size int64) error {
	var at int64
	for failures := 0; at < size; {
		got, err := c.copyRest(ctx, file, address, at)
		switch {
		case err == nil && got == size:
			return nil
		case err == nil && got > size:
			return fmt.Errorf("the hub sent more than the %d bytes that it lists", size)
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, new(*statusError)):
			return err // it has been tried often enough
		case got > at:
			failures = 0
		}
		if failures++; failures > tries {
			return fmt.Errorf("got %d of %d bytes: %w", got, size, errors.Join(err, io.ErrUnexpectedEOF))
		}
		at = got
		if err := sleep(ctx, c.wait); err != nil {
			return err
		}
	}
	return nil
}

// copyRest asks for the bytes from at on and returns how many the file has then.
func (c *Client) copyRest(ctx context.Context, file *os.File, address string, at int64) (int64, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := request{method: http.MethodGet, url: address}
	if at > 0 {
		r.header = map[string]string{"Range": fmt.Sprintf("bytes=%d-", at)}
	}
	answer, err := c.do(ctx, r)
	if err != nil {
		return at, err
	}
	defer finish(answer)
	stalled := time.AfterFunc(c.stall, cancel)
	defer stalled.Stop()
	if answer.StatusCode != http.StatusPartialContent {
		at = 0 // a server that does not know ranges begins again
	}
	if _, err := file.Seek(at, io.SeekStart); err != nil {
		return at, err
	}
	n, err := io.Copy(file, &watched{answer.Body, func() { stalled.Reset(c.stall) }})
	return at + n, unwrapURL(err)
}

// watched tells of every read that brought something.
type watched struct {
	in  io.Reader
	got func()
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.in.Read(p)
	if n > 0 {
		w.got()
	}
	return n, err
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// verifyContent holds a file to the hash that the hub lists.
func verifyContent(file *os.File, e entry) error {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	got, err := hashOf(file, e.size, len(e.hash) == 40)
	if err != nil {
		return err
	}
	if got != e.hash {
		return fmt.Errorf("its bytes have the hash %s, and the hub lists %s; what lies between has changed them", got, e.hash)
	}
	return nil
}

// hashOf returns the hash that the hub knows a content by: git's hash of a blob, or SHA-256.
func hashOf(content io.Reader, size int64, git bool) (string, error) {
	sum := sha256.New()
	if git {
		sum = sha1.New() //nolint:gosec // G401: as above
		fmt.Fprintf(sum, "blob %d\x00", size)
	}
	if _, err := io.Copy(sum, content); err != nil {
		return "", fmt.Errorf("hash: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
