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

// decodeProduct reads a line of an upsert.
func decodeProduct(line []byte) (vitrine.Change, string, error) {
	var row productRow
	if err := decodeJSON(bytes.NewReader(line), &row); err != nil {
		return vitrine.Change{}, row.ID, err
	}
	return vitrine.Change{Product: &row.Product, Version: row.Version}, row.ID, row.Validate()
}

// decodeEdit reads a line of a partial update: the id, perhaps a version, and the fields to change.
func decodeEdit(line []byte) (vitrine.Change, string, error) {
	var name struct {
		ID      string `json:"id"`
		Version string `json:"version"`
	}
	if err := json.NewDecoder(bytes.NewReader(line)).Decode(&name); err != nil {
		return vitrine.Change{}, name.ID, jsonError(err)
	}
	if name.ID == "" {
		return vitrine.Change{}, "", vitrine.Errorf(vitrine.Invalid, "field id: is empty")
	}
	change, err := newEdit(name.ID, line)
	change.Version = name.Version
	return change, name.ID, err
}

// newEdit makes a change that merges a patch into a product (RFC 7396): its fields replace those of the product, null takes one away, and objects, as attributes, are merged.
func newEdit(id string, patch []byte) (vitrine.Change, error) {
	var fields map[string]json.RawMessage
	if err := json.NewDecoder(bytes.NewReader(patch)).Decode(&fields); err != nil {
		return vitrine.Change{}, jsonError(err)
	}
	if !json.Valid(patch) {
		return vitrine.Change{}, vitrine.Errorf(vitrine.Invalid, "body: something follows the JSON value")
	}
	delete(fields, "version")
	if given, ok := fields["id"]; ok && string(bytes.TrimSpace(given)) != quoted(id) {
		return vitrine.Change{}, vitrine.Errorf(vitrine.Invalid, "field id: is not %q", id)
	}
	delete(fields, "id")
	if len(fields) == 0 {
		return vitrine.Change{}, vitrine.Errorf(vitrine.Invalid, "product %q: no field to change", id)
	}
	patch, err := json.Marshal(fields)
	if err != nil {
		return vitrine.Change{}, err
	}
	// Fields that no product has are told before any product is looked up.
	if err := decodeJSON(bytes.NewReader(patch), &vitrine.Product{}); err != nil {
		return vitrine.Change{}, err
	}
	return vitrine.Change{ID: id, Edit: func(p *vitrine.Product) (*vitrine.Product, error) { return merge(p, patch) }}, nil
}

func quoted(id string) string {
	data, _ := json.Marshal(id) //nolint:errchkjson // a text is never refused
	return string(data)
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
