package main

import (
	"fmt"
	"os"
	"strings"
	"unicode/utf8"

	"vitrine"
)

// readSynonyms reads a file of synonyms; an empty path means none.
func readSynonyms(path string) ([]vitrine.Synonym, error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, vitrine.Errorf(vitrine.NotFound, "synonyms: %w", err)
	}
	synonyms, err := vitrine.ParseSynonyms(data)
	if err != nil {
		return nil, fmt.Errorf("synonyms %s: %w", path, err)
	}
	return synonyms, nil
}

// readStopWords reads the stop words that the settings name, as the keyword index takes them: nil means its English list.
func readStopWords(setting string) ([]string, error) {
	switch setting {
	case "english":
		return nil, nil
	case "none":
		return []string{}, nil
	}
	data, err := os.ReadFile(setting) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, vitrine.Errorf(vitrine.NotFound, "stop words, none of english and none: %w", err)
	}
	list := []string{}
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		word := strings.TrimSpace(line)
		switch {
		case word == "" || strings.HasPrefix(word, "#"):
		case !utf8.ValidString(word) || len(strings.Fields(word)) != 1:
			return nil, vitrine.Errorf(vitrine.Invalid, "stop words %s line %d: %.80q is not one word", setting, n, word)
		default:
			list = append(list, word)
		}
	}
	return list, nil
}
