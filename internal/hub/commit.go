package hub

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
)

const (
	sampleSize  = 512 // bytes of a file by which the hub decides how it is kept
	preuploads  = 256 // files a request
	mostRegular = 10 << 20
)

// preupload asks how files are to be kept and which of them have changed.
func (c *Client) preupload(ctx context.Context, repo string, files []*pushFile) error {
	type asked struct {
		Path   string `json:"path"`
		Sample string `json:"sample"`
		Size   int64  `json:"size"`
	}
	var ask struct {
		Files []asked `json:"files"`
	}
	at := map[string]*pushFile{}
	for _, f := range files {
		sample, err := f.sample()
		if err != nil {
			return err
		}
		ask.Files = append(ask.Files, asked{f.path, base64.StdEncoding.EncodeToString(sample), f.size})
		at[f.path] = f
	}
	var said struct {
		Files []struct {
			Path         string `json:"path"`
			UploadMode   string `json:"uploadMode"`
			ShouldIgnore bool   `json:"shouldIgnore"`
			OID          string `json:"oid"`
		} `json:"files"`
	}
	if err := c.post(ctx, request{url: c.api(datasets, repo, "preupload", "main")}, ask, &said); err != nil {
		return err
	}
	for _, s := range said.Files {
		f := at[s.Path]
		if f == nil || (s.UploadMode != "lfs" && s.UploadMode != "regular") {
			return fmt.Errorf("answer of preupload: the file %.100q with the mode %.20q", s.Path, s.UploadMode)
		}
		delete(at, s.Path)
		f.mode, f.skip, f.old = s.UploadMode, s.ShouldIgnore, s.OID
		if f.size == 0 {
			f.mode = "regular" // the storage takes no empty object
		}
		if err := f.sum(); err != nil {
			return err
		}
	}
	for name := range at {
		return fmt.Errorf("answer of preupload: nothing about %s", name)
	}
	return nil
}

func (f *pushFile) sample() ([]byte, error) {
	file, err := os.Open(f.name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	sample, err := io.ReadAll(io.LimitReader(file, sampleSize))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", f.name, err)
	}
	return sample, nil
}

// sum computes the hash in the way that the file is kept in.
func (f *pushFile) sum() error {
	file, err := os.Open(f.name)
	if err != nil {
		return err
	}
	defer file.Close()
	if f.hash, err = hashOf(file, f.size, f.mode == "regular"); err != nil {
		return fmt.Errorf("read %s: %w", f.name, err)
	}
	return nil
}

// committed is the answer to a commit.
type committed struct {
	Commit string `json:"commitOid"`
	URL    string `json:"commitUrl"`
}

// commit makes one commit of the files, of which the large ones have been sent.
func (c *Client) commit(ctx context.Context, p Push, files []*pushFile) (*committed, error) {
	var body bytes.Buffer
	enc := json.NewEncoder(&body)
	line := func(key string, value any) error { return enc.Encode(map[string]any{"key": key, "value": value}) }
	err := line("header", map[string]string{"summary": p.Message, "description": ""})
	for _, f := range files {
		if err == nil {
			err = f.line(line)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	r := request{
		method: http.MethodPost, url: c.api(datasets, p.Repo, "commit", "main"), once: true, size: int64(body.Len()),
		header: map[string]string{"Content-Type": "application/x-ndjson"},
		body:   func() io.Reader { return bytes.NewReader(body.Bytes()) },
	}
	answer, err := c.do(ctx, r)
	if e, answered := errors.AsType[*statusError](err); err != nil && (!answered || e.passes()) {
		return nil, &lostCommitError{err}
	}
	if err != nil {
		return nil, err
	}
	defer finish(answer)
	var done committed
	if err := decode(answer, "commit", &done); err != nil {
		return nil, &lostCommitError{err}
	}
	c.tell(fmt.Sprintf("committed %d files to %s: %s", len(files), p.Repo, done.Commit))
	return &done, nil
}

// line writes the file's line of a commit.
func (f *pushFile) line(write func(string, any) error) error {
	if f.mode == "lfs" {
		return write("lfsFile", map[string]any{"path": f.path, "algo": "sha256", "oid": f.hash, "size": f.size})
	}
	if f.size > mostRegular {
		return fmt.Errorf("the hub wants %s of %d bytes within the commit", f.path, f.size)
	}
	content, err := os.ReadFile(f.name)
	if err != nil {
		return err
	}
	return write("file", map[string]string{
		"path": f.path, "encoding": "base64", "content": base64.StdEncoding.EncodeToString(content),
	})
}
