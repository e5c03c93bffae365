package export

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/parquet-go/parquet-go"
)

// feature is a column as the datasets library describes it: a value, a list, or a struct.
type feature struct {
	name   string
	dtype  string    // of a value
	list   *feature  // of a list: its elements
	fields []feature // of a struct
}

// featuresOf reads them off a schema.
func featuresOf(schema *parquet.Schema) []feature {
	var out []feature
	for _, field := range schema.Fields() {
		out = append(out, featureOf(field.Name(), field))
	}
	return out
}

func featureOf(name string, node parquet.Node) feature {
	if node.Leaf() {
		return feature{name: name, dtype: dtypeOf(node)}
	}
	if logical := node.Type().LogicalType(); logical != nil { // of the types that are no leaves, only lists are in use
		element := node.Fields()[0].Fields()[0]
		return feature{name: name, list: new(featureOf("element", element))}
	}
	f := feature{name: name}
	for _, field := range node.Fields() {
		f.fields = append(f.fields, featureOf(field.Name(), field))
	}
	return f
}

func dtypeOf(node parquet.Node) string {
	switch kind := node.Type().Kind(); kind {
	case parquet.ByteArray:
		return "string"
	case parquet.Int64:
		return "int64"
	case parquet.Double:
		return "float64"
	default:
		panic(fmt.Sprintf("export: a column of %v", kind))
	}
}

// metadata is what the datasets library looks for in a file's footer.
func metadata(schema *parquet.Schema) string {
	return `{"info": {"features": ` + structJSON(featuresOf(schema)) + `}}`
}

// json writes the feature in the form that the library's old and new versions read alike: its name for lists has
// changed, and lists of structs were once written as a list of one.
func (f feature) json() string {
	switch {
	case f.list == nil && f.fields == nil:
		return fmt.Sprintf(`{"dtype": %s, "_type": "Value"}`, quoted(f.dtype))
	case f.list == nil:
		return structJSON(f.fields)
	case f.list.fields != nil:
		return "[" + f.list.json() + "]"
	}
	return fmt.Sprintf(`{"feature": %s, "_type": "Sequence"}`, f.list.json())
}

func structJSON(fields []feature) string {
	var parts []string
	for _, f := range fields {
		parts = append(parts, quoted(f.name)+": "+f.json())
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func quoted(text string) string {
	data, _ := json.Marshal(text) // a text has no way to fail
	return string(data)
}

// yaml is the feature as a card has it, likewise.
func (f feature) yaml() yaml.MapSlice {
	name := yaml.MapItem{Key: "name", Value: f.name}
	switch {
	case f.list == nil && f.fields == nil:
		return yaml.MapSlice{name, {Key: "dtype", Value: f.dtype}}
	case f.list == nil:
		return yaml.MapSlice{name, {Key: "struct", Value: featuresYAML(f.fields)}}
	case f.list.fields != nil:
		return yaml.MapSlice{name, {Key: "list", Value: featuresYAML(f.list.fields)}}
	}
	return yaml.MapSlice{name, {Key: "sequence", Value: f.list.dtype}}
}

func featuresYAML(fields []feature) []yaml.MapSlice {
	var out []yaml.MapSlice
	for _, f := range fields {
		out = append(out, f.yaml())
	}
	return out
}
