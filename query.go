package vitrine

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// Mode says how much of the engine answers a query.
type Mode string

// The modes of a query, each a superset of work of the one before.
const (
	// ModeKeyword ranks by BM25 alone.
	ModeKeyword Mode = "keyword"
	// ModeVector ranks by the vectors alone.
	ModeVector Mode = "vector"
	// ModeHybrid fuses the keyword and vector legs.
	ModeHybrid Mode = "hybrid"
	// ModeRanked reranks the fused candidates; it is the default.
	ModeRanked Mode = "ranked"
)

// Query is what a shopper or a widget asks. At least one of Text, Image, ImageURL, Clip and Like must be given, or a Filter to browse.
type Query struct {
	Text string `json:"text,omitempty"`
	// Image is an encoded picture (JPEG, PNG, WebP, GIF); base64 in JSON.
	Image []byte `json:"image,omitempty"`
	// Audio is a recording of what is asked (WAV; MP3, WebM or Ogg with Opus and more where ffmpeg is installed); base64 in JSON. It replaces Text.
	Audio []byte `json:"audio,omitempty"`
	// ImageURL is fetched by the server under its picture limits.
	ImageURL string `json:"image_url,omitempty"`
	// Clip is a short film (MP4, WebM, GIF; animated WebP where ffmpeg reads it) that is searched with like a picture; base64 in JSON.
	Clip []byte `json:"clip,omitempty"`
	// Crop is the part of the picture that is meant; nil means all of it.
	Crop *Box `json:"crop,omitempty"`
	// Like and Unlike are product ids: "more like these, less like those".
	Like   []string `json:"like,omitempty"`
	Unlike []string `json:"unlike,omitempty"`
	// Weights say how much each part of a composed query counts.
	Weights Weights `json:"weights,omitzero"`
	Mode    Mode    `json:"mode,omitempty"`
	// Filter must hold for every hit, in every leg.
	Filter *Filter `json:"filter,omitempty"`
	// Facets are the fields to count values of, over the hits of all pages.
	Facets []string `json:"facets,omitempty"`
	// DisjunctiveFacets are counted as if the filter said nothing about the field itself, so that a shopper who chose one brand sees how many
	// products further brands would bring. They need not be among Facets.
	DisjunctiveFacets []string `json:"disjunctive_facets,omitempty"`
	// FacetOptions say by field how it is counted.
	FacetOptions map[string]FacetOptions `json:"facet_options,omitempty"`
	// Sort are fields to sort by instead of relevance, which decides between equals, as in "price:asc", "rating:desc".
	Sort []string `json:"sort,omitempty"`
	// Collapse names a field, as "group", of whose products with the same value only the best is a hit of its own.
	Collapse string `json:"collapse,omitempty"`
	// Variants is the number of products that a collapsed hit lists beside itself; 0 means [DefaultVariants], -1 none.
	Variants int `json:"variants,omitempty"`
	// Boosts move hits by what the shop knows of them beside relevance.
	Boosts []Boost `json:"boosts,omitempty"`
	// Context says where the query comes from and Segments to whom the shopper belongs, for the rules of the shop, as in "mobile" and "vip".
	Context  []string `json:"context,omitempty"`
	Segments []string `json:"segments,omitempty"`
	// NoRules leaves the merchandising rules and the boosts of the index aside.
	NoRules bool `json:"no_rules,omitempty"`
	// Cursor is the NextCursor of the results before: it asks for the best hits that those and the ones before them did not have.
	Cursor string `json:"cursor,omitempty"`
	// Page counts from 1; 0 means 1.
	Page int `json:"page,omitempty"`
	// PageSize is the number of hits of a page; 0 means [DefaultPageSize].
	PageSize int `json:"page_size,omitempty"`
	// Diversity from 0 (only relevance) to 1 (only novelty) spreads the hits with maximal marginal relevance.
	Diversity float64 `json:"diversity,omitempty"`
	// User and Session name the shopper, for personal features.
	User    string `json:"user,omitempty"`
	Session string `json:"session,omitempty"`
	// Understand switches the reading of the words on and off, against the setting; nil leaves it to the setting.
	Understand *bool `json:"understand,omitempty"`
	// Understood is what the words were taken for; the engine sets it.
	Understood *Understanding `json:"-"`
	// Profile is what is known of the shopper; retrieval sets it for the reranker.
	Profile *Profile `json:"-"`
	// Explain asks for legs, features and stage times.
	Explain bool `json:"explain,omitempty"`
}

// Pictured reports whether a part of the query is to be seen: an image, by value or URL, or a clip.
func (q *Query) Pictured() bool { return len(q.Image) > 0 || q.ImageURL != "" || len(q.Clip) > 0 }

// Weights are the shares of a composed query's parts; when all are zero every part that is given counts equally.
type Weights struct {
	Text  float64 `json:"text,omitempty"`
	Image float64 `json:"image,omitempty"`
	Like  float64 `json:"like,omitempty"`
}

// DefaultVariants is the number of variants that a collapsed hit lists when the query names none.
const DefaultVariants = 8

// DefaultPageSize is the number of hits of a page when the query names none.
const DefaultPageSize = 20

// QueryLimits bound what a query may ask; a zero field means its default.
type QueryLimits struct {
	// TextLength is the longest text in characters; default 512.
	TextLength int
	// PageSize is the largest page; default 200.
	PageSize int
	// Window is the deepest hit (page × page size) that can be asked for; default 1,000.
	Window int
	// Facets is the largest number of facet fields; default 32.
	Facets int
	// Variants is the largest number of variants of a hit; default 100.
	Variants int
	// FacetValues is the largest number of values of a facet that may be asked for; default 1,000.
	FacetValues int
}

