package opinion

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"

	"vitrine"
)

// Rated is a sentence with the mean of what people felt in it, from −4, very negative, to 4.
type Rated struct {
	// Review is the text that the sentence is part of; sentences of one review follow each other.
	Review string
	Score  float64
	Text   string
}

// Labelled is a text that is positive or not, about something of a category.
type Labelled struct {
	Category string
	Positive bool
	Text     string
}

// ReadRated reads lines of id, score and text parted by tabs, under a heading or not. The part of an id before its last underscore names
// the review, as in 12_3 for the third sentence of review 12. A malformed line is Invalid, with its number.
func ReadRated(r io.Reader) ([]Rated, error) {
	var out []Rated
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<24)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimRight(lines.Text(), "\r")
		if strings.TrimSpace(line) == "" || n == 1 && strings.HasPrefix(strings.TrimPrefix(line, "\ufeff"), "id\t") {
			continue
		}
		fields := strings.SplitN(line, "\t", 3)
		if len(fields) != 3 {
			return nil, vitrine.Errorf(vitrine.Invalid, "line %d: %d fields, want id, score and text parted by tabs", n, len(fields))
		}
		score, err := strconv.ParseFloat(strings.TrimSpace(fields[1]), 64)
		if err != nil || math.IsNaN(score) || score < -4 || score > 4 {
			return nil, vitrine.Errorf(vitrine.Invalid, "line %d: score %q, want a number in -4 … 4", n, fields[1])
		}
		review := fields[0]
		if at := strings.LastIndexByte(review, '_'); at > 0 {
			review = review[:at]
		}
		out = append(out, Rated{Review: review, Score: score, Text: fields[2]})
	}
	if err := lines.Err(); err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "sentences: %w", err)
	}
	return out, nil
}

// ReadLabelled reads a CSV with columns category, label (1 positive, 0 negative) and text, in any order and named in a heading. A
// malformed row is Invalid, with its line.
func ReadLabelled(r io.Reader) ([]Labelled, error) {
	rows := csv.NewReader(r)
	rows.ReuseRecord = true
	heading, err := rows.Read()
	if err != nil {
		return nil, vitrine.Errorf(vitrine.Invalid, "reviews: heading: %w", err)
	}
	at := map[string]int{}
	for i, name := range heading {
		at[strings.TrimSpace(strings.TrimPrefix(name, "\ufeff"))] = i
	}
	var columns [3]int
	for i, name := range []string{"category", "label", "text"} {
		column, ok := at[name]
		if !ok {
			return nil, vitrine.Errorf(vitrine.Invalid, "reviews: no column %q in %q", name, heading)
		}
		columns[i] = column
	}
	var out []Labelled
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, vitrine.Errorf(vitrine.Invalid, "reviews: %w", err)
		}
		label := row[columns[1]]
		if label != "0" && label != "1" {
			line, _ := rows.FieldPos(columns[1])
			return nil, vitrine.Errorf(vitrine.Invalid, "reviews: line %d: label %q, want 0 or 1", line, label)
		}
		out = append(out, Labelled{Category: strings.Clone(row[columns[0]]), Positive: label == "1", Text: strings.Clone(row[columns[2]])})
	}
}

// Reviews gives the sentences of each review, in order.
func Reviews(sentences []Rated) [][]string {
	var out [][]string
	for _, r := range reviewsOf(sentences) {
		var review []string
		for _, s := range sentences[r[0]:r[1]] {
			review = append(review, s.Text)
		}
		out = append(out, review)
	}
	return out
}

// Fold parts sentences into those to learn from and those of the fold-th of folds parts; reviews stay whole.
func Fold(sentences []Rated, fold, folds int) (in, out []Rated) {
	of := foldsOf(sentences, folds, 1)
	for i, s := range sentences {
		if of[i] == fold {
			out = append(out, s)
		} else {
			in = append(in, s)
		}
	}
	return in, out
}
