package api

import (
	"bytes"
	"encoding/json"

	jsonpatch "github.com/evanphx/json-patch/v5"

	"vitrine"
)

// productRow is a line of an upsert: a product, with the version that the stored one must have.
type productRow struct {
	vitrine.Product
	Version string `json:"version,omitempty" doc:"Version that the stored product must have; any when absent."`
}

// DecodeProduct reads a line of an upsert: a product in JSON, perhaps with a version. The id is returned as far as it could be read, with an error too.
func DecodeProduct(line []byte) (c vitrine.Change, id string, err error) {
	var row productRow
	if err := decodeJSON(bytes.NewReader(line), &row); err != nil {
		return vitrine.Change{}, row.ID, err
	}
	return vitrine.Change{Product: &row.Product, Version: row.Version}, row.ID, row.Validate()
}

// DecodeEdit reads a line of a partial update: the id, perhaps a version, and the fields to change, merged into the product as RFC 7396 says: null takes a
// field away, and objects, as attributes, are merged.
func DecodeEdit(line []byte) (c vitrine.Change, id string, err error) {
	var name struct {
		ID string `json:"id"`
	}
	if err := json.NewDecoder(bytes.NewReader(line)).Decode(&name); err != nil {
		return vitrine.Change{}, name.ID, jsonError(err)
	}
	if name.ID == "" {
		return vitrine.Change{}, "", vitrine.Errorf(vitrine.Invalid, "field id: is empty")
	}
	c, err = newEdit(name.ID, line)
	return c, name.ID, err
}

// newEdit makes a change that merges a patch into a product.
func newEdit(id string, patch []byte) (vitrine.Change, error) {
	var fields map[string]json.RawMessage
	if err := json.NewDecoder(bytes.NewReader(patch)).Decode(&fields); err != nil {
		return vitrine.Change{}, jsonError(err)
	}
	if !json.Valid(patch) {
		return vitrine.Change{}, vitrine.Errorf(vitrine.Invalid, "body: something follows the JSON value")
	}
	version, err := takeText(fields, "version", "")
	if err != nil {
		return vitrine.Change{}, err
	}
	named, err := takeText(fields, "id", id)
	switch {
	case err != nil:
		return vitrine.Change{}, err
	case named != id:
		return vitrine.Change{}, vitrine.Errorf(vitrine.Invalid, "field id: is not %q", id)
	}
	if len(fields) == 0 {
		return vitrine.Change{}, vitrine.Errorf(vitrine.Invalid, "product %q: no field to change", id)
	}
	if patch, err = json.Marshal(fields); err != nil {
		return vitrine.Change{}, err
	}
	// Fields that no product has are told before any product is looked up.
	if err := decodeJSON(bytes.NewReader(patch), &vitrine.Product{}); err != nil {
		return vitrine.Change{}, err
	}
	return vitrine.Change{ID: id, Version: version, Edit: func(p *vitrine.Product) (*vitrine.Product, error) { return merge(p, patch) }}, nil
}

// takeText takes a text out of the fields; absent when there is none.
func takeText(fields map[string]json.RawMessage, name, absent string) (string, error) {
	given, ok := fields[name]
	if !ok {
		return absent, nil
	}
	delete(fields, name)
	var text string
	if err := json.Unmarshal(given, &text); err != nil {
		return "", vitrine.Errorf(vitrine.Invalid, "field %s: expected a text, got %.100s", name, given)
	}
	return text, nil
}

func merge(p *vitrine.Product, patch []byte) (*vitrine.Product, error) {
	before, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	after, err := jsonpatch.MergePatch(before, patch)
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "body: %w", err)
	}
	next := &vitrine.Product{}
	return next, decodeJSON(bytes.NewReader(after), next)
}
