package loaders

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"vitrine"
)

// The formats that are found by content.
const (
	formatJSONLines = "jsonl"
	formatJSONArray = "json"
	formatCSV       = "csv"
	formatTSV       = "tsv"
	formatYAML      = "yaml"
	formatParquet   = "parquet"
	formatIDX       = "idx"
)

// sniff finds the format of the content from its first bytes. For CSV and TSV, comma is the column separator.
func sniff(r *bufio.Reader) (format string, comma byte, err error) {
	head, err := r.Peek(readSize)
	if len(head) == 0 {
		if err != nil && !errors.Is(err, io.EOF) {
			return "", 0, cutError(1, 0, err)
		}
		return "", 0, vitrine.Errorf(vitrine.Invalid, "file is empty")
	}
	switch {
	case bytes.HasPrefix(head, []byte("PAR1")):
		return formatParquet, 0, nil
	case bytes.HasPrefix(head, []byte{0, 0, 8, 3}):
		return formatIDX, 0, nil
	case bytes.HasPrefix(head, []byte{0, 0, 8, 1}):
		return "", 0, vitrine.Errorf(vitrine.Invalid, "file holds IDX labels: load the idx3 file of the pictures, its labels are found beside it")
	case bytes.IndexByte(head[:min(len(head), 512)], 0) >= 0:
		return "", 0, vitrine.Errorf(vitrine.Invalid, "file is binary and none of gzip, zstd, parquet, IDX")
	}
	text := bytes.TrimLeft(head, " \t\r\n")
	switch {
	case len(text) == 0:
		return "", 0, vitrine.Errorf(vitrine.Invalid, "file is blank")
	case text[0] == '[':
		return formatJSONArray, 0, nil
	case text[0] == '{' && isWrapped(text):
		return formatJSONArray, 0, nil
	case text[0] == '{':
		return formatJSONLines, 0, nil
	case text[0] == '<':
		return "", 0, vitrine.Errorf(vitrine.Invalid, "file is XML or HTML, which is not read; export it as CSV or JSON")
	case isYAMLList(text):
		return formatYAML, 0, nil
	}
	line, _, _ := bytes.Cut(text, []byte("\n"))
	comma = separator(line)
	if comma == '\t' {
		return formatTSV, comma, nil
	}
	return formatCSV, comma, nil
}

// separator is the most frequent of the usual column separators outside quotes in a header line.
func separator(header []byte) byte {
	counts := map[byte]int{}
	quoted := false
	for _, c := range header {
		switch {
		case c == '"':
			quoted = !quoted
		case !quoted:
			counts[c]++
		}
	}
	best := byte(',')
	for _, c := range []byte{'\t', ';', '|'} {
		if counts[c] > counts[best] {
			best = c
		}
	}
	return best
}

// isYAMLList reports whether the text is a YAML list at its top level.
func isYAMLList(text []byte) bool {
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, " \r\n")
		if line == "" || line == "---" || strings.HasPrefix(line, "#") || strings.HasPrefix(line, "%") {
			continue
		}
		return line == "-" || strings.HasPrefix(line, "- ")
	}
	return false
}

// isWrapped reports whether the text begins with one JSON object that holds its rows in a list under a usual name.
func isWrapped(text []byte) bool {
	line, rest, _ := bytes.Cut(text, []byte("\n"))
	if next := bytes.TrimLeft(rest, " \t\r\n"); len(next) > 0 && next[0] == '{' {
		return false
	}
	if json.Valid(line) && len(bytes.TrimSpace(rest)) > 0 {
		return false
	}
	d := json.NewDecoder(bytes.NewReader(text))
	return seekRows(d)
}

// seekRows moves a decoder that stands before an object to just behind the "[" of its rows.
func seekRows(d *json.Decoder) bool {
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return false
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return false
		}
		if name, _ := key.(string); isWrapper(name) {
			t, err := d.Token()
			return err == nil && t == json.Delim('[') && d.More()
		}
		var skipped json.RawMessage
		if err := d.Decode(&skipped); err != nil {
			return false
		}
	}
	return false
}

func isWrapper(name string) bool {
	switch strings.ToLower(name) {
	case "products", "items", "catalog", "catalogue", "data", "results", "rows", "records":
		return true
	}
	return false
}
