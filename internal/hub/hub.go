// Package hub reads data sets and models from the Hugging Face hub and writes data sets to it, without Python.
//
// In: a reference to a data set or a model, or a folder that is a data set. Out: local paths of files, in the cache that
// huggingface_hub has too, so that either finds what the other fetched; or a commit on the hub. Its one invariant:
// a file stands under its name in the cache only when its bytes are those that the hub's hash names.
package hub

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// defaultEndpoint is the hub that everybody means.
const defaultEndpoint = "https://huggingface.co"

// Options are the choices of a client. What is left empty is taken from the environment variables that
// huggingface_hub reads: HF_ENDPOINT, HF_TOKEN, HF_TOKEN_PATH, HF_HUB_CACHE, HF_HOME and HF_HUB_OFFLINE.
type Options struct {
	Endpoint string       // of the hub, without a slash at the end
	Token    string       // to prove who is asking; else that of `hf auth login`, if there is one
	Cache    string       // the folder that holds datasets--org--name and models--org--name
	Offline  bool         // use the cache alone
	Tell     func(string) // is told, in a line, what has been transferred; may be called from several goroutines
}

// Client talks to one hub. Its methods may be called from several goroutines.
type Client struct {
	endpoint string
	token    string
	cache    string
	offline  bool
	tell     func(string)
	http     *http.Client
	wait     time.Duration // before the second try of a request
	stall    time.Duration // without a byte, after which a download is taken up anew
	problem  error         // what is wrong with the environment; every use of the client returns it
}

// New returns a client. It sends nothing; an environment that makes no sense is the error of the first use.
func New(o Options) *Client {
	c := &Client{
		endpoint: first(o.Endpoint, os.Getenv("HF_ENDPOINT"), defaultEndpoint),
		token:    first(o.Token, os.Getenv("HF_TOKEN")),
		cache:    o.Cache,
		offline:  o.Offline || isTrue(os.Getenv("HF_HUB_OFFLINE")),
		tell:     o.Tell,
		wait:     time.Second,
		stall:    time.Minute,
	}
	c.endpoint = strings.TrimRight(c.endpoint, "/")
	if !strings.HasPrefix(c.endpoint, "http://") && !strings.HasPrefix(c.endpoint, "https://") {
		c.problem = errors.New("HF_ENDPOINT " + c.endpoint + " is no address; it begins with https://")
	}
	home, err := homeFolder()
	if c.cache == "" && err == nil {
		c.cache = expand(first(os.Getenv("HF_HUB_CACHE"), os.Getenv("HUGGINGFACE_HUB_CACHE"), filepath.Join(home, "hub")))
	}
	if c.token == "" && err == nil {
		c.token = savedToken(home)
	}
	if c.cache == "" {
		c.problem = errors.Join(c.problem, err)
	}
	if c.tell == nil {
		c.tell = func(string) {}
	}
	c.http = &http.Client{Transport: transport(), CheckRedirect: checkRedirect}
	return c
}

// homeFolder is where huggingface_hub keeps token and cache.
func homeFolder() (string, error) {
	if home := os.Getenv("HF_HOME"); home != "" {
		return expand(home), nil
	}
	if cache := os.Getenv("XDG_CACHE_HOME"); cache != "" {
		return expand(filepath.Join(cache, "huggingface")), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", errors.New("there is no home folder for the hub's cache; set HF_HOME")
	}
	return filepath.Join(home, ".cache", "huggingface"), nil
}

// savedToken is the one that `hf auth login` left. Without one public data sets can be read all the same.
func savedToken(home string) string {
	name := expand(first(os.Getenv("HF_TOKEN_PATH"), filepath.Join(home, "token")))
	text, err := os.ReadFile(name) //nolint:gosec // G703: the environment is the user's own
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

// expand does what the Python side does with paths from the environment.
func expand(name string) string {
	name = os.ExpandEnv(name)
	if rest, ok := strings.CutPrefix(name, "~"); ok && (rest == "" || rest[0] == '/') {
		if home, err := os.UserHomeDir(); err == nil {
			return home + rest
		}
	}
	return name
}

func isTrue(value string) bool {
	return slices.Contains([]string{"1", "ON", "YES", "TRUE"}, strings.ToUpper(value))
}

// first returns the first text that is not empty.
func first(texts ...string) string {
	for _, text := range texts {
		if text = strings.TrimSpace(text); text != "" {
			return text
		}
	}
	return ""
}
