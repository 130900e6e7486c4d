package vitrine_test

import (
	"encoding/json"
	"testing"

	"vitrine"
)

// Ensure that a filter loses exactly the conditions that speak of one field alone and must hold.
func TestFilterWithout(t *testing.T) {
	tests := []struct{ filter, want string }{
		{`{"term":{"field":"brand","values":["a"]}}`, `null`},
		{`{"term":{"field":"colour","values":["a"]}}`, `{"term":{"field":"colour","values":["a"]}}`},
		{`{"and":[{"exists":"brand"},{"exists":"price"}]}`, `{"exists":"price"}`},
		{`{"and":[{"and":[{"exists":"brand"},{"not":{"exists":"brand"}}]},{"exists":"price"},{"exists":"stock"}]}`, `{"and":[{"exists":"price"},{"exists":"stock"}]}`},
		{`{"or":[{"exists":"brand"},{"term":{"field":"brand","values":["a"]}}]}`, `null`},
		{`{"or":[{"exists":"brand"},{"exists":"price"}]}`, `{"or":[{"exists":"brand"},{"exists":"price"}]}`},
		{`{"not":{"exists":"price"}}`, `{"not":{"exists":"price"}}`},
	}
	for _, tt := range tests {
		var f vitrine.Filter
		if err := json.Unmarshal([]byte(tt.filter), &f); err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(f.Without("brand"))
		if err != nil || string(got) != tt.want {
			t.Errorf("%s without brand: %s, %v, want %s", tt.filter, got, err, tt.want)
		}
	}
	if (*vitrine.Filter)(nil).Without("brand") != nil {
		t.Error("no filter without brand is one")
	}
}
