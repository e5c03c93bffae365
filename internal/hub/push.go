package hub

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
)

// mostCommits is how many commits are tried where nobody knows whether the last one arrived.
const mostCommits = 3

// Push says what to make of a folder on the hub.
type Push struct {
	Folder  string // every file below it, hidden folders left aside
	Repo    string // org/name of the data set
	Private bool   // where the data set is made; one that is there stays as it is
	Message string // of the commit
}

// Pushed is what was done, or would be.
type Pushed struct {
	Files     []PushedFile `json:"files"`
	Commit    string       `json:"commit,omitempty"` // empty: nothing had changed, or nothing was sent
	CommitURL string       `json:"commit_url,omitempty"`
}

// PushedFile is a file of a push.
type PushedFile struct {
	Path    string `json:"path"`
	Size    int64  `json:"size"`
	Changed bool   `json:"changed"` // it is not on the hub in this form
}

// Plan returns what Push would send if nothing of it was on the hub. It asks nobody.
func Plan(p Push) (Pushed, error) {
	files, err := p.files()
	if err != nil {
		return Pushed{}, err
	}
	return report(files, nil), nil
}

// Push makes the folder's files those of the data set, in one commit on main. The data set is made if it is not
// there. Files that have not changed are not sent, and files that only the hub has stay there. If it fails the
// hub has the old commit, and the same call goes on: what has arrived is not sent again.
func (c *Client) Push(ctx context.Context, p Push) (Pushed, error) {
	files, err := p.files()
	if err != nil {
		return Pushed{}, err
	}
	if c.offline {
		return Pushed{}, fmt.Errorf("push %s: HF_HUB_OFFLINE forbids it", p.Repo)
	}
	if err := c.create(ctx, p); err != nil {
		return Pushed{}, fmt.Errorf("push %s: %w", p.Repo, err)
	}
	for n := 1; ; n++ {
		done, err := c.pushOnce(ctx, p, files)
		// A commit whose answer was lost may have been made: what has changed is asked again.
		if lost, ok := errors.AsType[*lostCommitError](err); ok && n < mostCommits && ctx.Err() == nil {
			if err := sleep(ctx, c.wait); err != nil {
				return Pushed{}, fmt.Errorf("push %s: %w", p.Repo, errors.Join(lost, err))
			}
			continue
		}
		if err != nil {
			return Pushed{}, fmt.Errorf("push %s: %w", p.Repo, err)
		}
		return done, nil
	}
}

// lostCommitError is a commit of which nobody knows whether it was made.
type lostCommitError struct{ err error }

func (e *lostCommitError) Error() string { return e.err.Error() }
func (e *lostCommitError) Unwrap() error { return e.err }

// pushFile is a file of the folder, and what the hub says of it.
type pushFile struct {
	name string // on this machine
	path string // in the data set
	size int64
	hash string // as the hub keeps it: of a large file SHA-256, else git's
	mode string // lfs or regular
	old  string // the hash that the hub has at the path; empty: none
	skip bool   // the data set's .gitignore has it
}

// changed reports whether the file has to be sent, as far as is known: one that the hub was not asked about has to.
func (f *pushFile) changed() bool { return !f.skip && (f.hash == "" || f.old != f.hash) }

// files lists the folder in the order of the paths.
func (p Push) files() ([]*pushFile, error) {
	if err := checkRepo(p.Repo); err != nil {
		return nil, fmt.Errorf("push %s: %w", p.Folder, err)
	}
	var files []*pushFile
	err := filepath.WalkDir(p.Folder, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if name != p.Folder && strings.HasPrefix(d.Name(), ".") {
				return fs.SkipDir
			}
			return nil
		case !d.Type().IsRegular():
			return fmt.Errorf("%s is no regular file", name)
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(p.Folder, name)
		files = append(files, &pushFile{name: name, path: filepath.ToSlash(relative), size: info.Size()})
		return err
	})
	if err == nil && len(files) == 0 {
		err = errors.New("the folder is empty")
	}
	if err != nil {
		return nil, fmt.Errorf("push %s: %w", p.Folder, err)
	}
	slices.SortFunc(files, func(a, b *pushFile) int { return strings.Compare(a.path, b.path) })
	return files, nil
}

// create makes the data set unless it is there.
func (c *Client) create(ctx context.Context, p Push) error {
	ask := map[string]any{"type": "dataset", "name": p.Repo, "private": p.Private}
	if org, name, ok := strings.Cut(p.Repo, "/"); ok {
		ask["organization"], ask["name"] = org, name
	}
	for n := 1; ; n++ {
		err := c.post(ctx, request{url: c.endpoint + "/api/repos/create"}, ask, nil)
		switch {
		case err == nil:
			c.tell("made the data set " + p.Repo)
			return nil
		case hasStatus(err, http.StatusConflict) && strings.Contains(err.Error(), "another conflicting operation") && n < tries:
			// The hub makes one repository of an account at a time.
			if err := sleep(ctx, c.wait); err != nil {
				return err
			}
		case hasStatus(err, http.StatusConflict):
			return nil
		case hasStatus(err, http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden):
			// A token may be for this data set alone and not for making one.
			if _, missing := c.get(ctx, c.endpoint+"/api/datasets/"+p.Repo, &struct{}{}); missing == nil {
				return nil
			}
			return err
		default:
			return err
		}
	}
}

func (c *Client) pushOnce(ctx context.Context, p Push, files []*pushFile) (Pushed, error) {
	for chunk := range slices.Chunk(files, preuploads) {
		if err := c.preupload(ctx, p.Repo, chunk); err != nil {
			return Pushed{}, err
		}
	}
	var changed, large []*pushFile
	for _, f := range files {
		if f.changed() {
			changed = append(changed, f)
			if f.mode == "lfs" {
				large = append(large, f)
			}
		}
	}
	if len(changed) == 0 {
		return report(files, nil), nil
	}
	if err := c.sendLarge(ctx, p.Repo, large); err != nil {
		return Pushed{}, err
	}
	done, err := c.commit(ctx, p, changed)
	if err != nil {
		return Pushed{}, err
	}
	return report(files, done), nil
}

func report(files []*pushFile, done *committed) Pushed {
	var out Pushed
	for _, f := range files {
		out.Files = append(out.Files, PushedFile{f.path, f.size, f.changed()})
	}
	if done != nil {
		out.Commit, out.CommitURL = done.Commit, done.URL
	}
	return out
}
