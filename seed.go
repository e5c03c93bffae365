package acecoder

import "encoding/json"

// Seed is a piece of existing code that a problem is made from (AceCoder §3): a function, a class or a whole
// answer to an instruction. Fields that this version does not know are kept in Extra and written back.
type Seed struct {
	ID          string `json:"id"`
	Source      string `json:"source,omitempty"`      // the set it came from: evol, oss, stack …
	Instruction string `json:"instruction,omitempty"` // what the program was written for; bare functions have none
	Program     string `json:"program"`
	Origin      string `json:"origin,omitempty"`  // where in that set: a repository and path, a row's own id
	License     string `json:"license,omitempty"` // as the set or the repository states it, an SPDX id where known

	Extra map[string]json.RawMessage `json:"-"`
}
