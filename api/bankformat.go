package api

import (
	"mime"
	"path"
	"strings"
)

// formatOf tells the format of a bank from its file's name, else from its media type; "" when neither says.
func formatOf(name, contentType string) string {
	byEnding := map[string]string{
		".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".md": "markdown", ".markdown": "markdown", ".html": "html", ".htm": "html",
	}
	if format := byEnding[strings.ToLower(path.Ext(name))]; format != "" {
		return format
	}
	kind, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return ""
	}
	return map[string]string{"text/csv": "csv", "application/x-ndjson": "jsonl", "text/markdown": "markdown", "text/html": "html"}[kind]
}
