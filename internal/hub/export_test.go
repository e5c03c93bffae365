package hub

import "time"

// Hurry makes the client wait hardly at all between tries and not for long within them.
func (c *Client) Hurry() { c.wait, c.stall = time.Millisecond, 200*time.Millisecond }

// FilesOf returns all files that a card gives to a config's splits.
func FilesOf(card, config string, names []string) ([]string, error) {
	splits, err := splitsOf(card, config, names)
	var all []string
	for _, s := range splits {
		all = append(all, s.files...)
	}
	return all, err
}

// PartSize reads the size of parts in an answer of the storage.
var PartSize = partSize
