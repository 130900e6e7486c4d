package vitrine

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// Change is one write of one product: of a whole one, or an edit of the one that is stored.
type Change struct {
	// Product is stored as it is; nil with Edit.
	Product *Product
	// ID names the product that Edit changes. Edit returns the product as it shall be, with the same id, and leaves its argument alone; it is called again
	// when another write came between.
	ID   string
	Edit func(*Product) (*Product, error)
	// Version is what [Product.Version] of the stored product must be; "" allows any, and a product that is not there.
	Version string
}

// The outcomes of a [Change].
const (
	Created   = "created"
	Updated   = "updated"
	Unchanged = "unchanged"
	Rejected  = "rejected"
)

// Outcome is what became of a [Change].
type Outcome struct {
	ID string
	// Status is [Created], [Updated], [Unchanged] or [Rejected].
	Status string
	// Version is that of the stored product, "" when the change was rejected.
	Version string
	// Err says why a change was rejected: [Invalid], [NotFound] for the edit of an unknown product, [Conflict] when the version is another.
	Err error
	// Problems are parts that the product was stored without, as a picture that is broken.
	Problems []string
}

// Version names the content of the product: equal products have equal versions, in every index and generation, and different ones different versions.
// It is the first 8 bytes of the SHA-256 of the product's JSON, in hexadecimal digits.
func (p *Product) Version() string {
	data, err := json.Marshal(p)
	if err != nil {
		return "" // a number that JSON does not have; no version matches it
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}
