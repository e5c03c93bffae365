// Package tokenizer turns texts into the tokens of a model and back: byte-level BPE as the tokenizer.json of the Qwen2
// family has it, and the chat templates that come with it.
//
// In: a model's folder, or the text of its tokenizer.json; then texts. Out: ids, and texts again. Its one invariant:
// the ids are those of Hugging Face's tokenizers library, or the file is refused with the name of what is not known
// here. Time and memory grow with the length of a text, whatever it is.
//
// Ids are as with add_special_tokens=False: nothing is put before or after a text, and a file's truncation and padding
// are not looked at. A byte that belongs to no character is read as U+FFFD.
package tokenizer

import (
	"fmt"
	"sync"
)

// Tokenizer turns texts into ids and back. It does not change and may be used from several goroutines.
type Tokenizer struct {
	model
	alphabet *alphabet
	ids      map[string]int32 // of every token, as files write it
	names    []string         // the reverse; empty where an id has no token
	texts    []string         // the bytes that each token stands for
	special  []bool           // which ids are those of special tokens
	raw      *finder          // looks for added tokens in the text as it is; nil if there are none
	normal   *finder          // in the normalised text; nil if there are none

	splitter splitter
	nfc      bool

	allowSpecial bool
	cache        *cache
	workspaces   *sync.Pool // of *workspace
	folder       folder
}

// Encode returns the ids of a text. Special tokens in it are recognised; see [Tokenizer.AllowSpecial].
func (t *Tokenizer) Encode(text string) []int32 { return t.EncodeAppend(nil, text) }

// EncodeAppend appends the ids of a text to dst and returns it.
func (t *Tokenizer) EncodeAppend(dst []int32, text string) []int32 {
	w := t.workspaces.Get().(*workspace)
	defer t.workspaces.Put(w)
	text = valid(text)
	if t.raw == nil {
		return t.appendText(dst, text, w)
	}
	t.raw.split(text, t.allowSpecial, func(part string, token *addedToken) {
		if token != nil {
			dst = append(dst, token.ID)
			return
		}
		dst = t.appendText(dst, part, w)
	})
	return dst
}

// Count returns the number of tokens of a text.
func (t *Tokenizer) Count(text string) int {
	w := t.workspaces.Get().(*workspace)
	ids := t.EncodeAppend(w.ids[:0], text)
	if cap(ids) <= maxKept {
		w.ids = ids
	}
	t.workspaces.Put(w)
	return len(ids)
}

// appendText appends the tokens of a text without added tokens that are looked for in the text as it is.
func (t *Tokenizer) appendText(dst []int32, text string, w *workspace) []int32 {
	if t.nfc {
		text = t.splitter.classes.normalize(text)
	}
	if t.normal == nil {
		return t.appendPieces(dst, text, w)
	}
	t.normal.split(text, t.allowSpecial, func(part string, token *addedToken) {
		if token != nil {
			dst = append(dst, token.ID)
			return
		}
		dst = t.appendPieces(dst, part, w)
	})
	return dst
}

func (t *Tokenizer) appendPieces(dst []int32, text string, w *workspace) []int32 {
	for len(text) > 0 {
		n := t.splitter.next(text)
		piece := text[:n]
		text = text[n:]
		if n == 1 && t.whole == nil {
			dst = append(dst, t.bytes[piece[0]])
			continue
		}
		if n > cachePiece || t.cache == nil {
			dst = t.append(dst, piece, w)
			continue
		}
		had := len(dst)
		var place cachePlace
		if dst, place = t.cache.append(dst, piece); place != nil {
			dst = t.append(dst, piece, w)
			remember(place, piece, dst[had:])
		}
	}
	return dst
}

// AllowSpecial returns the tokenizer with special tokens in a text recognised, as they are at first, or read as the
// characters that they are written with. The latter is for texts of strangers: a question with <|im_end|> in it cannot
// end the turn then. Added tokens that are not special are recognised in either case.
func (t *Tokenizer) AllowSpecial(allow bool) *Tokenizer {
	other := *t
	other.allowSpecial = allow
	return &other
}

// ID returns the id of a token as files write it (Ġdef for " def"), and whether there is such a token.
func (t *Tokenizer) ID(token string) (int32, bool) {
	id, ok := t.ids[token]
	return id, ok
}

// Token returns a token as files write it, and whether the id has one: vocabularies may have holes.
func (t *Tokenizer) Token(id int32) (string, bool) {
	if id < 0 || int(id) >= len(t.names) || t.names[id] == "" {
		return "", false
	}
	return t.names[id], true
}

// Special tells whether an id is that of a special token.
func (t *Tokenizer) Special(id int32) bool {
	return id >= 0 && int(id) < len(t.special) && t.special[id]
}

// Size returns the number of ids: one more than the highest. A model may have more rows than that.
func (t *Tokenizer) Size() int { return len(t.names) }

// Fits reports an error if a model with so many embeddings has none for some token.
func (t *Tokenizer) Fits(embeddings int) error {
	if embeddings >= t.Size() {
		return nil
	}
	return fmt.Errorf("the tokenizer has ids up to %d and the model %d embeddings; they are not of the same model",
		t.Size()-1, embeddings)
}
