package pipeline

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/acecoder/acecoder/internal/pairs"
)

// Schema returns the JSON Schema of run.yaml, for editors.
func Schema() ([]byte, error) {
	schema, err := jsonschema.For[Config](&jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[pairs.Ratio]():   {Types: []string{"number", "string"}},
		reflect.TypeFor[time.Duration](): {Type: "string"},
		reflect.TypeFor[Preset]():        {Type: "string", Enum: []any{Paper, Published, Modern}},
	}})
	if err != nil {
		return nil, fmt.Errorf("make the configuration's schema: %w", err)
	}
	optional(schema)
	text, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("make the configuration's schema: %w", err)
	}
	return append(text, '\n'), nil
}

// optional says that nothing has to be there: what is not comes from the preset.
func optional(s *jsonschema.Schema) {
	if s == nil {
		return
	}
	s.Required = nil
	for _, p := range s.Properties {
		optional(p)
	}
	optional(s.Items)
	optional(s.AdditionalProperties)
}