// WithDefaults returns the limits with every zero field set to its default.
func (l QueryLimits) WithDefaults() QueryLimits {
	set := func(v *int, d int) {
		if *v == 0 {
			*v = d
		}
	}
	set(&l.TextLength, 512)
	set(&l.PageSize, 200)
	set(&l.Window, 1000)
	set(&l.Facets, 32)
	set(&l.FacetValues, 1000)
	set(&l.Variants, 100)
	return l
}

// Normalize trims the text, fills the defaults in, and reports the first field that is out of bounds with code [Invalid] or [TooLarge].
func (q *Query) Normalize(limits QueryLimits) error {
	limits = limits.WithDefaults()
	q.Text = strings.TrimSpace(q.Text)
	if !utf8.ValidString(q.Text) {
		return Errorf(Invalid, "field text: is not valid UTF-8")
	}
	if n := utf8.RuneCountInString(q.Text); n > limits.TextLength {
		return Errorf(TooLarge, "field text: %d characters, at most %d are allowed", n, limits.TextLength)
	}
	if q.ImageURL != "" && !strings.HasPrefix(q.ImageURL, "https://") && !strings.HasPrefix(q.ImageURL, "http://") {
		return Errorf(Invalid, "field image_url: begins with neither https:// nor http://")
	}
	if q.Text == "" && !q.Pictured() && len(q.Like) == 0 && q.Filter == nil {
		return Errorf(Invalid, "field text: is empty, and neither image, image_url, clip, like nor filter is given")
	}
	if q.Crop != nil {
		if len(q.Image) == 0 && q.ImageURL == "" {
			return Errorf(Invalid, "field crop: needs image or image_url")
		}
		if err := q.Crop.Validate(); err != nil {
			return err
		}
	}
	switch q.Mode {
	case "":
		q.Mode = ModeRanked
	case ModeKeyword, ModeVector, ModeHybrid, ModeRanked:
	default:
		return Errorf(Invalid, "field mode: %q is none of keyword, vector, hybrid, ranked", q.Mode)
	}
	if q.Page == 0 {
		q.Page = 1
	}
	if q.PageSize == 0 {
		q.PageSize = DefaultPageSize
	}
	switch {
	case q.Page < 1:
		return Errorf(Invalid, "field page: %d, pages count from 1", q.Page)
	case q.PageSize < 1 || q.PageSize > limits.PageSize:
		return Errorf(Invalid, "field page_size: %d is not in 1 … %d", q.PageSize, limits.PageSize)
	case q.Page > limits.Window/q.PageSize+1 || q.Page*q.PageSize > limits.Window:
		return Errorf(Invalid, "field page: hit %d × %d is beyond the window of %d", q.Page, q.PageSize, limits.Window)
	case !(q.Diversity >= 0 && q.Diversity <= 1):
		return Errorf(Invalid, "field diversity: %v is not in 0 … 1", q.Diversity)
	case !(q.Weights.Text >= 0 && q.Weights.Image >= 0 && q.Weights.Like >= 0):
		return Errorf(Invalid, "field weights: a weight is negative; use unlike for products to stay away from")
	}
	if err := q.checkList(limits); err != nil {
		return err
	}
	if err := q.checkFacets(limits); err != nil {
		return err
	}
	if q.Filter != nil {
		return q.Filter.Validate()
	}
	return nil
}

// checkList checks how the hits are to be listed.
func (q *Query) checkList(limits QueryLimits) error {
	if q.Collapse != "" && q.Variants == 0 {
		q.Variants = DefaultVariants
	}
	switch {
	case q.Variants < -1 || q.Variants > limits.Variants:
		return Errorf(Invalid, "field variants: %d is not in -1 … %d", q.Variants, limits.Variants)
	case q.Cursor != "" && q.Page != 1:
		return Errorf(Invalid, "field page: a cursor is given too")
	case len(q.Context) > maxTags || len(q.Segments) > maxTags:
		return Errorf(Invalid, "field context, segments: more than %d", maxTags)
	case len(q.Sort) > 0 && q.Diversity > 0:
		return Errorf(Invalid, "field diversity: sort is given too")
	}
	if _, err := ParseSort(q.Sort); err != nil {
		return err
	}
	if err := ValidateBoosts(q.Boosts); err != nil {
		return Errorf(Invalid, "field boosts: %w", err)
	}
	return nil
}

// maxTags is the largest number of contexts and of segments of a query.
const maxTags = 64

func (q *Query) checkFacets(limits QueryLimits) error {
	if n := len(q.Facets) + len(q.DisjunctiveFacets); n > limits.Facets {
		return Errorf(Invalid, "field facets: %d fields, at most %d are allowed", n, limits.Facets)
	}
	for _, field := range slices.Sorted(maps.Keys(q.FacetOptions)) {
		if !slices.Contains(q.Facets, field) && !slices.Contains(q.DisjunctiveFacets, field) {
			return Errorf(Invalid, "field facet_options: %q is not among the facets", field)
		}
		o := q.FacetOptions[field]
		if o.Limit > limits.FacetValues {
			return Errorf(Invalid, "field facet_options.%s.limit: %d, at most %d are allowed", field, o.Limit, limits.FacetValues)
		}
		if err := o.validate(field); err != nil {
			return err
		}
	}
	return nil
}
